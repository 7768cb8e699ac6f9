import { readFileSync } from 'node:fs';
import { DeleteClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { defineConfig, type ConfigInput } from '../../../config';
import type { NewClusterSettings } from '../../../config/clusters';
import { planSubnets } from '../../../constructs/network/subnets';
import type { EksCluster, Inventory } from '../../../support/aws/inventory';
import { costly, freeLeftovers, unknownTo } from '../../../support/aws/left-behind';
import { childrenOf } from '../../../support/processes/child-processes';
import {
  EmulatedWorld,
  type RunOptions,
  type RunResult,
} from '../../../support/demo/emulated-world';
import { checkAll } from '../../../support/check';
import { bill } from '../../../support/cost/bill';
import { listPrices } from '../../../support/cost/list-prices';
import { MONTH_HOURS } from '../../../support/cost/prices';
import { deployerPolicy, UNCALLED } from '../../../support/aws/deployer-policy';
import { setPace } from '../../../support/demo/emulator';
import { checkTerraform, needed } from '../../../support/programs/prerequisites';
import type { DeployProgress } from '../../../support/terraform/deploy-progress';
import { until } from '../../../rehearsal/cases/case';
import { recordedCalls, refused } from '../../helpers/iam';
import { temporaryFolder } from '../../helpers/files';

// The real Terraform and its real AWS provider, with an emulator in the place of AWS.

const STACKS = ['nat-addresses', 'istio-cluster', 'consul-cluster'] as const;
const CLUSTERS = ['istio', 'consul'];

/** Differs from every default that it names. */
const SETTINGS = {
  network: { zones: 2 },
  clusters: {
    istio: {
      kind: 'eks',
      eks: {
        logs: { retentionDays: 7 },
        nodeGroups: [
          {
            name: 'spot',
            instanceTypes: ['t3.large', 'm6i.large'],
            capacity: 'spot',
            min: 1,
            desired: 3,
            max: 4,
            diskGiB: 50,
          },
        ],
      },
    },
  },
} satisfies ConfigInput;

/** Room for a node more in the group of the Istio cluster. */
const SCALED = {
  ...SETTINGS,
  clusters: {
    istio: {
      kind: 'eks',
      eks: {
        ...SETTINGS.clusters.istio.eks,
        nodeGroups: SETTINGS.clusters.istio.eks.nodeGroups.map((group) => ({
          ...group,
          max: 5,
        })),
      },
    },
  },
} satisfies ConfigInput;

const folder = temporaryFolder((at) => EmulatedWorld.end(at));
let world: EmulatedWorld;

beforeAll(async () => {
  needed(checkTerraform());
  world = await EmulatedWorld.start({ folder, port: 0 });
});

const run = (command: 'deploy' | 'destroy', options: RunOptions = {}) =>
  world.run(command, STACKS, { settings: SETTINGS, ...options });

/** What Terraform changed in a run, by what it did. */
function changes(logFile: string): string[] {
  const lines = readFileSync(logFile, 'utf8').matchAll(
    /(\w+)\.\S+ \(\S+\): (Creating|Modifying|Destroying)\.\.\./g,
  );
  return [...lines].map(([, type, change]) => `${change} ${type}`);
}

/** Whether the states of the clusters have all that is made of them. */
function haveStates(stacks: DeployProgress['stacks']): boolean {
  try {
    const remembered = world.resources();
    return CLUSTERS.map((name) => `${name}-cluster`).every(
      (stack) => (remembered.get(stack) ?? 0) >= (stacks.get(stack)?.done ?? Infinity),
    );
  } catch {
    // One of them is just being written.
    return false;
  }
}

describe('A deploy whose Terraforms are killed', () => {
  let result: RunResult;

  beforeAll(async () => {
    // Until the end of the deploy: both clusters come, and Terraform has nothing to do but wait.
    await setPace(world.emulator, 900);
    let cdktf: number | undefined;
    let killed = false;
    result = await run('deploy', {
      onStart: (pid) => (cdktf = pid),
      onProgress({ stacks }) {
        const clusters = [...stacks.values()].filter(
          ({ busy: [only, ...others] }) =>
            others.length === 0 && only?.startsWith('aws_eks_cluster.'),
        );
        if (cdktf === undefined || killed || clusters.length < CLUSTERS.length) return;
        killed = true;
        // cdktf starts a shell for each.
        const terraforms = childrenOf(...childrenOf(cdktf));
        // They may still be writing their states, which do not survive that.
        void until(() => haveStates(stacks), 240).then(() =>
          terraforms.forEach((terraform) => process.kill(terraform, 'SIGKILL')),
        );
      },
    });
    await setPace(world.emulator, 1);
  });

  test('is not taken for one that was through', () => {
    expect(result.complete).toBe(false);
  });

  test('leaves clusters that Terraform does not know, since it was still waiting for them', async () => {
    const inventory = await world.inventory();
    expect(inventory.clusters.map(({ cluster }) => cluster.status)).toEqual([
      'CREATING',
      'CREATING',
    ]);
    const unknown = unknownTo(world.state(), inventory);
    expect(unknown.map(({ kind }) => kind)).toEqual([
      'EKS cluster',
      'EKS cluster',
      'security group',
      'security group',
    ]);
    // As docs/troubleshooting.md says. The security groups are EKS's own.
    const eks = new EKSClient(world.access);
    for (const { name } of unknown.filter(({ kind }) => kind === 'EKS cluster')) {
      await eks.send(new DeleteClusterCommand({ name }));
    }
  });
});

describe('Deployed again, it', () => {
  const { config } = defineConfig({ profile: 'emulated', ...SETTINGS });
  let inventory: Inventory;

  const settingsOf = (clusterName: string): NewClusterSettings => {
    const cluster = config.clusters[clusterName];
    if (cluster?.kind !== 'eks') throw new Error(`${clusterName} is not new`);
    return cluster;
  };
  const clusterOf = (clusterName: string): EksCluster => {
    const [cluster, ...others] = inventory.clusters.filter(
      ({ name }) => name === settingsOf(clusterName).name,
    );
    expect(others).toEqual([]);
    if (cluster === undefined) throw new Error(`no cluster of ${clusterName}`);
    return cluster;
  };
  /** Public addresses from which the pods of a cluster call. */
  const addressesOf = (clusterName: string): string[] =>
    inventory.elasticIps
      .filter(({ tags }) => tags['Name']?.startsWith(`${settingsOf(clusterName).name}-nat-`))
      .map(({ name }) => `${name}/32`);

  beforeAll(async () => {
    const result = await run('deploy', { skipSynthesis: true });
    expect(result.progress.errors).toBe('');
    expect(result.complete).toBe(true);
    inventory = await world.inventory();
  });

  test('has nothing twice, and nothing that Terraform does not know', () => {
    expect(unknownTo(world.state(), inventory)).toEqual([]);
    expect(inventory.vpcs).toHaveLength(2);
    expect(inventory.clusters).toHaveLength(2);
    expect(inventory.natGateways).toHaveLength(2);
    expect(inventory.elasticIps).toHaveLength(2);
    // Of Secrets and of logs; of the control plane and of the flow log.
    expect(inventory.kmsKeys).toHaveLength(4);
    expect(inventory.logGroups).toHaveLength(4);
    expect(inventory.oidcProviders).toHaveLength(2);
  });

  test.each(CLUSTERS)('has the network of %s', (clusterName) => {
    const { name, cidr } = settingsOf(clusterName);
    const [vpc] = inventory.vpcs.filter((candidate) => candidate.name === name);
    expect(vpc).toMatchObject({ cidr, internetGateway: true, s3Endpoint: true });

    const plan = planSubnets(cidr, 2);
    const subnets = inventory.subnets.filter((subnet) => subnet.vpc === vpc?.id);
    const of = (wayOut: string) => subnets.filter((subnet) => subnet.wayOut === wayOut);
    expect(of('internet gateway').map((s) => s.cidr)).toEqual(
      expect.arrayContaining([...plan.public]),
    );
    expect(of('NAT gateway').map((s) => s.cidr)).toEqual(expect.arrayContaining([...plan.private]));
    expect(subnets).toHaveLength(4);
    expect(new Set(of('NAT gateway').map(({ zone }) => zone)).size).toBe(2);
    for (const subnet of of('internet gateway')) {
      expect(subnet.tags).toMatchObject({ 'kubernetes.io/role/elb': '1', ...config.aws.tags });
    }
    for (const subnet of of('NAT gateway')) {
      expect(subnet.tags).toMatchObject({ 'kubernetes.io/role/internal-elb': '1' });
    }
    const [nat] = inventory.natGateways.filter((gateway) => gateway.vpc === vpc?.id);
    expect(of('internet gateway').map(({ id }) => id)).toContain(nat?.subnet);
  });

  test.each(CLUSTERS)('has the cluster of %s', (clusterName) => {
    const { eks } = settingsOf(clusterName);
    const { name, cluster, accessEntries } = clusterOf(clusterName);
    const [vpc] = inventory.vpcs.filter((candidate) => candidate.name === name);
    expect(cluster).toMatchObject({ status: 'ACTIVE', version: eks.version });
    expect(cluster.tags).toMatchObject(config.aws.tags);
    expect(cluster.resourcesVpcConfig).toMatchObject({
      vpcId: vpc?.id,
      endpointPrivateAccess: true,
      endpointPublicAccess: true,
    });
    expect(cluster.resourcesVpcConfig?.publicAccessCidrs?.toSorted()).toEqual(
      [
        ...eks.endpoint.publicCidrs,
        ...CLUSTERS.filter((other) => other !== clusterName).flatMap(addressesOf),
      ].sort(),
    );
    expect(addressesOf(clusterName)).toHaveLength(1);
    expect(cluster.accessConfig?.authenticationMode).toBe('API');
    expect(accessEntries.length).toBeGreaterThan(0);

    const key = cluster.encryptionConfig?.[0];
    expect(key?.resources).toEqual(['secrets']);
    expect(inventory.kmsKeys.find(({ arn }) => arn === key?.provider?.keyArn)?.rotates).toBe(true);

    const logged = cluster.logging?.clusterLogging?.filter(({ enabled }) => enabled);
    expect(logged?.flatMap(({ types = [] }) => types).sort()).toEqual(eks.logs.types.toSorted());
    const log = inventory.logGroups.find((group) => group.name === `/aws/eks/${name}/cluster`);
    expect(log?.retentionDays).toBe(clusterName === 'istio' ? 7 : 365);
    expect(inventory.oidcProviders.map((provider) => `https://${provider.name}`)).toContain(
      cluster.identity?.oidc?.issuer,
    );
  });

  test.each(CLUSTERS)('has the nodes of %s, in private subnets', (clusterName) => {
    const { eks } = settingsOf(clusterName);
    const { nodeGroups } = clusterOf(clusterName);
    const isolated = inventory.subnets.filter(({ wayOut }) => wayOut === 'NAT gateway');
    expect(nodeGroups).toHaveLength(eks.nodeGroups.length);
    for (const [i, settings] of eks.nodeGroups.entries()) {
      expect(nodeGroups[i]).toMatchObject({
        nodegroupName: expect.stringMatching(`^${settings.name}-`) as unknown,
        status: 'ACTIVE',
        version: eks.version,
        instanceTypes: settings.instanceTypes,
        capacityType: settings.capacity === 'spot' ? 'SPOT' : 'ON_DEMAND',
        amiType: settings.imageType,
        scalingConfig: {
          minSize: settings.min,
          desiredSize: settings.desired,
          maxSize: settings.max,
        },
      });
      expect(isolated.map(({ id }) => id)).toEqual(
        expect.arrayContaining(nodeGroups[i]?.subnets ?? ['none']),
      );
    }
  });

  test('has the nodes, with the disks that are configured', () => {
    expect(inventory.instances).toHaveLength(3 + 2);
    expect(inventory.volumes.map(({ name }) => name).sort()).toEqual([
      ...Array<string>(2).fill('30 GiB gp3'),
      ...Array<string>(3).fill('50 GiB gp3'),
    ]);
  });

  test('costs what npm run cost says, and has nothing else that AWS bills by the hour', () => {
    // No controller runs in the emulated clusters, so that Kubernetes makes nothing.
    const lines = bill(config, listPrices, '2026-11-28').filter(
      ({ madeBy }) => madeBy === 'Terraform',
    );
    // A log group is billed by what it holds.
    const found = costly(inventory).filter(({ kind }) => kind !== 'log group');
    const { hourly, monthly, instances } = listPrices(config.aws.region);
    // Nodes on spot may be of any of their types, and are billed as the dearest.
    const spot: readonly string[] = SETTINGS.clusters.istio.eks.nodeGroups[0]?.instanceTypes ?? [];
    const nodePrice = (type: string) =>
      Math.max(...(spot.includes(type) ? spot : [type]).map((one) => instances[one] ?? NaN));
    const prices: Readonly<Record<string, (name: string) => number | undefined>> = {
      'EKS cluster': () => hourly.eksCluster,
      'EC2 instance': (name) => nodePrice(name.split(' ')[0] ?? ''),
      'EBS volume': (name) => (parseInt(name, 10) * monthly.gp3Gibibyte) / MONTH_HOURS,
      'NAT gateway': () => hourly.natGateway,
      'Elastic IP address': () => hourly.publicIpv4Address,
      'KMS key': () => monthly.kmsKey / MONTH_HOURS,
    };
    const sums = (of: readonly (readonly [string, number, number])[]) =>
      Object.fromEntries(
        [...new Set(of.map(([kind]) => kind))].sort().map((kind) => {
          const mine = of.filter(([other]) => other === kind);
          const sum = mine.reduce((all, [, , price]) => all + price, 0);
          return [kind, [mine.reduce((all, [, count]) => all + count, 0), sum.toFixed(6)]];
        }),
      );
    expect(sums(lines.map(({ kind, count, hourly: price = NaN }) => [kind, count, price]))).toEqual(
      sums(found.map(({ kind, name }) => [kind, 1, prices[kind]?.(name) ?? NaN])),
    );
  });

  test.each(CLUSTERS)('has the add-ons of %s, with identities of their own', (clusterName) => {
    const { addons, podIdentities } = clusterOf(clusterName);
    expect(addons.map(({ addonName, status }) => `${addonName} ${status}`).sort()).toEqual([
      'aws-ebs-csi-driver ACTIVE',
      'coredns ACTIVE',
      'eks-pod-identity-agent ACTIVE',
      'kube-proxy ACTIVE',
      'vpc-cni ACTIVE',
    ]);
    expect(podIdentities.toSorted()).toEqual([
      'kube-system/aws-node',
      'kube-system/ebs-csi-controller-sa',
    ]);
  });
});

test('Deployed once more, nothing changes', async () => {
  const { complete, progress, logFile } = await run('deploy');
  expect(complete).toBe(true);
  expect(changes(logFile)).toEqual([]);
  for (const stack of STACKS) {
    expect(progress.stacks.get(stack)?.plan).toEqual({ add: 0, change: 0, destroy: 0 });
  }
});

test('Other bounds of a node group are the only change, and its nodes stay', async () => {
  const before = await world.inventory();
  const { complete, progress, logFile } = await run('deploy', { settings: SCALED });
  expect(complete).toBe(true);
  expect(changes(logFile)).toEqual(['Modifying aws_eks_node_group']);
  expect(progress.stacks.get('istio-cluster')?.plan).toEqual({ add: 0, change: 1, destroy: 0 });

  const after = await world.inventory();
  const [group] = after.clusters.flatMap(({ nodeGroups }) =>
    nodeGroups.filter(({ nodegroupName }) => nodegroupName?.startsWith('spot-')),
  );
  expect(group?.scalingConfig).toEqual({ minSize: 1, desiredSize: 3, maxSize: 5 });
  expect(after.instances).toEqual(before.instances);
});

test('Destroyed, nothing is left', async () => {
  const { complete, progress } = await run('destroy', { skipSynthesis: true });
  expect(progress.errors).toBe('');
  expect(complete).toBe(true);
  const inventory = await world.inventory();
  expect(costly(inventory)).toEqual([]);
  expect(freeLeftovers(inventory)).toEqual([]);
});

describe("The deployer's policy (npm run iam)", () => {
  const policy = deployerPolicy(defineConfig({ profile: 'emulated', ...SETTINGS }).config);

  test('admits every call that deployed, changed and destroyed', async () => {
    const calls = (await recordedCalls(world.emulator)).filter(({ agent }) =>
      agent.includes('HashiCorp'),
    );
    expect(calls.length).toBeGreaterThan(100);
    expect(refused(policy, calls)).toEqual([]);
  });

  test('has nothing that was neither called nor is needed for a stated reason', async () => {
    const { config } = defineConfig({ profile: 'emulated', ...SETTINGS });
    const { endpoint } = world.emulator;
    await checkAll({ ...config, aws: { ...config.aws, emulator: { endpoint } } });
    const called = new Set((await recordedCalls(world.emulator)).map(({ action }) => action));
    const granted = policy.Statement.flatMap(({ Action }) => Action);
    expect(granted.filter((action) => !called.has(action) && !(action in UNCALLED))).toEqual([]);
    expect(Object.keys(UNCALLED).filter((action) => called.has(action))).toEqual([]);
  });
});
