import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import tls from 'node:tls';
import type { Place, PlannedBorder } from '../../constructs/federation/plan';
import { yamlMap, yamlMaps } from '../../constructs/kubernetes/yaml-file';
import { MeshCa } from '../../rehearsal/certificates';
import { type Break, added, changed, gone, replaced, told } from './breaking';
import {
  CONTROL_PLANES,
  gatewayPort,
  LOOPBACK,
  type Mesh,
  otherThan,
  type Paired,
  SIDECARS,
} from './meshes';
import { token } from './objects';
import {
  BORDERS,
  configMap,
  consul,
  containersWithout,
  cronJob,
  deployment,
  GATEWAYS,
  istio,
  JOBS,
  pod,
  secret,
  service,
  slice,
  unready,
  waiting,
  WEATHER,
  withAnnotations,
  withData,
  within,
  withSpec,
} from './refs';
import type { World } from './world';

/** One thing that is broken in a world in which all else is right. */
export interface Fault {
  /** What is broken, for the table in the docs. */
  readonly what: string;
  /** In whose cluster. */
  readonly mesh: Mesh;
  /** What the doctor must find, and nothing else. */
  readonly code: string;
  /** At which hop, of the first call that shows it. */
  readonly place: Place;
  readonly break: Break;
}

export function borderOf(world: World, name: string): PlannedBorder {
  const found = world.plan.borders.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no border ${name}`);
  return found;
}

/** TLS as somebody else does it, in the place of a gateway. */
export async function impostor(
  world: World,
  mesh: Mesh,
  leaf: { readonly chain: string; readonly key: string },
  requestCert = true,
) {
  const server = tls.createServer({
    cert: leaf.chain,
    key: leaf.key,
    requestCert,
    rejectUnauthorized: requestCert,
  });
  server.on('tlsClientError', () => undefined);
  await world.impersonate(mesh, server, gatewayPort(world.plan, mesh));
}

const first = (world: World, mesh: Paired) =>
  borderOf(world, mesh === 'istio' ? 'info-border' : 'backend-inbound');

/** Faults of the two gateways and what is behind them, the same in both meshes. */
function onTheWire(mesh: Paired): Fault[] {
  const at = { mesh, place: 'gateway' as const };
  const behind = { mesh, place: 'border-in' as const };
  const port = (world: World) => gatewayPort(world.plan, mesh);
  return [
    {
      what: "The name of the gateway's load balancer does not resolve",
      code: 'name-unresolved',
      ...at,
      break: (world) => world.redirect(mesh, undefined),
    },
    {
      what: 'The load balancer has no listener or no healthy target',
      code: 'connection-refused',
      ...at,
      break: (world) => world.redirect(mesh, '127.0.0.40'),
    },
    {
      what: 'Something takes connections to the gateway and never answers',
      code: 'handshake-silent',
      ...at,
      break: (world) =>
        world.impersonate(
          mesh,
          createServer((socket) => socket.on('error', () => undefined)),
          port(world),
        ),
    },
    {
      what: "Plain HTTP listens on the gateway's port",
      code: 'plaintext',
      ...at,
      break: (world) => world.impersonate(mesh, createHttpServer(), port(world)),
    },
    {
      what: 'The gateway knows no way for the name, and resets the connection',
      code: 'name-refused',
      ...at,
      break: (world) =>
        world.impersonate(
          mesh,
          createServer((socket) => {
            socket.on('error', () => undefined);
            socket.once('data', () => socket.resetAndDestroy());
          }),
          port(world),
        ),
    },
    {
      what: 'The border is signed by a root that the other mesh does not have',
      code: 'untrusted-root',
      ...behind,
      break: async (world) => {
        const { identity } = first(world, mesh);
        const trustDomain = identity.split('/')[2] ?? '';
        const ca = await (mesh === 'istio' ? MeshCa.istio('other') : MeshCa.consul(trustDomain));
        await impostor(world, mesh, await ca.issue(identity));
      },
    },
    {
      what: "The name leads to another workload than the call's border",
      code: 'other-identity',
      ...behind,
      break: async (world) => {
        const other = first(world, mesh).identity.replace(/[^/]+$/, 'somebody');
        await impostor(world, mesh, await world.cas[mesh].issue(other));
      },
    },
    {
      what: "The border's certificate has expired, as the handshake shows",
      code: 'border-expired',
      ...behind,
      break: async (world) => {
        const past = { from: -7200, to: -3600 };
        await impostor(world, mesh, await world.cas[mesh].issue(first(world, mesh).identity, past));
      },
    },
    {
      what: 'What answers asks for no client certificate',
      code: 'asks-no-certificate',
      ...behind,
      break: async (world) =>
        impostor(world, mesh, await world.cas[mesh].issue(first(world, mesh).identity), false),
    },
    {
      what: 'The load balancer was recreated, and the other mesh calls the old address',
      code: 'address-stale',
      mesh: otherThan(mesh),
      place: mesh === 'istio' ? 'border-out' : 'caller',
      break: (world) =>
        world.changeStatus(
          mesh,
          GATEWAYS[mesh],
          within('status')(() => ({
            loadBalancer: { ingress: [{ ip: LOOPBACK[mesh] }] },
          })),
        ),
    },
    {
      what: "The gateway's Service has no load balancer yet",
      code: 'no-load-balancer',
      ...at,
      break: told(
        GATEWAYS[mesh],
        within('status')(() => ({ loadBalancer: {} })),
      ),
    },
    {
      what: "The gateway's load balancer is made by another controller than the settings say",
      code: 'other-controller',
      ...at,
      break: changed(GATEWAYS[mesh], (one) => ({
        ...one,
        metadata: {
          ...yamlMap(one['metadata']),
          finalizers: ['service.k8s.aws/resources'],
        },
      })),
    },
    {
      what: "The gateway's Service is gone",
      code: 'service-missing',
      ...at,
      break: gone(GATEWAYS[mesh]),
    },
    {
      what: "The gateway's Service lacks the port",
      code: 'port-missing',
      ...at,
      break: changed(GATEWAYS[mesh], withSpec({ ports: [{ name: 'other', port: 4444 }] })),
    },
    {
      what: 'No pod of the gateway is ready',
      code: 'no-endpoints',
      ...at,
      break: changed(slice(GATEWAYS[mesh].namespace ?? '', GATEWAYS[mesh].name), (one) => ({
        ...one,
        endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: false } }],
      })),
    },
  ];
}

/** Faults of a border, the same in both meshes. */
export function ofBorder(mesh: Mesh, name: string, place: Place): Fault[] {
  const at = { mesh, place };
  const itsPod = pod(BORDERS, `${name}-1`);
  const sidecar = SIDECARS[mesh].name;
  return [
    {
      what: `The Deployment ${name} is gone`,
      code: 'object-missing',
      ...at,
      break: gone(deployment(name)),
    },
    {
      what: `The Deployment ${name} is scaled to 0`,
      code: 'border-scaled-down',
      ...at,
      break: changed(deployment(name), withSpec({ replicas: 0 })),
    },
    {
      what: `Somebody changed the configuration of ${name}`,
      code: 'object-drift',
      ...at,
      break: changed(configMap(BORDERS, name), withData({ 'envoy.json': '{}' })),
    },
    {
      what: `The pod of ${name} cannot fetch its image`,
      code: 'pods-not-ready',
      ...at,
      break: told(itsPod, waiting('ImagePullBackOff')),
    },
    {
      what: `The pod of ${name} has no sidecar`,
      code: 'no-sidecar',
      ...at,
      break: replaced(itsPod, containersWithout(sidecar)),
    },
    {
      what: `${name} has the certificate of another workload`,
      code: 'wrong-identity-loaded',
      ...at,
      break: (world) => world.forward(`${BORDERS}/${name}-1`, world.otherAdmin(name)),
    },
  ];
}

const sidecar = (namespace: string, hosts: readonly string[]) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'Sidecar',
  metadata: { namespace, name: 'default' },
  spec: { egress: [{ hosts }] },
});

/** Lets in what is in the namespace, and nobody else. */
const closed = (namespace: string) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { namespace, name: 'own-namespace-only' },
  spec: { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] },
});

/** Faults of the exchange of roots, seen from the mesh that needs them. */
function ofRoots(mesh: Paired, namespace: string, place: Place): Fault[] {
  const foreign = otherThan(mesh);
  const at = { mesh, place };
  const bundle = configMap(namespace, `federation-roots-${foreign}`);
  const long = '2026-01-01T00:00:00.000Z';
  return [
    {
      what: `The roots of ${foreign} are gone from the namespace ${namespace}`,
      code: 'roots-missing',
      ...at,
      break: gone(bundle),
    },
    {
      what: `The roots of ${foreign} in ${namespace} are empty`,
      code: 'roots-empty',
      ...at,
      break: changed(bundle, withData({ 'roots.pem': '' })),
    },
    {
      what: `The roots of ${foreign} in ${namespace} are no certificates`,
      code: 'roots-unusable',
      ...at,
      break: changed(bundle, withData({ 'roots.pem': 'none of them' })),
    },
    {
      what: `${foreign} signs with a new root that did not arrive in ${namespace}`,
      code: 'roots-differ',
      ...at,
      break: async (world) => {
        const old = await (foreign === 'istio'
          ? MeshCa.istio('cluster.local')
          : MeshCa.consul(world.plan.meshes['consul']?.mesh.trustDomain ?? ''));
        await world.change(mesh, bundle, withData({ 'roots.pem': old.bundle }));
      },
    },
    {
      what: `The job that fetches ${foreign}'s roots is suspended`,
      code: 'job-suspended',
      ...at,
      break: changed(cronJob(`sync-${foreign}`), withSpec({ suspend: true })),
    },
    {
      what: `The job that renews the token for ${foreign} is gone`,
      code: 'job-missing',
      ...at,
      break: gone(cronJob(`renew-${foreign}`)),
    },
    {
      what: `The job that fetches ${foreign}'s roots has not succeeded for long`,
      code: 'sync-overdue',
      ...at,
      break: changed(configMap(JOBS, `sync-${foreign}`), withData({ success: long })),
    },
    {
      what: `The job that fetches ${foreign}'s roots reports a problem`,
      code: 'sync-problem',
      ...at,
      break: changed(
        configMap(JOBS, `sync-${foreign}`),
        withData({ problem: 'no answer within 15 s' }),
      ),
    },
    {
      what: `The token for ${foreign} has expired`,
      code: 'token-expired',
      ...at,
      break: changed(
        secret(JOBS, `sync-${foreign}`),
        withData({ token: Buffer.from(token(-60)).toString('base64') }),
      ),
    },
    {
      what: `${foreign}'s job that publishes its roots has not succeeded for long`,
      mesh: foreign,
      place,
      code: 'publisher-overdue',
      break: changed(configMap(JOBS, `roots-${foreign}`), withData({ success: long })),
    },
    {
      what: `${foreign}'s job that publishes its roots reports a problem`,
      mesh: foreign,
      place,
      code: 'publisher-problem',
      break: changed(configMap(JOBS, `roots-${foreign}`), withData({ problem: '403 forbidden' })),
    },
  ];
}

/** A part of a control plane is down, which calls get by without. */
export function ofControlPlane(mesh: Mesh, place: Place): Fault[] {
  const down = CONTROL_PLANES[mesh].map(({ namespace, name }): Fault => ({
    what: `No pod of ${name}, of the control plane, is ready`,
    mesh,
    place,
    code: 'control-plane-down',
    break: changed(slice(namespace, name), unready),
  }));
  const deleted = CONTROL_PLANES[mesh].slice(0, 1).map(({ namespace, name }): Fault => ({
    what: `Somebody deleted the Service ${name} of the control plane`,
    mesh,
    place,
    code: 'control-plane-missing',
    break: gone(service(namespace, name)),
  }));
  return [...down, ...deleted];
}

/** All of them. */
export const FAULTS: readonly Fault[] = [
  // ------------------------------------------------------------------------------- the calling pods
  {
    what: 'No pod of the calling service runs',
    mesh: 'istio',
    place: 'caller',
    code: 'no-pods',
    break: gone(pod(WEATHER, 'backend-1')),
  },
  {
    what: 'The calling pod lacks the annotations of a caller',
    mesh: 'istio',
    place: 'caller',
    code: 'caller-annotations',
    break: changed(
      pod(WEATHER, 'backend-1'),
      within('metadata')((old) => ({ ...old, annotations: {} })),
    ),
  },
  {
    what: 'The annotations were added to a calling pod that was there already',
    mesh: 'istio',
    place: 'caller',
    code: 'caller-not-restarted',
    break: replaced(pod(WEATHER, 'backend-1'), withSpec({ volumes: [] })),
  },
  {
    what: 'The calling pod has no sidecar',
    mesh: 'istio',
    place: 'caller',
    code: 'no-sidecar',
    break: replaced(pod(WEATHER, 'backend-1'), containersWithout('istio-proxy')),
  },
  {
    what: 'The calling pod is in the ambient mesh',
    mesh: 'istio',
    place: 'caller',
    code: 'no-sidecar',
    break: replaced(pod(WEATHER, 'backend-1'), (old) =>
      withAnnotations({ 'ambient.istio.io/redirection': 'enabled' })(
        containersWithout('istio-proxy')(old),
      ),
    ),
  },
  {
    what: "The calling pod's sidecar is of a version that misses the second rotation of a root",
    mesh: 'istio',
    place: 'caller',
    code: 'sidecar-fault',
    break: replaced(
      pod(WEATHER, 'backend-1'),
      withSpec({
        containers: [
          { name: 'application', image: 'example.com/image:1' },
          { name: 'istio-proxy', image: 'docker.io/istio/proxyv2:1.30.1' },
        ],
      }),
    ),
  },
  {
    what: 'The calling pod runs with another service account',
    mesh: 'istio',
    place: 'caller',
    code: 'wrong-service-account',
    break: replaced(
      pod(WEATHER, 'backend-1'),
      withSpec({ serviceAccountName: 'frontend', serviceAccount: 'frontend' }),
    ),
  },
  {
    what: 'The calling pod restarts again and again',
    mesh: 'consul',
    place: 'caller',
    code: 'pods-not-ready',
    break: told(pod(WEATHER, 'info-1'), waiting('CrashLoopBackOff')),
  },
  // ------------------------------------------------------------------------------- the control planes
  ...ofControlPlane('istio', 'caller'),
  ...ofControlPlane('consul', 'caller'),
  // ------------------------------------------------------------------------------- the way out
  ...(
    [
      ['ServiceEntry', 'federation.info'],
      ['VirtualService', 'federation.info'],
      ['DestinationRule', 'backend.to.info'],
    ] as const
  ).map(([kind, name]): Fault => ({
    what: `The ${kind} ${name} is gone`,
    mesh: 'istio',
    place: 'caller',
    code: 'resource-missing',
    break: gone(istio('networking', kind, WEATHER, name)),
  })),
  {
    what: "Somebody turned TLS off in the caller's DestinationRule",
    mesh: 'istio',
    place: 'caller',
    code: 'resource-drift',
    break: changed(
      istio('networking', 'DestinationRule', WEATHER, 'backend.to.info'),
      within('spec', 'trafficPolicy')((old) => ({ ...old, tls: { mode: 'DISABLE' } })),
    ),
  },
  {
    what: "Somebody added a fault to the caller's VirtualService",
    mesh: 'istio',
    place: 'caller',
    code: 'resource-drift',
    break: changed(
      istio('networking', 'VirtualService', WEATHER, 'federation.info'),
      within('spec')((old) => ({
        ...old,
        http: yamlMaps(old['http']).map((one) => ({
          ...one,
          fault: { abort: { httpStatus: 503, percentage: { value: 100 } } },
        })),
      })),
    ),
  },
  {
    what: "A Sidecar resource of the caller's namespace does not import the name that is called",
    mesh: 'istio',
    place: 'caller',
    code: 'name-hidden',
    break: added(sidecar(WEATHER, [`${BORDERS}/*`, 'istio-system/*'])),
  },
  {
    what: 'Istio refuses a resource, by its status',
    mesh: 'istio',
    place: 'caller',
    code: 'resource-refused',
    break: told(istio('networking', 'VirtualService', WEATHER, 'federation.info'), (one) => ({
      ...one,
      status: {
        validationMessages: [
          {
            level: 'ERROR',
            type: { code: 'IST0101' },
            documentationUrl: 'https://istio.io/IST0101',
          },
        ],
      },
    })),
  },
  {
    what: 'Consul does not take the intentions of the border, by their status',
    mesh: 'consul',
    place: 'border-out',
    code: 'resource-refused',
    break: (world) =>
      world.changeStatus('consul', world.intentionsOf('backend-outbound'), (one) => ({
        ...one,
        status: {
          conditions: [
            {
              type: 'Synced',
              status: 'False',
              reason: 'ConsulAgentError',
              message: 'config entry already exists in Consul',
              lastTransitionTime: '2026-01-01T00:00:00Z',
            },
          ],
        },
      })),
  },
  {
    what: 'The intentions of the outbound border are gone',
    mesh: 'consul',
    place: 'border-out',
    code: 'resource-missing',
    break: (world) => world.remove('consul', world.intentionsOf('backend-outbound')),
  },
  {
    what: 'The Service of the outbound border is gone',
    mesh: 'consul',
    place: 'border-out',
    code: 'object-missing',
    break: gone(service(BORDERS, 'backend')),
  },
  // ------------------------------------------------------------------------------- the gateways
  ...onTheWire('istio'),
  ...onTheWire('consul'),
  {
    what: 'The Gateway resource no longer lists the name',
    mesh: 'istio',
    place: 'gateway',
    code: 'resource-drift',
    break: changed(
      istio('networking', 'Gateway', 'istio-ingress', 'federation'),
      within('spec')((old) => ({
        ...old,
        servers: yamlMaps(old['servers']).map((one) => ({
          ...one,
          hosts: ['other.example.com'],
        })),
      })),
    ),
  },
  {
    what: "The VirtualService that leads from Istio's gateway to the border is gone",
    mesh: 'istio',
    place: 'gateway',
    code: 'resource-missing',
    break: gone(istio('networking', 'VirtualService', 'istio-ingress', 'border.info')),
  },
  {
    what: "Somebody denies everything at Istio's gateway",
    mesh: 'istio',
    place: 'gateway',
    code: 'policy-denies',
    break: added({
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata: { namespace: 'istio-ingress', name: 'closed' },
      spec: { action: 'DENY', rules: [{}] },
    }),
  },
  {
    what: "The IngressGateway's listener leads to another service",
    mesh: 'consul',
    place: 'gateway',
    code: 'resource-drift',
    break: changed(
      consul('IngressGateway', 'consul', 'ingress-gateway'),
      within('spec')((old) => ({
        ...old,
        listeners: yamlMaps(old['listeners']).map((one) => ({
          ...one,
          services: [{ name: 'other' }],
        })),
      })),
    ),
  },
  // ------------------------------------------------------------------------------- the borders
  ...ofBorder('istio', 'info-border', 'border-in'),
  ...ofBorder('consul', 'backend-inbound', 'border-in'),
  ...ofBorder('consul', 'backend-outbound', 'border-out'),
  {
    what: "The border's certificate is not renewed",
    mesh: 'istio',
    place: 'border-in',
    code: 'certificate-not-renewed',
    break: (world) => world.serveCerts(`${BORDERS}/info-border-1`, 'ending'),
  },
  {
    what: "The border's certificate has expired, as its Envoy says",
    mesh: 'consul',
    place: 'border-out',
    code: 'certificate-expired',
    break: (world) => world.serveCerts(`${BORDERS}/backend-outbound-1`, 'expired'),
  },
  {
    what: 'The border did not take up the new roots',
    mesh: 'consul',
    place: 'border-in',
    code: 'old-roots-loaded',
    break: (world) => world.serveCerts(`${BORDERS}/backend-inbound-1`, 'old-roots'),
  },
  {
    what: 'The Sidecar resource for the whole mesh imports nothing but each own namespace',
    mesh: 'istio',
    place: 'border-in',
    code: 'name-hidden',
    break: added(sidecar('istio-system', ['./*', 'istio-system/*'])),
  },
  {
    what: 'Somebody turned TLS off for calls to the called service',
    mesh: 'istio',
    place: 'border-in',
    code: 'call-spoiled',
    break: added({
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: { namespace: WEATHER, name: 'backend' },
      spec: { host: 'backend', trafficPolicy: { tls: { mode: 'DISABLE' } } },
    }),
  },
  {
    what: 'Somebody ends calls to the called service with a fault',
    mesh: 'istio',
    place: 'border-in',
    code: 'call-spoiled',
    break: added({
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { namespace: WEATHER, name: 'chaos' },
      spec: {
        hosts: ['backend'],
        http: [
          {
            fault: { abort: { httpStatus: 418, percentage: { value: 100 } } },
            route: [{ destination: { host: 'backend' } }],
          },
        ],
      },
    }),
  },
  // ------------------------------------------------------------------------------- the roots
  ...ofRoots('istio', WEATHER, 'caller'),
  ...ofRoots('consul', BORDERS, 'border-out'),
  // ------------------------------------------------------------------------------- the called pods
  {
    what: 'The AuthorizationPolicy that lets the border call is gone',
    mesh: 'istio',
    place: 'callee',
    code: 'resource-missing',
    break: gone(istio('security', 'AuthorizationPolicy', WEATHER, 'allow-info')),
  },
  {
    what: 'Somebody denies the border to the called service',
    mesh: 'istio',
    place: 'callee',
    code: 'policy-denies',
    break: added({
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata: { namespace: WEATHER, name: 'no-strangers' },
      spec: {
        selector: { matchLabels: { app: 'backend' } },
        action: 'DENY',
        rules: [{ from: [{ source: { namespaces: [BORDERS] } }] }],
      },
    }),
  },
  {
    what: 'A NetworkPolicy of the called namespace lets nobody in from others',
    mesh: 'istio',
    place: 'callee',
    code: 'network-policy',
    break: added(closed(WEATHER)),
  },
  {
    what: 'A NetworkPolicy of the called namespace lets nobody in from others',
    mesh: 'consul',
    place: 'callee',
    code: 'network-policy',
    break: added(closed(WEATHER)),
  },
  {
    what: 'The intentions of the called service deny the border',
    mesh: 'consul',
    place: 'callee',
    code: 'resource-drift',
    break: (world) =>
      world.change(
        'consul',
        world.intentionsOf('info'),
        within('spec')((old) => ({
          ...old,
          sources: yamlMaps(old['sources']).map(({ name }) => ({ name, action: 'deny' })),
        })),
      ),
  },
  {
    what: 'The Service that is called is gone',
    mesh: 'istio',
    place: 'callee',
    code: 'service-missing',
    break: gone(service(WEATHER, 'backend')),
  },
  {
    what: 'The Service that is called has another port',
    mesh: 'consul',
    place: 'callee',
    code: 'port-missing',
    break: changed(service(WEATHER, 'info'), withSpec({ ports: [{ port: 8081 }] })),
  },
  {
    what: 'No pod of the called service is ready',
    mesh: 'consul',
    place: 'callee',
    code: 'no-endpoints',
    break: changed(slice(WEATHER, 'info'), (one) => ({ ...one, endpoints: [] })),
  },
  {
    what: 'The called pod is not in the mesh',
    mesh: 'consul',
    place: 'callee',
    code: 'no-sidecar',
    break: replaced(pod(WEATHER, 'info-1'), containersWithout('consul-dataplane')),
  },
];
