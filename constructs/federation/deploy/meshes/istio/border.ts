import { stringify } from 'yaml';
import { own } from '../../../plan/meshes/kind';
import { BORDER_PORT } from '../../../plan/plan';
import { from, to, TO_DNS } from '../../border/network-rules';
import {
  borderEnvoy,
  type BorderParts,
  type PartsProps,
  PLAIN_PORTS,
  placement,
} from '../../border/parts';

/**
 * Where Istio's agent serves the pod's own certificate.
 * @see https://github.com/istio/istio/blob/1.30.3/pkg/security/security.go `WorkloadIdentitySocketPath`
 */
const SOCKET_DIRECTORY = '/var/run/secrets/workload-spiffe-uds';

/**
 * A border in Istio: behind its sidecar, which takes connections from the ingress gateway and none
 * else. Its certificate is that of its service account, from the sidecar's agent, which also renews
 * it; no key is on a disk.
 */
export function istioBorder(props: PartsProps): BorderParts {
  const { border, images, limits, everywhere } = props;
  const { mesh } = own(props.member, 'istio');
  const sidecarSeconds = limits.drainSeconds + 10;
  const callees = new Map(
    border.calls.map(({ callee }) => [callee.ref, own(callee, 'istio')] as const),
  );
  return {
    configuration: borderEnvoy(
      props,
      placement({
        border,
        everywhere,
        // Istio's sidecar hands connections to the pod's address. It also takes all that come.
        listen: { host: everywhere, port: BORDER_PORT },
        certificate: {
          source: 'sds',
          socketPath: `${SOCKET_DIRECTORY}/socket`,
          resourceName: 'default',
        },
      }),
    ),
    files: {},
    labels: { 'sidecar.istio.io/inject': 'true' },
    annotations: {
      'proxy.istio.io/config': stringify({
        // Envoy starts when the sidecar, and so the agent, has its certificate.
        holdApplicationUntilProxyStarts: true,
        terminationDrainDuration: `${sidecarSeconds}s`,
      }).trim(),
      // Probes and metrics come without a certificate, the end of a pod too.
      'traffic.sidecar.istio.io/excludeInboundPorts': PLAIN_PORTS,
      'sidecar.istio.io/rewriteAppHTTPProbers': 'false',
    },
    // The injector brings the volume of this name, too late for a container of ours to name it.
    volumes: [{ name: 'workload-socket', emptyDir: {} }],
    certificateMounts: [{ name: 'workload-socket', mountPath: SOCKET_DIRECTORY }],
    initContainers: [],
    companion: {
      name: 'drain',
      image: images.shell,
      command: ['/bin/sh', '-c', "trap 'exit 0' TERM; sleep infinity & wait"],
      resources: { requests: { cpu: '1m', memory: '4Mi' }, limits: { memory: '16Mi' } },
      mounts: [],
    },
    service: {
      portName: 'tls',
      port: border.port,
      targetPort: BORDER_PORT,
      appProtocol: 'tls',
      headless: false,
    },
    aliasNamespaces: [],
    // The sidecar's, which shows Envoy's too.
    metricsPorts: [15020],
    ingress: [
      from({ namespace: mesh.gateway.namespace, labels: mesh.gateway.selector }, BORDER_PORT),
    ],
    egress: [
      TO_DNS,
      to({ namespace: mesh.rootNamespace }, 15012),
      // At their pods' own ports, which only their Services know.
      ...[...callees.values()].map(({ namespace, labels }) => to({ namespace, labels })),
    ],
  };
}
