import type { z } from 'zod';
import { API_GATEWAY_PORTS, gatewayName } from '../constructs/consul/gateway';
import { CONSUL_PROXY_PORTS } from '../constructs/consul/props';
import { type KnownGateway, policyProblems } from '../constructs/federation/plan';
import { observabilityProblems, borderNamespaces } from '../constructs/federation/plan/internal';
import { isLoopback } from '../constructs/kubernetes/api-server';
import { kubeconfigProblem, kubeconfigServer } from '../constructs/kubernetes/kubeconfig';
import { ownEntry } from '../constructs/own-entry';
import { type Problem, within } from '../constructs/problems';
import { stateKeyProblems } from './arns';
import { meshOnEksProblems } from './aws-problems';
import { clustersProblems } from './cluster-problems';
import { crossingProblems } from './crossing-problems';
import { effectivePolicy } from './effective-policy';
import { closedProblems } from './egress';
import { annotationProblems } from './gateway-annotations';
import { gatewayApiProblems } from './gateway-api';
import { gatewayProblems, isOnAws, NLB_LISTENERS } from './gateways';
import { imageProblems } from './deployed-images';
import { ipv6Problems } from './ipv6';
import { jobsNamespaceProblems } from './jobs-namespace';
import { nameProblems } from './mesh-names';
import { dnsLabel } from './formats';
import { ownerOf } from './namespaces';
import {
  crossesTo,
  hasGivenRoots,
  type PlacedMesh,
  placedMeshes,
  serviceOf,
} from './placed-meshes';
import { offeredConnectionProblems, partnerConnectionProblems } from './partner-crossing-problems';
import { ownRootProblems } from './own-roots';
import { partnerProblems, strangeOfferProblems, termsProblems, withPartners } from './partners';
import { lookedAt } from './policy-dependencies';
import { report } from './problems';
import { sections, type Settings } from './schema';
import { spireProblems } from './spire';
import { versionProblems } from './versions';
import { hasWeatherMeshes, WEATHER_SERVICES, workloadNamespaces } from './weather';

/** Every setting, and what has to fit together. */
export const settings = sections.superRefine((all, context) => {
  const config = withPartners(all);
  reportAll(context, config);
  report(context, termsProblems(config));
  report(context, offeredConnectionProblems(config));
});

/**
 * The same where the policy may differ from what partners understand, who are told so by an offer of the new
 * one.
 */
export const settingsUnagreed = sections.superRefine((all, context) => {
  reportAll(context, withPartners(all));
});

function reportAll(context: z.RefinementCtx, config: Settings): void {
  report(context, nameProblems(config));
  report(context, clustersProblems(config.clusters, config.aws.region));
  report(context, accessPolicyProblems(config));
  report(context, jobsNamespaceProblems(config));
  report(context, imageProblems(config));
  report(context, weatherProblems(config));
  report(context, canaryNamespaceProblems(config));
  report(context, apiServerProblems(config));
  report(context, meshOnEksProblems(config));
  report(context, versionProblems(config));
  report(context, gatewayProblems(config));
  report(context, gatewayApiProblems(config));
  report(context, annotationProblems(config));
  report(context, storageProblems(config));
  report(context, authorityProblems(config));
  report(context, crossingProblems(config));
  report(context, ipv6Problems(config));
  report(context, partnerConnectionProblems(config));
  report(context, closedProblems(config));
  report(context, stateKeyProblems(config));
  report(
    context,
    observabilityProblems(config.federation.observability).map((problem) =>
      within(['federation', 'observability'], problem),
    ),
  );
  report(context, partnerProblems(config));
  report(context, strangeOfferProblems(config));
  report(context, ownRootProblems(config));
  report(context, spireProblems(config));
}

/** What is wrong with the policy by itself, and beside the meshes that it is for. */
function accessPolicyProblems(config: Settings): Problem[] {
  const { accessPolicy } = config;
  const policy = effectivePolicy(config);
  const placed = placedMeshes(config);
  const problems: Problem[] = policyProblems(
    policy,
    Object.fromEntries(placed.flatMap((one) => consulGateway(one))),
    // Names and clusters of meshes are looked at where meshes are.
  ).filter(
    ({ path: [section, , setting], path }) =>
      !(section === 'meshes' && (path.length === 2 || setting === 'cluster')),
  );
  for (const { name, mesh } of placed) {
    const { borderNamespace } = policy.meshes[name] ?? {};
    const owner = borderNamespace === undefined ? undefined : ownerOf(borderNamespace);
    // Those of Kubernetes are known to the policy's own check.
    if (owner !== undefined && borderNamespace?.startsWith('kube-') === false) {
      problems.push({
        path: ['meshes', name, 'borderNamespace'],
        message: `is ${borderNamespace}, which is ${owner}, and made by it; use another`,
      });
    }
    const joined = workloadNamespaces(name, mesh.namespaces, config.weather).map(
      (namespace) => namespace.name,
    );
    const services: readonly (readonly [string, { readonly namespace?: string }])[] =
      Object.entries(ownEntry(accessPolicy.meshes, name)?.services ?? {});
    for (const [key, { namespace = 'default' }] of services) {
      // How names are written is for the policy's own check.
      if (joined.includes(namespace) || !dnsLabel.safeParse(namespace).success) continue;
      const path = ['meshes', name, 'services', key, 'namespace'];
      problems.push({
        path,
        message:
          `is ${namespace}, whose pods do not join the mesh; add it to ` +
          `meshes.${name}.namespaces, or choose from there: ${joined.join(', ')}`,
        comparedWith: [
          ['accessPolicy', ...path],
          ['meshes', name, 'namespaces'],
          ['weather', 'enabled'],
          ['weather', 'namespace'],
        ],
      });
    }
  }
  return problems.map((problem) => ({
    ...borderPlace(accessPolicy, problem),
    comparedWith: problem.comparedWith ?? lookedAt(policy, problem),
  }));
}

/** What is known of the gateway of a Consul mesh. */
function consulGateway({ name, mesh, cluster }: PlacedMesh): [string, KnownGateway][] {
  if (mesh.kind !== 'consul') return [];
  const { kind, beside, ports } = mesh.gateway;
  const isApi = kind === 'api' || beside === 'api';
  const own = ports.map((port, i) => [port, `meshes.${name}.gateway.ports[${i}]`] as const);
  const gateway = {
    name: gatewayName(kind),
    beside: beside && gatewayName(beside),
    taken: {
      ...CONSUL_PROXY_PORTS,
      ...(isApi ? API_GATEWAY_PORTS : {}),
      ...Object.fromEntries(own),
    },
    listeners: isOnAws(cluster) ? { most: NLB_LISTENERS, others: ports.length } : undefined,
  };
  return [[name, gateway]];
}

/** Where the namespace of borders is written: in the policy, or for all meshes in the other section. */
function borderPlace({ meshes }: Settings['accessPolicy'], problem: Problem): Problem {
  const [, name, setting] = problem.path;
  const mesh = ownEntry(meshes, String(name));
  const shared = { borderNamespace: 'namespace', bordersMovedFrom: 'movedFrom' } as const;
  const own = (['borderNamespace', 'bordersMovedFrom'] as const).find((one) => one === setting);
  return own === undefined || mesh?.[own] !== undefined
    ? within(['accessPolicy'], problem)
    : { ...problem, path: ['federation', 'borders', shared[own]] };
}

/** The trust anchor of a Linkerd mesh is made in its cluster, or is there. */
function authorityProblems({ meshes, federation }: Settings): Problem[] {
  const { authorities } = federation.trust;
  const [mesh] = Object.entries(meshes).find(([, { kind }]) => kind === 'linkerd') ?? [];
  return mesh === undefined || authorities === 'own'
    ? []
    : [
        {
          path: ['federation', 'trust', 'authorities'],
          message:
            `is ${authorities}, but meshes.${mesh} is Linkerd, whose trust anchor Terraform does not make; ` +
            'leave it out',
          comparedWith: [['meshes', mesh, 'kind']],
        },
      ];
}

/** The class that is made is one of EBS volumes. */
function storageProblems(config: Settings): Problem[] {
  return placedMeshes(config).flatMap(({ name, mesh, clusterName, cluster }) =>
    mesh.kind !== 'consul' || mesh.ownStorageClass !== true || isOnAws(cluster)
      ? []
      : {
          path: ['meshes', name, 'ownStorageClass'],
          message:
            `is true, which makes a class of EBS volumes, but clusters.${clusterName} is a kubeconfig, of ` +
            'which nothing says that it is on AWS; name a class of the cluster in storageClass, or leave it ' +
            'out for its default',
          comparedWith: [['clusters', clusterName]],
        },
  );
}

/** Each cluster fetches the roots of foreign meshes from their clusters' APIs, unless they are given. */
function apiServerProblems(config: Settings): Problem[] {
  const { accessPolicy, federation, meshes } = config;
  return placedMeshes(config).flatMap(({ name, clusterName, cluster }): Problem[] => {
    // Partners have the roots from the offer.
    const others = Object.keys(meshes).filter((other) => other !== name);
    if (!others.some((other) => crossesTo(accessPolicy, name, other))) return [];
    if (hasGivenRoots(federation, name)) return [];
    // A kubeconfig that cannot be read is another mistake.
    if (cluster.kind !== 'kubeconfig' || kubeconfigProblem(cluster) !== undefined) return [];
    const server = kubeconfigServer(cluster);
    const address = cluster.apiServer ?? server.address;
    if (cluster.apiServer === undefined && server.notForPods !== undefined) {
      return [
        {
          path: ['clusters', clusterName, 'apiServer'],
          message:
            `is by the kubeconfig ${address}, which ${server.notForPods}, but pods of other clusters ` +
            'send a token there; name an address by which they reach and can verify it, and ' +
            'apiServerCa if another authority signed its certificate than the one in the kubeconfig',
        },
      ];
    }
    return isLoopback(address)
      ? [
          {
            path: ['clusters', clusterName, 'apiServer'],
            message:
              `is ${address}, which leads a pod of another cluster to itself; name the address by ` +
              'which it reaches the API of this one',
          },
        ]
      : [];
  });
}

/** Whether the meshes that it runs in are in one cluster. */
function sharesCluster(meshes: Settings['meshes']): boolean {
  const clusters = Object.keys(WEATHER_SERVICES).map((name) => ownEntry(meshes, name)?.cluster);
  return new Set(clusters).size < clusters.length;
}

/** A policy without them would deny every call of theirs. */
function weatherPolicyProblems({
  meshes,
  weather,
  accessPolicy,
}: Pick<Settings, 'meshes' | 'weather' | 'accessPolicy'>): Problem[] {
  if (sharesCluster(meshes)) {
    const message =
      `is true, and its services in ${Object.keys(WEATHER_SERVICES).join(' and ')} share a namespace, and these ` +
      'meshes a cluster; set false';
    return [{ path: ['weather', 'enabled'], message, comparedWith: [['meshes']] }];
  }
  return Object.entries(WEATHER_SERVICES).flatMap(([mesh, keys]) =>
    keys.flatMap((key): Problem[] => {
      const service = serviceOf(accessPolicy, `${mesh}/${key}`);
      const path = ['accessPolicy', 'meshes', mesh, 'services', key];
      const off = 'set weather.enabled: false';
      const comparedWith = [
        ['weather', 'enabled'],
        ['weather', 'namespace'],
      ];
      const { namespace } = weather;
      if (service === undefined) {
        const add = namespace === 'default' ? `${key}: {}` : `${key}: { namespace: ${namespace} }`;
        const message = `is missing, but the weather application is on; add \`${add}\`, or ${off}`;
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
function weatherProblems(config: Settings): Problem[] {
  const { weather, meshes } = config;
  if (!weather.enabled) return [];
  if (!hasWeatherMeshes(meshes)) {
    return [
      {
        path: ['weather', 'enabled'],
        message:
          'is true, but the application runs in the meshes istio, of that kind, and consul, of that kind, ' +
          'of which one is not in meshes; leave it out',
        comparedWith: [['meshes']],
      },
    ];
  }
  const { namespace } = weather;
  const policy = effectivePolicy(config);
  const names = Object.keys(WEATHER_SERVICES);
  const besideBorders = names.some(
    (name) =>
      namespace !== 'default' &&
      namespace === policy.meshes[name]?.borderNamespace &&
      meshes[name]?.namespaces.every((one) => one.name !== namespace),
  );
  if (!besideBorders) return weatherPolicyProblems(config);
  return [
    {
      path: ['weather', 'namespace'],
      message:
        `is ${namespace}, where the borders are, and whoever may run pods there can act as the other ` +
        "mesh's services; name another one",
      comparedWith: [
        ['federation', 'borders', 'namespace'],
        ...names.map((name) => ['accessPolicy', 'meshes', name, 'borderNamespace']),
        ...names.map((name) => ['meshes', name, 'namespaces']),
      ],
    },
  ];
}

/** Namespaces of a canary are some of the mesh's, the borders' and the application's included. */
function canaryNamespaceProblems(config: Settings): Problem[] {
  const policy = effectivePolicy(config);
  return Object.entries(config.meshes).flatMap(([mesh, settings]) => {
    if (settings.kind !== 'istio') return [];
    const known = [
      ...workloadNamespaces(mesh, settings.namespaces, config.weather).map(({ name }) => name),
      ...borderNamespaces(policy, mesh),
    ];
    return (settings.canary?.namespaces ?? []).flatMap((name, i) =>
      known.includes(name)
        ? []
        : {
            path: ['meshes', mesh, 'canary', 'namespaces', i],
            message: `is ${name}, which is none of the mesh; one of ${[...new Set(known)].join(', ')}`,
            comparedWith: [
              ['accessPolicy', 'meshes'],
              ['federation', 'borders'],
              ['meshes', mesh, 'namespaces'],
              ['weather', 'enabled'],
              ['weather', 'namespace'],
            ],
          },
    );
  });
}
