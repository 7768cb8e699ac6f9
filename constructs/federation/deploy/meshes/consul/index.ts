import { ConsulServersCa, consulServers } from '../../../../consul';
import { own } from '../../../plan/meshes/kind';
import type { DeployedMeshKind, RootsSource } from '../kind';
import { consulInbound, consulOutbound } from './border';

/** Consul, in a cluster. */
export const CONSUL: DeployedMeshKind = {
  inboundBorder: consulInbound,
  outboundBorder: consulOutbound,
  borderProblems: (member, { serversCa }) =>
    own(member, 'consul').mesh.tls && member.spire === undefined && serversCa === undefined
      ? [
          {
            path: ['serversCa'],
            message:
              "is missing, but Consul's servers have TLS; give the certificate of ConsulServersCa",
          },
        ]
      : [],
  forBorders(scope, federated) {
    const { mesh, provider, serversCa, spire } = own(federated, 'consul');
    // With SPIRE no border asks them for anything.
    if (serversCa !== undefined || !mesh.tls || spire !== undefined) return { serversCa };
    // The same for borders that move, at both places.
    const made = scope.node.tryFindChild('servers-ca');
    const servers =
      made instanceof ConsulServersCa
        ? made
        : new ConsulServersCa(scope, 'servers-ca', { mesh, provider });
    return { serversCa: servers.certificate };
  },
  roots(member): RootsSource {
    const { mesh } = own(member, 'consul');
    const { namespace, tls } = mesh;
    const { address, caSecret } = consulServers(mesh);
    return tls
      ? {
          namespace,
          rules: [{ resource: 'secrets', names: [caSecret.name], verbs: ['get'] }],
          env: {
            SOURCE: 'consul',
            SOURCE_NAMESPACE: namespace,
            CONSUL_CA_SECRET: caSecret.name,
            CONSUL_SERVER: `https://${address}`,
          },
          ports: [8501],
        }
      : {
          namespace,
          rules: [],
          env: { SOURCE: 'consul', CONSUL_SERVER: `http://${address}` },
          ports: [8500],
        };
  },
};
