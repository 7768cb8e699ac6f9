import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ConfigInput } from '../../config';
import { offerOf } from '../../constructs/federation/plan';
import { linkerdMember } from '../../support/policy/installed-meshes';
import { linkerdRelease } from '../../constructs/linkerd/props';
import { LINKERD } from '../../versions';
import type { SettingChange } from './changes';
import { spireChanges } from './spire-changes';

/* The same for the settings of a Linkerd mesh, in a federation with a Consul mesh. */

const FILES = path.join(__dirname, 'files');
const file = (name: string) => path.join(FILES, name);

const linkerd = (settings: object): ConfigInput => ({ meshes: { linkerd: settings } });
const gateway = (settings: object) => linkerd({ gateway: settings });
const images = (settings: object) => linkerd({ images: settings });
const policy = (settings: object): ConfigInput => ({
  accessPolicy: { meshes: { linkerd: settings } },
});
const service = (settings: object) => policy({ services: { orders: settings } });
/** A later release of the same month. */
const NEXT = LINKERD.version.replace(/\d+$/, '99');
const OWN = 'registry.example.com/own';
const ALLOW = [{ methods: ['GET'], pathPrefix: '/orders' }];

/** Whatever the settings below are in. */
export const LINKERD_BASE: ConfigInput = {
  aws: { accountId: '123456789012' },
  eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } },
  clusters: {
    linkerd: { kind: 'eks', name: 'mesh-linkerd', cidr: '10.30.0.0/16' },
    consul: { kind: 'eks', name: 'mesh-consul', cidr: '10.20.0.0/16' },
  },
  meshes: {
    linkerd: { kind: 'linkerd', namespaces: [{ name: 'default' }, { name: 'shop' }] },
    consul: { kind: 'consul' },
  },
  accessPolicy: {
    meshes: {
      linkerd: { services: { orders: { namespace: 'shop' } } },
      consul: { services: { stock: {} } },
    },
    rules: [
      { from: 'linkerd/orders', to: 'consul/stock' },
      { from: 'consul/stock', to: 'linkerd/orders', allow: ALLOW },
    ],
  },
};

/** A second Linkerd mesh, of ours or of a partner, which the first one calls. */
const depot = (mesh: object): ConfigInput => ({
  meshes: { depot: { kind: 'linkerd', ...mesh } },
  accessPolicy: {
    meshes: { depot: { services: { goods: {} } } },
    rules: [
      { from: 'linkerd/orders', to: 'consul/stock' },
      { from: 'consul/stock', to: 'linkerd/orders', allow: ALLOW },
      CALL,
    ],
  },
});
const CALL = { from: 'linkerd/orders', to: 'depot/goods' };
const OWN_DEPOT: ConfigInput = {
  ...depot({ trustDomain: 'depot.example.com' }),
  clusters: { depot: { kind: 'kubeconfig', path: file('kubeconfig.yaml'), context: 'one' } },
};
const partner = (gateway: string) =>
  depot({
    partner: {
      ...offerOf({
        policy: {
          meshes: {
            linkerd: { kind: 'linkerd', services: { orders: { namespace: 'shop' } } },
            depot: { kind: 'linkerd', services: { goods: {} } },
          },
          rules: [CALL],
        },
        mesh: 'depot',
        member: linkerdMember('depot.example.com'),
        gateway,
        roots: readFileSync(file('root.pem'), 'utf8'),
      }),
    },
  });

/** What a border is made of. */
const BORDER = [
  'kubernetes_config_map_v1',
  'kubernetes_deployment_v1',
  'kubernetes_manifest',
  'kubernetes_network_policy_v1',
  'kubernetes_pod_disruption_budget_v1',
  'kubernetes_service_account_v1',
  'kubernetes_service_v1',
];
const VALUES = 'linkerd-mesh: helm_release.values';
const ACCESS = 'linkerd-workloads: kubernetes_manifest.manifest';
const ENTRANCE = 'federation: kubernetes_service_v1';

export const LINKERD_CHANGES: Readonly<Record<string, SettingChange>> = {
  'meshes.linkerd.partner': {
    to: partner('other.example.com'),
    from: partner('depot.example.com'),
    shows: ['federation: kubernetes_config_map_v1.data = other.example.com'],
  },
  ...spireChanges('linkerd'),
  'meshes.linkerd.cluster': {
    // Each cluster has a mesh, so the two change places.
    to: { meshes: { linkerd: { cluster: 'depot' }, depot: { cluster: 'linkerd' } } },
    from: OWN_DEPOT,
    shows: ['linkerd-mesh: terraform_data.lifecycle = by kubeconfig'],
  },
  'meshes.linkerd.version': {
    to: linkerd({ version: NEXT }),
    shows: [`linkerd-mesh: helm_release.version = ${NEXT}`, `${VALUES} = ${linkerdRelease(NEXT)}`],
  },
  'meshes.linkerd.allowUnsupported': { to: linkerd({ allowUnsupported: true }), shows: [] },
  'meshes.linkerd.charts': {
    to: linkerd({ charts: { kind: 'oci', url: 'oci://registry.example.com/charts' } }),
    shows: ['linkerd-mesh: helm_release.repository = oci://registry.example.com/charts'],
  },
  'meshes.linkerd.images.registry': {
    to: images({ registry: OWN }),
    shows: [`${VALUES} = ${OWN}`],
  },
  'meshes.linkerd.images.controller': {
    to: images({ controller: `${OWN}/controller:one` }),
    shows: [`${VALUES} = ${OWN}/controller`],
  },
  'meshes.linkerd.images.proxy': {
    to: images({ proxy: `${OWN}/proxy:one` }),
    shows: [`${VALUES} = ${OWN}/proxy`],
  },
  'meshes.linkerd.trustDomain': {
    to: linkerd({ trustDomain: 'shop.example.com' }),
    shows: [
      'linkerd-mesh: data.kubernetes_config_map_v1.lifecycle = shop.example.com',
      `${VALUES} = shop.example.com`,
    ],
  },
  'meshes.linkerd.authority': {
    to: linkerd({ authority: 'existing' }),
    shows: ['linkerd-mesh: terraform_data.lifecycle = which is now existing'],
  },
  'meshes.linkerd.defaultInboundPolicy': {
    to: linkerd({ defaultInboundPolicy: 'all-authenticated' }),
    shows: [`${VALUES} = all-authenticated`],
  },
  'meshes.linkerd.gatewayApiCrds': {
    to: linkerd({ gatewayApiCrds: 'existing' }),
    shows: [`${VALUES} = installGatewayAPI: false`],
  },
  'meshes.linkerd.namespaces': {
    to: linkerd({ namespaces: [{ name: 'default' }, { name: 'shop' }, { name: 'more' }] }),
    shows: ['linkerd-mesh: kubernetes_namespace_v1.metadata = "more"'],
  },
  'meshes.linkerd.namespaces[].name': {
    to: linkerd({ namespaces: [{ name: 'default' }, { name: 'shop' }, { name: 'warehouse' }] }),
    from: linkerd({ namespaces: [{ name: 'default' }, { name: 'shop' }, { name: 'more' }] }),
    shows: ['linkerd-mesh: data.kubernetes_resources.lifecycle = warehouse'],
  },
  'meshes.linkerd.namespaces[].existing': {
    to: linkerd({ namespaces: [{ name: 'default' }, { name: 'shop', existing: true }] }),
    shows: ['linkerd-mesh: data.kubernetes_resources.lifecycle'],
  },
  'meshes.linkerd.gateway.internal': {
    to: gateway({ internal: true }),
    from: { federation: { crossing: 'given' } },
    shows: [
      'federation: terraform_data.lifecycle = true',
      `${ENTRANCE}.metadata = aws-load-balancer-internal`,
    ],
  },
  'meshes.linkerd.gateway.allowedSources': {
    to: gateway({ allowedSources: ['198.51.100.0/24'] }),
    shows: [`${ENTRANCE}.spec = 198.51.100.0/24`],
  },
  'meshes.linkerd.gateway.address': {
    to: gateway({ address: 'gateway.example.com' }),
    shows: ['federation: kubernetes_config_map_v1.data = gateway.example.com'],
  },
  'meshes.linkerd.gateway.addressPort': {
    from: gateway({ address: 'gateway.example.com' }),
    to: gateway({ addressPort: 4443 }),
    shows: ['federation: kubernetes_config_map_v1.data = 4443'],
  },
  'meshes.linkerd.gateway.annotations': {
    to: gateway({ annotations: { 'example.com/a': 'mine' } }),
    shows: [`${ENTRANCE}.metadata = example.com/a`],
  },
  'meshes.linkerd.values.crds': {
    to: linkerd({ values: { crds: [file('values.yaml')] } }),
    shows: [`${VALUES} = lifecycleTest`],
  },
  'meshes.linkerd.values.controlPlane': {
    to: linkerd({ values: { controlPlane: [file('values.yaml')] } }),
    shows: [`${VALUES} = lifecycleTest`],
  },
  'accessPolicy.meshes.linkerd.borderNamespace': {
    to: policy({ borderNamespace: 'edge' }),
    shows: [
      'federation: terraform_data.lifecycle = which is now edge',
      'linkerd-mesh: kubernetes_namespace_v1.metadata = "edge"',
      'federation: kubernetes_deployment_v1.metadata = "edge"',
    ],
  },
  'accessPolicy.meshes.linkerd.bordersMovedFrom': {
    to: policy({ bordersMovedFrom: 'default' }),
    shows: [
      'federation: terraform_data.input',
      'federation: kubernetes_deployment_v1.metadata = "default"',
    ],
  },
  'accessPolicy.meshes.linkerd.services': {
    to: policy({ services: { more: {} } }),
    shows: [],
  },
  'accessPolicy.meshes.linkerd.services.<name>.name': {
    to: service({ name: 'purchases' }),
    shows: [`${ACCESS} = purchases`, 'federation: kubernetes_config_map_v1.data = purchases'],
    loses: ['kubernetes_manifest'],
  },
  'accessPolicy.meshes.linkerd.services.<name>.namespace': {
    to: service({ namespace: 'default' }),
    shows: [ACCESS, 'federation: kubernetes_config_map_v1.data'],
    loses: ['kubernetes_manifest', 'kubernetes_service_v1'],
  },
  'accessPolicy.meshes.linkerd.services.<name>.port': {
    to: service({ port: 9080 }),
    shows: [`${ACCESS} = 9080`, 'federation: kubernetes_config_map_v1.data = 9080'],
  },
  'accessPolicy.meshes.linkerd.services.<name>.protocol': {
    to: service({ protocol: 'http2' }),
    shows: [`${ACCESS} = HTTP/2`, 'federation: kubernetes_config_map_v1.data'],
  },
  'accessPolicy.meshes.linkerd.services.<name>.standIn': {
    to: service({ standIn: 'purchases' }),
    shows: ['federation: kubernetes_deployment_v1.metadata = purchases'],
    loses: BORDER,
  },
  'accessPolicy.meshes.linkerd.services.<name>.gatewayPort': {
    to: service({ gatewayPort: 12345 }),
    from: OWN_DEPOT,
    shows: [`${ENTRANCE}.spec = 12345`],
  },
  'accessPolicy.meshes.linkerd.services.<name>.previousGatewayPort': {
    to: service({ previousGatewayPort: 12345 }),
    from: OWN_DEPOT,
    shows: [`${ENTRANCE}.spec = 12345`],
  },
  'accessPolicy.meshes.linkerd.services.<name>.serviceAccount': {
    to: service({ serviceAccount: 'clerk' }),
    shows: ['federation: kubernetes_config_map_v1.data = clerk.shop.serviceaccount'],
  },
  'accessPolicy.meshes.linkerd.services.<name>.server': {
    to: service({ server: 'existing' }),
    shows: [ACCESS],
    loses: ['kubernetes_manifest'],
  },
  'accessPolicy.meshes.linkerd.services.<name>.labels': {
    to: service({ labels: { tier: 'orders' } }),
    shows: [`${ACCESS} = tier`],
  },
  'accessPolicy.meshes.linkerd.services.<name>.podPort': {
    to: service({ podPort: 8888 }),
    shows: [`${ACCESS} = 8888`],
  },
  'accessPolicy.meshes.linkerd.services.<name>.probePaths': {
    to: service({ probePaths: ['/healthz'] }),
    shows: [`${ACCESS} = /healthz`],
  },
};
