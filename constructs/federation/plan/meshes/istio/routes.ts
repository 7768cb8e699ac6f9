import { serviceHost } from '../../../../kubernetes/cluster-domain';
import type { BorderOptions } from '../../border-options';
import { borderLimits, type Limits } from '../../border-limits';
import type { CrossingProtocol } from '../../crossing';
import type { IstioMember } from '../../model';
import {
  type AccessPlan,
  BORDER_PORT,
  bordersBehindGateway,
  borderHost,
  calledPort,
  isEnteredDirectly,
  meshOf,
  named,
  type PlannedInboundBorder,
  type PlannedMesh,
} from '../../plan';
import type {
  DestinationRule,
  Gateway,
  KubernetesGateway,
  PlannedResource,
  ServiceEntry,
  TlsRoute,
  VirtualService,
} from '../../resources';
import { type IstioServiceFacts, leavesBy, type Service } from '../../services';
import { areAddressesWithIPv6, hostsOf } from '../../gateway-hosts';
import { type GatewayAddresses, own } from '../kind';
import { bundleFile, CERTIFICATE_FILES } from './caller-pods';

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
        const callers = border.calls
          .map(({ caller }) => own(caller, 'istio'))
          .filter((caller) => caller.namespace === namespace && caller.out === 'border');
        const destination = { host: borderHost(border, meshOf(plan.meshes, mesh)) };
        const name = { mesh, namespace, clusterDomain, callee: border.foreign };
        return callers.length === 0
          ? []
          : [
              virtualService(
                name,
                callers.map((caller) => ({ caller, destination })),
              ),
            ];
      }),
    );
  return [...toBorders, ...calledHosts(plan, mesh).filter(haveLeftByBorder).map(ownRoutes)];
}

/** The ports of an Istio mesh's gateway that foreign meshes call. */
export function istioEntrances(plan: AccessPlan, mesh: string): PlannedResource[] {
  return gatewaysWithBorders(plan, mesh).map((entered) =>
    entered.gateway.kind === 'gateway-api' ? kubernetesEntrance(entered) : entrance(entered),
  );
}

/** The ways from its gateway to the borders behind it. */
export function istioRoutesIn(plan: AccessPlan, mesh: string): PlannedResource[] {
  return gatewaysWithBorders(plan, mesh).flatMap((entered): PlannedResource[] =>
    entered.gateway.kind === 'gateway-api' ? tlsRoutes(entered) : routesIn(entered),
  );
}

// ------------------------------------------------------------------------------------------------ out

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
    border.calls.forEach(({ caller, callee }, index) => {
      const { namespace } = caller;
      const key = `${namespace} ${callee.ref}`;
      const host = hosts.get(key) ?? { mesh, namespace, clusterDomain, callee, callers: [] };
      host.callers.push({
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

/** Each caller to the endpoint that is its own. */
function ownRoutes(host: CalledHost): PlannedResource<VirtualService> {
  return virtualService(
    host,
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
  return resource(host, `host.${hostName(host)}`, after, {
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
  { service: caller, serverName, borders }: Caller,
  { connectionSeconds }: Limits,
): PlannedResource<DestinationRule> {
  const { callee } = host;
  return resource(host, `bound.${caller.id}.${hostName(host)}`, [], {
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
  return resource(host, `closed.${hostName(host)}`, [], {
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
  return resource(host, `routes.${hostName(host)}`, [], {
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

// ------------------------------------------------------------------------------------------------- in

/** A gateway with borders behind it. */
interface EnteredGateway {
  readonly mesh: string;
  readonly namespace: string;
  readonly gateway: IstioMember['mesh']['gateway'];
  readonly member: PlannedMesh;
  /** Name of the federation, where the mesh is in several. */
  readonly federation: string | undefined;
  readonly borders: readonly PlannedInboundBorder[];
}

/** The gateways that borders are behind: none where nobody enters. */
function gatewaysWithBorders(plan: AccessPlan, mesh: string): EnteredGateway[] {
  const borders = bordersBehindGateway(plan, mesh);
  const member = own(plan.meshes[mesh], 'istio');
  const { gateway } = member.mesh;
  return borders.length === 0
    ? []
    : [
        {
          mesh,
          namespace: gateway.namespace,
          gateway,
          member,
          federation: plan.name,
          borders,
        },
      ];
}

function serverNames({ crossings }: PlannedInboundBorder): string[] {
  return crossings.map(({ serverName }) => serverName);
}

/** Ports of a gateway that pass TLS through: the one that is called first. */
export function istioGatewayPorts({
  tlsPort,
  previousTlsPort,
}: Pick<IstioMember['mesh']['gateway'], 'tlsPort' | 'previousTlsPort'>): readonly [
  number,
  ...number[],
] {
  return previousTlsPort === undefined || previousTlsPort === tlsPort
    ? [tlsPort]
    : [tlsPort, previousTlsPort];
}

/** Name of the Gateway resource. */
const GATEWAY = 'federation';

/** TLS passes through undecrypted, by the names of the crossings and no others. */
function entrance(entered: EnteredGateway): PlannedResource<Gateway> {
  const { namespace, gateway, borders, federation } = entered;
  const ports = namedPorts(gateway);
  return resource(entered, 'gateway', [], {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: named(GATEWAY, federation), namespace },
    spec: {
      selector: gateway.selector,
      servers: ports.map((port) => ({
        port: { ...port, protocol: 'TLS' },
        tls: { mode: 'PASSTHROUGH' },
        hosts: borders.flatMap(serverNames),
      })),
    },
  });
}

function namedPorts(gateway: IstioMember['mesh']['gateway']) {
  const names = ['tls-federation', 'tls-federation-previous'];
  return istioGatewayPorts(gateway).map((number, index) => ({ number, name: names[index] ?? '' }));
}

const GATEWAY_API_GROUP = 'gateway.networking.k8s.io';

/**
 * The same by the Gateway API. The address is the name of the Service of the gateway that is there: so istiod
 * deploys none of its own, and load balancer, address and pods stay what the mesh made them. Routes come from
 * the borders' namespaces only, and each names what it takes.
 *
 * @see https://istio.io/latest/docs/tasks/traffic-management/ingress/gateway-api/#manual-deployment
 */
function kubernetesEntrance(entered: EnteredGateway): PlannedResource<KubernetesGateway> {
  const { namespace, gateway, borders, federation, member } = entered;
  const namespaces = [...new Set(borders.map((border) => border.namespace))];
  return resource(entered, 'kubernetes-gateway', [], {
    apiVersion: `${GATEWAY_API_GROUP}/v1`,
    kind: 'Gateway',
    metadata: { name: named(GATEWAY, federation), namespace },
    spec: {
      gatewayClassName: 'istio',
      addresses: [
        {
          type: 'Hostname',
          value: serviceHost(gateway.serviceName, namespace, member.mesh.clusterDomain),
        },
      ],
      listeners: namedPorts(gateway).map(({ number, name }) => ({
        name,
        port: number,
        protocol: 'TLS',
        tls: { mode: 'Passthrough' },
        allowedRoutes: {
          namespaces: {
            from: 'Selector',
            selector: {
              matchExpressions: [
                { key: 'kubernetes.io/metadata.name', operator: 'In', values: namespaces },
              ],
            },
          },
          kinds: [{ group: GATEWAY_API_GROUP, kind: 'TLSRoute' }],
        },
      })),
    },
  });
}

/** In the namespace of its border, whose Service it may lead to without a ReferenceGrant. */
function tlsRoutes(entered: EnteredGateway): PlannedResource<TlsRoute>[] {
  return entered.borders.map((border) =>
    resource(entered, `tls-route.${border.name}`, [], {
      apiVersion: `${GATEWAY_API_GROUP}/v1`,
      kind: 'TLSRoute',
      metadata: {
        name: named(`border.${border.foreign.standIn}`, entered.federation, '.'),
        namespace: border.namespace,
      },
      spec: {
        parentRefs: [{ name: named(GATEWAY, entered.federation), namespace: entered.namespace }],
        hostnames: serverNames(border),
        rules: [{ backendRefs: [{ name: border.kubernetesService, port: BORDER_PORT }] }],
      },
    }),
  );
}

/** Through the gateway by SNI, on whichever of its ports, to the border of the foreign caller. */
function routesIn(entered: EnteredGateway): PlannedResource<VirtualService>[] {
  return entered.borders.map((border) =>
    resource(entered, `routes.${border.name}`, [], {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: {
        name: named(`border.${border.foreign.standIn}`, entered.federation, '.'),
        namespace: entered.namespace,
      },
      spec: {
        hosts: serverNames(border),
        exportTo: ['.'],
        gateways: [named(GATEWAY, entered.federation)],
        tls: [
          {
            match: [{ sniHosts: serverNames(border) }],
            route: [
              {
                destination: {
                  host: borderHost(border, entered.member),
                  port: { number: BORDER_PORT },
                },
              },
            ],
          },
        ],
      },
    }),
  );
}

/** Leads the way and admits nobody. */
function resource<Manifest extends PlannedResource['manifest']>(
  { mesh }: { readonly mesh: string },
  id: string,
  after: readonly string[],
  manifest: Manifest,
) {
  return {
    mesh,
    id,
    layer: 'federation' as const,
    manifest,
    enforces: [],
    after,
    // Each begins with "federation" or says which way it is.
    ownName: manifest.kind !== 'Gateway',
  };
}
