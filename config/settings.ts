import { CONSUL_PROXY_PORTS, DEFAULT_CONSUL_GATEWAY_NAME } from '../constructs/consul';
import { policyProblems } from '../constructs/federation/plan';
import { borderNamespaces } from '../constructs/federation/plan/resolve';
import { isLoopback } from '../constructs/kubernetes/api-server';
import { kubeconfigProblem, kubeconfigServer } from '../constructs/kubernetes/kubeconfig';
import { type Problem, within } from '../constructs/problems';
import { policyWithBorders } from './access-policy';
import { meshOnEksProblems } from './aws-problems';
import { clustersProblems } from './cluster-problems';
import { gatewayProblems, isOnAws, NLB_LISTENERS } from './gateways';
import { imageProblems } from './deployed-images';
import { dnsLabel, ownerOf } from './meshes';
import { lookedAt } from './policy-dependencies';
import { report } from './problems';
import { type Config, sections } from './schema';
import { SIDES } from './sides';
import { versionProblems } from './versions';
import { workloadNamespaces } from './weather';

/** Every setting, and what has to fit together. */
export const settings = sections.superRefine((config, context) => {
  report(context, clustersProblems(config.clusters, config.aws.region));
  report(context, accessPolicyProblems(config));
  report(context, imageProblems(config));
  report(context, weatherProblems(config));
  report(context, canaryNamespaceProblems(config));
  report(context, apiServerProblems(config));
  report(context, meshOnEksProblems(config));
  report(context, versionProblems(config));
  report(context, gatewayProblems(config));
});

/** What is wrong with the policy by itself, and beside the meshes that it is for. */
function accessPolicyProblems({
  accessPolicy,
  clusters,
  federation,
  meshes,
  weather,
}: Omit<Config, 'profile'>): Problem[] {
  const taken = {
    ...CONSUL_PROXY_PORTS,
    ...Object.fromEntries(
      meshes.consul.gateway.ports.map((port, i) => [port, `meshes.consul.gateway.ports[${i}]`]),
    ),
  };
  const gateway = {
    name: DEFAULT_CONSUL_GATEWAY_NAME,
    taken,
    listeners: isOnAws(clusters.consul)
      ? { most: NLB_LISTENERS, others: meshes.consul.gateway.ports.length }
      : undefined,
  };
  const policy = policyWithBorders(accessPolicy, federation.borders);
  const problems: Problem[] = policyProblems(policy, { consul: gateway });
  for (const side of SIDES) {
    const joined = workloadNamespaces(meshes[side].namespaces, weather).map(({ name }) => name);
    const { services } = accessPolicy.meshes[side];
    const { borderNamespace } = policy.meshes[side];
    const owner = ownerOf(borderNamespace);
    // Those of Kubernetes are known to the policy's own check.
    if (owner !== undefined && !borderNamespace.startsWith('kube-')) {
      problems.push({
        path: ['meshes', side, 'borderNamespace'],
        message: `is ${borderNamespace}, which is ${owner}, and made by it; use another`,
      });
    }
    const used = [
      ...Object.entries<{ readonly namespace?: string }>(services).map(([key, { namespace }]) => ({
        path: ['services', key, 'namespace'],
        namespace,
      })),
    ];
    for (const { path, namespace = 'default' } of used) {
      // How names are written is for the policy's own check.
      if (!joined.includes(namespace) && dnsLabel.safeParse(namespace).success) {
        problems.push({
          path: ['meshes', side, ...path],
          message:
            `is ${namespace}, whose pods do not join the mesh; add it to ` +
            `meshes.${side}.namespaces, or choose from there: ${joined.join(', ')}`,
          comparedWith: [
            ['accessPolicy', 'meshes', side, ...path],
            ['meshes', side, 'namespaces'],
            ['weather', 'enabled'],
            ['weather', 'namespace'],
          ],
        });
      }
    }
  }
  return problems.map((problem) => ({
    ...borderPlace(accessPolicy, problem),
    comparedWith: problem.comparedWith ?? lookedAt(policy, problem),
  }));
}

/** Where the namespace of borders is written: in the policy, or for both meshes in the other section. */
function borderPlace({ meshes }: Config['accessPolicy'], problem: Problem): Problem {
  const [, side, setting] = problem.path;
  const mesh = side === 'istio' || side === 'consul' ? meshes[side] : undefined;
  const shared = new Map<PropertyKey | undefined, string>([
    ['borderNamespace', 'namespace'],
    ['bordersMovedFrom', 'movedFrom'],
  ]).get(setting);
  return mesh === undefined ||
    shared === undefined ||
    mesh[setting === 'borderNamespace' ? 'borderNamespace' : 'bordersMovedFrom'] !== undefined
    ? within(['accessPolicy'], problem)
    : { ...problem, path: ['federation', 'borders', shared] };
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

/** The weather application's services, by which mesh they are in. */
const WEATHER_SERVICES = { istio: ['frontend', 'backend'], consul: ['info'] } as const;

/** A policy without them would deny every call of theirs. */
function weatherPolicyProblems({
  weather,
  accessPolicy,
}: Pick<Config, 'weather' | 'accessPolicy'>): Problem[] {
  return SIDES.flatMap((side) =>
    WEATHER_SERVICES[side].flatMap((key): Problem[] => {
      const services: Readonly<Record<string, { name?: string; namespace?: string }>> =
        accessPolicy.meshes[side].services;
      const service = Object.hasOwn(services, key) ? services[key] : undefined;
      const path = ['accessPolicy', 'meshes', side, 'services', key];
      const off = 'set weather.enabled: false';
      const comparedWith = [
        ['weather', 'enabled'],
        ['weather', 'namespace'],
      ];
      const { namespace } = weather;
      if (service === undefined) {
        const add = namespace === 'default' ? `${key}: {}` : `${key}: { namespace: ${namespace} }`;
        const message = `is missing, and the weather application is on; add \`${add}\`, or ${off}`;
        return [{ path, message, comparedWith }];
      }
      const wrong = [
        { setting: 'name', is: service.name, standard: key, should: key },
        { setting: 'namespace', is: service.namespace, standard: 'default', should: namespace },
      ].filter(({ is, standard, should }) => (is ?? standard) !== should);
      return wrong.map(({ setting, is, standard, should }) => ({
        path: [...path, setting],
        message:
          `${is === undefined ? `is missing, so it is ${standard}` : `is ${is}`}, and the weather ` +
          `application's is ${should}; write ${should}, or ${off}`,
        comparedWith,
      }));
    }),
  );
}

/** It is alone where it is made a namespace, and the policy has to know where. */
function weatherProblems(config: Omit<Config, 'profile'>): Problem[] {
  const { weather, meshes, federation, accessPolicy } = config;
  if (!weather.enabled) return [];
  const { namespace } = weather;
  const borders = policyWithBorders(accessPolicy, federation.borders).meshes;
  const besideBorders = SIDES.some(
    (side) =>
      namespace !== 'default' &&
      namespace === borders[side].borderNamespace &&
      !meshes[side].namespaces.some(({ name }) => name === namespace),
  );
  if (!besideBorders) return weatherPolicyProblems(config);
  return [
    {
      path: ['weather', 'namespace'],
      message:
        `is ${namespace}, where the borders are, and whoever may run pods there can act as the other ` +
        "mesh's services; name another one",
      comparedWith: [
        ['accessPolicy', 'meshes'],
        ['federation', 'borders'],
        ['meshes', 'istio', 'namespaces'],
        ['meshes', 'consul', 'namespaces'],
      ],
    },
  ];
}

/** Namespaces of the canary are some of the mesh's, the borders' and the application's included. */
function canaryNamespaceProblems({
  accessPolicy,
  federation,
  meshes: { istio },
  weather,
}: Omit<Config, 'profile'>): Problem[] {
  const policy = policyWithBorders(accessPolicy, federation.borders);
  const known = [
    ...workloadNamespaces(istio.namespaces, weather).map(({ name }) => name),
    ...borderNamespaces(policy, 'istio'),
  ];
  return (istio.canary?.namespaces ?? []).flatMap((name, i) =>
    known.includes(name)
      ? []
      : {
          path: ['meshes', 'istio', 'canary', 'namespaces', i],
          message: `is ${name}, which is none of the mesh; one of ${[...new Set(known)].join(', ')}`,
          comparedWith: [
            ['accessPolicy', 'meshes'],
            ['federation', 'borders'],
            ['meshes', 'istio', 'namespaces'],
            ['weather', 'enabled'],
            ['weather', 'namespace'],
          ],
        },
  );
}
