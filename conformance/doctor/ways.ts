import { yamlMaps } from '../../constructs/kubernetes/yaml-file';
import type { Manifest } from '../../support/objects/kinds';
import { changed, gone, told } from './breaking';
import { LINKERD } from './linkerd';
import type { Way } from './way';
import { ofBorder } from './faults';
import { gatewayName, gatewayPort, LOOPBACK } from './meshes';
import { endpoints } from './objects';
import { BORDERS, GATEWAYS, istio, service, slice, WEATHER, within } from './refs';
import type { World } from './world';

const GIVEN = ['entry.example.com', 'spare.example.com'];
const GIVEN_PORT = 12443;
const RECORD = 'istio.mesh.example.com';
const ENDPOINT = 'vpce-0a.vpce-svc-0b.eu-north-1.vpce.amazonaws.com';
const ENTRANCE = 'entrance.example.com';
const privateName = (mesh: string) => `private-${gatewayName(mesh)}`;
const privateService = (mesh: 'istio' | 'consul') => {
  const { namespace = '', name } = GATEWAYS[mesh];
  return { namespace, name: `${name}-private` };
};

/** A ServiceEntry of the callers of `consul/info` that leads elsewhere. */
const leadElsewhere = (world: World, address: string) =>
  world.change(
    'istio',
    istio('networking', 'ServiceEntry', WEATHER, 'federation.info'),
    within('spec')((old) => ({
      ...old,
      endpoints: yamlMaps(old['endpoints']).map((one) => ({ ...one, address })),
    })),
  );

function balanced(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  hostname: string,
  ports: readonly number[],
): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name },
    spec: { type: 'LoadBalancer', ports: ports.map((port) => ({ name: `p${port}`, port })) },
    status: { loadBalancer: { ingress: [{ hostname }] } },
  };
}

/** The private Services of both gateways, with what is behind them. */
async function arrangePrivate(world: World): Promise<void> {
  for (const mesh of ['istio', 'consul'] as const) {
    const own = privateService(mesh);
    const port = gatewayPort(world.plan, mesh);
    await world.add(mesh, balanced(own, privateName(mesh), [port]));
    await world.add(
      mesh,
      endpoints(own.namespace, own.name, 'gateway-1', { name: `p${port}`, port }),
    );
    world.name(privateName(mesh), LOOPBACK[mesh]);
    // Only the private one is called.
    world.redirect(mesh, undefined);
  }
}

/** The ways in which calls can get to a gateway, and further ones out of a mesh. */
export const WAYS: readonly Way[] = [
  {
    what: 'Addresses and a port are given for the gateway of consul',
    settings: { meshes: { consul: { gateway: { address: GIVEN, addressPort: GIVEN_PORT } } } },
    addresses: gatewayName,
    arrange: async (world) => {
      for (const name of GIVEN) world.name(name, LOOPBACK.consul);
      await world.balance(LOOPBACK.consul, GIVEN_PORT, gatewayPort(world.plan, 'consul'));
      // Something else stands before the gateway.
      await world.changeStatus(
        'consul',
        GATEWAYS.consul,
        within('status')(() => ({})),
      );
    },
    faults: [
      {
        what: 'What stands at the second of the given addresses takes no connections at the given port',
        mesh: 'consul',
        place: 'gateway',
        code: 'connection-refused',
        break: (world) => world.name('spare.example.com', '127.0.0.40'),
      },
      {
        what: 'The callers go to another address than the given ones',
        mesh: 'istio',
        place: 'caller',
        code: 'resource-drift',
        break: (world) => leadElsewhere(world, 'former.example.com'),
      },
    ],
  },
  {
    what: 'A record leads to the gateway of istio',
    settings: {
      meshes: { istio: { gateway: { record: { zoneId: 'Z0123456789ABCDEFGHIJ', name: RECORD } } } },
    },
    addresses: (mesh) => (mesh === 'istio' ? RECORD : gatewayName(mesh)),
    arrange: (world) => world.name(RECORD, LOOPBACK.istio),
    faults: [
      {
        what: "The record of the gateway's name is gone",
        mesh: 'istio',
        place: 'gateway',
        code: 'name-unresolved',
        break: (world) => world.name(RECORD, undefined),
      },
      {
        what: 'The record leads to a load balancer that is no more',
        mesh: 'istio',
        place: 'gateway',
        code: 'connection-refused',
        break: (world) => world.name(RECORD, '127.0.0.40'),
      },
    ],
  },
  {
    what: 'Calls go by the private gateways of peered VPCs',
    settings: { federation: { crossing: 'peering' } },
    addresses: privateName,
    arrange: arrangePrivate,
    faults: [
      {
        what: "The callers go to the gateway's own load balancer, and not to the private one",
        mesh: 'istio',
        place: 'caller',
        code: 'address-stale',
        break: (world) => leadElsewhere(world, gatewayName('consul')),
      },
      {
        what: 'The private Service of the gateway is gone',
        mesh: 'istio',
        place: 'gateway',
        code: 'service-missing',
        break: gone(service(...named(privateService('istio')))),
      },
    ],
  },
  {
    what: 'Calls go by endpoints of PrivateLink',
    settings: { federation: { crossing: 'privatelink' } },
    addresses: (mesh) => `${mesh}.${ENDPOINT}`,
    arrange: async (world) => {
      await arrangePrivate(world);
      world.name(`istio.${ENDPOINT}`, LOOPBACK.istio);
      world.name(`consul.${ENDPOINT}`, LOOPBACK.consul);
    },
    faults: [
      {
        what: 'The endpoint by which the gateway is called is gone',
        mesh: 'consul',
        place: 'gateway',
        code: 'name-unresolved',
        break: (world) => world.name(`consul.${ENDPOINT}`, undefined),
      },
      {
        what: 'The private load balancer that the endpoint leads to has no listener',
        mesh: 'istio',
        place: 'gateway',
        code: 'connection-refused',
        break: (world) => world.name(`istio.${ENDPOINT}`, '127.0.0.40'),
      },
    ],
  },
  {
    what: 'Callers enter consul past its gateway, and leave istio by a border',
    settings: {
      accessPolicy: {
        meshes: {
          istio: {
            kind: 'istio',
            services: {
              frontend: { namespace: WEATHER },
              backend: { namespace: WEATHER, out: 'border' },
            },
          },
          consul: { kind: 'consul', in: 'service', services: { info: { namespace: WEATHER } } },
        },
        rules: [
          { from: 'istio/frontend', to: 'istio/backend' },
          { from: 'istio/backend', to: 'consul/info', allow: [{ methods: ['GET'] }] },
        ],
      },
    },
    addresses: (mesh) => (mesh === 'consul' ? ENTRANCE : gatewayName(mesh)),
    arrange: async (world) => {
      const port = gatewayPort(world.plan, 'consul');
      const [namespace, name] = [BORDERS, 'federation-entrance'];
      world.name(ENTRANCE, LOOPBACK.consul);
      await world.changeStatus(
        'consul',
        service(namespace, name),
        within('status')(() => ({ loadBalancer: { ingress: [{ hostname: ENTRANCE }] } })),
      );
      await world.add(
        'consul',
        endpoints(namespace, name, 'backend-inbound-1', { name: `tls-${port}`, port: 8443 }),
      );
      // Nobody goes there.
      await world.remove('consul', GATEWAYS.consul);
    },
    faults: [
      {
        what: 'The load balancer of the borders has no address yet',
        mesh: 'consul',
        place: 'gateway',
        code: 'no-load-balancer',
        break: told(
          service(BORDERS, 'federation-entrance'),
          within('status')(() => ({ loadBalancer: {} })),
        ),
      },
      {
        what: 'Pods are behind another port of the load balancer of the borders, and none behind that of the call',
        mesh: 'consul',
        place: 'gateway',
        code: 'no-endpoints',
        break: changed(slice(BORDERS, 'federation-entrance'), (one) => ({
          ...one,
          ports: [{ name: 'tls-20000', port: 8443 }],
        })),
      },
      {
        what: "The AuthorizationPolicy of Istio's border that leads out is gone",
        mesh: 'istio',
        place: 'border-out',
        code: 'resource-missing',
        break: gone(istio('security', 'AuthorizationPolicy', BORDERS, 'border.info-outbound')),
      },
      {
        what: 'The load balancer of the borders was recreated, and the border that leads out calls the old address',
        mesh: 'istio',
        place: 'border-out',
        code: 'address-stale',
        break: (world) =>
          world.changeStatus(
            'consul',
            service(BORDERS, 'federation-entrance'),
            within('status')(() => ({ loadBalancer: { ingress: [{ ip: LOOPBACK.consul }] } })),
          ),
      },
      ...ofBorder('istio', 'info-outbound', 'border-out'),
    ],
  },
  LINKERD,
];

function named({ namespace, name }: { readonly namespace: string; readonly name: string }) {
  return [namespace, name] as const;
}
