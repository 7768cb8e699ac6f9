import { type BorderOptions, DEFAULT_REPLICAS } from './border-options';
import { acceptedConnections, borderLimits } from './envoy';
import { defaultsId } from './consul-access';
import type { AccessPlan } from './plan';
import type { IngressGateway, PlannedResource } from './resources';

/**
 * The listeners of the Consul meshes' ingress gateways: one port for each foreign service that calls,
 * passing its TLS on to its border undecrypted. A gateway has one IngressGateway resource, named like
 * it.
 *
 * @see https://developer.hashicorp.com/consul/docs/reference/config-entry/ingress-gateway
 */
export function consulRoadsIn(
  plan: AccessPlan,
  { limits, replicas = DEFAULT_REPLICAS }: BorderOptions = {},
): PlannedResource<IngressGateway>[] {
  // Consul's default is Envoy's, 1024.
  const connections = replicas * acceptedConnections(borderLimits(limits));
  return Object.entries(plan.meshes).flatMap(([mesh, member]) => {
    if (member.kind !== 'consul' || member.gatewayListeners === 'existing') {
      return [];
    }
    const listeners = gatewayListeners(plan, mesh);
    if (listeners.length === 0) {
      return [];
    }
    return [
      {
        mesh,
        id: 'gateway',
        layer: 'federation' as const,
        enforces: [],
        // A tcp listener is refused for a service that is not known to speak tcp.
        after: [...new Set(listeners.map(({ consulService }) => defaultsId(consulService)))],
        manifest: {
          apiVersion: 'consul.hashicorp.com/v1alpha1',
          kind: 'IngressGateway',
          metadata: { name: member.mesh.gateway.name, namespace: member.mesh.namespace },
          spec: {
            listeners: listeners.map(({ port, consulService }) => ({
              port,
              protocol: 'tcp',
              services: [
                {
                  name: consulService,
                  maxConnections: connections,
                  maxPendingRequests: connections,
                },
              ],
            })),
          },
        },
      },
    ];
  });
}

/** The ports of a Consul mesh's gateway that lead to borders, and to which. */
export function gatewayListeners(
  plan: AccessPlan,
  mesh: string,
): { readonly port: number; readonly consulService: string }[] {
  return plan.standIns
    .filter((standIn) => standIn.kind === 'consul-inbound')
    .filter((standIn) => standIn.mesh === mesh)
    .flatMap(({ gatewayPorts, consulService }) =>
      gatewayPorts.map((port) => ({ port, consulService })),
    )
    .sort((one, other) => one.port - other.port);
}
