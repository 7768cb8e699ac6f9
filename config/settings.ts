import { z } from 'zod';
import { CONSUL_PROXY_PORTS, DEFAULT_CONSUL_GATEWAY_NAME } from '../constructs/consul';
import { policyProblems } from '../constructs/federation/policy';
import { isLoopback } from '../constructs/kubernetes/api-server';
import { kubeconfigProblem, kubeconfigServer } from '../constructs/kubernetes/kubeconfig';
import { type Problem, within } from '../constructs/problems';
import { accessPolicySettings } from './access-policy';
import { meshOnEksProblems } from './aws-problems';
import { awsSettings } from './aws';
import { clustersProblems } from './cluster-problems';
import { clusterSettings } from './clusters';
import { eksSettings } from './eks';
import { federationSettings } from './federation';
import { imageProblems, imageSettings } from './images';
import { meshSettings } from './meshes';
import { networkSettings } from './network';
import { report } from './problems';
import type { ProfileName } from './profiles';
import { SIDES } from './sides';
import { stateSettings } from './state';
import { versionProblems } from './versions';
import { weatherSettings } from './weather';

export { otherSide, SIDES, type Side } from './sides';

/** Every setting. Each section is in a file of its own. */
export const settings = z
  .strictObject({
    aws: awsSettings.describe('The AWS account.'),
    state: stateSettings.describe("Where Terraform's state is kept."),
    network: networkSettings.describe('The VPC of each cluster.'),
    eks: eksSettings.describe('Each EKS cluster.'),
    clusters: clusterSettings.describe('The two clusters.'),
    images: imageSettings.describe('Where all images come from.'),
    meshes: meshSettings.describe('The two meshes.'),
    accessPolicy: accessPolicySettings.describe(
      'Who may call what, in both meshes. Whatever no rule allows is denied. Default: the weather ' +
        'application.',
    ),
    federation: federationSettings.describe('What stands between the meshes.'),
    weather: weatherSettings.describe('The weather application.'),
  })
  .superRefine((config, context) => {
    report(context, clustersProblems(config.clusters, config.aws.region));
    report(context, accessPolicyProblems(config));
    report(context, imageProblems(config));
    report(context, weatherProblems(config));
    report(context, apiServerProblems(config));
    report(context, meshOnEksProblems(config));
    report(context, versionProblems(config));
  });

/** Every setting, checked and with its default. */
export type Config = z.output<typeof settings> & {
  /** Where the settings started from. */
  readonly profile: ProfileName;
};

/** What is wrong with the policy by itself, and beside the meshes that it is for. */
function accessPolicyProblems({
  accessPolicy,
  meshes,
}: Pick<Config, 'accessPolicy' | 'meshes'>): Problem[] {
  const taken = {
    ...CONSUL_PROXY_PORTS,
    ...Object.fromEntries(
      meshes.consul.gateway.ports.map((port, i) => [port, `meshes.consul.gateway.ports[${i}]`]),
    ),
  };
  const gateway = { name: DEFAULT_CONSUL_GATEWAY_NAME, taken };
  const problems: Problem[] = [...policyProblems(accessPolicy, { consul: gateway })];
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
        problems.push({
          path: ['meshes', side, ...path],
          message:
            `is ${namespace}, whose pods do not join the mesh; add it to ` +
            `meshes.${side}.namespaces, or choose from there: ${joined.join(', ')}`,
        });
      }
    }
  }
  return problems.map((problem) => ({
    ...within(['accessPolicy'], problem),
    // Rules speak of services, and services of the meshes.
    comparedWith: [
      ['meshes', 'istio', 'namespaces'],
      ['meshes', 'consul', 'namespaces'],
      ['meshes', 'consul', 'gateway', 'ports'],
      ['accessPolicy', 'meshes'],
    ],
  }));
}

/** Each cluster fetches the other mesh's roots from the other cluster's API, unless they are given. */
function apiServerProblems({
  clusters,
  accessPolicy,
  federation: { trust },
}: Pick<Config, 'clusters' | 'accessPolicy' | 'federation'>): Problem[] {
  const meshOf = (ref: string) => ref.split('/')[0];
  if (accessPolicy.rules.every(({ from, to }) => meshOf(from) === meshOf(to))) return [];
  return SIDES.flatMap((side): Problem[] => {
    const cluster = clusters[side];
    if (trust.authorities === 'shared' || trust.roots[side] !== undefined) return [];
    // A kubeconfig that cannot be read is another mistake.
    if (cluster.kind !== 'kubeconfig' || kubeconfigProblem(cluster) !== undefined) return [];
    const server = kubeconfigServer(cluster);
    const address = cluster.apiServer ?? server.address;
    if (cluster.apiServer === undefined && server.notForPods !== undefined) {
      return [
        {
          path: ['clusters', side, 'apiServer'],
          message:
            `is by the kubeconfig ${address}, which ${server.notForPods}, and pods of the other cluster ` +
            'send a token there; name an address by which they reach and can verify it, and ' +
            'apiServerCa if another authority signed its certificate than the one in the kubeconfig',
        },
      ];
    }
    return isLoopback(address)
      ? [
          {
            path: ['clusters', side, 'apiServer'],
            message:
              `is ${address}, which leads a pod of the other cluster to itself; name the address by ` +
              'which it reaches the API of this one',
          },
        ]
      : [];
  });
}

/** Its pods have to be in the meshes. */
function weatherProblems({ weather, meshes }: Pick<Config, 'weather' | 'meshes'>): Problem[] {
  if (!weather.enabled) return [];
  return SIDES.flatMap((side) => {
    const names = meshes[side].namespaces.map(({ name }) => name);
    if (names.includes(weather.namespace)) return [];
    return {
      path: ['weather', 'namespace'],
      message:
        `is ${weather.namespace}, whose pods do not join the mesh; add it to ` +
        `meshes.${side}.namespaces, or choose from there: ${names.join(', ')}`,
      comparedWith: [['meshes', side, 'namespaces']],
    };
  });
}
