import type { BorderOptions } from '../../border-options';
import { borderLimits, type Limits } from '../../border-limits';
import type { CrossingProtocol, HttpPermission } from '../../crossing';
import { acceptedConnections } from '../../envoy';
import { consulGateways } from '../../../../consul/gateway';
import type { ConsulMember } from '../../model';
import {
  type AccessPlan,
  callIds,
  callsOfBorders,
  jobAccounts,
  type PlannedBorder,
  wayTo,
} from '../../plan';
import type {
  IntentionSource,
  PlannedResource,
  ServiceDefaults,
  ServiceIntentions,
} from '../../resources';
import { type Call, type ConsulServiceFacts, limitsOfMesh } from '../../services';
import { own } from '../kind';
import { ANSWERING } from './health';

/**
 * Port of every sidecar for connections from the mesh.
 * @see https://github.com/hashicorp/consul-k8s/blob/v2.0.3/control-plane/connect-inject/constants/constants.go `ProxyDefaultInboundPort`
 */
export const SIDECAR_PORT = 20000;

type ConsulResource = PlannedResource<ServiceDefaults | ServiceIntentions>;

/**
 * ServiceDefaults and ServiceIntentions of a Consul mesh. Consul takes one ServiceIntentions for a
 * destination, so each holds every caller, local and foreign.
 */
export function consulAccess(
  plan: AccessPlan,
  mesh: string,
  borders?: BorderOptions,
): ConsulResource[] {
  const member = own(plan.meshes[mesh], 'consul');
  return [
    ...ownServices(plan, mesh, member),
    ...plan.borders
      .filter((border) => border.mesh === mesh)
      .flatMap((border) => borderAccess(member, border, borderLimits(borders?.limits))),
  ];
}

function ownServices(plan: AccessPlan, mesh: string, member: ConsulMember): ConsulResource[] {
  const services = plan.services
    .filter((service) => service.mesh === mesh)
    .map((service) => own(service, 'consul'))
    .filter((service) => plan.calls.some(({ callee }) => callee === service));
  return [
    ...services
      .filter(({ serviceDefaults }) => serviceDefaults === 'create')
      .map((service) =>
        defaultsOf('mesh', mesh, callsWith(plan, service), service, {
          protocol: service.protocol,
          ...upstreamsOf(plan, service),
        }),
      ),
    ...ownIntentions(plan, member, services),
  ];
}

/** Ids of the calls that a service makes and takes. */
function callsWith({ calls }: AccessPlan, service: ConsulServiceFacts): string[] {
  return calls
    .filter(({ caller, callee }) => caller === service || callee === service)
    .map(({ id }) => id);
}

/** For the borders by which a service calls: who calls decides when a pod of theirs is left out. */
function upstreamsOf(
  plan: AccessPlan,
  service: ConsulServiceFacts,
): Pick<ServiceDefaults['spec'], 'upstreamConfig'> {
  const overrides = plan.borders
    .filter(
      ({ direction, mesh, calls }) =>
        direction === 'out' &&
        mesh === service.mesh &&
        calls.some(({ caller }) => caller === service),
    )
    .map((border) => ({ name: borderService(border), ...ANSWERING }));
  return overrides.length === 0 ? {} : { upstreamConfig: { overrides } };
}

/** Named by the service called: Consul takes one for each, so another name would replace it. */
function ownIntentions(
  plan: AccessPlan,
  member: ConsulMember,
  services: readonly ConsulServiceFacts[],
): ConsulResource[] {
  const inOrder = [...new Set(plan.calls.map(({ callee }) => callee))];
  return inOrder.flatMap((callee) => {
    const service = services.find((candidate) => candidate === callee);
    if (service === undefined || service.intentions === 'existing') {
      return [];
    }
    const calls = plan.calls.filter((call) => call.callee === service);
    const ids = calls.map(({ id }) => id);
    const sources = withoutStrangers(
      plan,
      service.mesh,
      calls.map((call) => intentionSource(service.mesh, call)),
    );
    return [
      {
        mesh: service.mesh,
        id: intentionsId(service.name),
        layer: 'mesh' as const,
        enforces: ids,
        about: [
          ...ids,
          // It names borders, so as not to mean them.
          ...(calls.some(({ caller }) => caller.kind === 'anyone')
            ? callsOfBorders(plan, service.mesh)
            : []),
        ],
        after: service.serviceDefaults === 'create' ? [defaultsId(service.name)] : [],
        manifest: serviceIntentions(
          member,
          service.intentionsName,
          service.namespace,
          service.name,
          sources,
        ),
      },
    ];
  });
}

/**
 * An inbound border takes what the gateway passes on, where it is behind it, an outbound one takes the calls
 * of the services that a rule names.
 *
 * In Consul's own namespace. It has one entry of each name, whatever the namespace, so these must not move
 * with the borders: the old one would have to go before the new one comes.
 */
function borderAccess(
  member: ConsulMember,
  border: PlannedBorder,
  limits: Limits,
): ConsulResource[] {
  const { mesh, calls } = border;
  const { namespace } = member.mesh;
  const name = borderService(border);
  const [defaults, sources] =
    border.direction === 'in'
      ? [
          inboundDefaults(limits),
          wayTo(border, 'gateway') === undefined
            ? // Past its sidecar, which then takes nothing.
              [{ name: '*', action: 'deny' } satisfies IntentionSource]
            : consulGateways(member.mesh).map(({ name }): IntentionSource => ({
                name,
                action: 'allow',
              })),
        ]
      : [outboundDefaults(border, limits), calls.map((call) => intentionSource(mesh, call))];
  return [
    defaultsOf('federation', mesh, callIds([border]), { name, namespace }, defaults),
    {
      mesh,
      id: intentionsId(name),
      layer: 'federation',
      enforces: callIds([border]),
      about: callIds([border]),
      after: [defaultsId(name)],
      manifest: serviceIntentions(member, `border.${name}`, namespace, name, sources),
    },
  ];
}

/** A border's name in Consul, where accounts are services: the source and destination of intentions. */
export function borderService({ serviceAccount }: PlannedBorder): string {
  return serviceAccount;
}

/**
 * What Consul is told that an outbound border speaks. A Consul sidecar tells the border who calls for
 * `http` and `http2`, not for `grpc`, which is HTTP/2.
 * @see https://github.com/hashicorp/consul/blob/v1.22.7/agent/xds/listeners.go `includeXFCC && notGRPC`
 */
export function borderProtocol({ foreign }: PlannedBorder): 'tcp' | 'http' | 'http2' {
  return CONSUL_PROTOCOL[foreign.protocol];
}

const CONSUL_PROTOCOL: Readonly<Record<CrossingProtocol, 'tcp' | 'http' | 'http2'>> = {
  tcp: 'tcp',
  http: 'http',
  http2: 'http2',
  grpc: 'http2',
};

/**
 * Its sidecar passes on what the border takes, and gives to each callee what the border gives it. Consul
 * leaves Envoy's defaults in place otherwise: 1024 of everything.
 */
function inboundDefaults(limits: Limits): ServiceDefaults['spec'] {
  const { requests } = limits;
  return {
    protocol: 'tcp',
    maxInboundConnections: acceptedConnections(limits),
    upstreamConfig: {
      defaults: {
        limits: {
          maxConnections: requests,
          maxPendingRequests: requests,
          maxConcurrentRequests: requests,
        },
        ...ANSWERING,
      },
    },
  };
}

function outboundDefaults(border: PlannedBorder, { connections }: Limits): ServiceDefaults['spec'] {
  return { protocol: borderProtocol(border), maxInboundConnections: connections };
}

/**
 * A border is in the mesh, and what it represents is not: "every workload" does not mean it. Nor does
 * it mean the jobs that exchange roots, where Consul takes their accounts for services. An exact source
 * goes before "*".
 */
function withoutStrangers(
  plan: AccessPlan,
  mesh: string,
  sources: readonly IntentionSource[],
): IntentionSource[] {
  if (!sources.some(({ name }) => name === '*')) {
    return [...sources];
  }
  const named = new Set(sources.map(({ name }) => name));
  const borders = plan.borders.filter((border) => border.mesh === mesh).map(borderService);
  return [
    ...sources,
    ...[...borders, ...jobAccounts(plan, mesh)]
      .filter((name) => !named.has(name))
      .map((name): IntentionSource => ({ name, action: 'deny' })),
  ];
}

/** A local caller goes by its own name, a foreign one by that of its border. */
export function intentionSource(mesh: string, call: Call): IntentionSource {
  const { caller } = call;
  const allow = limitsOfMesh(call);
  const name = caller.kind === 'anyone' ? '*' : caller.mesh === mesh ? caller.name : caller.standIn;
  return allow.length === 0
    ? { name, action: 'allow' }
    : {
        name,
        permissions: allow.map((permission) => ({ action: 'allow', http: http(permission) })),
      };
}

function http({ methods, pathExact, pathPrefix }: HttpPermission) {
  return {
    ...(pathExact !== undefined && { pathExact }),
    ...(pathPrefix !== undefined && { pathPrefix }),
    ...(methods && { methods }),
  };
}

function serviceIntentions(
  { mesh: { defaultIntentionPolicy }, defaultDeny = true }: ConsulMember,
  name: string,
  namespace: string,
  destination: string,
  sources: readonly IntentionSource[],
): ServiceIntentions {
  return {
    apiVersion: 'consul.hashicorp.com/v1alpha1',
    kind: 'ServiceIntentions',
    metadata: { name, namespace },
    spec: {
      destination: { name: destination },
      sources: defaultIntentionPolicy === 'deny' && defaultDeny ? sources : denyingOthers(sources),
    },
  };
}

/**
 * Where the mesh allows by default, it also allows the requests of a source that none of its
 * permissions is about. An intention that denies everything to everybody, as without ACLs, does not
 * change that: it is about other sources.
 * @see https://github.com/hashicorp/consul/blob/v1.22.7/agent/xds/rbac.go `removePermissionPrecedence`
 */
function denyingOthers(sources: readonly IntentionSource[]): IntentionSource[] {
  const limited = sources.map((source): IntentionSource =>
    source.permissions === undefined
      ? source
      : {
          ...source,
          permissions: [...source.permissions, { action: 'deny', http: { pathRegex: '.*' } }],
        },
  );
  return sources.some(({ name }) => name === '*')
    ? limited
    : [...limited, { name: '*', action: 'deny' }];
}

/** Consul checks intentions and listeners against the protocol, and takes `tcp` where it knows none. */
function defaultsOf(
  layer: 'mesh' | 'federation',
  mesh: string,
  about: readonly string[],
  { name, namespace }: { readonly name: string; readonly namespace: string },
  spec: ServiceDefaults['spec'],
): PlannedResource<ServiceDefaults> {
  return {
    mesh,
    id: defaultsId(name),
    layer,
    enforces: [],
    about,
    after: [],
    manifest: {
      apiVersion: 'consul.hashicorp.com/v1alpha1',
      kind: 'ServiceDefaults',
      metadata: { name, namespace },
      spec,
    },
  };
}

/** Id of the ServiceDefaults of a Consul service. */
export function defaultsId(consulService: string): string {
  return `defaults.${consulService}`;
}

function intentionsId(consulService: string): string {
  return `intentions.${consulService}`;
}
