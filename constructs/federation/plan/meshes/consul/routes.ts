import { type BorderOptions, DEFAULT_REPLICAS } from '../../border-options';
import { borderLimits } from '../../border-limits';
import { acceptedConnections } from '../../envoy';
import { type AccessPlan, bordersBehindGateway } from '../../plan';
import type { IngressGateway, PlannedResource } from '../../resources';
import { own } from '../kind';
import { borderService, defaultsId } from './access';

/**
 * The listeners of a Consul mesh's ingress gateway: one port for each foreign service that calls,
 * passing its TLS on to its border undecrypted. A gateway has one IngressGateway resource, named like
 * it.
 *
 * @see https://developer.hashicorp.com/consul/docs/reference/config-entry/ingress-gateway
 */
export function consulRoutesIn(
  plan: AccessPlan,
  mesh: string,
  { limits, replicas = DEFAULT_REPLICAS }: BorderOptions = {},
): PlannedResource<IngressGateway>[] {
  // Consul's default is Envoy's, 1024.
  const connections = replicas * acceptedConnections(borderLimits(limits));
  const member = own(plan.meshes[mesh], 'consul');
  const listeners = gatewayListeners(plan, mesh);
  if (member.gatewayListeners === 'existing' || listeners.length === 0) {
    return [];
  }
  return [
    {
      mesh,
      id: 'gateway',
      layer: 'federation',
      enforces: [],
      // A tcp listener is refused for a service that is not known to speak tcp.
      after: [...new Set(listeners.map(({ service }) => defaultsId(service)))],
      manifest: {
        apiVersion: 'consul.hashicorp.com/v1alpha1',
        kind: 'IngressGateway',
        metadata: { name: member.mesh.gateway.name, namespace: member.mesh.namespace },
        spec: {
          listeners: listeners.map(({ port, service }) => ({
            port,
            protocol: 'tcp',
            services: [
              { name: service, maxConnections: connections, maxPendingRequests: connections },
            ],
          })),
        },
      },
    },
  ];
}

/** The ports of a Consul mesh's gateway that lead to borders, and to which. */
export function gatewayListeners(
  plan: AccessPlan,
  mesh: string,
): { readonly port: number; readonly service: string }[] {
  return bordersBehindGateway(plan, mesh)
    .flatMap((border) =>
      border.gatewayPorts.map((port) => ({ port, service: borderService(border) })),
    )
    .sort((one, other) => one.port - other.port);
}
