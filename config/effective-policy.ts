import { commandLine } from '../constructs/command-line';
import type { AccessPolicy, EnteredBy, PolicyMesh, Service } from '../constructs/federation/plan';
import {
  enteredBy,
  isCrossing,
  resolvePolicy,
  waysBetween,
} from '../constructs/federation/plan/internal';
import { ownEntry } from '../constructs/own-entry';
import type { PolicySettings } from './access-policy';
import { isEntered, meshOf, serviceOf } from './placed-meshes';
import type { Config } from './schema';

/**
 * The policy for all meshes of the settings, those of partners too, with the borders of each where the
 * settings have them. They are in the order of the settings, or, with partners, in one that both halves have.
 */
export function effectivePolicy({
  accessPolicy,
  federation: { borders },
  meshes,
  partners,
}: PolicySources) {
  const own = accessPolicy.meshes;
  const silent = Object.entries<{ readonly kind: PolicyMesh['kind'] }>({ ...meshes, ...partners })
    .filter(([name]) => !Object.hasOwn(own, name))
    .map(([name, { kind }]): [string, PolicyMesh] => [name, { kind, services: {} }]);
  const all = [...Object.entries<PolicyMesh>(own), ...silent].map(([name, mesh]) => {
    const { borderNamespace, bordersMovedFrom } = mesh;
    const cluster = sharedCluster(meshes, name);
    // Of two meshes in one cluster, each needs a namespace of its own.
    const here = (namespace: string) =>
      cluster === undefined ? namespace : `${namespace}-${name}`;
    const { movedFrom } = borders;
    const place = {
      ...(cluster === undefined ? {} : { cluster }),
      borderNamespace: borderNamespace ?? here(borders.namespace),
      bordersMovedFrom:
        bordersMovedFrom ??
        (borderNamespace === undefined && movedFrom !== undefined ? here(movedFrom) : undefined),
    };
    return [name, { ...mesh, ...place }] as const;
  });
  const names = Object.keys({ ...meshes, ...partners });
  const order = Object.keys(partners).length === 0 ? names : names.sort();
  const sorted = all.toSorted(([one], [other]) => order.indexOf(one) - order.indexOf(other));
  return { ...accessPolicy, meshes: Object.fromEntries(sorted) } satisfies AccessPolicy;
}

/** The cluster of one of our meshes, where another one is there too. */
function sharedCluster(meshes: Config['meshes'], name: string): string | undefined {
  const cluster = ownEntry(meshes, name)?.cluster;
  const there = Object.values(meshes).filter((mesh) => mesh.cluster === cluster);
  return there.length > 1 ? cluster : undefined;
}

/** How callers get into a mesh, each way once, and how they did before, where that way stays open. */
export function waysInto(config: PolicySources, mesh: string): ReadonlySet<EnteredBy> {
  const policy = effectivePolicy(config);
  return new Set(callingMeshes(policy, mesh).flatMap((from) => waysBetween(policy, from, mesh)));
}

/** How callers get into a mesh now, each way once. */
export function presentWaysInto(config: PolicySources, mesh: string): ReadonlySet<EnteredBy> {
  const policy = effectivePolicy(config);
  return new Set(callingMeshes(policy, mesh).map((from) => enteredBy(policy, from, mesh)));
}

/** Whether a way into a mesh stays open that callers took before. */
export function hasFormerWayInto(config: PolicySources, mesh: string): boolean {
  const policy = effectivePolicy(config);
  return callingMeshes(policy, mesh).some((from) => waysBetween(policy, from, mesh).length > 1);
}

/** The services of a mesh whose calls to other meshes may still leave it as they did before. */
export function servicesWithFormerWayOut(config: PolicySources, mesh: string): Service[] {
  const callers = resolvePolicy(effectivePolicy(config))
    .calls.filter(isCrossing)
    .map(({ caller }) => caller)
    .filter((caller) => caller.mesh === mesh && caller.formerOut !== undefined);
  return [...new Set(callers)];
}

type PolicySources = Pick<Config, 'accessPolicy' | 'federation' | 'meshes' | 'partners'>;

function callingMeshes({ rules }: AccessPolicy, mesh: string): string[] {
  const callers = rules.filter(({ to }) => meshOf(to) === mesh).map(({ from }) => meshOf(from));
  return [...new Set(callers)].filter((from) => from !== mesh);
}

/** What the user must see to, that nothing here can. */
export function callerNotices({
  accessPolicy: { meshes, rules },
  federation: { name },
  meshes: own,
  weather,
}: Pick<Config, 'accessPolicy' | 'federation' | 'meshes' | 'weather'>): string[] {
  const callers = rules
    .filter(({ from }) => Object.hasOwn(own, meshOf(from)))
    .filter(({ from, to }) => meshOf(from) !== meshOf(to) && leavesBySidecar(meshes, from))
    .map(({ from }) => from)
    // Its pods are made here.
    .filter((from) => !(weather.enabled && from === 'istio/backend'));
  return [
    ...[...new Set(callers)].map(
      (from) =>
        `The pods of ${from} call another mesh, and need annotations for that, or its calls are ` +
        `answered with 503: "${commandLine('policy', `--annotations ${from}`, true)}" prints them` +
        // Pods have one of each annotation.
        (name === undefined
          ? '.'
          : '; with "--with FILE", together with those of another federation of its mesh.'),
    ),
    ...Object.entries(meshes).flatMap(([name, mesh]) =>
      mesh.kind === 'consul' && Object.hasOwn(own, name)
        ? consulOwnerNotices(name, mesh, { meshes, rules })
        : mesh.kind === 'linkerd' && Object.hasOwn(own, name)
          ? linkerdOwnerNotices(name, mesh, rules)
          : [],
    ),
  ];
}

/** Whether the sidecars of a service speak to foreign gateways themselves. */
function leavesBySidecar(meshes: PolicySettings['meshes'], service: string): boolean {
  const mesh = ownEntry(meshes, meshOf(service));
  if (mesh?.kind !== 'istio') return false;
  const [, key = ''] = service.split('/');
  return (ownEntry(mesh.services, key)?.out ?? mesh.out ?? 'sidecar') === 'sidecar';
}

/** What the user has there already, and must add to. */
function consulOwnerNotices(
  name: string,
  { services, gatewayListeners }: Extract<PolicySettings['meshes'][string], { kind: 'consul' }>,
  { meshes, rules }: PolicySettings,
): string[] {
  return [
    ...Object.entries(services).flatMap(([key, { intentions }]) => {
      const to = rules.filter((rule) => rule.to === `${name}/${key}`);
      return intentions === 'existing' && to.length > 0
        ? [
            `The ServiceIntentions of ${name}/${key} are yours: let them admit ` +
              `${to.map(({ from }) => sourceOf(meshes, from, name)).join(', ')}, and nothing more.`,
          ]
        : [];
    }),
    ...(gatewayListeners === 'existing' && isEntered({ rules }, name)
      ? [
          `What the gateway of the mesh ${name} listens to is yours to write: add a tcp listener for each ` +
            `service that calls, as "${commandLine('policy')}" lists them.`,
        ]
      : []),
  ];
}

function linkerdOwnerNotices(
  name: string,
  { services }: Extract<PolicySettings['meshes'][string], { kind: 'linkerd' }>,
  rules: PolicySettings['rules'],
): string[] {
  return Object.entries(services).flatMap(([key, { server }]) =>
    server === 'existing' && rules.some(({ to }) => to === `${name}/${key}`)
      ? [
          `The Server of ${name}/${key} is yours: let it admit the identities that ` +
            `"${commandLine('policy')}" lists, and nothing more.`,
        ]
      : [],
  );
}

/** A foreign caller goes by the name of its border. */
function sourceOf(meshes: PolicySettings['meshes'], from: string, callee: string): string {
  const [mesh, key = ''] = from.split('/');
  if (key === '*') return '*';
  const service = serviceOf({ meshes }, from);
  return (mesh === callee ? service?.name : service?.standIn) ?? key;
}
