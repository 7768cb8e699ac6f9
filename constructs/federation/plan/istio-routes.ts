import { serviceHost } from '../../kubernetes/cluster-domain';
import { borderLimits } from './envoy';
import type { BorderLimits, CrossingProtocol } from './crossing';
import { serverNameOf } from './identity';
import type { IstioMember } from './model';
import {
  type AccessPlan,
  BORDER_PORT,
  type ConsulInboundStandIn,
  type IstioInboundStandIn,
} from './plan';
import type { Service } from './resolve';
import type {
  DestinationRule,
  Gateway,
  PlannedResource,
  ServiceEntry,
  VirtualService,
} from './resources';
import { bundleFile, CERTIFICATE_FILES } from './caller-pods';

/** Address of a mesh's gateway by the mesh's name; may be a token. */
export type GatewayAddresses = (mesh: string) => string;

/** The ways from Istio to foreign services. */
export function istioRoadsOut(
  plan: AccessPlan,
  addresses: GatewayAddresses,
  limits?: BorderLimits,
): PlannedResource[] {
  return calledHosts(plan).flatMap((host) =>
    roadOut(host, addresses(host.callee.mesh), borderLimits(limits)),
  );
}

/** The ports of Istio's gateways that foreign borders call. */
export function istioEntrances(plan: AccessPlan): PlannedResource<Gateway>[] {
  return gatewaysWithBorders(plan).map(entrance);
}

/** The ways from Istio's gateways to the borders behind them. */
export function istioRoadsIn(plan: AccessPlan): PlannedResource<VirtualService>[] {
  return gatewaysWithBorders(plan).flatMap(roadsIn);
}

// ------------------------------------------------------------------------------------------------ out

/** A foreign service as the callers of one namespace see it. */
interface CalledHost {
  readonly mesh: string;
  readonly namespace: string;
  /** Of the callers' cluster. */
  readonly clusterDomain?: string;
  readonly callee: Service;
  /** The borders by which its callers enter the foreign mesh, one for each. */
  readonly borders: readonly ConsulInboundStandIn[];
}

function calledHosts(plan: AccessPlan): CalledHost[] {
  const hosts = new Map<string, CalledHost & { readonly borders: ConsulInboundStandIn[] }>();
  for (const border of plan.standIns.filter((standIn) => standIn.kind === 'consul-inbound')) {
    for (const { caller, callee } of border.calls) {
      const { mesh, namespace } = caller;
      const { clusterDomain } = plan.meshes[mesh]?.mesh ?? {};
      const key = `${mesh} ${namespace} ${callee.ref}`;
      const host = hosts.get(key) ?? { mesh, namespace, clusterDomain, callee, borders: [] };
      host.borders.push(border);
      hosts.set(key, host);
    }
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
function roadOut(
  host: CalledHost,
  address: string,
  limits: Required<BorderLimits>,
): PlannedResource[] {
  const closed = closedRule(host);
  const bound = host.borders.map((border) => boundRule(host, border, limits));
  const routes = virtualService(host);
  return [
    closed,
    ...bound,
    routes,
    serviceEntry(
      host,
      address,
      [closed, ...bound, routes].map(({ id }) => id),
    ),
  ];
}

/** Label of a ServiceEntry's endpoint: whose gateway port it is. */
const CALLER_LABEL = 'mesh-federation/caller';

/** Under the callers' own namespace, so that the short name finds it. */
function hostName({ callee, namespace, clusterDomain }: CalledHost): string {
  return serviceHost(callee.standIn, namespace, clusterDomain);
}

function serviceEntry(
  host: CalledHost,
  address: string,
  after: readonly string[],
): PlannedResource<ServiceEntry> {
  const { callee, borders } = host;
  const { name, protocol } = SERVICE_PORT[callee.protocol];
  return resource(host, `host.${hostName(host)}`, after, {
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name: `federation.${callee.standIn}`, namespace: host.namespace },
    spec: {
      hosts: [hostName(host)],
      exportTo: ['.'],
      location: 'MESH_EXTERNAL',
      resolution: 'DNS',
      ports: [{ number: callee.port, name, protocol }],
      endpoints: borders.map(({ foreign, gatewayPorts: [gatewayPort] }) => ({
        address,
        ports: { [name]: gatewayPort },
        labels: { [CALLER_LABEL]: foreign.id },
      })),
    },
  });
}

function boundRule(
  host: CalledHost,
  { foreign: caller, spiffeId }: ConsulInboundStandIn,
  { connectionSeconds }: Required<BorderLimits>,
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
          sni: serverNameOf(caller, callee),
          subjectAltNames: [spiffeId],
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

function virtualService(host: CalledHost): PlannedResource<VirtualService> {
  const { callee, borders } = host;
  const routes = borders.map(({ foreign: caller }) => ({
    // With the port, or Istio offers the host on port 80 too.
    match: [{ port: callee.port, sourceLabels: caller.labels }],
    route: [
      {
        destination: { host: hostName(host), subset: caller.id, port: { number: callee.port } },
      },
    ],
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
  readonly clusterDomain: IstioMember['mesh']['clusterDomain'];
  readonly borders: readonly IstioInboundStandIn[];
}

function gatewaysWithBorders(plan: AccessPlan): EnteredGateway[] {
  return Object.entries(plan.meshes).flatMap(([mesh, member]) => {
    const borders = plan.standIns
      .filter((standIn) => standIn.kind === 'istio-inbound')
      .filter((standIn) => standIn.mesh === mesh);
    if (member.kind !== 'istio' || borders.length === 0) return [];
    const { gateway, clusterDomain } = member.mesh;
    return [{ mesh, namespace: gateway.namespace, gateway, clusterDomain, borders }];
  });
}

function serverNames({ crossings }: IstioInboundStandIn): string[] {
  return crossings.map(({ serverName }) => serverName);
}

/** TLS passes through undecrypted, by the names of the crossings and no others. */
function entrance(entered: EnteredGateway): PlannedResource<Gateway> {
  const { namespace, gateway, borders } = entered;
  const { tlsPort, previousTlsPort = tlsPort } = gateway;
  const ports = [
    { number: tlsPort, name: 'tls-federation' },
    ...(previousTlsPort === tlsPort
      ? []
      : [{ number: previousTlsPort, name: 'tls-federation-previous' }]),
  ];
  return resource(entered, 'gateway', [], {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'federation', namespace },
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

/** Through the gateway by SNI, on whichever of its ports, to the border of the foreign caller. */
function roadsIn(entered: EnteredGateway): PlannedResource<VirtualService>[] {
  return entered.borders.map((border) =>
    resource(entered, `routes.${border.name}`, [], {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: `border.${border.foreign.standIn}`, namespace: entered.namespace },
      spec: {
        hosts: serverNames(border),
        exportTo: ['.'],
        gateways: ['federation'],
        tls: [
          {
            match: [{ sniHosts: serverNames(border) }],
            route: [
              {
                destination: {
                  host: serviceHost(
                    border.kubernetesService,
                    border.namespace,
                    entered.clusterDomain,
                  ),
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
    ownName: manifest.metadata.name !== 'federation',
  };
}
