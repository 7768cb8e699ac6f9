import type { Inventory, Named } from './inventory';

/** One thing that was found where nothing should be. */
export interface Leftover {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
}

/** Everything that AWS bills for as long as it exists. */
export function costly(inventory: Inventory): Leftover[] {
  return leftoversOf(costlyKinds(inventory));
}

/** Everything else: free of charge, but in the way of the next deployment. */
export function freeLeftovers(inventory: Inventory): Leftover[] {
  return leftoversOf(freeKinds(inventory));
}

/** How many of everything there is, by kind, the costly ones first. */
export function counts(inventory: Inventory): ReadonlyMap<string, number> {
  return new Map(
    Object.entries({ ...costlyKinds(inventory), ...freeKinds(inventory) }).map(
      ([kind, found]) => [kind, found.length] as const,
    ),
  );
}

/**
 * What exists and Terraform does not know: it was being made when Terraform was killed. What AWS makes
 * by itself for something that Terraform knows is not counted.
 *
 * @param state Terraform's state of all stacks, as text
 */
export function unknownTo(state: string, inventory: Inventory): Leftover[] {
  const made = {
    ...inventory,
    instances: [],
    volumes: [],
    networkInterfaces: [],
    autoScalingGroups: [],
    // EKS makes a copy of a node group's own for itself.
    launchTemplates: inventory.launchTemplates.filter(({ name }) => !name.startsWith('eks-')),
  };
  const found = leftoversOf({
    ...costlyKinds(made),
    ...freeKinds(made),
    'node group': inventory.clusters.flatMap(({ nodeGroups }) =>
      nodeGroups.map((g) => ({ id: g.nodegroupArn ?? '', name: g.nodegroupName ?? '' })),
    ),
    'add-on': inventory.clusters.flatMap(({ addons }) =>
      addons.map((addon) => ({ id: addon.addonArn ?? '', name: addon.addonName ?? '' })),
    ),
  });
  return found.filter(({ id }) => !state.includes(JSON.stringify(id)));
}

type Kinds = Readonly<Record<string, readonly Named[]>>;

function costlyKinds(inventory: Inventory) {
  return {
    'EKS cluster': inventory.clusters.map(({ name, cluster }) => ({ id: cluster.arn ?? '', name })),
    'EC2 instance': inventory.instances,
    'EBS volume': inventory.volumes,
    'NAT gateway': inventory.natGateways,
    'Elastic IP address': inventory.elasticIps,
    'load balancer': inventory.loadBalancers,
    'VPC interface endpoint': inventory.interfaceEndpoints,
    // A key that waits for its deletion costs nothing.
    'KMS key': inventory.kmsKeys.filter((key) => !key.pendingDeletion),
    'log group': inventory.logGroups,
  } satisfies Kinds;
}

function freeKinds(inventory: Inventory) {
  return {
    VPC: inventory.vpcs,
    subnet: inventory.subnets,
    'route table': inventory.routeTables,
    'internet gateway': inventory.internetGateways,
    'VPC gateway endpoint': inventory.gatewayEndpoints,
    'security group': inventory.securityGroups,
    'network interface': inventory.networkInterfaces,
    'launch template': inventory.launchTemplates,
    'Auto Scaling group': inventory.autoScalingGroups,
    'IAM role': inventory.roles,
    'OIDC provider': inventory.oidcProviders,
  } satisfies Kinds;
}

function leftoversOf(kinds: Kinds): Leftover[] {
  return Object.entries(kinds).flatMap(([kind, found]) =>
    found.map(({ id, name }) => ({ kind, id, name })),
  );
}
