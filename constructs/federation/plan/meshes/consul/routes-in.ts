import { consulGateways, PRIVILEGED_PORTS_AT } from '../../../../consul/gateway';
import type { ConsulGateway } from '../../../../consul/interface';
import { type BorderOptions, DEFAULT_REPLICAS } from '../../border-options';
import { borderLimits } from '../../border-limits';
import { acceptedConnections } from '../../envoy';
import type { ConsulMember } from '../../model';
import { type AccessPlan, bordersBehindGateway, callIds, named, wayTo } from '../../plan';
import type { IngressGateway, PlannedResource } from '../../resources';
import { own } from '../kind';
import { borderService, defaultsId } from './access';
import { CONNECTION_HEALTH } from './health';

/** A port of the gateway, and the border that it leads to. */
interface Listener {
  readonly port: number;
  readonly service: string;
  /** Ids of the calls that go there. */
  readonly calls: readonly string[];
}

/**
 * What leads from a Consul mesh's gateway to the borders behind it: one port for each foreign service that
 * calls, passing its TLS on undecrypted. While calls move from one gateway to another, both have it.
 */
export function consulRoutesIn(
  plan: AccessPlan,
  mesh: string,
  borders?: BorderOptions,
): PlannedResource[] {
  const member = own(plan.meshes[mesh], 'consul');
  const listeners = gatewayListeners(plan, mesh);
  if (member.gatewayListeners === 'existing' || listeners.length === 0) {
    return [];
  }
  return consulGateways(member.mesh).flatMap((gateway): PlannedResource[] =>
    gateway.kind === 'api'
      ? apiGateway(plan, mesh, gateway, listeners)
      : [ingressGateway(mesh, member, gateway, listeners, borders)],
  );
}

/**
 * A gateway has one IngressGateway resource, named like it.
 *
 * @see https://developer.hashicorp.com/consul/docs/reference/config-entry/ingress-gateway
 */
function ingressGateway(
  mesh: string,
  member: ConsulMember,
  { name }: ConsulGateway,
  listeners: readonly Listener[],
  { limits, replicas = DEFAULT_REPLICAS }: BorderOptions = {},
): PlannedResource<IngressGateway> {
  // Consul's default is Envoy's, 1024.
  const connections = replicas * acceptedConnections(borderLimits(limits));
  return {
    mesh,
    id: 'gateway',
    layer: 'federation',
    enforces: [],
    about: listeners.flatMap(({ calls }) => calls),
    // A tcp listener is refused for a service that is not known to speak tcp.
    after: [...new Set(listeners.map(({ service }) => defaultsId(service)))],
    manifest: {
      apiVersion: 'consul.hashicorp.com/v1alpha1',
      kind: 'IngressGateway',
      metadata: { name, namespace: member.mesh.namespace },
      spec: {
        listeners: listeners.map(({ port, service }) => ({
          port,
          protocol: 'tcp',
          services: [
            {
              name: service,
              maxConnections: connections,
              maxPendingRequests: connections,
              passiveHealthCheck: CONNECTION_HEALTH,
            },
          ],
        })),
      },
    },
  };
}

const CONSUL_GROUP = 'consul.hashicorp.com';
const GATEWAY_API_GROUP = 'gateway.networking.k8s.io';

/**
 * A Gateway with a TCP listener for each port, which ends no TLS, and a TCPRoute from each to its border. The
 * class is one of its own, without a type of Service: the controller makes none then, and the mesh has its own.
 * Routes lead to MeshServices, in the Gateway's namespace, so no ReferenceGrant is needed.
 *
 * What an API gateway sends on to a border at a time is Envoy's default, 1024 connections of each of its pods:
 * nothing sets it for TCPRoutes.
 *
 * @see https://github.com/hashicorp/consul/blob/v1.22.7/agent/xds/listeners_apigateway.go
 * @see https://github.com/hashicorp/consul-k8s/tree/v2.0.3/control-plane/api-gateway
 */
function apiGateway(
  plan: AccessPlan,
  mesh: string,
  { name }: ConsulGateway,
  listeners: readonly Listener[],
): PlannedResource[] {
  const { namespace, namePrefix } = own(plan.meshes[mesh], 'consul').mesh;
  const className = named(`${namePrefix}-federation`, plan.name);
  const planned = { mesh, layer: 'federation', enforces: [] } as const;
  const all = { ...planned, about: listeners.flatMap(({ calls }) => calls) };
  // A service has a port more while it moves from one to another.
  const services = new Map(listeners.map(({ service, calls }) => [service, calls]));
  return [
    {
      ...all,
      id: 'gateway-class-config',
      after: [],
      manifest: {
        apiVersion: `${CONSUL_GROUP}/v1alpha1`,
        kind: 'GatewayClassConfig',
        metadata: { name: className },
        spec: {
          deployment: {
            // The controller keeps the number that it finds, within these: an autoscaler of yours may add some.
            defaultInstances: GATEWAY_REPLICAS,
            minInstances: GATEWAY_REPLICAS,
            maxInstances: MOST_GATEWAY_REPLICAS,
            resources: {
              requests: { cpu: '50m', memory: '128Mi' },
              limits: { memory: '256Mi' },
            },
          },
          mapPrivilegedContainerPorts: PRIVILEGED_PORTS_AT,
        },
      },
    },
    {
      ...all,
      id: 'gateway-class',
      after: ['gateway-class-config'],
      manifest: {
        apiVersion: `${GATEWAY_API_GROUP}/v1`,
        kind: 'GatewayClass',
        metadata: { name: className },
        spec: {
          controllerName: 'consul.hashicorp.com/gateway-controller',
          parametersRef: { group: CONSUL_GROUP, kind: 'GatewayClassConfig', name: className },
        },
      },
    },
    {
      ...all,
      id: 'api-gateway',
      after: ['gateway-class'],
      manifest: {
        apiVersion: `${GATEWAY_API_GROUP}/v1`,
        kind: 'Gateway',
        // Since consul-k8s 2.0 the controller looks at no Gateway without this label.
        metadata: { name, namespace, labels: { component: 'api-gateway' } },
        spec: {
          gatewayClassName: className,
          listeners: listeners.map(({ port }) => ({
            name: listenerName(port),
            port,
            protocol: 'TCP',
            allowedRoutes: {
              namespaces: { from: 'Same' },
              kinds: [{ group: GATEWAY_API_GROUP, kind: 'TCPRoute' }],
            },
          })),
        },
      },
    },
    ...[...services].map(([service, about]): PlannedResource => ({
      ...planned,
      about,
      id: `gateway-service.${service}`,
      after: [],
      manifest: {
        apiVersion: `${CONSUL_GROUP}/v1alpha1`,
        kind: 'MeshService',
        metadata: { name: routeName(service), namespace },
        spec: { name: service },
      },
    })),
    ...listeners.map(({ port, service, calls }): PlannedResource => ({
      ...planned,
      about: calls,
      id: `gateway-route.${service}.${port}`,
      after: ['api-gateway', `gateway-service.${service}`, defaultsId(service)],
      manifest: {
        apiVersion: `${GATEWAY_API_GROUP}/v1alpha2`,
        kind: 'TCPRoute',
        // Consul knows routes by their names alone, in whatever namespace.
        metadata: { name: `${routeName(service)}-${port}`, namespace },
        spec: {
          parentRefs: [{ name, sectionName: listenerName(port) }],
          rules: [
            {
              backendRefs: [{ group: CONSUL_GROUP, kind: 'MeshService', name: routeName(service) }],
            },
          ],
        },
      },
    })),
  ];
}

const GATEWAY_REPLICAS = 2;
/** The most that the controller takes. */
const MOST_GATEWAY_REPLICAS = 8;

function listenerName(port: number): string {
  return `tcp-${port}`;
}

function routeName(service: string): string {
  return `federation-${service}`;
}

/** The ports of a Consul mesh's gateway that lead to borders, and to which. */
export function gatewayListeners(plan: AccessPlan, mesh: string): Listener[] {
  return bordersBehindGateway(plan, mesh)
    .flatMap((border) =>
      (wayTo(border, 'gateway')?.gatewayPorts ?? []).map((port) => ({
        port,
        service: borderService(border),
        calls: callIds([border]),
      })),
    )
    .sort((one, other) => one.port - other.port);
}
