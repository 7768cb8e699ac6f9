import { z } from 'zod';
import { CONSUL_PROXY_PORTS, DEFAULT_CONSUL_GATEWAY_NAME } from '../constructs/consul';
import { policyProblems } from '../constructs/federation/policy';
import { overlaps, parseCidr } from '../constructs/network/cidr';
import { networkProblems } from '../constructs/network/validate';
import { accessPolicySettings } from './access-policy';
import { awsSettings } from './aws';
import { clusterSettings, type ClusterSettings, type NewClusterSettings } from './clusters';
import { eksSettings } from './eks';
import { meshSettings } from './meshes';
import { networkSettings } from './network';
import { stateSettings } from './state';

/** Every setting. Each section is in a file of its own. */
export const settings = z
  .strictObject({
    aws: awsSettings.describe('The AWS account.'),
    state: stateSettings.describe("Where Terraform's state is kept."),
    network: networkSettings.describe('The VPC of each cluster.'),
    eks: eksSettings.describe('Each EKS cluster.'),
    clusters: clusterSettings.describe('The two clusters.'),
    meshes: meshSettings.describe('The two meshes.'),
    accessPolicy: accessPolicySettings.describe(
      'Who may call what, in both meshes. Whatever no rule allows is denied. Default: the weather ' +
        'application.',
    ),
  })
  .superRefine((config, context) => {
    const report = (path: readonly PropertyKey[], message: string) =>
      context.addIssue({ code: 'custom', path: [...path], message });
    for (const side of SIDES) {
      const cluster = config.clusters[side];
      if (cluster.kind === 'eks') {
        checkCluster(cluster, config.aws.region, (path, message) =>
          report(['clusters', side, ...path], message),
        );
      }
    }
    checkPair(config.clusters.istio, config.clusters.consul, report);
    checkAccessPolicy(config, (path, message) => report(['accessPolicy', ...path], message));
  });

/** Every setting, checked and with its default. */
export type Config = z.output<typeof settings>;

/** The two sides of the federation. */
export const SIDES = ['istio', 'consul'] as const;
export type Side = (typeof SIDES)[number];

/** The side that is not this one. */
export function otherSide(side: Side): Side {
  return side === 'istio' ? 'consul' : 'istio';
}

type Report = (path: readonly PropertyKey[], message: string) => void;

function checkCluster(cluster: NewClusterSettings, region: string, report: Report): void {
  const { existingVpc, network, eks } = cluster;
  if (eks.endpoint.publicCidrs.length === 0 && !eks.endpoint.privateOnly) {
    report(
      ['eks', 'endpoint', 'publicCidrs'],
      'is empty, so Terraform on your machine could not reach the clusters; list your address with ' +
        '/32 behind it ("curl https://checkip.amazonaws.com" prints it), or set ' +
        'eks.endpoint.privateOnly: true to deploy from inside the VPC',
    );
  }
  if (existingVpc !== undefined) {
    if (eks.nodeSubnets === 'public' && existingVpc.publicSubnetIds.length === 0) {
      report(
        ['existingVpc', 'publicSubnetIds'],
        'is empty, and the nodes go to public subnets; list them, or set eks.nodeSubnets: private',
      );
    }
    return;
  }
  for (const { path, message } of networkProblems({ cidr: cluster.cidr, ...network })) {
    report(path[0] === 'cidr' ? path : ['network', ...path], message);
  }
  const [vpc, services] = [cluster.cidr, eks.serviceCidr].map(parsed);
  if (vpc !== undefined && services !== undefined && overlaps(vpc, services)) {
    report(
      ['cidr'],
      `${cluster.cidr} overlaps with eks.serviceCidr ${eks.serviceCidr}; change one of them`,
    );
  }
  if (Array.isArray(network.zones)) {
    network.zones.forEach((zone, i) => {
      if (zone.slice(0, -1) !== region) {
        report(['network', 'zones', i], `${zone} is not in ${region}; must be such as ${region}a`);
      }
    });
  }
  if (network.nat === 'none' && eks.nodeSubnets === 'private') {
    report(
      ['network', 'nat'],
      'is none, so nodes in private subnets could fetch no image; use one or per-zone, or set ' +
        'eks.nodeSubnets: public',
    );
  }
}

function checkPair(istio: ClusterSettings, consul: ClusterSettings, report: Report): void {
  if (istio.kind !== 'kubeconfig' && consul.kind !== 'kubeconfig' && istio.name === consul.name) {
    report(
      ['clusters', 'consul', 'name'],
      `"${consul.name}" is also the name of clusters.istio; the two need different names`,
    );
  }
  if (
    istio.kind === 'kubeconfig' &&
    consul.kind === 'kubeconfig' &&
    istio.path === consul.path &&
    istio.context === consul.context
  ) {
    report(
      ['clusters', 'consul', 'context'],
      `"${consul.context}" is also that of clusters.istio; the two meshes need a cluster each`,
    );
  }
  if (istio.kind !== 'eks' || consul.kind !== 'eks' || istio.existingVpc || consul.existingVpc) {
    return;
  }
  const [one, other] = [istio.cidr, consul.cidr].map(parsed);
  if (one !== undefined && other !== undefined && overlaps(one, other)) {
    report(
      ['clusters', 'consul', 'cidr'],
      `${consul.cidr} overlaps with ${istio.cidr} of clusters.istio; use addresses that it does not ` +
        'have, so that the two VPCs can be connected',
    );
  }
}

/** The policy by itself, and beside the meshes that it is for. */
function checkAccessPolicy({ accessPolicy, meshes }: Config, report: Report): void {
  const taken = {
    ...CONSUL_PROXY_PORTS,
    ...Object.fromEntries(
      meshes.consul.gateway.ports.map((port, i) => [port, `meshes.consul.gateway.ports[${i}]`]),
    ),
  };
  const gateway = { name: DEFAULT_CONSUL_GATEWAY_NAME, taken };
  for (const { path, message } of policyProblems(accessPolicy, { consul: gateway })) {
    report(path, message);
  }
  for (const side of SIDES) {
    const joined = meshes[side].namespaces.map(({ name }) => name);
    const { borderNamespace, services } = accessPolicy.meshes[side];
    const used = [
      { path: ['borderNamespace'], namespace: borderNamespace },
      ...Object.entries<{ readonly namespace?: string }>(services).map(([key, { namespace }]) => ({
        path: ['services', key, 'namespace'],
        namespace,
      })),
    ];
    for (const { path, namespace = 'default' } of used) {
      if (!joined.includes(namespace)) {
        report(
          ['meshes', side, ...path],
          `is ${namespace}, whose pods do not join the mesh; add it to meshes.${side}.namespaces, ` +
            `or choose from there: ${joined.join(', ')}`,
        );
      }
    }
  }
}

function parsed(cidr: string) {
  try {
    return parseCidr(cidr);
  } catch {
    return undefined;
  }
}
