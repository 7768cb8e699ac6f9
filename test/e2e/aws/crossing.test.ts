import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import {
  DescribeRouteTablesCommand,
  DescribeVpcPeeringConnectionsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { App, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { type Config, type ConfigInput, defineConfig } from '../../../config';
import { memberOf } from '../../../config/access-plan';
import { awsPlace } from '../../../config/connection';
import { newClusters, type NewCluster, waysOf } from '../../../config/crossing';
import { isPrivateWay } from '../../../config/ways';
import { placedMeshes } from '../../../config/placed-meshes';
import { EksCluster } from '../../../constructs/eks';
import { Network } from '../../../constructs/network';
import { type ConnectedCluster, CrossingStack } from '../../../stacks/crossing';
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
 * and its real AWS provider deploy a peering, twice. One of the clusters is of EKS Auto Mode, which is seen here
 * too. In place of the other there is what the crossing needs of it: a network and two security groups.
 */

const RUN = 900_000;
const ROLE = 'arn:aws:iam::444455556666:role/deploy';
const CIDRS = { istio: '10.10.0.0/16', consul: '10.20.0.0/16' } as const;
type Side = keyof typeof CIDRS;

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
      s3Endpoint: false,
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
  new CrossingStack(app, 'crossing', { deployment, config, ways, clusters, members });
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
    .filter(({ GatewayId }) => GatewayId !== 'local')
    .map(({ DestinationCidrBlock, VpcPeeringConnectionId }) =>
      [DestinationCidrBlock, VpcPeeringConnectionId?.slice(0, 4)].join(' by '),
    );
}

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
  synthesise({ crossing: 'peering' });
  const made = async (stack: string) => {
    expect(await initStack(stackFolder(stack), terraform())).toBeUndefined();
    await run(stack, 'apply');
  };
  await Promise.all(['istio-cluster', 'consul-cluster'].map(made));
  await made('crossing');
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
