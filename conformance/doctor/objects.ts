import { randomBytes } from 'node:crypto';
import type { YamlMap } from '../../constructs/kubernetes/yaml-file';
import type { Manifest } from '../../support/objects/kinds';
import { type Mesh, SIDECARS } from './meshes';

/** A token like an API server's, good for nothing. */
export function token(seconds: number): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return [
    part({ alg: 'none' }),
    part({ iat: now - 3600, exp: now + seconds }),
    randomBytes(6).toString('base64url'),
  ].join('.');
}

/** A pod as the kubelet would have it running, with its mesh's sidecar. */
export function runningPod(
  mesh: Mesh,
  own: {
    readonly namespace: string;
    readonly name: string;
    readonly labels: YamlMap;
    readonly serviceAccount: string;
    readonly containers: readonly { readonly name: string; readonly ports?: readonly YamlMap[] }[];
    readonly annotations?: YamlMap;
    readonly configMaps?: readonly string[];
  },
): Manifest {
  const { namespace, name, labels, annotations, configMaps = [] } = own;
  const containers = [
    ...own.containers.map((container) => ({ ...container, image: 'example.com/image:1' })),
    SIDECARS[mesh],
  ];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, ...{ labels, annotations } },
    spec: {
      serviceAccountName: own.serviceAccount,
      automountServiceAccountToken: false,
      containers,
      volumes: configMaps.map((configMap) => ({ name: configMap, configMap: { name: configMap } })),
    },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: containers.map((container) => ({
        name: container['name'],
        image: '',
        imageID: '',
        restartCount: 0,
        ready: true,
        state: { running: {} },
      })),
    },
  };
}

/** As the controller of EndpointSlices would write it: with the name of the Service's port. */
export function endpoints(
  namespace: string,
  service: string,
  podName: string,
  { name = '', port }: { readonly name?: string; readonly port: number },
): Manifest {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace,
      name: `${service}-1`,
      ...{ labels: { 'kubernetes.io/service-name': service } },
    },
    addressType: 'IPv4',
    endpoints: [
      {
        addresses: ['10.0.0.1'],
        conditions: { ready: true },
        targetRef: { kind: 'Pod', namespace, name: podName },
      },
    ],
    ports: [{ name, port }],
  };
}
