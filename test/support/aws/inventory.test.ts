import { expect, test } from '@jest/globals';
import type { Inventory } from '../../../support/aws/inventory';
import { costly, counts, freeLeftovers, unknownTo } from '../../../support/aws/left-behind';

const NOTHING: Inventory = {
  vpcs: [],
  subnets: [],
  natGateways: [],
  clusters: [],
  instances: [],
  volumes: [],
  elasticIps: [],
  loadBalancers: [],
  interfaceEndpoints: [],
  gatewayEndpoints: [],
  internetGateways: [],
  routeTables: [],
  launchTemplates: [],
  kmsKeys: [],
  logGroups: [],
  oidcProviders: [],
  roles: [],
  securityGroups: [],
  networkInterfaces: [],
  autoScalingGroups: [],
};

const clusterArn = 'arn:aws:eks:eu-north-1:123456789012:cluster/one';

/** A cluster with its nodes. */
const CLUSTER: Inventory = {
  ...NOTHING,
  clusters: [
    {
      name: 'one',
      cluster: { arn: clusterArn },
      nodeGroups: [{ nodegroupName: 'default', nodegroupArn: 'arn:nodes' }],
      addons: [{ addonName: 'coredns', addonArn: 'arn:coredns' }],
      accessEntries: [],
      podIdentities: [],
    },
  ],
  instances: [{ id: 'i-1', name: 't3.medium in eu-north-1a' }],
  elasticIps: [{ id: 'eipalloc-1', name: '192.0.2.1', tags: {} }],
  launchTemplates: [
    { id: 'lt-1', name: 'one-default-1' },
    { id: 'lt-2', name: 'eks-1234' },
  ],
};

const names = (found: readonly { kind: string; id: string }[]) =>
  found.map(({ kind, id }) => `${kind} ${id}`);

test('What costs money is told from what is only in the way', () => {
  expect(names(costly(CLUSTER))).toEqual([
    `EKS cluster ${clusterArn}`,
    'EC2 instance i-1',
    'Elastic IP address eipalloc-1',
  ]);
  expect(names(freeLeftovers(CLUSTER))).toEqual(['launch template lt-1', 'launch template lt-2']);
  expect(counts(CLUSTER).get('EC2 instance')).toBe(1);
  expect(counts(CLUSTER).get('NAT gateway')).toBe(0);
});

test('A KMS key costs nothing while it waits for its deletion', () => {
  const key = { id: 'k', arn: 'arn:k', name: '', rotates: true };
  const keys = (pendingDeletion: boolean) => [{ ...key, pendingDeletion }];
  expect(costly({ ...NOTHING, kmsKeys: keys(false) })).toHaveLength(1);
  expect(costly({ ...NOTHING, kmsKeys: keys(true) })).toHaveLength(0);
});

test("What is not in Terraform's state is found, without what AWS makes by itself", () => {
  const state = (...ids: string[]) => JSON.stringify(ids);
  expect(
    unknownTo(state(clusterArn, 'arn:nodes', 'arn:coredns', 'eipalloc-1', 'lt-1'), CLUSTER),
  ).toEqual([]);
  expect(names(unknownTo(state(clusterArn, 'eipalloc-1'), CLUSTER))).toEqual([
    'launch template lt-1',
    'node group arn:nodes',
    'add-on arn:coredns',
  ]);
  // An id that begins like another one.
  expect(
    names(unknownTo(state('eipalloc-12'), { ...NOTHING, elasticIps: CLUSTER.elasticIps })),
  ).toEqual(['Elastic IP address eipalloc-1']);
});
