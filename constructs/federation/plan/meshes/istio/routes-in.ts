import { serviceHost } from '../../../../kubernetes/cluster-domain';
import { NAMESPACE_NAME } from '../../../../kubernetes/metadata';
import { tlsPorts } from '../../../../istio/gateway';
import type { IstioGateway } from '../../../../istio/interface';
import {
  type AccessPlan,
  BORDER_PORT,
  borderHost,
  bordersBehindGateway,
  callIds,
  named,
  type PlannedInboundBorder,
  type PlannedMesh,
} from '../../plan';
import type {
  Gateway,
  KubernetesGateway,
  PlannedResource,
  TlsRoute,
  VirtualService,
} from '../../resources';
import { serverNamesFrom } from '../../server-name';
import { own } from '../kind';
import { bordersHealth, healthOf } from './health';
import { resource } from './route-resource';

/** The ports of an Istio mesh's gateway that foreign meshes call, and how it treats the borders behind them. */
export function istioEntrances(plan: AccessPlan, mesh: string): PlannedResource[] {
  return gatewaysWithBorders(plan, mesh).flatMap((entered) => [
    ...bordersHealth(mesh, entered.member, entered.federation, entered.borders),
    entered.gateway.kind === 'gateway-api' ? kubernetesEntrance(entered) : entrance(entered),
  ]);
}

/** The ways from its gateway to the borders behind it. */
export function istioRoutesIn(plan: AccessPlan, mesh: string): PlannedResource[] {
  return gatewaysWithBorders(plan, mesh).flatMap((entered): PlannedResource[] =>
    entered.gateway.kind === 'gateway-api' ? tlsRoutes(entered) : routesIn(entered),
  );
}

/** A gateway with borders behind it. */
interface EnteredGateway {
  readonly mesh: string;
  readonly namespace: string;
  readonly gateway: IstioGateway;
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
export function istioGatewayPorts(gateway: IstioGateway): readonly [number, ...number[]] {
  const [first, ...others] = tlsPorts(gateway);
  return [first.port, ...others.map(({ port }) => port)];
}

/** Name of the Gateway resource. */
const GATEWAY = 'federation';

/** TLS passes through undecrypted, by the names of the crossings and no others. */
function entrance(entered: EnteredGateway): PlannedResource<Gateway> {
  const { namespace, gateway, borders, federation } = entered;
  return resource(entered.mesh, callIds(borders), 'gateway', [], {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: named(GATEWAY, federation), namespace },
    spec: {
      selector: gateway.selector,
      servers: tlsPorts(gateway).map(({ name, port: number }) => ({
        port: { name, number, protocol: 'TLS' },
        tls: { mode: 'PASSTHROUGH' },
        hosts: borders.flatMap(serverNames),
      })),
    },
  });
}

const GATEWAY_API_GROUP = 'gateway.networking.k8s.io';

/**
 * The same by the Gateway API. The address is the name of the Service of the gateway that is there: so istiod
 * deploys none of its own, and load balancer, address and pods stay what the mesh made them. Routes come from
 * the borders' namespaces only, and each names what it takes. A listener is for one calling mesh: of those of
 * several Gateways that have the same port, routes' namespace and hostname, istiod takes the first and leaves the
 * others out, without a word of it in their status.
 *
 * @see https://istio.io/latest/docs/tasks/traffic-management/ingress/gateway-api/#manual-deployment
 * @see https://github.com/istio/istio/blob/1.31.0/pilot/pkg/model/gateway.go
 */
function kubernetesEntrance(entered: EnteredGateway): PlannedResource<KubernetesGateway> {
  const { namespace, gateway, borders, federation, member } = entered;
  const namespaces = [...new Set(borders.map((border) => border.namespace))];
  const callers = [...new Set(borders.map((border) => border.foreignMesh))];
  return resource(entered.mesh, callIds(borders), 'kubernetes-gateway', [], {
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
      listeners: tlsPorts(gateway).flatMap(({ name, port }) =>
        callers.map((caller) => ({
          name: `${name}-${caller}`,
          port,
          protocol: 'TLS',
          hostname: serverNamesFrom(caller),
          tls: { mode: 'Passthrough' },
          allowedRoutes: {
            namespaces: {
              from: 'Selector',
              selector: {
                matchExpressions: [{ key: NAMESPACE_NAME, operator: 'In', values: namespaces }],
              },
            },
            kinds: [{ group: GATEWAY_API_GROUP, kind: 'TLSRoute' }],
          },
        })),
      ),
    },
  });
}

/** In the namespace of its border, whose Service it may lead to without a ReferenceGrant. */
function tlsRoutes(entered: EnteredGateway): PlannedResource<TlsRoute>[] {
  return entered.borders.map((border) =>
    resource(entered.mesh, callIds([border]), `tls-route.${border.name}`, healthOf(border), {
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
    resource(entered.mesh, callIds([border]), `routes.${border.name}`, healthOf(border), {
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
