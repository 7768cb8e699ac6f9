/*
 * An example of each construct, which its page shows. Regions stand for themselves but for `stack` and
 * the constructs of the regions above.
 */
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { App, TerraformOutput, TerraformStack } from 'cdktf';
import {
  clusterIdFor,
  ConsulMesh,
  ConsulMeshPolicy,
  ConsulServersCa,
} from 'cdktf-mesh-federation/consul';
import {
  Addons,
  ControlPlaneLogs,
  DEFAULT_KUBERNETES_VERSION,
  EksCluster,
  LogKey,
  NodeGroup,
  NodeSecurityGroup,
  ServiceRole,
  WEBHOOK_PORTS,
} from 'cdktf-mesh-federation/eks';
import {
  type AccessPolicy,
  AdmissionPolicies,
  Border,
  compilePolicy,
  CustomResources,
  Federation,
  FederationHalf,
  GatewayAddress,
  GeneratedRoot,
  LinkerdAuthority,
  MeshAccess,
  Observability,
  offerOf,
  plannedResources,
  SharedRoot,
  TrustBundleExchange,
} from 'cdktf-mesh-federation/federation';
import { IstioMesh, IstioMeshPolicy } from 'cdktf-mesh-federation/istio';
import { LinkerdMesh } from 'cdktf-mesh-federation/linkerd';
import {
  ClusterProviders,
  CustomResource,
  Gp3StorageClass,
  HelmChart,
  nlbTags,
  PrivateGateway,
  WorkloadNamespaces,
} from 'cdktf-mesh-federation/kubernetes';
import {
  AwsEndpoints,
  Network,
  GatewayRecord,
  PrivateLinkEndpoint,
  PrivateLinkService,
  VpcPeering,
  VpcPeeringHalf,
} from 'cdktf-mesh-federation/network';

/** The bank's root, a public certificate: what an offer has in it. */
const BANK_ROOT = `-----BEGIN CERTIFICATE-----
MIIBjzCCATWgAwIBAgIUOlCddakpJVgf6vD1O4AzUTjeoBAwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJYmFuayByb290MCAXDTI2MTEyODEyMTUyM1oYDzIxMjYxMTA0
MTIxNTIzWjAUMRIwEAYDVQQDDAliYW5rIHJvb3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQEFxFWzBM+8noXKWSTMLQWXvxcDKVY/1ArGwBx3sasIzRAEYZ1ViRD
VuPZQDGGKXkHrJklLL8zrPdzTGuaHBd+o2MwYTAdBgNVHQ4EFgQUT/WEfa0vpfu/
2TLhLLumc2rhTTkwHwYDVR0jBBgwFoAUT/WEfa0vpfu/2TLhLLumc2rhTTkwDwYD
VR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDSAAwRQIh
AJ/FfOv4WhlEeUmTQsNCSvJIAJjoof2Ij0xpIsnG0x3NAiAKTO5NQcDkwIQEGz5C
ISMhRd4toCx2mDz0HapM+ITNdQ==
-----END CERTIFICATE-----`;

export const app = new App();

function awsStack(name: string): TerraformStack {
  const made = new TerraformStack(app, name);
  new AwsProvider(made, 'aws', { region: 'eu-north-1' });
  return made;
}

// In blocks, so that every region has its `stack`.
{
  const stack = awsStack('cluster');
  // #region Network
  const network = new Network(stack, 'network', {
    name: 'shop',
    cidr: '10.10.0.0/16',
    nat: 'per-zone',
    clusterNames: ['shop'],
  });
  // #endregion Network

  // #region EksCluster
  const eks = new EksCluster(stack, 'eks', {
    name: 'shop',
    network,
    endpoint: { publicCidrs: ['203.0.113.7/32'] },
    nodeGroups: [{ name: 'default', instanceTypes: ['t3.large', 't3a.large'], max: 5 }],
    access: [{ principalArn: 'arn:aws:iam::111122223333:role/shop-team', level: 'edit' }],
    webhookPorts: WEBHOOK_PORTS.istio,
  });
  // Whatever is below can be reached, and overridden.
  eks.cluster.addOverride('timeouts.delete', '30m');
  // #endregion EksCluster

  // #region NodeGroup
  // Beside the groups of an EksCluster, which need no such care: for one that comes and goes by itself.
  new NodeGroup(stack, 'batch', {
    name: 'batch',
    capacity: 'spot',
    min: 0,
    desired: 0,
    max: 10,
    taints: [{ key: 'batch', effect: 'NoSchedule' }],
    cluster: eks,
    version: DEFAULT_KUBERNETES_VERSION,
    nodeRoleArn: eks.nodeRole.role.arn,
    subnetIds: network.privateSubnetIds,
    securityGroupIds: [eks.nodeSecurityGroupId],
    instanceTags: { team: 'shop' },
    dependsOn: [eks.cluster],
  });
  // #endregion NodeGroup
}

{
  const stack = awsStack('private-crossing');
  const shop = new Network(stack, 'shop', { name: 'shop', cidr: '10.10.0.0/16' });
  const bank = new Network(stack, 'bank', { name: 'bank', cidr: '10.20.0.0/16' });
  const bankApi = 'sg-0123456789abcdef0';
  const shopNodes = 'sg-0fedcba9876543210';
  // #region VpcPeering
  new VpcPeering(stack, 'peering', {
    name: 'shop-bank',
    requester: { network: shop },
    accepter: {
      network: bank,
      admits: [{ securityGroupId: bankApi, port: 443, description: 'Kubernetes API' }],
    },
  });
  // #endregion VpcPeering

  const depot = new Network(stack, 'depot', { name: 'depot', cidr: '10.30.0.0/16' });
  // #region VpcPeeringHalf
  new VpcPeeringHalf(stack, 'peering-with-partner', {
    name: 'depot-partner',
    own: { network: depot },
    peer: {
      vpcId: 'vpc-0123456789abcdef0',
      cidr: '10.40.0.0/16',
      accountId: '444455556666',
      region: 'eu-west-1',
    },
    // What the partner has requested; without it this half requests.
    connectionId: 'pcx-0123456789abcdef0',
  });
  // #endregion VpcPeeringHalf

  // #region AwsEndpoints
  new AwsEndpoints(stack, 'endpoints', {
    name: 'bank',
    vpcId: bank.vpcId,
    cidr: bank.cidr,
    subnetIds: bank.privateSubnetIds,
    services: ['ecr.api', 'ecr.dkr', 'sts'],
  });
  // #endregion AwsEndpoints

  // #region PrivateLinkService
  const service = new PrivateLinkService(stack, 'service', {
    name: 'bank-gateway',
    loadBalancerTags: nlbTags({
      clusterName: 'bank',
      namespace: 'consul',
      serviceName: 'consul-ingress-gateway',
    }),
    madeBy: "EKS' own controller",
    allowedPrincipals: ['arn:aws:iam::111122223333:root'],
  });
  // #endregion PrivateLinkService

  // #region PrivateLinkEndpoint
  const endpoint = new PrivateLinkEndpoint(stack, 'endpoint', {
    name: 'shop-to-bank',
    serviceName: service.serviceName,
    network: shop,
    ports: [10443],
    callers: [shopNodes],
    dependsOn: service.permissions,
  });
  service.accept('shop', endpoint.endpoint.id);
  new TerraformOutput(stack, 'bank_gateway', { value: endpoint.address });
  // #endregion PrivateLinkEndpoint

  // #region GatewayRecord
  const record = new GatewayRecord(stack, 'record', {
    zoneId: 'Z0123456789ABCDEFGHIJ',
    name: 'bank.mesh.example.com',
    address: 'k8s-bank-0123456789.elb.eu-north-1.amazonaws.com',
  });
  new TerraformOutput(stack, 'bank_name', { value: record.address });
  // #endregion GatewayRecord
}

{
  const stack = awsStack('own-cluster');
  // #region ControlPlaneLogs
  // Before the cluster: `dependsOn: [...logs.ready]`.
  const logs = new ControlPlaneLogs(stack, 'logs', {
    clusterName: 'bank',
    types: ['audit', 'authenticator'],
    retentionDays: 365,
    destroyDelaySeconds: 60,
  });
  logs.group.addOverride('log_group_class', 'INFREQUENT_ACCESS');
  // #endregion ControlPlaneLogs

  // #region LogKey
  const logKey = new LogKey(stack, 'log_key', {
    name: 'bank',
    logGroups: ['/aws/eks/bank/cluster', '/aws/vpc/bank/*'],
  });
  logs.group.kmsKeyId = logKey.arn;
  // #endregion LogKey

  // #region ServiceRole
  const nodeRole = new ServiceRole(stack, 'node_role', {
    name: 'bank-node',
    service: 'ec2.amazonaws.com',
    managedPolicies: ['AmazonEKSWorkerNodePolicy', 'AmazonEC2ContainerRegistryPullOnly'],
    partition: 'aws',
  });
  // #endregion ServiceRole

  const bank = EksCluster.fromAttributes(stack, 'bank', { clusterName: 'bank' });
  // #region NodeSecurityGroup
  new NodeSecurityGroup(stack, 'nodes', {
    cluster: bank,
    vpcId: 'vpc-0123456789abcdef0',
    webhookPorts: WEBHOOK_PORTS.consul,
  });
  // #endregion NodeSecurityGroup

  // #region Addons
  // The last two need nodes to run on, and so come after them.
  new Addons(stack, 'addons', {
    cluster: bank,
    rolePrefix: 'bank',
    version: DEFAULT_KUBERNETES_VERSION,
    names: ['coredns', 'aws-ebs-csi-driver'],
    addonVersions: {},
    partition: 'aws',
    dependsOn: [...nodeRole.policies],
  });
  // #endregion Addons
}

const istio = (() => {
  const stack = awsStack('istio');
  // #region ClusterProviders
  new ClusterProviders(stack, 'cluster', {
    connection: { kind: 'eks', clusterName: 'shop', region: 'eu-north-1' },
  });
  // Or any other cluster: { kind: 'kubeconfig', path: '~/.kube/config', context: 'shop' }
  // #endregion ClusterProviders

  // #region HelmChart
  new HelmChart(stack, 'metrics-server', {
    chart: 'metrics-server',
    version: '3.13.0',
    source: { kind: 'repository', url: 'https://kubernetes-sigs.github.io/metrics-server/' },
    releaseName: 'metrics-server',
    namespace: 'kube-system',
    values: { replicas: 2 },
  });
  // #endregion HelmChart

  // #region IstioMesh
  const istio = new IstioMesh(stack, 'mesh', {
    trustDomain: 'shop.example.com',
    workloadNamespaces: [{ name: 'shop' }],
  });
  // #endregion IstioMesh
  return istio;
})();

{
  const stack = awsStack('linkerd');
  new ClusterProviders(stack, 'cluster', {
    connection: { kind: 'eks', clusterName: 'depot', region: 'eu-north-1' },
  });
  // #region LinkerdAuthority
  const authority = new LinkerdAuthority(stack, 'authority', { trustDomain: 'depot.example.com' });
  // #endregion LinkerdAuthority

  // #region LinkerdMesh
  // `authority` is a `LinkerdAuthority`; without it, what it makes is there already.
  new LinkerdMesh(stack, 'mesh', {
    trustDomain: 'depot.example.com',
    workloadNamespaces: [{ name: 'depot' }],
    dependsOn: authority.ready,
  });
  // #endregion LinkerdMesh
}

const consul = (() => {
  const stack = awsStack('consul');
  new ClusterProviders(stack, 'cluster', {
    connection: { kind: 'eks', clusterName: 'bank', region: 'eu-north-1' },
  });
  // #region WorkloadNamespaces
  new WorkloadNamespaces(stack, 'namespaces', {
    namespaces: [{ name: 'default' }, { name: 'accounts' }],
    mesh: 'bank',
    labels: () => ({ team: 'bank' }),
    idPrefix: 'namespace',
  });
  // #endregion WorkloadNamespaces

  // #region Gp3StorageClass
  const gp3 = new Gp3StorageClass(stack, 'gp3');
  // #endregion Gp3StorageClass

  // #region ConsulMesh
  const consul = new ConsulMesh(stack, 'mesh', {
    clusterId: clusterIdFor('bank.example.com'),
    servers: 3,
    storageClass: gp3.storageClassName,
    dependsOn: [gp3.storageClass],
    gateway: { federationPorts: [15443] },
  });
  // #endregion ConsulMesh
  return consul;
})();

{
  const stack = awsStack('istio-policy');
  new ClusterProviders(stack, 'cluster', {
    connection: { kind: 'eks', clusterName: 'shop', region: 'eu-north-1' },
    charts: false,
  });
  // #region IstioMeshPolicy
  // In a later stack than the mesh, which brings the CRDs.
  new IstioMeshPolicy(stack, 'policy', { mesh: istio });
  // #endregion IstioMeshPolicy

  // #region CustomResource
  new CustomResource(stack, 'weather-api', {
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name: 'weather-api', namespace: 'shop' },
    spec: {
      hosts: ['api.openweathermap.org'],
      ports: [{ number: 443, name: 'tls', protocol: 'TLS' }],
      resolution: 'DNS',
    },
  });
  // #endregion CustomResource
}

{
  const stack = awsStack('consul-policy');
  new ClusterProviders(stack, 'cluster', {
    connection: { kind: 'eks', clusterName: 'bank', region: 'eu-north-1' },
    charts: false,
  });
  // #region ConsulMeshPolicy
  // In a later stack than the mesh, which brings the CRDs.
  new ConsulMeshPolicy(stack, 'policy', { mesh: consul });
  // #endregion ConsulMeshPolicy
}

/** A stack that reaches both clusters. */
function bothClusters(name: string) {
  const stack = awsStack(name);
  const providers = (clusterName: string) =>
    new ClusterProviders(stack, `${clusterName}-cluster`, {
      connection: { kind: 'eks', clusterName, region: 'eu-north-1' },
      alias: clusterName,
      charts: false,
    });
  return { stack, shopCluster: providers('shop'), bankCluster: providers('bank') };
}

{
  const { stack, shopCluster, bankCluster } = bothClusters('federation');
  // #region Federation
  new Federation(stack, 'federation', {
    meshes: {
      shop: {
        kind: 'istio',
        mesh: istio,
        provider: shopCluster.kubernetes,
        apiServer: shopCluster.apiServer,
      },
      bank: {
        kind: 'consul',
        mesh: consul,
        provider: bankCluster.kubernetes,
        apiServer: bankCluster.apiServer,
      },
    },
    policy: {
      meshes: {
        shop: { kind: 'istio', services: { checkout: { namespace: 'shop' } } },
        bank: { kind: 'consul', services: { payments: { port: 8080 } } },
      },
      rules: [
        {
          from: 'shop/checkout',
          to: 'bank/payments',
          allow: [{ methods: ['POST'], pathExact: '/payments' }],
        },
      ],
    },
  });
  // #endregion Federation
}

// What `Federation` puts together, for whoever wants it in other stacks.
const plan = compilePolicy({
  meshes: { shop: { kind: 'istio', mesh: istio }, bank: { kind: 'consul', mesh: consul } },
  policy: {
    meshes: {
      shop: { kind: 'istio', services: { checkout: { namespace: 'shop' } } },
      bank: { kind: 'consul', services: { payments: { port: 8080 } } },
    },
    rules: [{ from: 'shop/checkout', to: 'bank/payments' }],
  },
});

{
  const { stack, shopCluster, bankCluster } = bothClusters('federation-by-parts');
  // #region TrustBundleExchange
  const trust = new TrustBundleExchange(stack, 'trust', {
    plan,
    meshes: {
      shop: { provider: shopCluster.kubernetes, apiServer: shopCluster.apiServer },
      bank: { provider: bankCluster.kubernetes, apiServer: bankCluster.apiServer },
    },
  });
  // #endregion TrustBundleExchange

  // #region AdmissionPolicies
  new AdmissionPolicies(stack, 'bank-admission', {
    plan,
    mesh: 'bank',
    audiences: trust.audiencesOf('bank'),
    provider: bankCluster.kubernetes,
  });
  // #endregion AdmissionPolicies

  // #region MeshAccess
  // `plan` is what `compilePolicy` makes of the policy and the meshes.
  new MeshAccess(stack, 'bank-access', {
    plan,
    mesh: 'bank',
    provider: bankCluster.kubernetes,
  });
  // #endregion MeshAccess

  // #region ConsulServersCa
  const serversCa = new ConsulServersCa(stack, 'servers-ca', {
    mesh: consul,
    provider: bankCluster.kubernetes,
  });
  // #endregion ConsulServersCa

  // #region Border
  const borders = plan.borders
    .filter(({ mesh }) => mesh === 'bank')
    .map(
      (border) =>
        new Border(stack, `border-${border.name}`, {
          border,
          mesh: { kind: 'consul', mesh: consul },
          serversCa: serversCa.certificate,
          provider: bankCluster.kubernetes,
          // It waits for the foreign roots.
          dependsOn: trust.bundlesIn('bank'),
        }),
    );
  // #endregion Border

  // #region GatewayAddress
  const bankGateway = new GatewayAddress(stack, 'bank-gateway', {
    namespace: consul.namespace,
    serviceName: consul.gateway.serviceName,
    provider: bankCluster.kubernetes,
  });
  // #endregion GatewayAddress

  // #region PrivateGateway
  new PrivateGateway(stack, 'bank-private-gateway', {
    namespace: consul.namespace,
    serviceName: consul.gateway.serviceName,
    selector: {
      release: consul.releaseName,
      'ingress-gateway-name': consul.gateway.serviceName,
    },
    ports: [{ name: 'federation-10443', port: 10443 }],
    // Of the VPC in which the shop is.
    allowedSources: ['10.10.0.0/16'],
    provider: bankCluster.kubernetes,
    dependsOn: [],
  });
  // #endregion PrivateGateway

  // #region CustomResources
  const planned = plannedResources(plan, () => bankGateway.address);
  new CustomResources(stack, 'shop-resources', {
    resources: planned.filter(({ mesh, layer }) => mesh === 'shop' && layer === 'federation'),
    provider: shopCluster.kubernetes,
    // Nothing leads to a border that is not up.
    dependsOn: borders.map(({ deployment }) => deployment),
  });
  // #endregion CustomResources

  // #region Observability
  // Where Prometheus is. `observability` of `Federation` makes it, and opens the way to the metrics.
  new Observability(stack, 'shop-observability', {
    plan,
    mesh: 'shop',
    namespace: 'monitoring',
    podMonitor: true,
    rules: true,
    dashboard: true,
    labels: { release: 'kube-prometheus-stack' },
    provider: shopCluster.kubernetes,
  });
  // #endregion Observability
}

{
  const stack = new TerraformStack(app, 'authorities');
  // #region GeneratedRoot
  // Its `istio` goes to `IstioMesh`, as its `certificateAuthority`.
  const shopRoot = new GeneratedRoot(stack, 'shop-root', { trustDomain: 'shop.example.com' });
  new TerraformOutput(stack, 'shop_root', { value: shopRoot.certificate });
  // #endregion GeneratedRoot

  // #region SharedRoot
  const root = new SharedRoot(stack, 'root');
  // `authority` goes to the mesh, `roots` to the federation.
  const shop = root.istio('shop', 'shop.example.com');
  const bank = root.consul('bank', `${clusterIdFor('bank.example.com')}.consul`);
  new TerraformOutput(stack, 'roots', { value: [shop.roots, bank.roots] });
  // #endregion SharedRoot
}

{
  const stack = new TerraformStack(app, 'half');
  const policy: AccessPolicy = {
    meshes: {
      shop: { kind: 'istio', services: { checkout: {} } },
      bank: { kind: 'istio', services: { payments: {} } },
    },
    rules: [{ from: 'shop/checkout', to: 'bank/payments' }],
  };
  const gateway = {
    namespace: 'istio-ingress',
    serviceName: 'istio-ingressgateway',
    serviceAccount: 'istio-ingressgateway',
    selector: { istio: 'ingressgateway' },
    tlsPort: 8443,
  };
  const istio = (trustDomain: string) => ({
    kind: 'istio' as const,
    mesh: { trustDomain, rootNamespace: 'istio-system', gateway },
  });
  const offer = offerOf({
    policy,
    mesh: 'bank',
    member: istio('bank.example.com'),
    gateway: 'mesh.bank.example.com',
    roots: BANK_ROOT,
  });
  const provider = new KubernetesProvider(stack, 'kubernetes', {
    configPath: '~/.kube/config',
    configContext: 'shop',
  });

  // #region FederationHalf
  new FederationHalf(stack, 'federation', {
    policy,
    own: { shop: { ...istio('shop.example.com'), provider } },
    // What the bank sent: `readOffer(readFileSync('bank.offer.json', 'utf8'))`.
    partners: { bank: { offer } },
  });
  // #endregion FederationHalf
}

app.synth();
