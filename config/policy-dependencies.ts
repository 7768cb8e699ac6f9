import { type AccessPolicy, policyProblems } from '../constructs/federation/plan';
import { ownEntry } from '../constructs/own-entry';
import type { Problem } from '../constructs/problems';
import { meshOf } from './placed-meshes';

type Path = Problem['path'];

/** Settings of a service that names, identities and ports come from. */
const CLAIMS = [
  'name',
  'namespace',
  'standIn',
  'serviceAccount',
  'labels',
  'gatewayPort',
  'previousGatewayPort',
  'intentionsName',
  'out',
  'outFrom',
] as const;

/**
 * The settings by which a mistake in the policy was found, from the root. Where one of them is wrong itself,
 * this may be no mistake; whatever else is wrong, it is one.
 *
 * @param problem with its path in the policy
 */
export function lookedAt(policy: AccessPolicy, problem: Problem): readonly Path[] {
  const [part, key, ...rest] = problem.path;
  const own = ['accessPolicy', ...problem.path];
  const ports = Object.entries(policy.meshes).flatMap(([name, { kind }]) =>
    kind === 'consul' ? [['meshes', name, 'gateway', 'ports']] : [],
  );
  if (part === 'rules') {
    const rule = typeof key === 'number' ? policy.rules[key] : undefined;
    if (rule === undefined) return [['accessPolicy'], ...ports];
    const [list, index, setting] = rest;
    // A name that nothing has is wrong whatever else the rule says.
    if ((list === 'from' || list === 'to') && !isKnown(policy, rule[list])) {
      return [own, serviceOf(rule[list])];
    }
    const request = list === 'allow' && index !== undefined;
    if (request && setting === undefined) return [own.slice(0, -1)];
    // Whether a request can be upgraded is for the service called to say.
    if (request && setting !== 'upgrades') return [own];
    return [
      own,
      ...[rule.from, rule.to].map(serviceOf),
      ...(list === 'from' ? waysOut(policy, meshOf(rule.from)) : []),
    ];
  }
  const [services, id] = rest;
  if (services !== 'services' || id === undefined) {
    return [own, ...comparedWays(problem.path), ['federation', 'borders']];
  }
  // What it is called is wrong, whatever else is.
  if (rest.length === 2) return [];
  if (isOfItself(policy, problem)) return [own];
  const claims = Object.entries(policy.meshes).flatMap(([mesh, settings]) =>
    Object.keys(settings.services).flatMap((service) =>
      CLAIMS.map((setting) => ['accessPolicy', 'meshes', mesh, 'services', service, setting]),
    ),
  );
  const ways = Object.keys(policy.meshes).map((mesh) => ['accessPolicy', 'meshes', mesh, 'out']);
  return [own, ...claims, ...ways, ...ports, ['accessPolicy', 'rules'], ['federation', 'borders']];
}

/** What `inFrom` and `outFrom` of a mesh are compared with. */
function comparedWays([, mesh = '', setting]: Path): readonly Path[] {
  return (['in', 'out'] as const)
    .filter((way) => setting === `${way}From`)
    .map((way) => ['accessPolicy', 'meshes', mesh, way]);
}

/** How the calls of a mesh leave it. */
function waysOut(policy: AccessPolicy, name: string): readonly Path[] {
  const at = ['accessPolicy', 'meshes', name];
  const services = ownEntry(policy.meshes, name)?.services;
  return (['out', 'outFrom'] as const).flatMap((setting) => [
    [...at, setting],
    ...Object.keys(services ?? {}).map((service) => [...at, 'services', service, setting]),
  ]);
}

function isKnown({ meshes }: AccessPolicy, ref: string): boolean {
  const [mesh = '', service = ''] = ref.split('/');
  const services = ownEntry(meshes, mesh)?.services;
  return services !== undefined && (service === '*' || Object.hasOwn(services, service));
}

/** The setting of a service, by the name that rules have for it. */
function serviceOf(ref: string): Path {
  const [mesh = '', service = ''] = ref.split('/');
  return ['accessPolicy', 'meshes', mesh, 'services', service];
}

/** Whether a service would have the problem without all others. */
function isOfItself(policy: AccessPolicy, { path, message }: Problem): boolean {
  const [, mesh, , id] = path.map(String);
  const settings = mesh === undefined ? undefined : policy.meshes[mesh];
  if (mesh === undefined || id === undefined || settings === undefined) return false;
  const only = Object.fromEntries(Object.entries(settings.services).filter(([key]) => key === id));
  const alone = { meshes: { [mesh]: { ...settings, services: only } }, rules: [] } as AccessPolicy;
  return policyProblems(alone).some(
    (one) => one.message === message && String(one.path) === String(path),
  );
}
