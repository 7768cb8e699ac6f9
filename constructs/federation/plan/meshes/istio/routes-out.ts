import { serviceHost } from '../../../../kubernetes/cluster-domain';
import { borderLimits, type Limits } from '../../border-limits';
import type { BorderOptions } from '../../border-options';
import type { CrossingProtocol } from '../../crossing';
import { areAddressesWithIPv6, hostsOf } from '../../gateway-hosts';
import { type AccessPlan, borderHost, calledPort, isEnteredDirectly, meshOf } from '../../plan';
import type {
  PlannedResource,
  VirtualService,
  ServiceEntry,
  DestinationRule,
} from '../../resources';
import { type IstioServiceFacts, leavesBy, type Service } from '../../services';
import { type GatewayAddresses, own } from '../kind';
import { bundleFile, CERTIFICATE_FILES } from './caller-pods';
import { resource } from './route-resource';

type RoutesOut = (
  plan: AccessPlan,
  mesh: string,
  addresses: GatewayAddresses,
  borders?: BorderOptions,
) => PlannedResource[];

/** The ways from the sidecars of an Istio mesh to foreign services. */
export const istioRoutesOut = routesTo((host) => !haveLeftByBorder(host));

/** The same of callers that have left by a border until now. */
export const istioRoutesBeside = routesTo(haveLeftByBorder);

function routesTo(isAmong: (host: CalledHost) => boolean): RoutesOut {
  return (plan, mesh, addresses, borders) =>
    calledHosts(plan, mesh)
      .filter(isAmong)
      .flatMap((host) => routeOut(host, addresses, borderLimits(borders?.limits)));
}

/**
 * Names of foreign services lead to outbound borders by Services of that name. These routes say the same, so
 * that calls change between sidecar and border by one change of a route that is there before and after. Routes
 * go before what Istio knows of names by itself, and a Service before a ServiceEntry of its name: where both are
 * there, sidecars must not see the Service (`HIDDEN_NAME`).
 *
 * @see https://github.com/istio/istio/blob/1.30.3/pilot/pkg/networking/core/route/route.go `BuildSidecarVirtualHostWrapper`
 * @see https://github.com/istio/istio/blob/1.30.3/pilot/pkg/model/push_context.go `initServiceRegistry`
 */
export function istioRoutesOfNames(
  plan: AccessPlan,
  mesh: string,
): PlannedResource<VirtualService>[] {
  const { clusterDomain } = own(plan.meshes[mesh], 'istio').mesh;
  const toBorders = plan.borders
    .filter((border) => border.direction === 'out')
    .filter((border) => border.mesh === mesh)
    .flatMap((border) =>
      border.aliasNamespaces.flatMap((namespace) => {
        const destination = { host: borderHost(border, meshOf(plan.meshes, mesh)) };
        const name = { mesh, namespace, clusterDomain, callee: border.foreign };
        const calls = border.calls
          .map(({ id, caller }) => ({ id, caller: own(caller, 'istio') }))
          .filter(({ caller }) => caller.namespace === namespace && caller.out === 'border');
        return calls.length === 0
          ? []
          : [
              virtualService(
                name,
                calls.map(({ id }) => id),
                calls.map(({ caller }) => ({ caller, destination })),
              ),
            ];
      }),
    );
  return [...toBorders, ...calledHosts(plan, mesh).filter(haveLeftByBorder).map(ownRoutes)];
}

/** The name of a foreign service in one namespace. */
interface ForeignName {
  readonly mesh: string;
  readonly namespace: string;
  /** DNS domain of the callers' cluster. */
  readonly clusterDomain?: string;
  readonly callee: Service;
}

/** A foreign service as the callers of one namespace see it. */
interface CalledHost extends ForeignName {
  /** Its callers, each with the border by which it enters the foreign mesh. */
  readonly callers: readonly Caller[];
}

interface Caller {
  /** Which of the calls to the host it makes. */
  readonly call: string;
  readonly service: IstioServiceFacts;
  /** Of its border, in the same cluster. */
  readonly host: string | undefined;
  readonly gatewayPort: number;
  readonly serverName: string;
  /** Identities that the border may have: while it moves, two. */
  readonly borders: readonly string[];
}

function calledHosts(plan: AccessPlan, mesh: string): CalledHost[] {
  const { clusterDomain } = own(plan.meshes[mesh], 'istio').mesh;
  const hosts = new Map<string, CalledHost & { readonly callers: Caller[] }>();
  const entered = plan.borders
    .filter((border) => border.direction === 'in')
    .filter((border) => border.foreignMesh === mesh && isEnteredDirectly(border));
  for (const border of entered) {
    const { crossingIdentity: identity } = border;
    const called =
      border.enteredBy === 'service'
        ? borderHost(border, meshOf(plan.meshes, border.mesh))
        : undefined;
    const former = plan.formerBorders.find(
      (other) => other.mesh === border.mesh && other.name === border.name,
    );
    border.calls.forEach(({ id, caller, callee }, index) => {
      const { namespace } = caller;
      const key = `${namespace} ${callee.ref}`;
      const host = hosts.get(key) ?? { mesh, namespace, clusterDomain, callee, callers: [] };
      host.callers.push({
        call: id,
        service: own(caller, 'istio'),
        host: called,
        gatewayPort: calledPort(meshOf(plan.meshes, border.mesh), border),
        serverName: border.crossings[index]?.serverName ?? '',
        borders: [...new Set([identity, former?.crossingIdentity ?? identity])],
      });
      hosts.set(key, host);
    });
  }
  return [...hosts.values()];
}

/**
 * One host that several workloads of a namespace may call, each with its own certificate and by its
 * own port of the foreign gateway, and nobody else:
 *
 * - a ServiceEntry with one endpoint for each caller, labelled with it;
 * - a DestinationRule for each caller, bound to its pods: mutual TLS, and a subset of that endpoint;
 * - a VirtualService that sends each caller's requests to its subset;
 * - a DestinationRule for all other pods. Without it they would send their requests in plaintext to the
 *   load balancer. It must differ in `exportTo`: with the same, Istio merges it into the rules that are
 *   bound to pods, whatever the order, and nothing is left for the others.
 *
 * The ServiceEntry comes last and goes first, so that the host never exists without its rules.
 *
 * @see https://github.com/istio/istio/blob/1.30.3/pilot/pkg/model/destination_rule.go
 */
function routeOut(
  host: CalledHost,
  addresses: GatewayAddresses,
  limits: Limits,
): PlannedResource[] {
  const closed = closedRule(host);
  const bound = host.callers.map((caller) => boundRule(host, caller, limits));
  const rules = [closed, ...bound, ...(hasOwnRoutes(host) ? [ownRoutes(host)] : [])];
  return [
    ...rules,
    serviceEntry(
      host,
      addresses,
      rules.map(({ id }) => id),
    ),
  ];
}

/** Whether its callers leave by a border, or have done so until now: then its routes come later. */
function hasOwnRoutes({ callers: [first] }: CalledHost): boolean {
  return first !== undefined && !leavesBy(first.service, 'border');
}

/** Callers of one name leave in the same way. */
function haveLeftByBorder({ callers: [first] }: CalledHost): boolean {
  return first?.service.formerOut === 'border';
}

function callsOf({ callers }: CalledHost): string[] {
  return callers.map(({ call }) => call);
}

/** Each caller to the endpoint that is its own. */
function ownRoutes(host: CalledHost): PlannedResource<VirtualService> {
  return virtualService(
    host,
    callsOf(host),
    host.callers.map(({ service: caller }) => ({
      caller,
      destination: { host: hostName(host), subset: caller.id },
    })),
  );
}

/** Label of a ServiceEntry's endpoint: whose gateway port it is. */
const CALLER_LABEL = 'mesh-federation/caller';

/** Under the callers' own namespace, so that the short name finds it. */
function hostName({ callee, namespace, clusterDomain }: ForeignName): string {
  return serviceHost(callee.standIn, namespace, clusterDomain);
}

function serviceEntry(
  host: CalledHost,
  addresses: GatewayAddresses,
  after: readonly string[],
): PlannedResource<ServiceEntry> {
  const { callee, callers } = host;
  const { name, protocol } = SERVICE_PORT[callee.protocol];
  const endpoints = callers.flatMap(({ service, host: called, gatewayPort }) =>
    hostsOf(called ?? addresses(callee.mesh)).map((address) => ({
      address,
      ports: { [name]: gatewayPort },
      labels: { [CALLER_LABEL]: service.id },
    })),
  );
  return resource(host.mesh, callsOf(host), `host.${hostName(host)}`, after, {
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name: `federation.${callee.standIn}`, namespace: host.namespace },
    spec: {
      hosts: [hostName(host)],
      exportTo: ['.'],
      location: 'MESH_EXTERNAL',
      // A sidecar that looks up names of IPv4 would look up an address of IPv6 as well, and find nothing.
      resolution: areAddressesWithIPv6(endpoints.map(({ address }) => address)) ? 'STATIC' : 'DNS',
      ports: [{ number: callee.port, name, protocol }],
      endpoints,
    },
  });
}

function boundRule(
  host: CalledHost,
  { call, service: caller, serverName, borders }: Caller,
  { connectionSeconds }: Limits,
): PlannedResource<DestinationRule> {
  const { callee } = host;
  return resource(host.mesh, [call], `bound.${caller.id}.${hostName(host)}`, [], {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: `${caller.id}.to.${callee.standIn}`, namespace: host.namespace },
    spec: {
      host: hostName(host),
      exportTo: ['.'],
      workloadSelector: { matchLabels: caller.labels },
      trafficPolicy: {
        // A load balancer forgets silent connections (AWS after 350 s) and resets their next byte.
        connectionPool: {
          tcp: { tcpKeepalive: { time: '60s' }, maxConnectionDuration: `${connectionSeconds}s` },
        },
        tls: {
          mode: 'MUTUAL',
          ...CERTIFICATE_FILES,
          caCertificates: bundleFile(callee.mesh),
          sni: serverName,
          subjectAltNames: borders,
        },
      },
      subsets: [{ name: caller.id, labels: { [CALLER_LABEL]: caller.id } }],
    },
  });
}

/**
 * A name that no public authority signs (RFC 2606): a connection that asks for it ends in the
 * handshake, whoever answers.
 */
const NOBODY = 'closed.invalid';

function closedRule(host: CalledHost): PlannedResource<DestinationRule> {
  return resource(host.mesh, callsOf(host), `closed.${hostName(host)}`, [], {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: `${host.callee.standIn}.closed`, namespace: host.namespace },
    spec: {
      host: hostName(host),
      exportTo: ['*'],
      trafficPolicy: { tls: { mode: 'SIMPLE', sni: NOBODY, subjectAltNames: [NOBODY] } },
    },
  });
}

function virtualService(
  host: ForeignName,
  about: readonly string[],
  callers: readonly {
    readonly caller: IstioServiceFacts;
    readonly destination: { readonly host: string; readonly subset?: string };
  }[],
): PlannedResource<VirtualService> {
  const { callee } = host;
  const routes = callers.map(({ caller, destination }) => ({
    // With the port, or Istio offers the host on port 80 too.
    match: [{ port: callee.port, sourceLabels: caller.labels }],
    route: [{ destination: { ...destination, port: { number: callee.port } } }],
  }));
  return resource(host.mesh, about, `routes.${hostName(host)}`, [], {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: `federation.${callee.standIn}`, namespace: host.namespace },
    spec: {
      hosts: [hostName(host)],
      exportTo: ['.'],
      ...(callee.protocol === 'tcp' ? { tcp: routes } : { http: routes }),
    },
  });
}

const SERVICE_PORT = {
  http: { name: 'http', protocol: 'HTTP' },
  http2: { name: 'http2', protocol: 'HTTP2' },
  grpc: { name: 'grpc', protocol: 'GRPC' },
  tcp: { name: 'tcp', protocol: 'TCP' },
} as const satisfies Record<CrossingProtocol, unknown>;
