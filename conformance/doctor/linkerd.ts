import { Testing, TerraformStack } from 'cdktf';
import { LinkerdAuthority } from '../../constructs/federation';
import { AUTHORITY, LINKERD_AUTHORITY } from '../../constructs/federation/plan/internal';
import { ClusterProviders } from '../../constructs/kubernetes';
import { type YamlMap, yamlMap, yamlMaps } from '../../constructs/kubernetes/yaml-file';
import { MeshCa } from '../../rehearsal/certificates';
import type { Ref } from '../../support/cluster/cluster';
import { changed, replaced } from './breaking';
import type { Way } from './way';
import { borderOf, type Fault, impostor, ofBorder, ofControlPlane } from './faults';
import { gatewayName, gatewayPort, LINKERD_TRUST_DOMAIN } from './meshes';
import { endpoints } from './objects';
import {
  BORDERS,
  configMap,
  containersWithout,
  cronJob,
  deployment,
  GATEWAYS,
  pod,
  service,
  slice,
  withAnnotations,
  withData,
  within,
  withSpec,
} from './refs';
import type { World } from './world';

const SHOP = 'shop';
/** Namespace of the control plane. */
const CONTROL_PLANE = 'linkerd';
const ENTRANCE = 'federation-entrance';
const IN = 'stock-border';
const CALLEE = { mesh: 'linkerd', place: 'callee' } as const;
/** Where the roots of the mesh are needed first: in the other one. */
const ROOTS = { mesh: 'linkerd', place: 'border-out' } as const;

/** A resource of the policies of `linkerd/orders`. */
const ofOrders = (world: World, kind: string): Ref =>
  world.planned(
    ({ manifest }) => manifest.kind === kind && /^orders(\.|$)/.test(manifest.metadata.name),
  );

const status = configMap(CONTROL_PLANE, LINKERD_AUTHORITY);

function inDays(days: number): string {
  return new Date(Date.now() + days * 24 * 3600_000).toISOString();
}

const says = (data: YamlMap) => (world: World) => world.change('linkerd', status, withData(data));

/** What the job that keeps trust anchor and issuer says when all is well. */
const WELL = {
  [AUTHORITY.success]: inDays(0),
  [AUTHORITY.anchorEnds]: inDays(3600),
  [AUTHORITY.issuerEnds]: inDays(300),
};

async function arrange(world: World): Promise<void> {
  const stack = new TerraformStack(Testing.app(), 'shop-mesh');
  new ClusterProviders(stack, 'cluster', {
    connection: { kind: 'eks', clusterName: 'shop', region: 'eu-north-1' },
  });
  new LinkerdAuthority(stack, 'authority', { trustDomain: LINKERD_TRUST_DOMAIN });
  await world.addStack('linkerd', stack);
  await says(WELL)(world);

  const port = gatewayPort(world.plan, 'linkerd');
  await world.changeStatus(
    'linkerd',
    service(BORDERS, ENTRANCE),
    within('status')(() => ({ loadBalancer: { ingress: [{ hostname: gatewayName('linkerd') }] } })),
  );
  await world.add(
    'linkerd',
    endpoints(BORDERS, ENTRANCE, `${IN}-1`, { name: `tls-${port}`, port: 8443 }),
  );

  const { namespace = '', name } = GATEWAYS.consul;
  const consul = gatewayPort(world.plan, 'consul');
  const ports = [{ name: `p${consul}`, port: consul }];
  await world.change('consul', GATEWAYS.consul, withSpec({ ports }));
  await world.change('consul', slice(namespace, name), (one) => ({ ...one, ports }));
}

const FAULTS: readonly Fault[] = [
  // ------------------------------------------------------------------------------- who may call
  {
    what: 'A Server for the port of the called pods was there first, and lets everybody in',
    ...CALLEE,
    code: 'resource-refused',
    async break(world) {
      const planned = ofOrders(world, 'Server');
      await world.add('linkerd', {
        apiVersion: planned.apiVersion,
        kind: 'Server',
        metadata: { namespace: SHOP, name: 'open' },
        spec: {
          podSelector: { matchLabels: { app: 'orders' } },
          port: 8080,
          accessPolicy: 'all-unauthenticated',
        },
      });
      await world.replace('linkerd', planned, (same) => same);
    },
  },
  ...(['Server', 'HTTPRoute', 'MeshTLSAuthentication', 'AuthorizationPolicy'] as const).map(
    (kind): Fault => ({
      what: `The ${kind} of the called service is gone`,
      ...CALLEE,
      code: 'resource-missing',
      break: (world) => world.remove('linkerd', ofOrders(world, kind)),
    }),
  ),
  {
    what: 'The MeshTLSAuthentication of the called service names somebody else',
    ...CALLEE,
    code: 'resource-drift',
    break: (world) =>
      world.change(
        'linkerd',
        ofOrders(world, 'MeshTLSAuthentication'),
        withSpec({ identities: ['somebody.shop.serviceaccount.identity.linkerd.cluster.local'] }),
      ),
  },
  {
    what: 'Linkerd does not accept the HTTPRoute of the called service, by its status',
    ...CALLEE,
    code: 'resource-refused',
    break: (world) =>
      world.changeStatus('linkerd', ofOrders(world, 'HTTPRoute'), (route) => ({
        ...route,
        status: {
          parents: [
            {
              parentRef: { name: 'orders' },
              conditions: [
                { type: 'Accepted', status: 'False', reason: 'NoMatchingParent', message: '' },
              ],
            },
          ],
        },
      })),
  },
  {
    what: 'The AuthorizationPolicy of the border that leads out is gone',
    mesh: 'linkerd',
    place: 'border-out',
    code: 'resource-missing',
    break: (world) =>
      world.remove(
        'linkerd',
        world.planned(
          ({ manifest }) =>
            manifest.kind === 'AuthorizationPolicy' && manifest.metadata.namespace === BORDERS,
        ),
      ),
  },
  {
    what: 'The called pod does not declare the port of its Server',
    ...CALLEE,
    code: 'port-undeclared',
    break: replaced(
      pod(SHOP, 'orders-1'),
      within('spec')((spec) => ({
        ...spec,
        containers: yamlMaps(spec['containers']).map((one) => ({ ...one, ports: [] })),
      })),
    ),
  },
  {
    what: 'The called pod has no proxy',
    ...CALLEE,
    code: 'no-sidecar',
    break: replaced(pod(SHOP, 'orders-1'), containersWithout('linkerd-proxy')),
  },
  {
    what: 'The called pod keeps the proxy out',
    ...CALLEE,
    code: 'no-sidecar',
    break: replaced(pod(SHOP, 'orders-1'), (old) =>
      withAnnotations({ 'linkerd.io/inject': 'disabled' })(containersWithout('linkerd-proxy')(old)),
    ),
  },
  // ------------------------------------------------------------------------------- trust anchor and issuer
  {
    what: 'The job that keeps trust anchor and issuer reports a problem',
    ...ROOTS,
    code: 'authority-problem',
    break: says({
      [AUTHORITY.problem]: 'the Secret linkerd/linkerd-identity-issuer has no key tls.key',
    }),
  },
  {
    what: 'The job that keeps trust anchor and issuer is suspended',
    ...ROOTS,
    code: 'job-suspended',
    break: changed(cronJob(LINKERD_AUTHORITY, CONTROL_PLANE), withSpec({ suspend: true })),
  },
  {
    what: 'The job that keeps trust anchor and issuer has not succeeded for long',
    ...ROOTS,
    code: 'authority-overdue',
    break: says({ [AUTHORITY.success]: inDays(-5) }),
  },
  {
    what: 'The issuer is near its end, and of a former root, so that the job does not renew it',
    ...ROOTS,
    code: 'authority-ending',
    break: says({
      [AUTHORITY.issuerEnds]: inDays(20),
      [AUTHORITY.warning]: 'the issuer is of another root than Secret linkerd/linkerd-trust-anchor',
    }),
  },
  {
    what: 'The issuer has ended',
    ...ROOTS,
    code: 'authority-expired',
    break: says({ [AUTHORITY.issuerEnds]: inDays(-1), [AUTHORITY.problem]: '403 forbidden' }),
  },
  {
    what: "Linkerd's own ConfigMap has a root that is not published",
    ...ROOTS,
    code: 'roots-unpublished',
    async break(world) {
      const next = await MeshCa.linkerd(LINKERD_TRUST_DOMAIN);
      const bundle = world.cas.linkerd.bundle + next.bundle;
      await world.change(
        'linkerd',
        configMap(CONTROL_PLANE, 'linkerd-identity-trust-roots'),
        withData({ 'ca-bundle.crt': bundle }),
      );
    },
  },
  // ------------------------------------------------------------------------------- the border that leads in
  {
    what: "The border's certificate is of a trust anchor that the other mesh does not have",
    mesh: 'linkerd',
    place: 'border-in',
    code: 'untrusted-root',
    async break(world) {
      const ca = await MeshCa.linkerd(LINKERD_TRUST_DOMAIN);
      await impostor(world, 'linkerd', await ca.issue(borderOf(world, IN).identity));
    },
  },
  {
    what: "A certificate for all names of a namespace is shown in place of the border's",
    mesh: 'linkerd',
    place: 'border-in',
    code: 'other-identity',
    async break(world) {
      const wildcard = borderOf(world, IN).identity.replace(/^[^.]+/, '*');
      await impostor(world, 'linkerd', await world.cas.linkerd.issue(wildcard));
    },
  },
  {
    what: 'The border lost the annotation by which connections come past its proxy',
    mesh: 'linkerd',
    place: 'border-in',
    code: 'object-drift',
    break: changed(
      deployment(IN),
      within(
        'spec',
        'template',
        'metadata',
        'annotations',
      )((all) =>
        Object.fromEntries(
          Object.entries(yamlMap(all)).filter(
            ([key]) => key !== 'config.linkerd.io/skip-inbound-ports',
          ),
        ),
      ),
    ),
  },
  ...ofBorder('linkerd', IN, 'border-in'),
  // ------------------------------------------------------------------------------- the control plane
  ...ofControlPlane('linkerd', 'caller'),
];

/** One of the pair is a Linkerd mesh, with calls in both directions. */
export const LINKERD: Way = {
  what: 'A Linkerd mesh is federated with consul',
  settings: {
    meshes: {
      linkerd: {
        kind: 'linkerd',
        trustDomain: LINKERD_TRUST_DOMAIN,
        cluster: 'istio',
        namespaces: [{ name: SHOP }],
      },
      consul: { kind: 'consul', namespaces: [{ name: SHOP }] },
    },
    accessPolicy: {
      meshes: {
        linkerd: { services: { orders: { namespace: SHOP, podPort: 8080 } } },
        consul: { services: { stock: { namespace: SHOP } } },
      },
      rules: [
        { from: 'linkerd/orders', to: 'consul/stock', allow: [{ methods: ['GET'] }] },
        { from: 'consul/stock', to: 'linkerd/orders', allow: [{ pathPrefix: '/orders' }] },
      ],
    },
  },
  addresses: gatewayName,
  arrange,
  faults: FAULTS,
};
