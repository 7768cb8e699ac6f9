import { describe, expect, it } from '@jest/globals';
import { defineConfig, type ConfigInput } from '../../config';
import { testConnection } from '../helpers/cluster';
import { CHECKED } from '../../versions';
import { onDay } from '../helpers/clock';
import { mistakesOf } from '../helpers/mistakes';

/** All mistakes; the settings need not have the type that TypeScript asks for. */
function mistakes(input: unknown): readonly string[] {
  return mistakesOf(() => defineConfig({ profile: 'emulated', ...(input as ConfigInput) }));
}

const group = (settings: object) => ({ eks: { nodeGroups: [{ name: 'default', ...settings }] } });
const publicSubnetIds = ['subnet-0c', 'subnet-0d'];
const vpc = {
  vpcId: 'vpc-0a',
  privateSubnetIds: ['subnet-0a', 'subnet-0b'],
  publicSubnetIds: ['subnet-0c', 'subnet-0d'],
};

onDay(CHECKED);

describe('A mistake is named with its place, what is wrong and what would be right', () => {
  it.each<[unknown, string]>([
    // The account.
    [
      { aws: { region: 'stockholm' } },
      'aws.region: is "stockholm"; must be the name of a region, such as eu-north-1',
    ],
    [
      { aws: { accountId: '1234' } },
      'aws.accountId: is "1234"; must be the 12 digits of an account, in quotes',
    ],
    [
      { aws: { tags: { 'aws:team': 'a' } } },
      'aws.tags.aws:team: the key must not start with "aws:", which AWS keeps for itself',
    ],
    [{ aws: { tags: { cost: 12 } } }, 'aws.tags.cost: is 12; must be text: put it in quotes'],
    [
      { aws: { emulator: { endpoint: 'localhost' } } },
      'aws.emulator.endpoint: is "localhost"; must be a URL without a path, such as http://127.0.0.1:4566',
    ],
    // The state.
    [{ state: { kind: 's3' } }, 'state.bucket: is missing; must be text (the bucket)'],
    ...(
      [
        ['My_Bucket', ': 3 to 63 lower case letters, digits, "-" and "."'],
        ['ab', ': 3 to 63 lower case letters, digits, "-" and "."'],
        ['192.168.1.1', ', and not look like an IP address'],
        ['a..b', ', without two dots in a row'],
        ['-mine', ', with a letter or digit at both ends'],
        ['mine-s3alias', ', and AWS keeps names with -s3alias for itself'],
        ['s3://mine/folder', ', without what is around it: mine'],
        ['arn:aws:s3:::mine', ', without what is around it: mine'],
      ] as const
    ).map(([bucket, rule]): [unknown, string] => [
      { state: { kind: 's3', bucket } },
      `state.bucket: is "${bucket}"; must be the name of a bucket${rule}`,
    ]),
    [
      { state: { kind: 's3', bucket: 'mine', prefix: '/a' } },
      'state.prefix: is "/a"; must not start or end with "/"',
    ],
    [
      { state: { kind: 's3', bucket: 'mine', kmsKeyArn: 'key' } },
      'state.kmsKeyArn: is "key"; must be the ARN of a KMS key, not of an alias, such as arn:aws:kms:eu-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab ("aws kms describe-key --key-id <alias>" prints it)',
    ],
    [
      { state: { kind: 's3', bucket: 'mine', region: 'eu' } },
      'state.region: is "eu"; must be the name of a region, such as eu-north-1',
    ],
    [{ state: { kind: 'gcs' } }, 'state.kind: is "gcs"; must be local or s3'],
    // The network.
    [{ network: { zones: 1 } }, 'network.zones: is 1; must be at least 2'],
    [{ network: { zones: 7 } }, 'network.zones: is 7; must be at most 6'],
    [
      { network: { zones: ['eu-north-1a'] } },
      'network.zones: is a list of 1; must have at least 2 entries',
    ],
    [
      { network: { zones: ['eu-north-1a', 'b'] } },
      'network.zones[1]: is "b"; must be a zone such as eu-north-1a',
    ],
    [
      { network: { zones: ['eu-north-1a', 'eu-north-1a'] } },
      'network.zones[1]: eu-north-1a is listed twice; list it once',
    ],
    [
      { network: { zones: ['eu-north-1a', 'eu-west-1b'] } },
      'network.zones[1]: eu-west-1b is not in eu-north-1; must be such as eu-north-1a',
    ],
    [{ network: { nat: 'two' } }, 'network.nat: is "two"; must be one, per-zone or none'],
    [
      { network: { nat: 'none' } },
      'network.nat: is none, so nodes in private subnets could fetch no image; use one or per-zone, or set eks.nodeSubnets: public, or network.awsEndpoints: true with all images in ECR',
    ],
    [
      { network: { flowLogs: { retentionDays: 8 } } },
      'network.flowLogs.retentionDays: is 8; must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653',
    ],
    // Versions that do not go together, or do not keep what is promised.
    [
      {
        clusters: { consul: { eks: { version: '1.36' } } },
        meshes: { consul: { version: '2.0.3' } },
      },
      'clusters.consul.eks.version: is 1.36, but Consul 2.0.3 is supported on 1.30 to 1.35; use 1.34 or 1.35, another meshes.consul.version, or set meshes.consul.allowUnsupported: true',
    ],
    [
      // The table ends at 1.36, and what Consul supports does too.
      {
        eks: { endpoint: { publicCidrs: ['198.51.100.7/32'] } },
        clusters: { consul: { eks: { version: '1.37' } } },
      },
      'clusters.consul.eks.version: is 1.37, but Consul 2.0.3 is supported on 1.30 to 1.35; use 1.34 or 1.35, another meshes.consul.version, or set meshes.consul.allowUnsupported: true',
    ],
    [
      {
        meshes: {
          consul: {
            version: '2.1.0',
            images: { dataplane: 'docker.io/hashicorp/consul-dataplane:2.0.3' },
          },
        },
      },
      'meshes.consul.images.dataplane: is docker.io/hashicorp/consul-dataplane:2.0.3, and chart 2.1.0 needs consul-dataplane 2.1 or later',
    ],
    ...[
      ['1.29.0', '1.29.3'],
      ['1.29.2', '1.29.3'],
      ['1.30.0', '1.30.3'],
      ['1.30.2', '1.30.3'],
    ].map(([version, fixed]): [unknown, string] => [
      { meshes: { istio: { version } } },
      `meshes.istio.version: is ${version}; its sidecars miss the second rotation of a root in mounted files: calls to the other mesh fail from then on, until the pods are started again (https://github.com/istio/istio/issues/59912); use ${fixed} or later`,
    ]),
    // The cluster.
    [{ eks: { version: 1.35 } }, 'eks.version: is 1.35; must be text: put it in quotes'],
    [
      { eks: { version: '1.20' } },
      'eks.version: EKS no longer has 1.20, and has upgraded the clusters that ran it; use 1.34, 1.35 or 1.36, or what a running cluster has by now',
    ],
    [
      { eks: { endpoint: { publicCidrs: [] } } },
      'eks.endpoint.publicCidrs: is empty, so Terraform on your machine could not reach the clusters; list your address with /32 behind it ("curl https://checkip.amazonaws.com" prints it), or set eks.endpoint.privateOnly: true to deploy from inside the VPC',
    ],
    [
      { eks: { endpoint: { publicCidrs: ['0.0.0.0/0'] } } },
      'eks.endpoint.publicCidrs[0]: 0.0.0.0/0 opens the Kubernetes API to the whole internet; list your own addresses, or set allowAnywhere: true',
    ],
    [
      { eks: { endpoint: { privateOnly: true } } },
      'eks.endpoint.privateOnly: is true, but publicCidrs opens the API to the internet; leave one of them out',
    ],
    [
      { eks: { serviceCidr: '172.20.0.0/8' } },
      'eks.serviceCidr: 172.20.0.0/8 has bits set behind its prefix; write 172.0.0.0/8',
    ],
    [
      { eks: { encryptionKeyArn: 'alias/mine' } },
      'eks.encryptionKeyArn: is "alias/mine"; must be the ARN of a KMS key, not of an alias, such as arn:aws:kms:eu-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab ("aws kms describe-key --key-id <alias>" prints it)',
    ],
    [
      { eks: { logs: { types: ['apis'] } } },
      'eks.logs.types[0]: is "apis"; must be api, audit, authenticator, controllerManager or scheduler; did you mean "api"?',
    ],
    [
      { eks: { logs: { destroyDelaySeconds: -1 } } },
      'eks.logs.destroyDelaySeconds: is -1; must be at least 0',
    ],
    [
      { eks: { access: [{ principalArn: 'me', level: 'view' }] } },
      'eks.access[0].principalArn: is "me"; must be the ARN of an IAM user or role, such as arn:aws:iam::111122223333:role/team',
    ],
    [
      { eks: { access: [{ principalArn: 'arn:aws:iam::111122223333:user/me', level: 'root' }] } },
      'eks.access[0].level: is "root"; must be cluster-admin, admin, edit or view',
    ],
    [
      { eks: { creatorIsAdmin: false } },
      'eks.creatorIsAdmin: is false, so nobody could administer the cluster; add an entry of the level cluster-admin to access',
    ],
    [
      { eks: { addonVersions: { coredns: '1.12' } } },
      'eks.addonVersions.coredns: is "1.12"; must be a version such as v1.20.4-eksbuild.2',
    ],
    [
      { eks: { addonVersions: { 'core-dns': 'v1.12.4-eksbuild.1' } } },
      'eks.addonVersions.core-dns: there is no such setting; did you mean "coredns"?',
    ],
    // The nodes.
    [
      { eks: { nodeGroups: [] } },
      'eks.nodeGroups: is empty; coredns needs a group without taints that starts with a node',
    ],
    [
      group({ name: 'my group' }),
      'eks.nodeGroups[0].name: is "my group"; must start with a letter or digit and have at most 32 letters, digits, "-" and "_"',
    ],
    [
      group({ min: 3, desired: 2 }),
      'eks.nodeGroups[0].desired: is 2; must be from min to max, which is 3 to 3',
    ],
    [group({ min: 4 }), 'eks.nodeGroups[0].min: is 4; must be at most max, which is 3'],
    [
      group({ desired: 4 }),
      'eks.nodeGroups[0].desired: is 4; must be from min to max, which is 2 to 3',
    ],
    [group({ min: 1.5 }), 'eks.nodeGroups[0].min: is 1.5; must be a whole number'],
    [group({ diskGiB: 10 }), 'eks.nodeGroups[0].diskGiB: is 10; must be at least 20'],
    [
      group({ instanceTypes: [] }),
      'eks.nodeGroups[0].instanceTypes: is an empty list; must have at least 1 entry',
    ],
    [
      group({ instanceTypes: ['medium'] }),
      'eks.nodeGroups[0].instanceTypes[0]: is "medium"; must be an instance type such as t3.medium',
    ],
    [
      group({ capacity: 'cheap' }),
      'eks.nodeGroups[0].capacity: is "cheap"; must be on-demand or spot',
    ],
    [
      group({ imageType: 'AL2_x86_64' }),
      'eks.nodeGroups[0].imageType: is "AL2_x86_64"; AWS has made no image of Amazon Linux 2 since 2025-11-26; use AL2023_x86_64_STANDARD',
    ],
    [
      group({ labels: { 'a b': 'c' } }),
      'eks.nodeGroups[0].labels.a b: "a b" is no key of a label; must be letters, digits, "-", "_" and ".", a letter or digit at both ends, with or without "example.com/" before it',
    ],
    [
      group({ labels: { a: '-' } }),
      'eks.nodeGroups[0].labels.a: is "-"; must be 63 letters, digits, "-", "_" and "." at most, a letter or digit at both ends',
    ],
    [
      group({ taints: [{ key: 'a', effect: 'NO_SCHEDULE' }] }),
      'eks.nodeGroups[0].taints[0].effect: is "NO_SCHEDULE"; must be NoSchedule, PreferNoSchedule or NoExecute; did you mean "NoSchedule"?',
    ],
    [
      group({ maxUnavailablePercent: 0 }),
      'eks.nodeGroups[0].maxUnavailablePercent: is 0; must be at least 1',
    ],
    // The pair.
    [
      { clusters: { consul: { cidr: '10.10.128.0/17' } } },
      'clusters.consul.cidr: 10.10.128.0/17 overlaps with 10.10.0.0/16 of clusters.istio; use addresses that it does not have, so that the two VPCs can be connected',
    ],
    [
      { clusters: { consul: { cidr: '10.20.0.0/28' } } },
      'clusters.consul.cidr: 10.20.0.0/28 is too small for subnets in 3 zones; must be /16 to /24',
    ],
    [
      { clusters: { consul: { cidr: '10.20.0.0' } } },
      'clusters.consul.cidr: 10.20.0.0 is no IPv4 CIDR block; write one such as 10.10.0.0/16',
    ],
    [
      { clusters: { consul: { cidr: '8.8.0.0/16' } } },
      'clusters.consul.cidr: 8.8.0.0/16 is not private; must be in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10',
    ],
    [
      { clusters: { consul: { cidr: '172.20.0.0/16' } } },
      'clusters.consul.cidr: 172.20.0.0/16 overlaps with eks.serviceCidr 172.20.0.0/16; change one of them',
    ],
    [
      { clusters: { consul: { name: 'mesh-istio' } } },
      'clusters.consul.name: "mesh-istio" is also the name of clusters.istio; take another name, or keep one of the two, and name it in meshes.<name>.cluster',
    ],
    [
      { clusters: { consul: { name: 'my mesh' } } },
      'clusters.consul.name: is "my mesh"; must start with a letter or digit, go on with letters, digits, "-" and "_", and have at most 32 characters',
    ],
    [
      { clusters: { consul: { name: 'sg-mesh' } } },
      'clusters.consul.name: is "sg-mesh"; must not start with "sg-", since names of security groups start with it, and AWS keeps "sg-" for ids',
    ],
    [
      { clusters: { consul: { kind: 'gke' } } },
      'clusters.consul.kind: is "gke"; must be eks, existing-eks or kubeconfig',
    ],
    [
      { clusters: { consul: { egressCidrs: ['10.0.0.1/32'] } } },
      'clusters.consul.egressCidrs[0]: 10.0.0.1/32 is private; must be an address as the internet sees it',
    ],
    [
      { clusters: { consul: { egressCidrs: ['0.0.0.0/0'] } } },
      'clusters.consul.egressCidrs[0]: 0.0.0.0/0 opens the Kubernetes API to the whole internet; list your own addresses',
    ],
    ...['api.example.com', '10.0.0.1:6443', 'https://api.example.com:99999'].map(
      (apiServer): [unknown, string] => [
        { clusters: { consul: { ...testConnection, apiServer } } },
        `clusters.consul.apiServer: is "${apiServer}"; must be such as https://api.example.com:6443`,
      ],
    ),
    [
      { clusters: { consul: { kind: 'existing-eks', name: 'my mesh' } } },
      'clusters.consul.name: is "my mesh"; must be the name of a cluster: letters, digits, "-" and "_", not its ARN',
    ],
    [
      { clusters: { consul: { kind: 'existing-eks', name: 'a', region: 'cn-north-1' } } },
      'clusters.consul.region: is cn-north-1 (arn:aws-cn:), and aws.region is eu-north-1 (arn:aws:), which share no credentials; choose regions of one partition, or reach this cluster by a kubeconfig (kind: kubeconfig)',
    ],
    // The gateways.
    [
      {
        clusters: { consul: testConnection },
        meshes: { consul: { gateway: { internal: true } } },
      },
      "meshes.consul.gateway.internal: is true, which EKS alone understands, but clusters.consul is a kubeconfig; leave it out, and list what makes your cloud's load balancer an internal one in gateway.annotations",
    ],
    [
      { meshes: { istio: { gateway: { internal: true } } } },
      'meshes.istio.gateway.internal: is true, but rules lead into istio from another VPC, which cannot reach such a load balancer; set federation.crossing: peering, or connect the VPCs yourself (peering or a transit gateway, with routes) and set federation.crossing: given, or leave internal out',
    ],
    [
      { clusters: { istio: { eks: { endpoint: { publicCidrs: [], privateOnly: true } } } } },
      'clusters.istio.eks.endpoint.privateOnly: is true, but pods of another cluster, in another VPC, fetch the roots of the mesh from this API; set federation.crossing: peering, or connect the VPCs yourself (peering or a transit gateway, with routes) and set federation.crossing: given, list publicCidrs in place of privateOnly, or give the roots as files in federation.trust.roots',
    ],
    [
      { meshes: { consul: { gateway: { allowedSources: ['203.0.113.7/24'] } } } },
      'meshes.consul.gateway.allowedSources[0]: 203.0.113.7/24 has bits set behind its prefix; write 203.0.113.0/24',
    ],
    [
      { meshes: { istio: { gateway: { ports: [80, 81].map((port) => ({ name: 'a', port })) } } } },
      'meshes.istio.gateway.ports[1].name: a is the name of two ports; each needs one of its own',
    ],
    [
      { meshes: { istio: { gateway: { ports: [{ name: 'tls-federation', port: 80 }] } } } },
      "meshes.istio.gateway.ports[0].name: is tls-federation, the name of the federation's own port; take another",
    ],
    [
      { meshes: { istio: { trustDomain: '4c1cbc53-9294-5b54-93cf-1744b58335ae.consul' } } },
      'meshes.istio.trustDomain: is "4c1cbc53-9294-5b54-93cf-1744b58335ae.consul"; must not be <UUID>.consul, as the trust domains of Consul are called',
    ],
    [
      { meshes: { istio: { trustDomain: 'a'.repeat(256) } } },
      `meshes.istio.trustDomain: is "${'a'.repeat(256)}"; must be at most 255 lower case letters, digits, "-", "." and "_", with a letter or digit at both ends, such as shop.example.com`,
    ],
    // Images.
    ...[
      'https://docker.io/envoyproxy/envoy:v1.40.2',
      'docker.io/EnvoyProxy/envoy:v1.40.2',
      'docker.io/envoyproxy/envoy',
      'docker.io/envoyproxy/envoy@sha256:0123',
    ].map((envoy): [unknown, string] => [
      { federation: { borders: { images: { envoy } } } },
      `federation.borders.images.envoy: is "${envoy}"; must be a full reference: registry/name@sha256:... or registry/name:tag`,
    ]),
    // The policy beside the rest.
    [
      { federation: { borders: { namespace: 'kube-system' } } },
      "federation.borders.namespace: is kube-system, which is Kubernetes' own, and no mesh lets its pods in; use another",
    ],
    [
      { federation: { borders: { namespace: 'istio-system' } } },
      "federation.borders.namespace: is istio-system, which is Istio's own, and made by it; use another",
    ],
    [
      { federation: { borders: { namespace: 'consul' } } },
      "federation.borders.namespace: is consul, which is Consul's own, and made by it; use another",
    ],
    [
      { federation: { borders: { movedFrom: 'federation-borders' } } },
      'federation.borders.movedFrom: is federation-borders, where the borders are to be; leave it out',
    ],
    [
      {
        accessPolicy: {
          meshes: {
            istio: { services: { backend: { namespace: 'weather' } } },
            consul: { services: { info: { namespace: 'weather' } } },
          },
          rules: [],
        },
      },
      'accessPolicy.meshes.istio.services.frontend: is missing, but the weather application is on; add `frontend: { namespace: weather }`, or set weather.enabled: false',
    ],
    [
      { federation: { borders: { replicas: 1_000_000_000 } } },
      'federation.borders.replicas: is 1000000000; must be at most 100',
    ],
    [
      {
        weather: { enabled: false },
        accessPolicy: {
          meshes: {
            istio: { borderNamespace: 'kube-system', services: {} },
            consul: { services: {} },
          },
          rules: [],
        },
      },
      "accessPolicy.meshes.istio.borderNamespace: is kube-system, which is Kubernetes' own, and no mesh lets its pods in; use another",
    ],
    // What exists.
    [
      { clusters: { consul: { existingVpc: { ...vpc, vpcId: 'mine' } } } },
      'clusters.consul.existingVpc.vpcId: is "mine"; must be an id such as vpc-0123456789abcdef0',
    ],
    [
      {
        clusters: {
          consul: { existingVpc: { ...vpc, privateSubnetIds: ['subnet-0a'], publicSubnetIds } },
        },
      },
      'clusters.consul.existingVpc.privateSubnetIds: 1 listed; EKS needs two, in different zones',
    ],
    [
      {
        clusters: {
          consul: {
            existingVpc: { ...vpc, privateSubnetIds: ['subnet-0a', 'subnet-0a'], publicSubnetIds },
          },
        },
      },
      'clusters.consul.existingVpc.privateSubnetIds[1]: subnet-0a is listed twice; list it once',
    ],
    [
      {
        clusters: {
          consul: {
            existingVpc: { ...vpc, publicSubnetIds: [] },
            eks: { nodeSubnets: 'public' },
          },
        },
      },
      'clusters.consul.existingVpc.publicSubnetIds: is empty, but the nodes go to public subnets; list them, or set eks.nodeSubnets: private',
    ],
    [
      { clusters: { consul: { kind: 'existing-eks', name: 'a', region: 'eu' } } },
      'clusters.consul.region: is "eu"; must be the name of a region, such as eu-north-1',
    ],
    [
      { clusters: { consul: { kind: 'kubeconfig', path: '/nowhere', context: 'a' } } },
      'clusters.consul.path: kubeconfig /nowhere does not exist; name a file that does',
    ],
    [
      { clusters: { consul: { ...testConnection, context: 'a' } } },
      `clusters.consul.context: no context "a" in ${testConnection.path}; it has: test`,
    ],
    [
      { clusters: { istio: testConnection, consul: testConnection } },
      'clusters.consul.context: "test" is also that of clusters.istio; keep one of the two, and name it in meshes.<name>.cluster',
    ],
    // What is not there.
    [{ cluster: {} }, 'cluster: there is no such setting; did you mean "clusters"?'],
    [
      { eks: { nodegroups: [] } },
      'eks.nodegroups: there is no such setting; did you mean "nodeGroups"?',
    ],
    [
      { clusters: { istio: { vpc: 'vpc-0a' } } },
      'clusters.istio.vpc: there is no such setting; there are: kind, name, cidr, existingVpc, region, accountId, assumeRole, loadBalancers, egressCidrs, network, eks',
    ],
  ])('%j', (input, message) => {
    expect(mistakes(input)).toEqual([message]);
  });
});

describe('All mistakes come at once', () => {
  it('of every section and every sort', () => {
    expect(
      mistakes({
        aws: { accountId: 111122223333 },
        state: { kind: 's3' },
        network: { zones: 1, nat: 'two' },
        eks: {
          version: 1.2,
          extendedSuport: true,
          endpoint: { publicCidrs: ['0.0.0.0/0'] },
          nodeGroups: [{ name: 'a', min: 4, max: 2 }],
        },
        clusters: { consul: { cidr: '10.10.0.0/20' } },
      }),
    ).toEqual([
      'aws.accountId: is 111122223333; must be text: put it in quotes',
      'state.bucket: is missing; must be text (the bucket)',
      'network.zones: is 1; must be at least 2',
      'network.nat: is "two"; must be one, per-zone or none',
      'eks.version: is 1.2; must be text: put it in quotes',
      'eks.extendedSuport: there is no such setting; did you mean "extendedSupport"?',
      expect.stringMatching(/^eks\.endpoint\.publicCidrs\[0\]: 0\.0\.0\.0\/0 opens/),
      expect.stringMatching(/^eks\.nodeGroups\[0\]\.min: is 4; must be at most max/),
      expect.stringMatching(
        /^clusters\.consul\.cidr: 10\.10\.0\.0\/20 overlaps with 10\.10\.0\.0\/16/,
      ),
    ]);
  });

  it('of a whole cluster of no known kind, and of the other one', () => {
    expect(
      mistakes({
        clusters: {
          istio: { network: { nat: 'none' } },
          consul: { kind: 'gke', project: 'mine' },
        },
      }),
    ).toEqual([
      'clusters.consul.kind: is "gke"; must be eks, existing-eks or kubeconfig',
      expect.stringMatching(/^clusters\.istio\.network\.nat: is none, so nodes/),
    ]);
  });

  it('and no more: none that is only due to another', () => {
    expect(
      mistakes({ aws: { region: 'stockholm' }, network: { zones: ['eu-west-1a', 'eu-west-1b'] } }),
    ).toEqual([expect.stringMatching(/^aws\.region/)]);
    expect(mistakes({ network: { nat: 'none' }, eks: { nodeSubnets: 'pubic' } })).toEqual([
      'eks.nodeSubnets: is "pubic"; must be private or public; did you mean "public"?',
    ]);
    expect(mistakes({ eks: { version: 1.36 }, meshes: { consul: { version: '2.0.3' } } })).toEqual([
      'eks.version: is 1.36; must be text: put it in quotes',
    ]);
    expect(mistakes({ eks: null })).toEqual([
      'eks: is empty; must be a map: write {} for its defaults, or leave it out',
    ]);
  });
});

describe('What is right is accepted', () => {
  it.each<[string, unknown]>([
    ...[
      'docker.io/envoyproxy/envoy:distroless-v1.40.2',
      'localhost:5000/envoy:v1',
      '[fd00::1]:5000/a/b__c/d--e.f:v1',
      `registry.example.com/envoy@sha256:${'0'.repeat(64)}`,
      `registry.example.com/envoy:v1@sha256:${'0'.repeat(64)}`,
    ].map((envoy): [string, unknown] => [
      envoy,
      { federation: { borders: { images: { envoy } } } },
    ]),
    [
      'nodes in public subnets without NAT',
      { network: { nat: 'none' }, eks: { nodeSubnets: 'public' } },
    ],
    [
      'an API for all, with consent',
      { eks: { endpoint: { publicCidrs: ['0.0.0.0/0'], allowAnywhere: true } } },
    ],
    [
      'an API for nobody, with consent',
      {
        eks: { endpoint: { publicCidrs: [], privateOnly: true } },
        federation: { crossing: 'given' },
      },
    ],
    ['Istio from the first mended patch on', { meshes: { istio: { version: '1.29.3' } } }],
    [
      'a Kubernetes version of which only the other mesh knows nothing',
      { clusters: { istio: { eks: { version: '1.36' } } } },
    ],
    [
      'a Kubernetes version with a mesh that this release does not know',
      { eks: { version: '1.36' }, meshes: { consul: { version: '2.9.0' } } },
    ],
    [
      'a state in the root of a bucket’s folder',
      { state: { kind: 's3', bucket: 'mine', prefix: 'a' } },
    ],
    [
      'clusters of one name in two regions',
      {
        clusters: {
          istio: { kind: 'existing-eks', name: 'a', region: 'eu-west-1' },
          consul: { kind: 'existing-eks', name: 'a', region: 'us-east-1' },
        },
      },
    ],
    [
      'VPCs that exist, whatever addresses would have been taken',
      {
        clusters: { istio: { existingVpc: vpc, cidr: '10.20.0.0/16' } },
        meshes: { istio: { gateway: { internal: true } } },
        federation: { crossing: 'given' },
      },
    ],
    [
      'labels and taints',
      group({
        labels: { 'example.com/pool': 'a.b_c-1' },
        taints: [{ key: 'CriticalAddonsOnly', value: 'true', effect: 'NoSchedule' }],
      }),
    ],
    ['a GovCloud region', { aws: { region: 'us-gov-west-1' } }],
  ])('%s', (_, input) => {
    expect(mistakes(input)).toEqual([]);
  });
});
