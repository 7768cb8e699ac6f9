import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
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
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import {
  CreateLoadBalancerCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { Lb } from '@cdktf/provider-aws/lib/lb';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { App, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { z } from 'zod';
import { type Config, type ConfigInput, defineConfig } from '../../../config';
import { memberOf } from '../../../config/access-plan';
import { awsPlace } from '../../../config/connection';
import { federationPorts, newClusters, type NewCluster, waysOf } from '../../../config/crossing';
import { isPrivateConnection } from '../../../config/ways';
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
import { LeftCrossing } from '../../../stacks/left-crossing';
import { keepState } from '../../../stacks/state';
import type { AwsAccess } from '../../../support/aws/access';
import { EmulatedWorld } from '../../../support/demo/emulated-world';
import { emulatorEnvironment } from '../../../support/demo/emulator';
import { checkTerraform, needed } from '../../../support/programs/prerequisites';
import { terraformEnvironment } from '../../../support/terraform/cli-config';
import { initStack } from '../../../support/terraform/plan';
import { temporaryFolder } from '../../helpers/files';

/*
 * The stack of the crossing, between VPCs of two accounts in two regions, on the emulator: the real Terraform
 * and its real AWS provider deploy a peering, leave it for PrivateLink, and destroy that. One of the clusters is
 * of EKS Auto Mode and its pods have IPv6 addresses, which is seen here too. In place of the other there is what
 * the crossing needs of it: a network, which reaches AWS by endpoints, and two security groups. The load balancers
 * that controllers in the clusters make are made by the test.
 *
 * Each start of the provider costs seconds of CPU time. So what a deploy is going to do is read from the deploy
 * itself, and PrivateLink within one region is in the stack of the network.
 */

const ROLE = 'arn:aws:iam::444455556666:role/deploy';
const CIDRS = { istio: '10.10.0.0/16', consul: '10.20.0.0/16' } as const;
type Mesh = keyof typeof CIDRS;

/** While callers go from one way to the other, both are there. */
const BOTH = { crossing: 'privatelink', crossingFrom: 'peering' } as const;

const folder = temporaryFolder((at) => EmulatedWorld.end(at));
const state = { kind: 'local', directory: path.join(folder, 'state') } as const;
/** Where a user may have it too: the test copies it there, as Terraform writes it. */
const inBucket = { kind: 's3', bucket: 'states', prefix: 'pair' } as const;
let world: EmulatedWorld;

function configOf(federation: ConfigInput['federation']): Config {
  const settings: ConfigInput = {
    profile: 'emulated',
    // Those of the emulator. Without it each stack asks for its account by a provider of its own.
    aws: { accountId: '123456789012' },
    network: { zones: 2 },
    clusters: {
      istio: { eks: { compute: 'auto', ipFamily: 'ipv6' } },
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
      ipv6: true,
      s3Endpoint: cluster.eks.compute !== 'auto',
      awsEndpoints: cluster.eks.compute !== 'auto',
    });
    const group = (id: string) =>
      new SecurityGroup(this, id, { name: id, vpcId: this.network.vpcId }).id;
    if (cluster.eks.compute === 'auto') {
      const { name: of, eks } = cluster;
      this.cluster = new EksCluster(this, 'cluster', {
        ...eks,
        serviceCidr: undefined,
        name: of,
        network: this.network,
      });
      new LeftCrossing(this, 'left-crossing', { deployment, state: inBucket });
    } else {
      this.cluster = { securityGroupId: group('api'), nodeSecurityGroupId: group('nodes') };
      addOneRegion(this, awsPlace(cluster, deployment.aws).region);
    }
  }
}

/** PrivateLink within one region, where an endpoint can only be in the zones of its service. */
function addOneRegion(stack: TerraformStack, region: string): void {
  const all = new Network(stack, 'one-region', {
    name: 'one-region',
    cidr: '10.30.0.0/16',
    zones: ['a', 'b', 'c'].map((zone) => `${region}${zone}`),
    nat: 'none',
    s3Endpoint: false,
  });
  const { accountId } = new DataAwsCallerIdentity(stack, 'identity');
  const [owner, caller] = [all.privateSubnetIds.slice(0, 2), all.privateSubnetIds.slice(1)];
  const made = new Lb(stack, 'load_balancer', {
    loadBalancerType: 'network',
    internal: true,
    subnets: [...owner],
    tags: { gateway: 'test' },
  });
  const service = new PrivateLinkService(stack, 'service', {
    name: 'gateway',
    // An expression that is known when the load balancer is there: it is looked for no sooner.
    loadBalancerTags: { gateway: `\${${made.fqn}.arn == "" ? "" : "test"}` },
    madeBy: 'This test',
    allowedPrincipals: [`arn:aws:iam::${accountId}:root`],
  });
  const endpoint = new PrivateLinkEndpoint(stack, 'endpoint', {
    name: 'to-gateway',
    serviceName: service.serviceName,
    network: { vpcId: all.vpcId, privateSubnetIds: caller, publicSubnetIds: [], egress: [] },
    ports: [8443],
    callers: [new SecurityGroup(stack, 'callers', { vpcId: all.vpcId }).id],
    dependsOn: service.permissions,
  });
  service.accept('caller', endpoint.endpoint.id);
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
  const ways = waysOf(config).filter(isPrivateConnection);
  if (ways.length > 0) {
    new CrossingStack(app, 'crossing', { deployment, config, ways, clusters, members });
  }
  for (const stack of app.node.children.filter((child) => TerraformStack.isStack(child))) {
    keepState(stack, state, deployment);
  }
  app.synth();
}

const stackFolder = (stack: string) => path.join(folder, 'cdktf.out', 'stacks', stack);

function terraform() {
  const { program } = needed(checkTerraform());
  const env = { ...emulatorEnvironment(world.emulator), ...terraformEnvironment() };
  return { program, env: { ...env, CHECKPOINT_DISABLE: '1' } };
}

/** What Terraform says line by line: what it is going to do, and why it does not. */
const line = z.union([
  z.object({
    type: z.literal('planned_change'),
    change: z.object({ resource: z.object({ resource_type: z.string() }), action: z.string() }),
  }),
  z.object({
    type: z.literal('diagnostic'),
    diagnostic: z.object({ severity: z.string(), summary: z.string(), detail: z.string() }),
  }),
]);

/** What was done to one resource, or is going to be. */
interface Change {
  readonly type: string;
  readonly action: string;
}

interface Run {
  readonly changes: readonly Change[];
  readonly errors: readonly string[];
}

/** @see https://developer.hashicorp.com/terraform/internals/machine-readable-ui */
async function run(stack: string, command: 'plan' | 'apply' | 'destroy'): Promise<Run> {
  const { program, env } = terraform();
  const approved = command === 'plan' ? [] : ['-auto-approve'];
  const args = [command, '-json', '-input=false', ...approved];
  const child = spawn(program, args, { cwd: stackFolder(stack), env });
  const said: Buffer[] = [];
  child.stdout.on('data', (data: Buffer) => said.push(data));
  child.stderr.on('data', (data: Buffer) => said.push(data));
  const [code] = (await once(child, 'close')) as [number | null];
  const text = Buffer.concat(said).toString();
  const lines = text.split('\n').flatMap((json) => {
    const read = line.safeParse(json.startsWith('{') ? JSON.parse(json) : undefined);
    return read.success ? [read.data] : [];
  });
  const errors = lines.flatMap((one) =>
    one.type === 'diagnostic' && one.diagnostic.severity === 'error'
      ? [`${one.diagnostic.summary}: ${one.diagnostic.detail}`]
      : [],
  );
  if (code !== 0 && errors.length === 0) throw new Error(`${command} ${stack}: ${text}`);
  const changes = lines.flatMap((one) =>
    one.type === 'planned_change'
      ? [{ type: one.change.resource.resource_type, action: one.change.action }]
      : [],
  );
  return { changes, errors };
}

/** Deploys, or destroys, what was written last. */
async function done(stack: string, command: 'apply' | 'destroy'): Promise<readonly Change[]> {
  const { changes, errors } = await run(stack, command);
  expect(errors).toEqual([]);
  return changes;
}

/** Deploys the crossing with these settings. */
function deploy(federation: ConfigInput['federation']): Promise<readonly Change[]> {
  synthesise(federation);
  return done('crossing', 'apply');
}

/** Copies the state of the crossing into the bucket, as it is now. */
async function copyState(): Promise<void> {
  await new S3Client({ ...world.access, forcePathStyle: true }).send(
    new PutObjectCommand({
      Bucket: inBucket.bucket,
      Key: `${inBucket.prefix}/emulated/crossing.tfstate`,
      Body: readFileSync(path.join(state.directory, 'crossing.tfstate')),
      ContentType: 'application/json',
    }),
  );
}

/** How the account of a side sees its region. */
const access = new Map<Mesh, AwsAccess>();
const ec2 = (mesh: Mesh) => new EC2Client(access.get(mesh) ?? {});

async function peerings(mesh: Mesh) {
  const { VpcPeeringConnections = [] } = await ec2(mesh).send(
    new DescribeVpcPeeringConnectionsCommand({}),
  );
  return VpcPeeringConnections.filter(({ Status }) => Status?.Code !== 'deleted');
}

/** To where the private tables of a side lead, beside their own VPC. */
async function routes(mesh: Mesh): Promise<string[]> {
  const { RouteTables = [] } = await ec2(mesh).send(new DescribeRouteTablesCommand({}));
  return RouteTables.filter(({ Tags }) =>
    Tags?.some(({ Key, Value }) => Key === 'Name' && Value?.includes('-private-')),
  )
    .flatMap(({ Routes = [] }) => Routes)
    .filter(({ GatewayId }) => GatewayId !== 'local')
    .flatMap(({ DestinationCidrBlock, DestinationIpv6CidrBlock, VpcPeeringConnectionId }) => {
      const to = DestinationCidrBlock ?? DestinationIpv6CidrBlock;
      return to === undefined ? [] : [`${to} by ${VpcPeeringConnectionId?.slice(0, 4) ?? ''}`];
    });
}

/** The block that AWS has given to the VPC of a side. */
async function ipv6CidrOf(mesh: Mesh): Promise<string> {
  const { Vpcs = [] } = await ec2(mesh).send(
    new DescribeVpcsCommand({ Filters: [{ Name: 'cidr', Values: [CIDRS[mesh]] }] }),
  );
  return Vpcs[0]?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock ?? '';
}

async function endpoints(mesh: Mesh) {
  const { VpcEndpoints = [] } = await ec2(mesh).send(
    new DescribeVpcEndpointsCommand({
      Filters: [{ Name: 'vpc-endpoint-state', Values: ['available', 'pendingAcceptance'] }],
    }),
  );
  return VpcEndpoints;
}

/** Those that lead to a gateway. */
async function links(mesh: Mesh) {
  return (await endpoints(mesh)).filter(({ ServiceRegion }) => ServiceRegion !== undefined);
}

/** Makes the load balancer of a mesh's private Service, as the controller of its cluster would. */
async function balance(mesh: Mesh): Promise<void> {
  const config = configOf({ crossing: 'privatelink' });
  const placed = placedMeshes(config).find(({ name }) => name === mesh);
  const owner = newClusters(config).find(({ name }) => name === mesh);
  if (placed === undefined || owner === undefined) throw new Error(`no ${mesh}`);
  const member = memberOf(placed, config.aws.region);
  if (member.kind === 'linkerd') throw new Error(`${mesh} has no gateway`);
  const tags = nlbTags({
    clusterName: owner.cluster.name,
    controller: owner.cluster.loadBalancers,
    ...privateService(member),
  });
  const { Subnets = [] } = await ec2(mesh).send(
    new DescribeSubnetsCommand({
      Filters: [{ Name: 'tag:Name', Values: [`${owner.cluster.name}-private-*`] }],
    }),
  );
  await new ElasticLoadBalancingV2Client(access.get(mesh) ?? {}).send(
    new CreateLoadBalancerCommand({
      Name: mesh,
      Type: 'network',
      Scheme: 'internal',
      Subnets: Subnets.map(({ SubnetId = '' }) => SubnetId),
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  );
}

/** What is done, without repetition. */
const actions = (changes: readonly Change[]) => [...new Set(changes.map(({ action }) => action))];

beforeAll(async () => {
  world = await EmulatedWorld.start({ folder, port: 0 });
  // As in the environment of Terraform: a start of the provider takes a fraction then (stacks/emulated.ts).
  process.env['AWS_ENDPOINT_URL'] = world.emulator.endpoint;
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
  await new S3Client({ ...world.access, forcePathStyle: true }).send(
    new CreateBucketCommand({
      Bucket: inBucket.bucket,
      CreateBucketConfiguration: { LocationConstraint: 'eu-north-1' },
    }),
  );
  const init = async (stack: string) =>
    expect(await initStack(stackFolder(stack), terraform())).toBeUndefined();
  await Promise.all(
    ['istio-cluster', 'consul-cluster'].map(async (stack) => {
      await init(stack);
      await done(stack, 'apply');
    }),
  );
  await init('crossing');
  expect(actions(await deploy({ crossing: 'peering' }))).toEqual(['create']);
  await Promise.all((['istio', 'consul'] as const).map(balance));
});

describe('A peering of two accounts and regions', () => {
  test('is accepted, and each end resolves names of the other', async () => {
    for (const mesh of ['istio', 'consul'] as const) {
      expect(await peerings(mesh)).toMatchObject([
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
    const ipv6 = { istio: await ipv6CidrOf('istio'), consul: await ipv6CidrOf('consul') };
    const both = (mesh: Mesh) =>
      [0, 1].flatMap(() => [CIDRS[mesh], ipv6[mesh]].map((cidr) => `${cidr} by pcx-`));
    expect((await routes('istio')).sort()).toEqual(both('consul').sort());
    expect((await routes('consul')).sort()).toEqual(both('istio').sort());
  });

  test('holds the clusters, as long as the settings no longer name it: a state in a bucket says so', async () => {
    await copyState();
    const { changes, errors } = await run('istio-cluster', 'plan');
    expect(errors).toEqual([
      expect.stringMatching(
        /the private connection of a former deploy is still there \(s3:\/\/states\/pair\/emulated\/crossing\.tfstate,[^]*aws_vpc_peering_connection/,
      ),
    ]);
    expect(changes).toEqual([]);
  });
});

describe('From the peering to PrivateLink', () => {
  const NAME = /^vpce-\w+-\w+\.vpce-svc-\w+\.(eu-\w+-1)\.vpce\.amazonaws\.com$/;

  test('the first deploy only creates: the old way stays as it is', async () => {
    const changes = await deploy(BOTH);
    expect(actions(changes)).toEqual(['create']);
    expect(changes.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['aws_vpc_endpoint_service', 'aws_vpc_endpoint_connection_accepter']),
    );
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
    for (const [mesh, other, region] of [
      ['istio', 'consul', 'eu-west-1'],
      ['consul', 'istio', 'eu-north-1'],
    ] as const) {
      const called = placedMeshes(config).filter(({ name }) => name === other);
      const ports = called.flatMap((placed) => federationPorts(config, placed));
      const [link] = await links(mesh);
      expect(link).toMatchObject({ State: 'available', ServiceRegion: region });
      expect(NAME.exec(link?.DnsEntries?.[0]?.DnsName ?? '')?.[1]).toBe(region);
      const { SecurityGroupRules = [] } = await ec2(mesh).send(
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
    const changes = await deploy({ crossing: 'privatelink' });
    expect(actions(changes)).toEqual(['delete']);
    expect(changes.map(({ type }) => type).filter((type) => /endpoint/.test(type))).toEqual([]);
    expect(await peerings('istio')).toEqual([]);
    expect(await routes('istio')).toEqual([]);
    expect(await links('istio')).toEqual(before);
  });

  test('and back to the internet: the private connection stays until it is destroyed', async () => {
    synthesise({ crossing: 'internet', crossingFrom: 'privatelink' });
    expect(await run('crossing', 'plan')).toEqual({ changes: [], errors: [] });
    await done('crossing', 'destroy');
    expect(await links('istio')).toEqual([]);
    expect(await links('consul')).toEqual([]);
  });
});

describe('In one region, without the internet', () => {
  const isLink = ({ ServiceName }: { readonly ServiceName?: string }) =>
    ServiceName?.includes('vpce-svc') === true;

  test('an endpoint of PrivateLink is in the zones of both', async () => {
    const [link] = (await endpoints('consul')).filter(isLink);
    expect(link?.State).toBe('available');
    const { Subnets = [] } = await ec2('consul').send(
      new DescribeSubnetsCommand({ SubnetIds: link?.SubnetIds }),
    );
    expect(Subnets.map(({ AvailabilityZone }) => AvailabilityZone)).toEqual(['eu-west-1b']);
  });

  test('endpoints of AWS services have their usual names', async () => {
    const there = (await endpoints('consul')).map(({ ServiceName, PrivateDnsEnabled }) => [
      ServiceName?.split('.').slice(3).join('.'),
      PrivateDnsEnabled,
    ]);
    expect(there).toEqual(expect.arrayContaining(AWS_ENDPOINTS.map((name) => [name, true])));
  });

  test('all of it stays as it is when it is deployed again, and goes with the VPCs', async () => {
    expect(await run('consul-cluster', 'plan')).toEqual({ changes: [], errors: [] });
    await done('consul-cluster', 'destroy');
    expect(await endpoints('consul')).toEqual([]);
    const { Vpcs = [] } = await ec2('consul').send(new DescribeVpcsCommand({}));
    expect(Vpcs.filter(({ IsDefault }) => IsDefault !== true)).toEqual([]);
  });
});

test('A cluster of EKS Auto Mode has its three parts, and stays as it is, now that the crossing is gone', async () => {
  const { cluster } = await new EKSClient(access.get('istio') ?? {}).send(
    new DescribeClusterCommand({ name: 'mesh-istio' }),
  );
  expect(cluster).toMatchObject({
    status: 'ACTIVE',
    computeConfig: { enabled: true, nodePools: ['general-purpose', 'system'] },
    kubernetesNetworkConfig: { elasticLoadBalancing: { enabled: true }, ipFamily: 'ipv6' },
    storageConfig: { blockStorage: { enabled: true } },
  });
  await copyState();
  expect(await run('istio-cluster', 'plan')).toEqual({ changes: [], errors: [] });
});
