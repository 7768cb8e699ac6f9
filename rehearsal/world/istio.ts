import type { PlannedBorder } from '../../constructs/federation/plan';
import { authorizationOf } from '../policies';
import { GATEWAY_API_PLAN, ISTIO_TRUST_DOMAIN, MESHES, PLAN } from '../policy';
import { serverNamesTo } from '../routes';
import {
  foreignDestination,
  gatewayListener,
  inboundListener,
  inboundTcpListener,
  type IstioMesh,
  meshDestination,
} from '../imitations/istio';
import { BY_SERVICE, ISTIO_INBOUND, MAPS_BORDER } from './borders';
import { INFO_BY_ROUTES, INFO_IN_ISTIO, MAPS_IN_ISTIO, SNI } from './crossings';
import type { Pki } from './pki';
import type { Programs } from './programs';
import type { Secrets } from './secrets';
import type { Wiring } from './wiring';

/** The sidecars and the gateway of the Istio mesh. */
export async function addIstio(
  programs: Programs,
  { at, apps, cable, istio }: Wiring,
  pki: Pki,
  foreign: Pki,
  secrets: Secrets,
): Promise<void> {
  const { sidecars, calls } = istio;
  const mesh: IstioMesh = {
    trustDomain: ISTIO_TRUST_DOMAIN,
    roots: secrets.trust('istio-own-roots', pki.ownRoots),
  };
  const identity = (workload: string) => secrets.identity(pki, workload);
  const backendId = await identity('backend');
  const infoId = await identity('info');
  const mapsId = await identity('maps');
  const toConsul = {
    from: 'backend',
    identity: backendId,
    trust: secrets.trust('consul-roots-in-istio', foreign.exported),
    peer: foreign.spiffeId('backend'),
    endpoints: [cable.toConsul],
  };
  programs.addSidecars('istio', {
    inbound: [
      inboundListener(mesh, {
        workload: 'backend',
        port: sidecars.backend,
        application: apps.backend,
        identity: backendId,
        admissions: authorizationOf(PLAN, 'istio', istioService('istio/backend')),
      }),
      inboundListener(mesh, {
        workload: 'backend-grpc',
        port: sidecars.backendHttp2,
        application: apps.backendHttp2,
        identity: await identity('backend-grpc'),
        http2: true,
        admissions: authorizationOf(PLAN, 'istio', istioService('istio/backend-grpc')),
      }),
      inboundTcpListener(mesh, {
        workload: 'queue',
        port: sidecars.queue,
        application: apps.backend,
        identity: await identity('queue'),
        admissions: authorizationOf(PLAN, 'istio', istioService('istio/queue')),
      }),
      ...sidecars.info.map((own, index) =>
        inboundTcpListener(mesh, {
          workload: 'info',
          port: own,
          application: programs.border(ISTIO_INBOUND[index] ?? '').listen,
          identity: infoId,
          admissions: authorizationOf(PLAN, 'istio', podOf(INFO_IN_ISTIO)),
        }),
      ),
      inboundTcpListener(mesh, {
        workload: 'maps',
        port: sidecars.maps,
        application: programs.border(MAPS_BORDER).listen,
        identity: mapsId,
        admissions: authorizationOf(PLAN, 'istio', podOf(MAPS_IN_ISTIO)),
      }),
    ],
    outbound: [
      foreignDestination({ ...toConsul, to: 'info', port: at.info, sni: SNI.backendToInfo }),
      foreignDestination({
        ...toConsul,
        to: 'info',
        port: at.infoByService,
        endpoints: [programs.border(BY_SERVICE.backend).listen],
        sni: SNI.backendToInfo,
      }),
      foreignDestination({
        ...toConsul,
        to: 'info',
        port: at.infoFresh,
        sni: SNI.backendToInfo,
        requestsPerConnection: 1,
      }),
      foreignDestination({
        ...toConsul,
        to: 'maps',
        port: at.maps,
        sni: SNI.backendToMaps,
        http2: true,
      }),
      meshDestination(mesh, {
        from: 'maps',
        identity: mapsId,
        to: 'queue',
        peer: pki.spiffeId('queue'),
        port: calls.queue,
        endpoints: [sidecars.queue],
        tcp: true,
      }),
      meshDestination(mesh, {
        from: 'info',
        identity: infoId,
        to: 'backend',
        peer: pki.spiffeId('backend'),
        port: calls.info,
        endpoints: [sidecars.backend],
      }),
      meshDestination(mesh, {
        from: 'maps',
        identity: mapsId,
        to: 'backend',
        peer: pki.spiffeId('backend'),
        port: calls.maps,
        endpoints: [sidecars.backend],
      }),
      meshDestination(mesh, {
        from: 'maps',
        identity: mapsId,
        to: 'backend-grpc',
        peer: pki.spiffeId('backend-grpc'),
        port: calls.mapsGrpc,
        endpoints: [sidecars.backendHttp2],
        http2: true,
      }),
    ],
  });
  const gatewayId = await identity(MESHES.istio.mesh.gateway.serviceAccount);
  programs.addStandins('istio gateway', [
    gatewayListener(
      mesh,
      at.istioRoutesGateway,
      gatewayId,
      serverNamesTo(GATEWAY_API_PLAN, 'istio', INFO_BY_ROUTES).map((sni) => ({
        sni,
        to: `by a TLSRoute ${sni}`,
        peer: INFO_BY_ROUTES.identity,
        endpoints: sidecars.info,
      })),
    ),
    gatewayListener(mesh, at.istioGateway, gatewayId, [
      {
        sni: SNI.infoToBackend,
        to: 'info',
        peer: INFO_IN_ISTIO.identity,
        endpoints: sidecars.info,
      },
      {
        sni: SNI.mapsToBackend,
        to: 'maps',
        peer: MAPS_IN_ISTIO.identity,
        endpoints: [sidecars.maps],
      },
      {
        sni: SNI.mapsToBackendGrpc,
        to: 'maps, for gRPC',
        peer: MAPS_IN_ISTIO.identity,
        endpoints: [sidecars.maps],
      },
      {
        sni: SNI.mapsToQueue,
        to: 'maps, for tcp',
        peer: MAPS_IN_ISTIO.identity,
        endpoints: [sidecars.maps],
      },
    ]),
  ]);
}

function istioService(ref: string) {
  const service = PLAN.services.find((one) => one.ref === ref);
  if (service?.kind !== 'istio') throw new Error(`no service ${ref}`);
  return service;
}

function podOf({ namespace, podLabels }: PlannedBorder) {
  return { namespace, labels: podLabels };
}
