import { NetworkPolicyV1 } from '@cdktf/provider-kubernetes/lib/network-policy-v1';
import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';
import { JOBS_LABEL, NAMESPACE_NAME } from '../kubernetes/metadata';
import type { IConsulMesh } from './interface';
import { consulServers } from './servers';

/**
 * Lets to the HTTP API of a mesh's servers who has to be there, and no other pod: it gives out identities, and a pod
 * that is not in the mesh has none to ask for. That are the chart's own pods, pods with a sidecar and API gateways in
 * the namespaces of the mesh, and the jobs that exchange roots. All else of the servers stays open to everybody.
 *
 * Policies add to each other: one of your own lets in whom you want beside these.
 *
 * @see https://developer.hashicorp.com/consul/docs/reference/architecture/ports
 */
export function serversAccess(
  scope: Construct,
  mesh: Pick<IConsulMesh, 'namespace' | 'namePrefix' | 'releaseName' | 'tls'>,
  /** Namespaces whose pods may join the mesh. */
  namespaces: readonly string[],
  dependsOn: ITerraformDependable[],
): NetworkPolicyV1 {
  const { httpPort, grpcPort } = consulServers(mesh);
  const port = (protocol: 'TCP' | 'UDP') => (number: number) => ({
    protocol,
    port: String(number),
  });
  const ofMesh = (key: string) => ({
    namespaceSelector: {
      matchExpressions: [{ key: NAMESPACE_NAME, operator: 'In', values: [...namespaces] }],
    },
    podSelector: { matchExpressions: [{ key, operator: 'Exists' }] },
  });
  return new NetworkPolicyV1(scope, 'servers-access', {
    metadata: { name: `${mesh.namePrefix}-server`, namespace: mesh.namespace },
    spec: {
      podSelector: { matchLabels: { release: mesh.releaseName, component: 'server' } },
      policyTypes: ['Ingress'],
      ingress: [
        { from: [{ namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: mesh.namespace } } }] },
        {
          ports: [
            // RPC between servers, gossip, configuration of sidecars, DNS.
            ...[8300, 8301, 8302, grpcPort, 8600].map(port('TCP')),
            ...[8301, 8302, 8600].map(port('UDP')),
          ],
        },
        {
          from: [
            ofMesh('consul.hashicorp.com/connect-inject-status'),
            ofMesh('gateway.consul.hashicorp.com/managed'),
            {
              namespaceSelector: { matchExpressions: [{ key: JOBS_LABEL, operator: 'Exists' }] },
            },
          ],
          ports: [port('TCP')(httpPort)],
        },
      ],
    },
    dependsOn,
  });
}
