import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ConfigInput } from '../../config';
import { defaultPolicy } from '../../config/access-policy';
import { DEFAULT_WEATHER_NAMESPACE } from '../../config/weather';
import { type MeshMember, offerOf } from '../../constructs/federation/plan';
import { CONSUL, ISTIO } from '../../versions';
import { consulMember, istioMember } from '../../support/policy/installed-meshes';
import type { SettingChange } from './changes';
import { spireChanges } from './spire-changes';

/* The same for the settings of what is above the clusters. */

/** What a border is made of, and what leads to it. */
const BORDER = [
  'kubernetes_config_map_v1',
  'kubernetes_deployment_v1',
  'kubernetes_manifest',
  'kubernetes_network_policy_v1',
  'kubernetes_pod_disruption_budget_v1',
  'kubernetes_service_account_v1',
  'kubernetes_service_v1',
];

/** What leads the callers of a namespace to another mesh without a border, and the roots that they have. */
const WAY_OUT = [
  'kubernetes_config_map_v1',
  'kubernetes_manifest',
  'kubernetes_role_binding_v1',
  'kubernetes_role_v1',
];

/** What there is of a federation beside that. */
const FEDERATION = [
  'kubernetes_cron_job_v1',
  'kubernetes_namespace_v1',
  'kubernetes_secret_v1',
  'terraform_data',
];

/** What a job may do. */
const RIGHTS = ['kubernetes_role_v1', 'kubernetes_role_binding_v1'];

/** Settings of who may call what and of what that comes to. */
export function isPolicy(path: string): boolean {
  return /^(accessPolicy|federation|weather)\./.test(path);
}

const FILES = path.join(__dirname, 'files');
const file = (name: string) => path.join(FILES, name);
/** The second line of the root: the first that no other has. */
const [, ROOT = ''] = readFileSync(file('root.pem'), 'utf8').split('\n');

const meshes = (mesh: 'istio' | 'consul', settings: object): ConfigInput => ({
  meshes: { [mesh]: settings },
});
const istio = (settings: object) => meshes('istio', settings);
const consul = (settings: object) => meshes('consul', settings);
const gateway = (mesh: 'istio' | 'consul', settings: object) => meshes(mesh, { gateway: settings });
const named = (mesh: 'istio' | 'consul', settings: object): ConfigInput => ({
  ...gateway(mesh, {
    record: { zoneId: 'Z0123456789ABCDEFGHIJ', name: 'a.example.com', ...settings },
  }),
  clusters: {
    [mesh]: { kind: 'existing-eks', name: `mesh-${mesh}`, clusterDomain: 'cluster.local' },
  },
});
const CANARY = { revision: 'next', version: ISTIO.version };
const canary = (settings: object) => istio({ canary: { ...CANARY, ...settings } });
const service = (mesh: 'istio' | 'consul', settings: object): ConfigInput => ({
  accessPolicy: {
    meshes: { [mesh]: { services: { [mesh === 'istio' ? 'cart' : 'stock']: settings } } },
  },
});
const policy = (mesh: 'istio' | 'consul', settings: object): ConfigInput => ({
  accessPolicy: { meshes: { [mesh]: settings } },
});
const WEATHER = defaultPolicy({ enabled: true, namespace: DEFAULT_WEATHER_NAMESPACE }).rules;
const rules = (
  ...more: readonly {
    from: string;
    to: string;
    allow?: object[];
    anyone?: boolean;
    policyName?: string;
  }[]
) => ({ accessPolicy: { rules: [...WEATHER, ...more] } }) as ConfigInput;
const CALL = { from: 'istio/cart', to: 'consul/stock' };
const BACK = { from: 'consul/stock', to: 'istio/cart', allow: [{ pathExact: '/price' }] };
const ASKED = { methods: ['GET'], pathPrefix: '/items' };
const asked = (request: object) => rules({ ...CALL, allow: [request] }, BACK);
const borders = (settings: object): ConfigInput => ({ federation: { borders: settings } });
const limits = (settings: object) => borders({ limits: settings });
const images = (settings: object) => borders({ images: settings });
const trust = (settings: object): ConfigInput => ({ federation: { trust: settings } });
const observability = (settings: object): ConfigInput => ({
  federation: { observability: settings },
});
const tracing = (settings: object) => observability({ tracing: settings });
const weather = (settings: object): ConfigInput => ({ weather: settings });
const cluster = (settings: object): ConfigInput => ({
  clusters: {
    istio: { kind: 'kubeconfig', path: file('kubeconfig.yaml'), context: 'one', ...settings },
  },
});
const inEks = (settings: object): ConfigInput => ({
  clusters: { istio: { kind: 'existing-eks', name: 'a', ...settings } },
});
const inVpc = (settings: object): ConfigInput => ({
  federation: { crossing: 'peering' },
  clusters: {
    istio: {
      kind: 'eks',
      existingVpc: {
        vpcId: 'vpc-0a',
        privateSubnetIds: ['subnet-0a', 'subnet-0b'],
        publicSubnetIds: ['subnet-0c'],
        ...settings,
      },
    },
  },
});
/** A mesh in another cluster. */
const moved = (mesh: 'istio' | 'consul'): ConfigInput => ({
  meshes: { [mesh]: { cluster: 'other' } },
  clusters: { other: { kind: 'kubeconfig', path: file('kubeconfig.yaml'), context: 'one' } },
});
const NAMESPACES = {
  istio: { namespaces: [{ name: 'default' }, { name: 'shop' }] },
  consul: { namespaces: [{ name: 'default' }, { name: 'depot' }] },
};
/** A Consul mesh that the other one calls. */
const BANK = {
  meshes: {
    istio: { kind: 'istio', ...NAMESPACES.istio },
    consul: { kind: 'consul', ...NAMESPACES.consul },
    bank: { kind: 'consul' },
  },
  clusters: {
    istio: { kind: 'eks' },
    consul: { kind: 'eks' },
    bank: { kind: 'kubeconfig', path: file('kubeconfig.yaml'), context: 'one' },
  },
  accessPolicy: {
    meshes: { bank: { kind: 'consul', services: { ledger: {} } } },
    rules: [...WEATHER, { from: 'consul/stock', to: 'bank/ledger' }],
  },
} satisfies ConfigInput;
/** A mesh of a partner, which the Consul mesh calls, and which offers this address. */
const partner = (kind: 'istio' | 'consul', gateway: string): ConfigInput => {
  const { accessPolicy } = BANK;
  const bank: MeshMember =
    kind === 'istio'
      ? istioMember('bank.example.com')
      : consulMember('dc1', '22222222-2222-4333-8444-555555555555.consul');
  const offer = offerOf({
    policy: {
      meshes: {
        consul: { kind: 'consul', services: { stock: { namespace: 'depot' } } },
        bank: { kind, services: { ledger: {} } },
      },
      rules: accessPolicy.rules.slice(-1),
    },
    mesh: 'bank',
    member: bank,
    gateway,
    roots: readFileSync(file('root.pem'), 'utf8'),
  });
  return {
    meshes: { ...BANK.meshes, bank: { kind, partner: offer } },
    accessPolicy: { ...accessPolicy, meshes: { bank: { kind, services: { ledger: {} } } } },
  };
};
const offered = (kind: 'istio' | 'consul'): SettingChange => ({
  to: partner(kind, 'other.example.com'),
  from: partner(kind, 'bank.example.com'),
  shows: ['federation: kubernetes_config_map_v1.data = other.example.com'],
});
const SECRET = 'arn:aws:secretsmanager:eu-north-1:123456789012:secret:ecr-pullthroughcache/hub';
const OWN = 'registry.example.com/own';
const image = (name: string, version = '1.2.3') => `${OWN}/${name}:${version}`;

/** Whatever the settings below are in. */
export const MESH_BASE: ConfigInput = {
  aws: { accountId: '123456789012' },
  eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } },
  meshes: NAMESPACES,
  accessPolicy: {
    meshes: {
      istio: {
        services: {
          frontend: { namespace: 'weather' },
          backend: { namespace: 'weather' },
          cart: { namespace: 'shop' },
        },
      },
      consul: {
        services: {
          info: { namespace: 'weather', intentionsName: 'allow-backend' },
          stock: { namespace: 'depot' },
        },
      },
    },
    ...asked(ASKED).accessPolicy,
  },
  weather: { data: 'openweather' },
};

export const MESH_CHANGES: Readonly<Record<string, SettingChange>> = {
  'clusters.<name>': {
    to: cluster({}),
    shows: ['istio-mesh: terraform_data.lifecycle = by kubeconfig'],
  },
  'clusters.<name>.clusterDomain': {
    to: cluster({ clusterDomain: 'cluster.internal' }),
    from: cluster({}),
    shows: [
      'istio-mesh: helm_release.values = cluster.internal',
      'federation: kubernetes_config_map_v1.data = cluster.internal',
      'federation: kubernetes_manifest.manifest = cluster.internal',
    ],
    loses: ['kubernetes_manifest'],
  },
  'clusters.<name>.path': {
    to: cluster({ path: file('other.yaml') }),
    from: cluster({}),
    shows: [
      'istio-mesh: provider.kubernetes.config_path = other.yaml',
      'istio-mesh: provider.helm.kubernetes = other.yaml',
      'istio-workloads: provider.kubernetes.config_path = other.yaml',
      'federation: provider.kubernetes.config_path = other.yaml',
    ],
  },
  'clusters.<name>.context': {
    to: cluster({ context: 'two' }),
    from: cluster({}),
    shows: [
      'istio-mesh: provider.kubernetes.config_context = two',
      'istio-mesh: provider.helm.kubernetes = two',
      'istio-workloads: provider.kubernetes.config_context = two',
      'federation: provider.kubernetes.config_context = two',
    ],
  },
  'clusters.<name>.apiServer': {
    to: cluster({ apiServer: 'https://api.example.com:6443' }),
    from: cluster({}),
    shows: [
      'federation: kubernetes_cron_job_v1.spec = api.example.com',
      'federation: kubernetes_job_v1.spec = api.example.com',
    ],
  },
  'clusters.<name>.apiServerCa': {
    to: cluster({ apiServer: 'https://api.example.com:6443', apiServerCa: file('other.pem') }),
    from: cluster({ apiServer: 'https://api.example.com:6443' }),
    shows: ['federation: kubernetes_cron_job_v1.spec', 'federation: kubernetes_job_v1.spec'],
  },
  'clusters.<name>.region': {
    to: { clusters: { istio: { kind: 'existing-eks', name: 'a', region: 'eu-west-1' } } },
    from: { clusters: { istio: { kind: 'existing-eks', name: 'a' } } },
    shows: [
      'istio-mesh: terraform_data.lifecycle = eu-west-1',
      'federation: terraform_data.lifecycle = eu-west-1',
      'istio-mesh: provider.helm.kubernetes = eu-west-1',
    ],
  },
  'clusters.<name>.accountId': {
    to: inEks({ accountId: '444455556666' }),
    from: inEks({}),
    shows: [
      'istio-mesh: terraform_data.lifecycle = 444455556666',
      'federation: terraform_data.lifecycle = 444455556666',
    ],
  },
  'clusters.<name>.assumeRole': {
    to: inEks({ assumeRole: 'arn:aws:iam::123456789012:role/deploy' }),
    from: inEks({}),
    shows: [
      'istio-mesh: provider.aws.assume_role = role/deploy',
      'istio-mesh: provider.helm.kubernetes = role/deploy',
      'federation: provider.kubernetes.exec = role/deploy',
    ],
  },
  'clusters.<name>.loadBalancers': {
    to: inEks({ loadBalancers: 'auto-mode' }),
    from: inEks({}),
    shows: [
      'istio-mesh: terraform_data.lifecycle = which is now auto-mode',
      'istio-mesh: helm_release.values = load_balancing.cross_zone.enabled=true',
    ],
  },
  'clusters.<name>.existingVpc.privateRouteTableIds': {
    to: inVpc({ privateRouteTableIds: ['rtb-0a', 'rtb-0b'] }),
    from: inVpc({ privateRouteTableIds: ['rtb-0a'] }),
    shows: ['crossing: aws_route.route_table_id = rtb-0b'],
  },
  'federation.name': {
    to: { federation: { name: 'two' } },
    from: { federation: { name: 'one' } },
    shows: ['federation-two: kubernetes_namespace_v1.metadata = mesh-federation-two'],
    // They are another stack's, in whose state they stay.
    loses: [...new Set([...BORDER, ...WAY_OUT, ...FEDERATION])],
  },
  'meshes.istio.partner': offered('istio'),
  'meshes.consul.partner': offered('consul'),
  ...spireChanges('istio', policy('istio', { out: 'border' })),
  ...spireChanges('consul'),
  'meshes.istio.cluster': {
    to: moved('istio'),
    shows: ['istio-mesh: terraform_data.lifecycle = by kubeconfig'],
  },
  'meshes.consul.cluster': {
    to: moved('consul'),
    shows: ['consul-mesh: terraform_data.lifecycle = by kubeconfig'],
  },
  'images.registry': {
    to: { images: { registry: 'registry.example.com/hub' } },
    shows: [
      'istio-mesh: helm_release.values = registry.example.com/hub',
      'consul-mesh: helm_release.values = registry.example.com/hub',
      'istio-workloads: kubernetes_deployment_v1.spec = registry.example.com/hub',
      'consul-workloads: kubernetes_deployment_v1.spec = registry.example.com/hub',
      'federation: kubernetes_deployment_v1.spec = registry.example.com/hub',
      'federation: kubernetes_cron_job_v1.spec = registry.example.com/hub',
      'federation: kubernetes_job_v1.spec = registry.example.com/hub',
    ],
  },
  'images.ecrPullThroughCache': {
    to: { images: { ecrPullThroughCache: { credentialArn: SECRET } } },
    shows: [
      'image-cache: aws_ecr_pull_through_cache_rule.upstream_registry_url',
      'istio-cluster: aws_iam_role_policy.policy = ecr:BatchImportUpstreamImage',
      'consul-cluster: aws_iam_role_policy.policy = ecr:BatchImportUpstreamImage',
      'istio-mesh: helm_release.values = dkr.ecr',
    ],
  },
  'images.ecrPullThroughCache.prefix': {
    to: { images: { ecrPullThroughCache: { credentialArn: SECRET, prefix: 'other' } } },
    from: {
      images: {
        ecrPullThroughCache: {
          credentialArn: SECRET,
        },
      },
    },
    shows: [
      'image-cache: aws_ecr_pull_through_cache_rule.ecr_repository_prefix = other',
      'istio-cluster: aws_iam_role_policy.policy = repository/other',
      'istio-mesh: helm_release.values = /other',
      'federation: kubernetes_deployment_v1.spec = /other',
    ],
  },
  'images.ecrPullThroughCache.credentialArn': {
    to: {
      images: {
        ecrPullThroughCache: {
          credentialArn:
            'arn:aws:secretsmanager:eu-north-1:123456789012:secret:ecr-pullthroughcache/other',
        },
      },
    },
    from: {
      images: {
        ecrPullThroughCache: {
          credentialArn: SECRET,
        },
      },
    },
    shows: ['image-cache: aws_ecr_pull_through_cache_rule.credential_arn = other'],
  },
  'meshes.istio.version': {
    to: istio({ version: '1.30.3' }),
    shows: ['istio-mesh: helm_release.version = 1.30.3'],
  },
  'meshes.istio.allowUnsupported': { to: istio({ allowUnsupported: true }), shows: [] },
  'meshes.istio.revision': {
    to: istio({ revision: 'next' }),
    shows: [
      'istio-mesh: helm_release.name = istiod-next',
      'istio-mesh: kubernetes_namespace_v1.metadata = next',
    ],
    loses: ['helm_release'],
  },
  'meshes.istio.canary': { to: canary({}), shows: ['istio-mesh: helm_release.name = istiod-next'] },
  'meshes.istio.canary.revision': {
    to: canary({ revision: 'other' }),
    from: canary({}),
    shows: ['istio-mesh: helm_release.name = istiod-other'],
    loses: ['helm_release'],
  },
  'meshes.istio.canary.version': {
    to: canary({ version: '1.30.3' }),
    from: canary({}),
    shows: ['istio-mesh: helm_release.version = 1.30.3'],
  },
  'meshes.istio.canary.namespaces': {
    to: canary({ namespaces: ['shop'] }),
    from: canary({}),
    shows: ['istio-mesh: kubernetes_namespace_v1.metadata = "istio.io/rev":"next"'],
  },
  'meshes.istio.canary.gateway': {
    to: canary({ gateway: true }),
    from: canary({}),
    shows: ['istio-mesh: helm_release.values'],
  },
  'meshes.istio.charts': {
    to: istio({ charts: { kind: 'oci', url: 'oci://registry.example.com/charts' } }),
    shows: ['istio-mesh: helm_release.repository = oci://registry.example.com/charts'],
  },
  'meshes.istio.images.registry': {
    to: istio({ images: { registry: OWN } }),
    shows: ['istio-mesh: helm_release.values = registry.example.com/own'],
  },
  'meshes.istio.images.pilot': {
    to: istio({ images: { pilot: image('pilot', ISTIO.version) } }),
    shows: [`istio-mesh: helm_release.values = ${image('pilot', ISTIO.version)}`],
  },
  'meshes.istio.images.proxy': {
    to: istio({ images: { proxy: image('proxyv2', ISTIO.version) } }),
    shows: [`istio-mesh: helm_release.values = ${image('proxyv2', ISTIO.version)}`],
  },
  'meshes.istio.trustDomain': {
    to: istio({ trustDomain: 'mesh.example.com' }),
    shows: [
      'istio-mesh: data.kubernetes_config_map_v1.lifecycle = mesh.example.com',
      'istio-mesh: helm_release.values = mesh.example.com',
    ],
  },
  'meshes.istio.cni': {
    to: istio({ cni: true }),
    shows: ['istio-mesh: helm_release.chart = cni', 'istio-mesh: helm_release.values'],
  },
  'meshes.istio.namespaces': {
    to: istio({ namespaces: [{ name: 'default' }, { name: 'shop' }, { name: 'more' }] }),
    shows: [
      'istio-mesh: kubernetes_namespace_v1.metadata = "more"',
      'istio-mesh: data.kubernetes_resources.lifecycle = more',
    ],
  },
  'meshes.istio.namespaces[].name': {
    to: istio({ namespaces: [{ name: 'default' }, { name: 'shop' }, { name: 'warehouse' }] }),
    from: istio({ namespaces: [{ name: 'default' }, { name: 'shop' }, { name: 'more' }] }),
    shows: [
      'istio-mesh: data.kubernetes_resources.lifecycle = warehouse',
      'istio-mesh: kubernetes_namespace_v1.metadata = "warehouse"',
    ],
  },
  'meshes.istio.namespaces[].existing': {
    to: istio({ namespaces: [{ name: 'default' }, { name: 'shop', existing: true }] }),
    shows: [
      'istio-mesh: data.kubernetes_resources.lifecycle',
      'istio-mesh: kubernetes_labels.metadata = "shop"',
    ],
  },
  'meshes.istio.gateway.kind': {
    to: gateway('istio', { kind: 'gateway-api' }),
    shows: [
      'istio-mesh: terraform_data.lifecycle = which is now gateway-api',
      'istio-mesh: data.kubernetes_resources.lifecycle = no TLSRoute of release 1.5',
      'federation: kubernetes_manifest.manifest = "TLSRoute"',
    ],
    loses: ['kubernetes_manifest'],
  },
  'meshes.istio.gateway.tlsPort': {
    to: gateway('istio', { tlsPort: 9443 }),
    shows: [
      'istio-mesh: helm_release.values = 9443',
      'federation: kubernetes_manifest.manifest = 9443',
      'federation: kubernetes_config_map_v1.data = 9443',
      'federation: kubernetes_network_policy_v1.spec = 9443',
    ],
  },
  'meshes.istio.gateway.previousTlsPort': {
    to: gateway('istio', { previousTlsPort: 9443 }),
    shows: [
      'istio-mesh: helm_release.values = 9443',
      'federation: kubernetes_manifest.manifest = 9443',
    ],
  },
  'meshes.istio.gateway.ports': {
    to: gateway('istio', {
      ports: [
        { name: 'http2', port: 80 },
        { name: 'more', port: 8081 },
      ],
    }),
    shows: ['istio-mesh: helm_release.values = 8081'],
  },
  'meshes.istio.gateway.ports[].name': {
    to: gateway('istio', { ports: [{ name: 'http-other', port: 80 }] }),
    shows: ['istio-mesh: helm_release.values = http-other'],
  },
  'meshes.istio.gateway.ports[].port': {
    to: gateway('istio', { ports: [{ name: 'http2', port: 8082 }] }),
    shows: ['istio-mesh: helm_release.values = 8082'],
  },
  'meshes.istio.gateway.internal': {
    to: gateway('istio', { internal: true }),
    from: { federation: { crossing: 'given' } },
    shows: [
      'istio-mesh: terraform_data.lifecycle = true',
      'istio-mesh: helm_release.values = aws-load-balancer-internal',
      'istio-mesh: helm_release.values = scheme: internal',
    ],
  },
  'meshes.istio.gateway.allowedSources': {
    to: gateway('istio', { allowedSources: ['198.51.100.0/24'] }),
    shows: ['istio-mesh: helm_release.values = 198.51.100.0/24'],
  },
  'meshes.istio.gateway.address': {
    to: gateway('istio', { address: 'gateway.example.com' }),
    shows: ['federation: kubernetes_config_map_v1.data = gateway.example.com'],
  },
  'meshes.istio.gateway.addressPort': {
    from: gateway('istio', { address: 'gateway.example.com' }),
    to: gateway('istio', { addressPort: 4443 }),
    shows: ['federation: kubernetes_config_map_v1.data = 4443'],
  },
  'meshes.istio.gateway.record.zoneId': {
    from: named('istio', {}),
    to: named('istio', { zoneId: 'Z9' }),
    shows: ['federation: aws_route53_record.zone_id = Z9'],
  },
  'meshes.istio.gateway.record.name': {
    from: named('istio', {}),
    to: named('istio', { name: 'b.example.com' }),
    shows: ['federation: aws_route53_record.name = b.example.com'],
  },
  'meshes.istio.gateway.record.type': {
    from: named('istio', {}),
    to: named('istio', { type: 'CNAME' }),
    shows: ['federation: aws_route53_record.type = CNAME'],
  },
  'meshes.istio.gateway.annotations': {
    to: gateway('istio', { annotations: { 'example.com/a': 'mine' } }),
    shows: ['istio-mesh: helm_release.values = example.com/a: mine'],
  },
  'meshes.istio.values.base': {
    to: istio({ values: { base: [file('values.yaml')] } }),
    shows: ['istio-mesh: helm_release.values = lifecycleTest'],
  },
  'meshes.istio.values.istiod': {
    to: istio({ values: { istiod: [file('values.yaml')] } }),
    shows: ['istio-mesh: helm_release.values = lifecycleTest'],
  },
  'meshes.istio.values.gateway': {
    to: istio({ values: { gateway: [file('values.yaml')] } }),
    shows: ['istio-mesh: helm_release.values = lifecycleTest'],
  },
  'meshes.istio.values.cni': {
    to: istio({ values: { cni: [file('values.yaml')] } }),
    from: istio({ cni: true }),
    shows: ['istio-mesh: helm_release.values = lifecycleTest'],
  },
  'meshes.consul.version': {
    to: consul({ version: '2.1.0' }),
    shows: [
      'consul-mesh: helm_release.version = 2.1.0',
      'federation: kubernetes_deployment_v1.spec = consul:2.1.0',
    ],
  },
  'meshes.consul.allowUnsupported': { to: consul({ allowUnsupported: true }), shows: [] },
  'meshes.consul.charts': {
    to: consul({ charts: { kind: 'oci', url: 'oci://registry.example.com/charts' } }),
    shows: ['consul-mesh: helm_release.repository = oci://registry.example.com/charts'],
  },
  'meshes.consul.images.registry': {
    to: consul({ images: { registry: OWN } }),
    shows: [
      'consul-mesh: helm_release.values = registry.example.com/own',
      'federation: kubernetes_deployment_v1.spec = registry.example.com/own',
    ],
  },
  'meshes.consul.images.consul': {
    to: consul({ images: { consul: image('consul', CONSUL.version) } }),
    shows: [
      `consul-mesh: helm_release.values = ${image('consul', CONSUL.version)}`,
      `federation: kubernetes_deployment_v1.spec = ${image('consul', CONSUL.version)}`,
    ],
  },
  'meshes.consul.images.controlPlane': {
    to: consul({ images: { controlPlane: image('consul-k8s', CONSUL.version) } }),
    shows: [`consul-mesh: helm_release.values = ${image('consul-k8s', CONSUL.version)}`],
  },
  'meshes.consul.images.dataplane': {
    to: consul({ images: { dataplane: image('dataplane') } }),
    shows: ['consul-mesh: helm_release.values = registry.example.com/own/dataplane:1.2.3'],
  },
  'meshes.consul.datacenter': {
    to: consul({ datacenter: 'north' }),
    shows: [
      'consul-mesh: terraform_data.lifecycle = which is now north',
      'consul-mesh: helm_release.values = datacenter: north',
    ],
  },
  'meshes.consul.clusterId': {
    to: consul({ clusterId: '11111111-2222-4333-8444-555555555555' }),
    shows: ['consul-mesh: kubernetes_secret_v1.lifecycle = 11111111-2222-4333-8444-555555555555'],
  },
  'meshes.consul.servers': {
    to: consul({ servers: 3 }),
    from: {
      clusters: { consul: { kind: 'eks', eks: { nodeGroups: [{ name: 'default', desired: 3 }] } } },
    },
    shows: ['consul-mesh: helm_release.values = replicas: 3'],
  },
  'meshes.consul.storageClass': {
    to: consul({ storageClass: 'fast' }),
    shows: [
      'consul-mesh: terraform_data.lifecycle = fast',
      'consul-mesh: helm_release.values = storageClass: fast',
    ],
  },
  'meshes.consul.ownStorageClass': {
    to: consul({ ownStorageClass: false }),
    shows: [
      "consul-mesh: terraform_data.lifecycle = the cluster's default",
      'consul-mesh: kubernetes_storage_class_v1.storage_provisioner',
    ],
  },
  'meshes.consul.gatewayApiCrds': {
    to: consul({ gatewayApiCrds: 'existing' }),
    shows: [
      'consul-mesh: terraform_data.lifecycle = which is now existing',
      'consul-mesh: helm_release.values = manageExternalCRDs: false',
    ],
  },
  'meshes.consul.namespaces': {
    to: consul({ namespaces: [{ name: 'default' }, { name: 'depot' }, { name: 'more' }] }),
    shows: [
      'consul-mesh: kubernetes_namespace_v1.metadata = "more"',
      'consul-mesh: helm_release.values = more',
    ],
  },
  'meshes.consul.namespaces[].name': {
    to: consul({ namespaces: [{ name: 'default' }, { name: 'depot' }, { name: 'warehouse' }] }),
    from: consul({ namespaces: [{ name: 'default' }, { name: 'depot' }, { name: 'more' }] }),
    shows: [
      'consul-mesh: data.kubernetes_resources.lifecycle = warehouse',
      'consul-mesh: helm_release.values = warehouse',
    ],
  },
  'meshes.consul.namespaces[].existing': {
    to: consul({ namespaces: [{ name: 'default' }, { name: 'depot', existing: true }] }),
    shows: ['consul-mesh: data.kubernetes_resources.lifecycle'],
  },
  'meshes.consul.gateway.kind': {
    from: gateway('consul', { ports: [] }),
    to: gateway('consul', { kind: 'api' }),
    shows: [
      'consul-mesh: data.kubernetes_resources.lifecycle = consul-api-gateway is asked for',
      'consul-mesh: kubernetes_service_v1.metadata = consul-api-gateway',
      'federation: kubernetes_manifest.manifest = "TCPRoute"',
    ],
    loses: ['kubernetes_manifest'],
  },
  'meshes.consul.gateway.beside': {
    to: gateway('consul', { beside: 'api' }),
    shows: [
      'consul-mesh: kubernetes_service_v1.metadata = mesh-federation/beside',
      'federation: kubernetes_manifest.manifest = "TCPRoute"',
      'federation: kubernetes_network_policy_v1.spec = gateway.consul.hashicorp.com/name',
    ],
  },
  'meshes.consul.gateway.ports': {
    to: gateway('consul', { ports: [80, 8081] }),
    shows: ['consul-mesh: helm_release.values = 8081'],
  },
  'meshes.consul.gateway.internal': {
    to: gateway('consul', { internal: true }),
    from: { federation: { crossing: 'given' } },
    shows: [
      'consul-mesh: terraform_data.lifecycle = true',
      'consul-mesh: helm_release.values = aws-load-balancer-internal',
    ],
  },
  'meshes.consul.gateway.allowedSources': {
    to: gateway('consul', { allowedSources: ['198.51.100.0/24'] }),
    shows: ['consul-mesh: helm_release.values = 198.51.100.0/24'],
  },
  'meshes.consul.gateway.address': {
    to: gateway('consul', { address: 'gateway.example.com' }),
    shows: ['federation: kubernetes_manifest.manifest = gateway.example.com'],
  },
  'meshes.consul.gateway.addressPort': {
    // With one calling service.
    from: {
      ...gateway('consul', { address: 'gateway.example.com' }),
      ...rules({ ...CALL, from: 'istio/backend' }),
    },
    to: gateway('consul', { addressPort: 4443 }),
    shows: ['federation: kubernetes_manifest.manifest = 4443'],
  },
  'meshes.consul.gateway.record.zoneId': {
    from: named('consul', {}),
    to: named('consul', { zoneId: 'Z9' }),
    shows: ['federation: aws_route53_record.zone_id = Z9'],
  },
  'meshes.consul.gateway.record.name': {
    from: named('consul', {}),
    to: named('consul', { name: 'b.example.com' }),
    shows: ['federation: aws_route53_record.name = b.example.com'],
  },
  'meshes.consul.gateway.record.type': {
    from: named('consul', {}),
    to: named('consul', { type: 'CNAME' }),
    shows: ['federation: aws_route53_record.type = CNAME'],
  },
  'meshes.consul.gateway.annotations': {
    to: gateway('consul', { annotations: { 'example.com/a': 'mine' } }),
    shows: ['consul-mesh: helm_release.values = example.com/a: mine'],
  },
  'meshes.consul.values': {
    to: consul({ values: [file('values.yaml')] }),
    shows: ['consul-mesh: helm_release.values = lifecycleTest'],
  },
  'accessPolicy.meshes.istio.borderNamespace': {
    to: policy('istio', { borderNamespace: 'edge' }),
    shows: [
      'federation: terraform_data.lifecycle = which is now edge',
      'istio-mesh: kubernetes_namespace_v1.metadata = "edge"',
      'federation: kubernetes_deployment_v1.metadata = "edge"',
    ],
  },
  'accessPolicy.meshes.istio.bordersMovedFrom': {
    to: policy('istio', { bordersMovedFrom: 'default' }),
    shows: [
      'federation: terraform_data.input',
      'federation: kubernetes_deployment_v1.metadata = "default"',
    ],
  },
  'accessPolicy.meshes.istio.services': {
    to: { accessPolicy: { meshes: { istio: { services: { more: {} } } } } },
    shows: [],
  },
  'accessPolicy.meshes.istio.services.<name>.name': {
    to: service('istio', { name: 'trolley' }),
    shows: [
      'federation: kubernetes_manifest.manifest = trolley',
      'istio-workloads: kubernetes_manifest.manifest = trolley',
    ],
  },
  'accessPolicy.meshes.istio.services.<name>.namespace': {
    to: service('istio', { namespace: 'default' }),
    shows: [
      'federation: kubernetes_manifest.manifest',
      'istio-workloads: kubernetes_manifest.manifest',
    ],
    loses: [
      'kubernetes_config_map_v1',
      'kubernetes_manifest',
      'kubernetes_role_binding_v1',
      'kubernetes_role_v1',
    ],
  },
  'accessPolicy.meshes.istio.services.<name>.port': {
    to: service('istio', { port: 8088 }),
    shows: [
      'federation: kubernetes_config_map_v1.data',
      'federation: kubernetes_service_v1.spec = 8088',
    ],
  },
  'accessPolicy.meshes.istio.services.<name>.protocol': {
    to: service('istio', { protocol: 'grpc' }),
    shows: [
      'federation: kubernetes_config_map_v1.data',
      'federation: kubernetes_manifest.manifest',
      'federation: kubernetes_service_v1.spec',
    ],
  },
  'accessPolicy.meshes.istio.services.<name>.standIn': {
    to: service('istio', { standIn: 'trolley' }),
    shows: [
      'federation: kubernetes_deployment_v1.metadata = trolley',
      'federation: kubernetes_service_v1.metadata = trolley',
      'federation: kubernetes_manifest.manifest = trolley',
    ],
    loses: BORDER,
  },
  'accessPolicy.meshes.istio.services.<name>.serviceAccount': {
    to: service('istio', { serviceAccount: 'trolley' }),
    shows: ['federation: kubernetes_config_map_v1.data = sa/trolley'],
  },
  'accessPolicy.meshes.istio.services.<name>.labels': {
    to: service('istio', { labels: { tier: 'trolley' } }),
    shows: [
      'istio-workloads: kubernetes_manifest.manifest = trolley',
      'federation: kubernetes_manifest.manifest = trolley',
    ],
  },
  'accessPolicy.meshes.istio.services.<name>.gatewayPort': {
    to: service('istio', { gatewayPort: 12345 }),
    shows: [
      'consul-mesh: helm_release.values = 12345',
      'federation: kubernetes_manifest.manifest = 12345',
    ],
  },
  'accessPolicy.meshes.istio.services.<name>.previousGatewayPort': {
    to: service('istio', { previousGatewayPort: 12345 }),
    shows: [
      'consul-mesh: helm_release.values = 12345',
      'federation: kubernetes_manifest.manifest = 12345',
    ],
  },
  'accessPolicy.meshes.istio.in': {
    to: policy('istio', { in: 'service' }),
    shows: [
      'istio-mesh: helm_release.values = ClusterIP',
      'federation: kubernetes_service_v1.metadata = federation-entrance',
      'federation: kubernetes_deployment_v1.spec = 8443,9902',
    ],
    loses: ['kubernetes_manifest', 'terraform_data'],
  },
  'accessPolicy.meshes.istio.inFrom': {
    to: policy('istio', { in: 'service', inFrom: 'gateway' }),
    from: policy('istio', { in: 'service' }),
    shows: [
      'istio-mesh: terraform_data.input = gateway to service',
      'istio-mesh: helm_release.values = LoadBalancer',
      'federation: kubernetes_deployment_v1.spec = security.istio.io/tlsMode',
    ],
  },
  'accessPolicy.meshes.istio.out': {
    to: policy('istio', { out: 'border' }),
    shows: [
      'istio-workloads: kubernetes_deployment_v1.spec',
      'federation: kubernetes_deployment_v1.metadata = stock-outbound',
      'federation: kubernetes_config_map_v1.data = sa/stock-outbound',
    ],
    loses: [...WAY_OUT, 'kubernetes_service_account_v1'],
  },
  'accessPolicy.meshes.istio.outFrom': {
    to: policy('istio', { out: 'border', outFrom: 'sidecar' }),
    from: policy('istio', { out: 'border' }),
    shows: [
      'istio-mesh: terraform_data.input = sidecar to border',
      'istio-workloads: kubernetes_deployment_v1.spec = OUTPUT_CERTS',
      'federation: kubernetes_manifest.manifest = "kind":"ServiceEntry"',
    ],
  },
  'accessPolicy.meshes.istio.services.<name>.outFrom': {
    to: service('istio', { out: 'border', outFrom: 'sidecar' }),
    from: service('istio', { out: 'border' }),
    shows: [
      'istio-mesh: terraform_data.input = sidecar to border',
      'federation: kubernetes_manifest.manifest = cart.to.stock',
    ],
  },
  'accessPolicy.meshes.istio.services.<name>.out': {
    to: service('istio', { out: 'border' }),
    shows: [
      'federation: kubernetes_deployment_v1.metadata = stock-outbound',
      'federation: kubernetes_config_map_v1.data = sa/stock-outbound',
    ],
    loses: WAY_OUT,
  },
  'accessPolicy.meshes.consul.borderNamespace': {
    to: policy('consul', { borderNamespace: 'edge' }),
    shows: [
      'federation: terraform_data.lifecycle = which is now edge',
      'consul-mesh: kubernetes_namespace_v1.metadata = "edge"',
      'federation: kubernetes_deployment_v1.metadata = "edge"',
    ],
  },
  'accessPolicy.meshes.consul.bordersMovedFrom': {
    to: policy('consul', { bordersMovedFrom: 'default' }),
    shows: [
      'federation: terraform_data.input',
      'federation: kubernetes_deployment_v1.metadata = "default"',
    ],
  },
  'accessPolicy.meshes.consul.in': {
    to: policy('consul', { in: 'service' }),
    shows: [
      'consul-mesh: helm_release.values',
      'federation: kubernetes_service_v1.metadata = federation-entrance',
    ],
    loses: ['kubernetes_manifest'],
  },
  'accessPolicy.meshes.consul.inFrom': {
    to: policy('consul', { in: 'service', inFrom: 'gateway' }),
    from: policy('consul', { in: 'service' }),
    shows: [
      'consul-mesh: terraform_data.input = gateway to service',
      'federation: kubernetes_manifest.manifest = "kind":"IngressGateway"',
    ],
  },
  'accessPolicy.meshes.consul.gatewayListeners': {
    to: policy('consul', { gatewayListeners: 'existing' }),
    shows: ['federation: kubernetes_manifest.manifest'],
    loses: ['kubernetes_manifest'],
  },
  'accessPolicy.meshes.consul.services': {
    to: { accessPolicy: { meshes: { consul: { services: { more: {} } } } } },
    shows: ['consul-mesh: helm_release.values = more'],
  },
  'accessPolicy.meshes.consul.services.<name>.name': {
    to: service('consul', { name: 'goods' }),
    shows: [
      'consul-workloads: kubernetes_manifest.manifest = goods',
      'consul-mesh: helm_release.values = goods',
      'federation: kubernetes_manifest.manifest = goods',
    ],
    loses: ['kubernetes_manifest'],
  },
  'accessPolicy.meshes.consul.services.<name>.namespace': {
    to: service('consul', { namespace: 'default' }),
    shows: ['consul-workloads: kubernetes_manifest.manifest', 'consul-mesh: helm_release.values'],
    loses: ['kubernetes_manifest', 'kubernetes_service_v1'],
  },
  'accessPolicy.meshes.consul.services.<name>.port': {
    to: service('consul', { port: 8080 }),
    shows: ['federation: kubernetes_manifest.manifest = 8080'],
  },
  'accessPolicy.meshes.consul.services.<name>.protocol': {
    to: service('consul', { protocol: 'http2' }),
    shows: [
      'consul-workloads: kubernetes_manifest.manifest = http2',
      'federation: kubernetes_config_map_v1.data',
    ],
  },
  'accessPolicy.meshes.consul.services.<name>.standIn': {
    to: service('consul', { standIn: 'goods' }),
    shows: [
      'federation: kubernetes_deployment_v1.metadata = goods',
      'federation: kubernetes_service_account_v1.metadata = goods',
      'federation: kubernetes_manifest.manifest = goods',
    ],
    loses: BORDER,
  },
  'accessPolicy.meshes.consul.services.<name>.gatewayPort': {
    to: service('consul', { gatewayPort: 12345 }),
    from: BANK,
    shows: [
      'bank-mesh: helm_release.values = 12345',
      'federation: kubernetes_manifest.manifest = 12345',
    ],
  },
  'accessPolicy.meshes.consul.services.<name>.previousGatewayPort': {
    to: service('consul', { previousGatewayPort: 12345 }),
    from: BANK,
    shows: [
      'bank-mesh: helm_release.values = 12345',
      'federation: kubernetes_manifest.manifest = 12345',
    ],
  },
  'accessPolicy.meshes.consul.services.<name>.serviceDefaults': {
    to: service('consul', { serviceDefaults: 'existing' }),
    shows: ['consul-workloads: kubernetes_manifest.manifest'],
    loses: ['kubernetes_manifest'],
  },
  'accessPolicy.meshes.consul.services.<name>.intentions': {
    to: service('consul', { intentions: 'existing' }),
    shows: ['consul-workloads: kubernetes_manifest.manifest'],
    loses: ['kubernetes_manifest'],
  },
  'accessPolicy.meshes.consul.services.<name>.intentionsName': {
    to: service('consul', { intentionsName: 'mine' }),
    shows: ['consul-workloads: kubernetes_manifest.manifest = mine'],
    loses: ['kubernetes_manifest'],
  },
  'accessPolicy.rules': {
    to: rules({ ...CALL, allow: [ASKED] }),
    shows: [
      'istio-workloads: kubernetes_manifest.manifest',
      'federation: kubernetes_manifest.manifest',
    ],
    loses: BORDER,
  },
  'accessPolicy.rules[].from': {
    to: rules({ from: 'istio/frontend', to: 'consul/stock', allow: [ASKED] }, BACK),
    shows: [
      'consul-workloads: kubernetes_manifest.manifest = frontend',
      'federation: kubernetes_manifest.manifest',
    ],
    // By the last: that a way was kept for calls of a service which calls no more.
    loses: [...BORDER, ...RIGHTS, 'terraform_data'],
  },
  'accessPolicy.rules[].to': {
    to: rules({ from: 'istio/cart', to: 'consul/info', allow: [ASKED] }, BACK),
    shows: [
      'consul-workloads: kubernetes_manifest.manifest',
      'federation: kubernetes_manifest.manifest',
    ],
    loses: ['kubernetes_manifest'],
  },
  'accessPolicy.rules[].allow': {
    to: rules(CALL, BACK),
    shows: [
      'consul-workloads: kubernetes_manifest.manifest',
      'federation: kubernetes_config_map_v1.data',
    ],
  },
  'accessPolicy.rules[].allow[].methods': {
    to: asked({ ...ASKED, methods: ['PATCH'] }),
    shows: [
      'consul-workloads: kubernetes_manifest.manifest = PATCH',
      'federation: kubernetes_config_map_v1.data',
    ],
  },
  'accessPolicy.rules[].allow[].pathExact': {
    to: rules({ ...CALL, allow: [ASKED] }, { ...BACK, allow: [{ pathExact: '/cost' }] }),
    shows: [
      'istio-workloads: kubernetes_manifest.manifest = /cost',
      'federation: kubernetes_config_map_v1.data = /cost',
    ],
  },
  'accessPolicy.rules[].allow[].pathPrefix': {
    to: asked({ ...ASKED, pathPrefix: '/goods' }),
    shows: [
      'consul-workloads: kubernetes_manifest.manifest = /goods',
      'federation: kubernetes_config_map_v1.data = /goods',
    ],
  },
  'accessPolicy.rules[].allow[].upgrades': {
    to: asked({ ...ASKED, upgrades: ['websocket'] }),
    shows: ['federation: kubernetes_config_map_v1.data = websocket'],
  },
  'accessPolicy.rules[].anyone': {
    to: rules({ ...CALL, allow: [ASKED] }, BACK, {
      from: 'istio/*',
      to: 'istio/cart',
      anyone: true,
    }),
    from: rules({ ...CALL, allow: [ASKED] }, BACK, { from: 'istio/backend', to: 'istio/cart' }),
    shows: ['istio-workloads: kubernetes_manifest.manifest = cluster.local/*'],
    loses: ['kubernetes_manifest'],
  },
  'accessPolicy.rules[].policyName': {
    to: rules({ ...CALL, allow: [ASKED] }, { ...BACK, policyName: 'mine' }),
    shows: ['istio-workloads: kubernetes_manifest.manifest = mine'],
    loses: ['kubernetes_manifest'],
  },
  'federation.crossing': {
    to: { federation: { crossing: 'peering', crossingFrom: 'internet' } },
    shows: [
      'crossing: aws_route.destination_cidr_block = 10.20.0.0/16',
      'istio-mesh: kubernetes_service_v1.spec = 10.20.0.0/16',
      'consul-mesh: kubernetes_service_v1.spec = 10.10.0.0/16',
      'federation: kubernetes_config_map_v1.data = private-gateway',
      'federation: kubernetes_manifest.manifest = private-gateway',
    ],
  },
  'federation.crossingFrom': {
    from: { federation: { crossing: 'peering' } },
    to: { federation: { crossingFrom: 'internet' } },
    shows: ['istio-mesh: helm_release.values = LoadBalancer'],
  },
  'federation.borders.replicas': {
    to: borders({ replicas: 3 }),
    shows: ['federation: kubernetes_deployment_v1.spec = "replicas":"3"'],
  },
  'federation.borders.headersWithUnderscores': {
    to: borders({ headersWithUnderscores: 'pass' }),
    shows: ['federation: kubernetes_config_map_v1.data'],
  },
  'federation.borders.ipv6': {
    to: borders({ ipv6: false }),
    shows: ['federation: kubernetes_config_map_v1.data'],
  },
  'federation.borders.namespace': {
    to: borders({ namespace: 'edge' }),
    shows: [
      'federation: terraform_data.lifecycle = which is now edge',
      'istio-mesh: kubernetes_namespace_v1.metadata = "edge"',
      'consul-mesh: kubernetes_namespace_v1.metadata = "edge"',
      'federation: kubernetes_deployment_v1.metadata = "edge"',
    ],
  },
  'federation.borders.movedFrom': {
    to: borders({ movedFrom: 'default' }),
    shows: [
      'federation: terraform_data.input',
      'federation: kubernetes_deployment_v1.metadata = "default"',
    ],
  },
  'federation.observability.namespace': {
    to: observability({ namespace: 'monitoring' }),
    shows: [
      'federation: kubernetes_network_policy_v1.spec = monitoring',
      'federation: kubernetes_deployment_v1.metadata = job-metrics',
    ],
  },
  'federation.observability.podMonitor': {
    from: observability({ namespace: 'monitoring' }),
    to: observability({ podMonitor: true }),
    shows: ['federation: kubernetes_manifest.manifest = PodMonitor'],
  },
  'federation.observability.rules': {
    from: observability({ namespace: 'monitoring' }),
    to: observability({ rules: true }),
    shows: ['federation: kubernetes_manifest.manifest = PrometheusRule'],
  },
  'federation.observability.dashboard': {
    from: observability({ namespace: 'monitoring', rules: true }),
    to: observability({ dashboard: true }),
    shows: ['federation: kubernetes_config_map_v1.data = mesh-federation.json'],
  },
  'federation.observability.labels': {
    from: observability({ namespace: 'monitoring', rules: true }),
    to: observability({ labels: { release: 'prometheus' } }),
    shows: ['federation: kubernetes_manifest.manifest = "release":"prometheus"'],
  },
  'federation.observability.tracing.host': {
    from: tracing({ host: 'collector.monitoring.svc' }),
    to: tracing({ host: 'other.monitoring.svc' }),
    shows: ['federation: kubernetes_config_map_v1.data = other.monitoring.svc'],
  },
  'federation.observability.tracing.port': {
    from: tracing({ host: 'collector.monitoring.svc' }),
    to: tracing({ port: 14317 }),
    shows: [
      'federation: kubernetes_config_map_v1.data = 14317',
      'federation: kubernetes_network_policy_v1.spec = 14317',
    ],
  },
  'federation.observability.tracing.namespace': {
    from: tracing({ host: 'collector.monitoring.svc' }),
    to: tracing({ namespace: 'tracing' }),
    shows: ['federation: kubernetes_network_policy_v1.spec = "tracing"'],
  },
  'federation.observability.tracing.percent': {
    from: tracing({ host: 'collector.monitoring.svc' }),
    to: tracing({ percent: 37.5 }),
    shows: ['federation: kubernetes_config_map_v1.data = 37.5'],
  },
  'federation.borders.images.envoy': {
    to: images({ envoy: image('envoy') }),
    shows: ['federation: kubernetes_deployment_v1.spec = registry.example.com/own/envoy:1.2.3'],
  },
  'federation.borders.images.shell': {
    to: images({ shell: image('shell') }),
    shows: ['federation: kubernetes_deployment_v1.spec = registry.example.com/own/shell:1.2.3'],
  },
  'federation.borders.images.consul': {
    to: images({ consul: image('consul') }),
    shows: ['federation: kubernetes_deployment_v1.spec = registry.example.com/own/consul:1.2.3'],
  },
  'federation.borders.images.consulTemplate': {
    to: images({ consulTemplate: image('template') }),
    shows: ['federation: kubernetes_deployment_v1.spec = registry.example.com/own/template:1.2.3'],
  },
  'federation.borders.limits.connections': {
    to: limits({ connections: 77 }),
    shows: [
      'federation: kubernetes_config_map_v1.data = 77',
      'federation: kubernetes_manifest.manifest = 77',
    ],
  },
  'federation.borders.limits.requests': {
    to: limits({ requests: 777 }),
    shows: [
      'federation: kubernetes_config_map_v1.data = 777',
      'federation: kubernetes_manifest.manifest = 777',
    ],
  },
  'federation.borders.limits.connectionSeconds': {
    to: limits({ connectionSeconds: 1234 }),
    shows: [
      'federation: kubernetes_config_map_v1.data = 1234s',
      'federation: kubernetes_manifest.manifest = 1234s',
    ],
  },
  'federation.borders.limits.idleSeconds': {
    to: limits({ idleSeconds: 123 }),
    shows: ['federation: kubernetes_config_map_v1.data = 123s'],
  },
  'federation.borders.limits.heapMebibytes': {
    to: limits({ heapMebibytes: 555 }),
    shows: [
      'federation: kubernetes_config_map_v1.data',
      'federation: kubernetes_deployment_v1.spec',
    ],
  },
  'federation.borders.limits.drainSeconds': {
    to: limits({ drainSeconds: 471 }),
    shows: ['federation: kubernetes_deployment_v1.spec = 471'],
  },
  'federation.admission': {
    to: { federation: { admission: false } },
    shows: ['federation: kubernetes_manifest.manifest'],
    loses: ['kubernetes_manifest'],
  },
  'federation.trust.authorities': {
    to: trust({ authorities: 'generated' }),
    shows: [
      'istio-mesh: terraform_data.lifecycle',
      'consul-mesh: kubernetes_secret_v1.lifecycle',
      'istio-mesh: kubernetes_secret_v1.data = ca-key.pem',
      'consul-mesh: kubernetes_secret_v1.data = root_cert',
    ],
  },
  'federation.trust.roots': {
    to: trust({ roots: { istio: file('root.pem') } }),
    shows: [
      `federation: kubernetes_config_map_v1.data = ${ROOT}`,
      'federation: kubernetes_cron_job_v1.spec',
    ],
    loses: [
      'kubernetes_config_map_v1',
      'kubernetes_cron_job_v1',
      'kubernetes_manifest',
      'kubernetes_secret_v1',
      'kubernetes_service_account_v1',
      ...RIGHTS,
    ],
  },
  'federation.trust.schedule': {
    to: trust({ schedule: '7 * * * *' }),
    shows: ['federation: kubernetes_cron_job_v1.spec = 7 * * * *'],
  },
  'federation.trust.distrusted': {
    to: trust({ distrusted: ['ab'.repeat(32)] }),
    shows: [
      'federation: kubernetes_deployment_v1.spec',
      'federation: kubernetes_cron_job_v1.spec = AB:AB:AB:',
      'federation: kubernetes_job_v1.spec',
    ],
  },
  'federation.trust.keepWithdrawnDays': {
    to: trust({ keepWithdrawnDays: 44 }),
    shows: ['federation: kubernetes_cron_job_v1.spec = "KEEP_WITHDRAWN_DAYS","value":"44"'],
  },
  'federation.trust.image': {
    to: trust({ image: image('node') }),
    shows: [
      'federation: kubernetes_cron_job_v1.spec = registry.example.com/own/node:1.2.3',
      'federation: kubernetes_deployment_v1.spec',
    ],
  },
  'weather.enabled': {
    to: weather({ enabled: false }),
    // The policy that goes on to name its services needs the namespace; else it goes too.
    from: {
      meshes: {
        istio: { namespaces: [{ name: 'default' }, { name: 'shop' }, { name: 'weather' }] },
        consul: { namespaces: [{ name: 'default' }, { name: 'depot' }, { name: 'weather' }] },
      },
    },
    shows: [
      'istio-workloads: kubernetes_deployment_v1.spec',
      'consul-workloads: kubernetes_deployment_v1.spec',
    ],
    loses: [
      'kubernetes_config_map_v1',
      'kubernetes_deployment_v1',
      'kubernetes_manifest',
      'kubernetes_pod_disruption_budget_v1',
      'kubernetes_secret_v1',
      'kubernetes_service_account_v1',
      'kubernetes_service_v1',
    ],
  },
  'weather.namespace': {
    to: {
      weather: { namespace: 'app' },
      accessPolicy: {
        meshes: {
          istio: { services: { frontend: { namespace: 'app' }, backend: { namespace: 'app' } } },
          consul: { services: { info: { namespace: 'app' } } },
        },
      },
    },
    shows: [
      'istio-workloads: kubernetes_deployment_v1.metadata = "namespace":"app"',
      'consul-workloads: kubernetes_deployment_v1.metadata = "namespace":"app"',
    ],
    loses: [
      'kubernetes_config_map_v1',
      'kubernetes_deployment_v1',
      'kubernetes_manifest',
      'kubernetes_namespace_v1',
      'kubernetes_pod_disruption_budget_v1',
      'kubernetes_secret_v1',
      'kubernetes_service_account_v1',
      'kubernetes_service_v1',
      ...RIGHTS,
    ],
  },
  'weather.place.name': {
    to: weather({ place: { name: 'Turku' } }),
    shows: ['istio-workloads: kubernetes_deployment_v1.spec = Turku'],
  },
  'weather.place.latitude': {
    to: weather({ place: { latitude: 60.45 } }),
    shows: ['istio-workloads: kubernetes_deployment_v1.spec = 60.45'],
  },
  'weather.place.longitude': {
    to: weather({ place: { longitude: 22.27 } }),
    shows: ['istio-workloads: kubernetes_deployment_v1.spec = 22.27'],
  },
  'weather.data': {
    to: weather({ data: 'sample' }),
    shows: [
      'istio-workloads: kubernetes_secret_v1.data_wo',
      'istio-workloads: kubernetes_manifest.manifest',
      'istio-workloads: kubernetes_deployment_v1.spec',
    ],
    loses: ['kubernetes_manifest', 'kubernetes_secret_v1'],
  },
  'weather.keyRevision': {
    to: weather({ keyRevision: 2 }),
    shows: [
      'istio-workloads: kubernetes_secret_v1.data_wo_revision = 2',
      'istio-workloads: kubernetes_deployment_v1.spec',
    ],
  },
  'weather.replicas': {
    to: weather({ replicas: 4 }),
    shows: [
      'istio-workloads: kubernetes_deployment_v1.spec = "replicas":"4"',
      'consul-workloads: kubernetes_deployment_v1.spec = "replicas":"4"',
    ],
  },
  'weather.image': {
    to: weather({ image: image('node') }),
    shows: [
      'istio-workloads: kubernetes_deployment_v1.spec = registry.example.com/own/node:1.2.3',
      'consul-workloads: kubernetes_deployment_v1.spec = registry.example.com/own/node:1.2.3',
    ],
  },
};
