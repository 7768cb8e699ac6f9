import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import {
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointConnectionsCommand,
  DescribeVpcEndpointServiceConfigurationsCommand,
  DescribeVpcEndpointServicePermissionsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcPeeringConnectionsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import {
  CreateLoadBalancerCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { Lb } from '@cdktf/provider-aws/lib/lb';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { App, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { type Config, type ConfigInput, defineConfig } from '../../../config';
import { memberOf } from '../../../config/access-plan';
import { awsPlace } from '../../../config/connection';
import { federationPorts, newClusters, type NewCluster, waysOf } from '../../../config/crossing';
import { isPrivateWay } from '../../../config/ways';
import { placedMeshes } from '../../../config/placed-meshes';
import { EksCluster } from '../../../constructs/eks';
import { nlbTags } from '../../../constructs/kubernetes';
import {
  AWS_ENDPOINTS,
  Network,
  PrivateLinkEndpoint,
  PrivateLinkService,
} from '../../../constructs/network';
import { type ConnectedCluster, CrossingStack, privateService } from '../../../stacks/crossing';
import { awsProvider, type Deployment } from '../../../stacks/deployed-to';
import { keepState } from '../../../stacks/state';
import type { AwsAccess } from '../../../support/aws/inventory';
import { EmulatedWorld } from '../../../support/demo/emulated-world';
import { emulatorEnvironment, installEmulator } from '../../../support/demo/emulator';
import { checkPython, checkTerraform, isMissing } from '../../../support/programs/prerequisites';
import { terraformCliConfig } from '../../../support/terraform/cli-config';
import { initStack, planStack, type ResourceChange } from '../../../support/terraform/plan';
import { temporaryFolder } from '../../helpers/files';

/*
 * The stack of the crossing, between VPCs of two accounts in two regions, on the emulator: the real Terraform
 * and its real AWS provider deploy a peering, leave it for PrivateLink, and destroy that. One of the clusters is
 * of EKS Auto Mode, which is seen here too. In place of the other there is what the crossing needs of it: a
 * network, which reaches AWS by endpoints, and two security groups. The load balancers that controllers in the
 * clusters make are made by the test.
 */

const RUN = 900_000;
const ROLE = 'arn:aws:iam::444455556666:role/deploy';
const CIDRS = { istio: '10.10.0.0/16', consul: '10.20.0.0/16' } as const;
type Side = keyof typeof CIDRS;

/** While callers go from one way to the other, both are there. */
const BOTH = { crossing: 'privatelink', crossingFrom: 'peering' } as const;

const folder = temporaryFolder((at) => EmulatedWorld.end(at));
const state = { kind: 'local', directory: path.join(folder, 'state') } as const;
let world: EmulatedWorld;

function configOf(federation: ConfigInput['federation']): Config {
  const settings: ConfigInput = {
    profile: 'emulated',
    network: { zones: 2 },
    clusters: {
      istio: { eks: { compute: 'auto' } },
      consul: { region: 'eu-west-1', assumeRole: ROLE },
    },
    federation,
  };
  return defineConfig(settings, { AWS_ENDPOINT_URL: world.emulator.endpoint }).config;
}

/** What a crossing needs of a cluster, and nothing else of it. */
class NetworkStack extends TerraformStack implements ConnectedCluster {
  public readonly network: Network;
  public readonly cluster: ConnectedCluster['cluster'];

  public constructor(scope: Construct, deployment: Deployment, { name, cluster }: NewCluster) {
    super(scope, `${name}-cluster`);
    awsProvider(this, deployment, awsPlace(cluster, deployment.aws));
    this.network = new Network(this, 'network', {
      name: cluster.name,
      cidr: cluster.cidr,
      zones: 2,
      nat: 'none',
      s3Endpoint: cluster.eks.compute !== 'auto',
      awsEndpoints: cluster.eks.compute !== 'auto',
    });
    const group = (id: string) =>
      new SecurityGroup(this, id, { name: id, vpcId: this.network.vpcId }).id;
    this.cluster =
      cluster.eks.compute === 'auto'
        ? new EksCluster(this, 'cluster', {
            ...cluster.eks,
            name: cluster.name,
            network: this.network,
          })
        : { securityGroupId: group('api'), nodeSecurityGroupId: group('nodes') };
  }
}

/** PrivateLink within one region, where an endpoint can only be in the zones of its service. */
class OneRegionStack extends TerraformStack {
  public constructor(scope: Construct, deployment: Deployment) {
    super(scope, 'one-region');
    awsProvider(this, deployment);
    const { accountId } = new DataAwsCallerIdentity(this, 'identity');
    const all = new Network(this, 'network', {
      name: 'one-region',
      cidr: '10.30.0.0/16',
      zones: ['a', 'b', 'c'].map((zone) => `eu-north-1${zone}`),
      nat: 'none',
      s3Endpoint: false,
    });
    const [owner, caller] = [all.privateSubnetIds.slice(0, 2), all.privateSubnetIds.slice(1)];
    const made = new Lb(this, 'load_balancer', {
      loadBalancerType: 'network',
      internal: true,
      subnets: [...owner],
      tags: { gateway: 'test' },
    });
    const service = new PrivateLinkService(this, 'service', {
      name: 'gateway',
      // An expression that is known when the load balancer is there: it is looked for no sooner.
      loadBalancerTags: { gateway: `\${${made.fqn}.arn == "" ? "" : "test"}` },
      madeBy: 'This test',
      allowedPrincipals: [`arn:aws:iam::${accountId}:root`],
    });
    const endpoint = new PrivateLinkEndpoint(this, 'endpoint', {
      name: 'to-gateway',
      serviceName: service.serviceName,
      network: { vpcId: all.vpcId, privateSubnetIds: caller, publicSubnetIds: [], egress: [] },
      ports: [8443],
      callers: [new SecurityGroup(this, 'callers', { vpcId: all.vpcId }).id],
      dependsOn: service.permissions,
    });
    service.accept('caller', endpoint.endpoint.id);
  }
}

/** Writes the stacks for these settings in the place of those before. */
function synthesise(federation: ConfigInput['federation']): void {
  const config = configOf(federation);
  const { aws, profile } = config;
  const deployment = { aws, profile };
  const app = new App({ outdir: path.join(folder, 'cdktf.out') });
  const clusters = new Map(
    newClusters(config).map((one) => [one.name, new NetworkStack(app, deployment, one)]),
  );
  const members = new Map(
    placedMeshes(config).map((placed) => [placed.name, memberOf(placed, aws.region)]),
  );
  const ways = waysOf(config).filter(isPrivateWay);
  if (ways.length > 0) {
    new CrossingStack(app, 'crossing', { deployment, config, ways, clusters, members });
  }
  new OneRegionStack(app, deployment);
  for (const stack of app.node.children.filter((child) => TerraformStack.isStack(child))) {
    keepState(stack, state, deployment);
  }
  app.synth();
}

const stackFolder = (stack: string) => path.join(folder, 'cdktf.out', 'stacks', stack);

function terraform() {
  const found = checkTerraform();
  if (isMissing(found)) throw new Error(`${found.name} ${found.problem}`);
  const env = { ...emulatorEnvironment(world.emulator), ...terraformCliConfig() };
  return { program: found.program, env: { ...env, CHECKPOINT_DISABLE: '1' } };
}

async function run(stack: string, command: 'apply' | 'destroy'): Promise<void> {
  const { program, env } = terraform();
  const args = [command, '-auto-approve', '-input=false', '-no-color'];
  const child = spawn(program, args, { cwd: stackFolder(stack), env });
  const said: Buffer[] = [];
  child.stdout.on('data', (data: Buffer) => said.push(data));
  child.stderr.on('data', (data: Buffer) => said.push(data));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} ${stack}: ${Buffer.concat(said).toString()}`);
}

/** Plans the crossing with these settings, against what is deployed. */
async function plan(federation: ConfigInput['federation']): Promise<readonly ResourceChange[]> {
  synthesise(federation);
  const { changes, errors, refusals } = await planStack(stackFolder('crossing'), terraform());
  expect([...errors, ...refusals]).toEqual([]);
  return changes;
}

/** How the account of a side sees its region. */
const access = new Map<Side, AwsAccess>();
const ec2 = (side: Side) => new EC2Client(access.get(side) ?? {});

async function peerings(side: Side) {
  const { VpcPeeringConnections = [] } = await ec2(side).send(
    new DescribeVpcPeeringConnectionsCommand({}),
  );
  return VpcPeeringConnections.filter(({ Status }) => Status?.Code !== 'deleted');
}

/** To where the private tables of a side lead, beside their own VPC. */
async function routes(side: Side): Promise<string[]> {
  const { RouteTables = [] } = await ec2(side).send(new DescribeRouteTablesCommand({}));
  return RouteTables.filter(({ Tags }) =>
    Tags?.some(({ Key, Value }) => Key === 'Name' && Value?.includes('-private-')),
  )
    .flatMap(({ Routes = [] }) => Routes)
    .filter(({ GatewayId, DestinationCidrBlock: to }) => GatewayId !== 'local' && to !== undefined)
    .map(({ DestinationCidrBlock, VpcPeeringConnectionId }) =>
      [DestinationCidrBlock, VpcPeeringConnectionId?.slice(0, 4)].join(' by '),
    );
}

async function endpoints(side: Side) {
  const { VpcEndpoints = [] } = await ec2(side).send(
    new DescribeVpcEndpointsCommand({
      Filters: [{ Name: 'vpc-endpoint-state', Values: ['available', 'pendingAcceptance'] }],
    }),
  );
  return VpcEndpoints;
}

/** Those that lead to a gateway. */
async function links(side: Side) {
  return (await endpoints(side)).filter(({ ServiceRegion }) => ServiceRegion !== undefined);
}

/** Makes the load balancer of a mesh's private Service, as the controller of its cluster would. */
async function balance(side: Side): Promise<void> {
  const config = configOf({ crossing: 'privatelink' });
  const placed = placedMeshes(config).find(({ name }) => name === side);
  const owner = newClusters(config).find(({ name }) => name === side);
  if (placed === undefined || owner === undefined) throw new Error(`no ${side}`);
  const member = memberOf(placed, config.aws.region);
  if (member.kind === 'linkerd') throw new Error(`${side} has no gateway`);
  const tags = nlbTags({
    clusterName: owner.cluster.name,
    controller: owner.cluster.loadBalancers,
    ...privateService(member),
  });
  const { Subnets = [] } = await ec2(side).send(
    new DescribeSubnetsCommand({
      Filters: [{ Name: 'tag:Name', Values: [`${owner.cluster.name}-private-*`] }],
    }),
  );
  await new ElasticLoadBalancingV2Client(access.get(side) ?? {}).send(
    new CreateLoadBalancerCommand({
      Name: side,
      Type: 'network',
      Scheme: 'internal',
      Subnets: Subnets.map(({ SubnetId = '' }) => SubnetId),
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  );
}

/** What a plan does, without repetition. */
const actions = (changes: readonly ResourceChange[]) => [
  ...new Set(changes.map((one) => one.actions.join(' then '))),
];

beforeAll(async () => {
  const python = checkPython();
  if (isMissing(python)) throw new Error(`${python.name} ${python.problem}`);
  world = await EmulatedWorld.start(installEmulator(python.program), { folder, port: 0 });
  access.set('istio', world.access);
  const { Credentials: session } = await new STSClient(world.access).send(
    new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'test' }),
  );
  access.set('consul', {
    ...world.access,
    region: 'eu-west-1',
    credentials: {
      accessKeyId: session?.AccessKeyId ?? '',
      secretAccessKey: session?.SecretAccessKey ?? '',
      sessionToken: session?.SessionToken ?? '',
    },
  });
  // What a cluster's stack says of itself is what others ask: all of it, for the crossing alone changes below.
  synthesise(BOTH);
  const made = async (stack: string) => {
    expect(await initStack(stackFolder(stack), terraform())).toBeUndefined();
    await run(stack, 'apply');
  };
  await Promise.all(['istio-cluster', 'consul-cluster', 'one-region'].map(made));
  synthesise({ crossing: 'peering' });
  await made('crossing');
  await Promise.all((['istio', 'consul'] as const).map(balance));
}, RUN);

describe('A peering of two accounts and regions', () => {
  test('is accepted, and each end resolves names of the other', async () => {
    for (const side of ['istio', 'consul'] as const) {
      expect(await peerings(side)).toMatchObject([
        {
          Status: { Code: 'active' },
          RequesterVpcInfo: {
            OwnerId: '123456789012',
            Region: 'eu-north-1',
            PeeringOptions: { AllowDnsResolutionFromRemoteVpc: true },
          },
          AccepterVpcInfo: {
            OwnerId: '444455556666',
            Region: 'eu-west-1',
            PeeringOptions: { AllowDnsResolutionFromRemoteVpc: true },
          },
        },
      ]);
    }
  });

  test('is the way from each private subnet to the other VPC, and to nothing else', async () => {
    expect(await routes('istio')).toEqual(Array(2).fill(`${CIDRS.consul} by pcx-`));
    expect(await routes('consul')).toEqual(Array(2).fill(`${CIDRS.istio} by pcx-`));
  });

  test('stays as it is when it is deployed again', async () => {
    expect(await plan({ crossing: 'peering' })).toEqual([]);
  });
});

describe('From the peering to PrivateLink', () => {
  const NAME = /^vpce-\w+-\w+\.vpce-svc-\w+\.(eu-\w+-1)\.vpce\.amazonaws\.com$/;

  test('the first deploy only creates: nothing of the old way is touched', async () => {
    const changes = await plan(BOTH);
    expect(actions(changes)).toEqual(['create']);
    expect(changes.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['aws_vpc_endpoint_service', 'aws_vpc_endpoint_connection_accepter']),
    );
    await run('crossing', 'apply');
    expect(await peerings('istio')).toHaveLength(1);
  });

  test('each gateway is then offered to the account of the other, which alone is let in', async () => {
    const accounts = { istio: '123456789012', consul: '444455556666' };
    for (const [owner, caller] of [
      ['istio', 'consul'],
      ['consul', 'istio'],
    ] as const) {
      const { ServiceConfigurations = [] } = await ec2(owner).send(
        new DescribeVpcEndpointServiceConfigurationsCommand({}),
      );
      const offered = ServiceConfigurations.filter(
        ({ SupportedRegions }) => SupportedRegions?.length,
      );
      expect(offered).toMatchObject([
        {
          AcceptanceRequired: true,
          NetworkLoadBalancerArns: [expect.stringContaining(`/${owner}/`)],
        },
      ]);
      const [service] = offered;
      const { AllowedPrincipals } = await ec2(owner).send(
        new DescribeVpcEndpointServicePermissionsCommand({ ServiceId: service?.ServiceId }),
      );
      expect(AllowedPrincipals).toMatchObject([
        { Principal: `arn:aws:iam::${accounts[caller]}:root` },
      ]);
      const { VpcEndpointConnections } = await ec2(owner).send(
        new DescribeVpcEndpointConnectionsCommand({
          Filters: [{ Name: 'service-id', Values: [service?.ServiceId ?? ''] }],
        }),
      );
      expect(VpcEndpointConnections).toMatchObject([
        { VpcEndpointOwner: accounts[caller], VpcEndpointState: 'available' },
      ]);
    }
  });

  test('callers have an endpoint of their own VPC, for their nodes and the ports of the federation', async () => {
    const config = configOf(BOTH);
    for (const [side, other, region] of [
      ['istio', 'consul', 'eu-west-1'],
      ['consul', 'istio', 'eu-north-1'],
    ] as const) {
      const called = placedMeshes(config).filter(({ name }) => name === other);
      const ports = called.flatMap((placed) => federationPorts(config, placed));
      const [link] = await links(side);
      expect(link).toMatchObject({ State: 'available', ServiceRegion: region });
      expect(NAME.exec(link?.DnsEntries?.[0]?.DnsName ?? '')?.[1]).toBe(region);
      const { SecurityGroupRules = [] } = await ec2(side).send(
        new DescribeSecurityGroupRulesCommand({
          Filters: [{ Name: 'group-id', Values: [link?.Groups?.[0]?.GroupId ?? ''] }],
        }),
      );
      const entering = SecurityGroupRules.filter(({ IsEgress }) => IsEgress !== true);
      expect(entering.map(({ FromPort }) => FromPort)).toEqual(ports.map(({ port }) => port));
      for (const rule of entering) expect(rule.ReferencedGroupInfo?.GroupId).toMatch(/^sg-/);
    }
  });

  test('the second deploy only deletes, and nothing of the new way', async () => {
    const before = await links('istio');
    const changes = await plan({ crossing: 'privatelink' });
    expect(actions(changes)).toEqual(['delete']);
    expect(changes.map(({ type }) => type).filter((type) => /endpoint/.test(type))).toEqual([]);
    await run('crossing', 'apply');
    expect(await peerings('istio')).toEqual([]);
    expect(await routes('istio')).toEqual([]);
    expect(await links('istio')).toEqual(before);
  });

  test('and back to the internet: the private way stays until it is destroyed', async () => {
    expect(await plan({ crossing: 'internet', crossingFrom: 'privatelink' })).toEqual([]);
    await run('crossing', 'destroy');
    expect(await links('istio')).toEqual([]);
    expect(await links('consul')).toEqual([]);
  });
});

test('PrivateLink in one region is in the zones of both, stays as it is, and is destroyed', async () => {
  const again = await planStack(stackFolder('one-region'), terraform());
  expect(again).toMatchObject({ changes: [], errors: [], refusals: [] });
  const isLink = ({ ServiceName }: { readonly ServiceName?: string }) =>
    ServiceName?.includes('vpce-svc') === true;
  const [link] = (await endpoints('istio')).filter(isLink);
  expect(link?.State).toBe('available');
  const { Subnets = [] } = await ec2('istio').send(
    new DescribeSubnetsCommand({ SubnetIds: link?.SubnetIds }),
  );
  expect(Subnets.map(({ AvailabilityZone }) => AvailabilityZone)).toEqual(['eu-north-1b']);
  await run('one-region', 'destroy');
  expect((await endpoints('istio')).filter(isLink)).toEqual([]);
});

test('Endpoints of AWS services have their usual names, stay as they are, and go with the VPC', async () => {
  const there = (await endpoints('consul')).map(({ ServiceName, PrivateDnsEnabled }) => [
    ServiceName?.split('.').slice(3).join('.'),
    PrivateDnsEnabled,
  ]);
  expect(there).toEqual(expect.arrayContaining(AWS_ENDPOINTS.map((name) => [name, true])));
  const again = await planStack(stackFolder('consul-cluster'), terraform());
  expect(again).toMatchObject({ changes: [], errors: [], refusals: [] });
});

test('A cluster of EKS Auto Mode has its three parts, and stays as it is when deployed again', async () => {
  const { cluster } = await new EKSClient(access.get('istio') ?? {}).send(
    new DescribeClusterCommand({ name: 'mesh-istio' }),
  );
  expect(cluster).toMatchObject({
    status: 'ACTIVE',
    computeConfig: { enabled: true, nodePools: ['general-purpose', 'system'] },
    kubernetesNetworkConfig: { elasticLoadBalancing: { enabled: true } },
    storageConfig: { blockStorage: { enabled: true } },
  });
  const again = await planStack(stackFolder('istio-cluster'), terraform());
  expect(again).toMatchObject({ changes: [], errors: [], refusals: [] });
});
