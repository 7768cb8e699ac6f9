import { own } from '../../constructs/federation/plan/meshes/kind';
import { intentionsOf } from '../policies';
import { CONSUL_TRUST_DOMAIN, GATEWAY_API_PLAN, PLAN } from '../policy';
import { portsTo } from '../routes';
import {
  apiListener,
  type ConsulMesh,
  ingressListener,
  publicListener,
  upstreamListener,
} from '../imitations/consul';
import { BY_SERVICE, CONSUL_INBOUND, CONSUL_OUTBOUND, FRESH_BORDER, GRPC_BORDER } from './borders';
import { BACKEND_BY_API, BACKEND_IN_CONSUL, TO_BACKEND, TO_BACKEND_GRPC } from './crossings';
import type { Pki } from './pki';
import type { Programs } from './programs';
import type { Secrets } from './secrets';
import type { Wiring } from './wiring';

/** The sidecars and the gateway of the Consul mesh. */
export async function addConsul(
  programs: Programs,
  { at, apps, consul }: Wiring,
  pki: Pki,
  secrets: Secrets,
): Promise<void> {
  const { sidecars, calls, outboundSidecars, freshSidecar, serviceSidecar, grpcSidecar } = consul;
  const mesh: ConsulMesh = {
    trustDomain: CONSUL_TRUST_DOMAIN,
    roots: secrets.trust('consul-own-roots', pki.ownRoots),
  };
  const identity = (workload: string) => secrets.identity(pki, workload);
  const consulBorderId = await identity('backend');
  const outboundId = await identity('backend-outbound');
  const infoId = await identity('info');
  const mapsId = await identity('maps');
  programs.addSidecars('consul', {
    inbound: [
      ...sidecars.borders.map((own, index) =>
        publicListener(mesh, {
          service: 'backend',
          port: own,
          application: programs.border(CONSUL_INBOUND[index] ?? '').listen,
          protocol: 'tcp',
          identity: consulBorderId,
          intentions: intentionsOf(PLAN, 'consul', BACKEND_IN_CONSUL.serviceAccount),
        }),
      ),
      publicListener(mesh, {
        service: BACKEND_BY_API.serviceAccount,
        port: sidecars.byApi,
        application: programs.border(CONSUL_INBOUND[0]).listen,
        protocol: 'tcp',
        identity: consulBorderId,
        intentions: intentionsOf(GATEWAY_API_PLAN, 'consul', BACKEND_BY_API.serviceAccount),
      }),
      publicListener(mesh, {
        service: 'info',
        port: sidecars.info,
        application: apps.info,
        protocol: 'http',
        identity: infoId,
        intentions: intentionsOf(PLAN, 'consul', 'info'),
      }),
      publicListener(mesh, {
        service: 'stock',
        port: sidecars.stock,
        application: apps.info,
        protocol: 'tcp',
        identity: await identity('stock'),
        intentions: intentionsOf(PLAN, 'consul', 'stock'),
      }),
      publicListener(mesh, {
        service: 'maps',
        port: sidecars.maps,
        application: apps.maps,
        protocol: 'http2',
        identity: mapsId,
        intentions: intentionsOf(PLAN, 'consul', 'maps'),
      }),
      ...[...outboundSidecars, freshSidecar, serviceSidecar].map((own, index) =>
        publicListener(mesh, {
          service: 'backend-outbound',
          port: own,
          application: programs.border(
            [...CONSUL_OUTBOUND, FRESH_BORDER, BY_SERVICE.toBackend][index] ?? '',
          ).listen,
          protocol: 'http',
          identity: outboundId,
          intentions: intentionsOf(PLAN, 'consul', TO_BACKEND.serviceAccount),
        }),
      ),
      publicListener(mesh, {
        service: 'backend-grpc-outbound',
        port: grpcSidecar,
        application: programs.border(GRPC_BORDER).listen,
        protocol: 'http2',
        identity: await identity('backend-grpc-outbound'),
        intentions: intentionsOf(PLAN, 'consul', TO_BACKEND_GRPC.serviceAccount),
      }),
    ],
    outbound: [
      upstreamListener(mesh, {
        from: 'backend',
        identity: consulBorderId,
        to: 'info',
        protocol: 'http',
        port: calls.info,
        endpoints: [sidecars.info],
      }),
      upstreamListener(mesh, {
        from: 'backend',
        identity: consulBorderId,
        to: 'maps',
        protocol: 'http2',
        port: calls.maps,
        endpoints: [sidecars.maps],
      }),
      upstreamListener(mesh, {
        from: 'backend',
        identity: consulBorderId,
        to: 'stock',
        protocol: 'tcp',
        port: calls.stock,
        endpoints: [sidecars.stock],
      }),
      upstreamListener(mesh, {
        from: 'maps',
        identity: mapsId,
        to: 'info',
        protocol: 'http',
        port: at.oneMesh,
        endpoints: [sidecars.info],
      }),
      upstreamListener(mesh, {
        from: 'info',
        identity: infoId,
        to: 'backend-outbound',
        protocol: 'http',
        port: at.backend,
        endpoints: outboundSidecars,
      }),
      upstreamListener(mesh, {
        from: 'info',
        identity: infoId,
        to: 'backend-outbound',
        protocol: 'http',
        port: at.backendFresh,
        endpoints: [freshSidecar],
      }),
      upstreamListener(mesh, {
        from: 'maps',
        identity: mapsId,
        to: 'backend-outbound',
        protocol: 'http',
        port: at.backendByMaps,
        endpoints: outboundSidecars,
      }),
      upstreamListener(mesh, {
        from: 'maps',
        identity: mapsId,
        to: 'backend-grpc-outbound',
        protocol: 'http2',
        port: at.backendGrpc,
        endpoints: [grpcSidecar],
      }),
      upstreamListener(mesh, {
        from: 'info',
        identity: infoId,
        to: 'backend-outbound',
        protocol: 'http',
        port: at.backendByService,
        endpoints: [serviceSidecar],
      }),
    ],
  });
  const { name: apiGateway } = own(GATEWAY_API_PLAN.meshes['consul'], 'consul').mesh.gateway;
  const isLed =
    portsTo(GATEWAY_API_PLAN, 'consul', apiGateway, BACKEND_BY_API.serviceAccount).length > 0;
  programs.addStandins('consul gateway', [
    ...(isLed
      ? [
          apiListener(mesh, {
            identity: await identity(apiGateway),
            to: BACKEND_BY_API.serviceAccount,
            port: at.consulApiGateway,
            endpoints: [sidecars.byApi],
          }),
        ]
      : []),
    ingressListener(mesh, {
      identity: await identity('ingress-gateway'),
      to: 'backend',
      port: at.consulGateway,
      endpoints: sidecars.borders,
    }),
  ]);
}
