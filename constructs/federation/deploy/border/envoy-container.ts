import type { DeploymentV1SpecTemplateSpecContainer } from '@cdktf/provider-kubernetes/lib/deployment-v1';
import type { Limits } from '../../plan/border-limits';
import { ADMIN_PORT, BOOTSTRAP_FILE, STATUS_PAGES } from '../../plan/envoy';
import { METRICS_PORT_NAME } from '../../plan/observability/labels';
import { foreignBundle, type PlannedBorder } from '../../plan/plan';
import { ENVOY_CONTAINER } from '../../plan/spire-entry';
import {
  type BorderContainer,
  type BorderParts,
  CONFIG_DIRECTORY,
  DRAIN_PORT,
  METRICS_PORT,
  ROOTS_DIRECTORY,
  STATUS_PORT,
} from './parts';

/** The Envoy of a border. */
export function envoyContainer(
  image: string,
  limits: Limits,
  {
    certificateMounts,
    namedPort,
    hasRoots,
  }: Pick<BorderParts, 'certificateMounts' | 'namedPort'> & {
    /** Whether the foreign roots are a volume. */
    readonly hasRoots: boolean;
  },
): BorderContainer & Partial<DeploymentV1SpecTemplateSpecContainer> {
  const page = (path: string) => ({ httpGet: { path, port: String(STATUS_PORT) } });
  return {
    name: ENVOY_CONTAINER,
    image,
    command: [
      '/usr/local/bin/envoy',
      '--config-path',
      `${CONFIG_DIRECTORY}/${BOOTSTRAP_FILE}`,
      // Needs shared memory, and replaces processes that are not replaced here.
      '--disable-hot-restart',
      '--concurrency',
      '2',
      '--drain-time-s',
      String(limits.drainSeconds),
    ],
    resources: {
      requests: { cpu: '50m', memory: '96Mi' },
      limits: { memory: `${limits.heapMebibytes + 64}Mi` },
    },
    mounts: [
      { name: 'configuration', mountPath: CONFIG_DIRECTORY },
      ...(hasRoots ? [{ name: ROOTS_VOLUME, mountPath: ROOTS_DIRECTORY }] : []),
      ...certificateMounts,
    ],
    port: [
      { name: 'status', containerPort: STATUS_PORT },
      { name: METRICS_PORT_NAME, containerPort: METRICS_PORT },
      ...(namedPort === undefined ? [] : [namedPort]),
    ],
    // Envoy answers when its configuration is complete, in Istio with the agent's certificate.
    startupProbe: { ...page(STATUS_PAGES.live), periodSeconds: 2, failureThreshold: 150 },
    readinessProbe: { ...page(STATUS_PAGES.ready), periodSeconds: 5, timeoutSeconds: 3 },
    // Not by the roots: a restart does not mend them. Nor soon: on a node without time to spare the
    // kubelet is too slow for the port's quarter of a second, and restarts of all borders of the node at
    // once are what fails calls. Who does not answer is out of the endpoints long before.
    livenessProbe: {
      ...page(STATUS_PAGES.live),
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: LIVENESS_FAILURES,
    },
    lifecycle: { preStop: [{ httpGet: { path: '/', port: String(DRAIN_PORT) } }] },
  };
}

/** Times 10 seconds: five minutes without an answer. */
const LIVENESS_FAILURES = 30;

/**
 * From now on Envoy ends its HTTP connections with the next answer, and still takes new ones. It listens
 * for this on loopback only.
 * @see https://www.envoyproxy.io/docs/envoy/v1.39.1/operations/admin#operations-admin-interface-drain
 */
export const DRAIN = {
  command: [
    '/bin/sh',
    '-c',
    `wget -q -O - --post-data= 'http://127.0.0.1:${ADMIN_PORT}/drain_listeners?graceful&skip_exit'`,
  ],
};

/**
 * The foreign roots. The file is named, so that the pod waits for it and not only for the ConfigMap. As a directory, for a
 * single file would never be renewed.
 */
export function rootsVolume({ foreignMesh }: PlannedBorder) {
  const { configMap, key } = foreignBundle(foreignMesh);
  return { name: ROOTS_VOLUME, configMap: { name: configMap, items: [{ key, path: key }] } };
}

const ROOTS_VOLUME = 'foreign-roots';
