import { kindOf } from './meshes';
import type { OwnersLine } from './meshes/kind';
import { type AccessPlan, allBordersOf, type PlannedBorder } from './plan';
import { plannedResources } from './planned-resources';
import type { PlannedResource } from './resources';
import { type Call, isCrossing, requestsOf } from './services';

/** One line of who may call what. */
export interface AccessLine {
  /** Who calls, as rules write it: `istio/backend`. */
  readonly caller: string;
  /** Who is called, as rules write it: `consul/info`. */
  readonly callee: string;
  /** What is spoken: `http`, `http2`, `grpc` or `tcp`. */
  readonly protocol: string;
  /** `*` for every method, `-` where there are none; then what the request may become. */
  readonly methods: string;
  /** A path, or the start of one and `*`; `-` where there are none. */
  readonly path: string;
  /**
   * Everything that a request of this line must pass, in order. While two ways are open, it lists what is on
   * either of them, with `way` for what is on one only.
   */
  readonly enforcedBy: readonly Enforcement[];
}

/** Something that admits or refuses a request. */
export interface Enforcement {
  /**
   * `AuthorizationPolicy default/allow-info`, or `border default/info-border`. Without a name for what a partner
   * deploys under names of its own.
   */
  readonly resource: string;
  /** The mesh in whose cluster it is. */
  readonly mesh: string;
  /**
   * The way that it is on, while two are open (`inFrom`, `outFrom`, `federation.borders.movedFrom`).
   * @default it is on both, or there is only one
   */
  readonly way?: 'present' | 'former';
}

/**
 * Who may call what, and what enforces it. Whatever no line allows is denied.
 * @param partners - Meshes whose half somebody else deploys.
 */
export function explain(plan: AccessPlan, partners: readonly string[] = []): AccessLine[] {
  const resources = plannedResources(plan, () => '');
  return plan.calls.flatMap((call) => {
    const { caller, callee } = call;
    const line = { caller: caller.ref, callee: callee.ref, protocol: callee.protocol };
    const enforcedBy = enforcements(plan, resources, call, partners);
    return requestsOf(call).map((request) => ({ ...line, ...request, enforcedBy }));
  });
}

/** A border, and whom it trusts. */
export interface BorderLine {
  /** The mesh in whose cluster it is. */
  readonly mesh: string;
  /** Namespace and name of the border: `default/info-border`. */
  readonly border: string;
  /** The foreign service that it represents, as rules write it. */
  readonly foreign: string;
  /** The identity that the border has itself. */
  readonly identity: string;
  /** The only foreign identities that it accepts, including former ones that are still admitted. */
  readonly peers: readonly string[];
}

/** The borders of a plan. */
export function explainBorders({ borders }: AccessPlan): BorderLine[] {
  return borders.map(({ mesh, namespace, name, foreign, identity, crossings }) => ({
    mesh,
    border: `${namespace}/${name}`,
    foreign: foreign.ref,
    identity,
    peers: [...new Set(crossings.flatMap(({ peer, formerPeers = [] }) => [peer, ...formerPeers]))],
  }));
}

/** What the owners of resources that the federation does not write (`existing`) have to write themselves. */
export function explainOwners(plan: AccessPlan): OwnersLine[] {
  return Object.entries(plan.meshes)
    .flatMap(([name, mesh]) => kindOf(mesh).owners(plan, name))
    .filter(({ needs }) => needs.length > 0);
}

/** On the caller's side first; there and here the border before the service behind it. */
function enforcements(
  plan: AccessPlan,
  all: readonly PlannedResource[],
  call: Call,
  partners: readonly string[],
): Enforcement[] {
  const resources = all.filter(({ enforces }) => enforces.includes(call.id));
  const resourcesOf = (mesh: string, layer: PlannedResource['layer']) =>
    resources
      .filter((resource) => resource.mesh === mesh && resource.layer === layer)
      .map((resource): Enforcement => {
        const { kind, metadata } = resource.manifest;
        const namespace = metadata.namespace;
        return {
          // They depend on the `federation.name` in the partner's file.
          resource: partners.includes(mesh)
            ? `${kind}, named by its owner`
            : `${kind} ${namespace}/${metadata.name}`,
          mesh,
          ...(layer === 'federation' &&
            onWay(plan, call, { mesh, namespace, atGateway: resource.atGateway })),
        };
      });
  const bordersOf = (mesh: string) =>
    allBordersOf(plan, mesh)
      .filter((border) => carries(border, call))
      .map(({ namespace, name }): Enforcement => ({
        resource: `border ${namespace}/${name}`,
        mesh,
        ...onWay(plan, call, { mesh, namespace }),
      }));
  const meshes = isCrossing(call) ? [call.caller.mesh, call.callee.mesh] : [call.callee.mesh];
  return meshes.flatMap((mesh) => [
    ...resourcesOf(mesh, 'federation'),
    ...bordersOf(mesh),
    ...resourcesOf(mesh, 'mesh'),
  ]);
}

/** On which way of a call something of the federation is, where two are open. */
function onWay(
  plan: AccessPlan,
  call: Call,
  at: {
    readonly mesh: string;
    readonly namespace: string | undefined;
    readonly atGateway?: boolean;
  },
): Pick<Enforcement, 'way'> {
  const ofCall = (borders: readonly PlannedBorder[]) =>
    borders.filter((border) => border.mesh === at.mesh && carries(border, call));
  const [here, before] = [ofCall(plan.borders), ofCall(plan.formerBorders)];
  const isAt = (borders: readonly PlannedBorder[]) =>
    borders.some(({ namespace }) => namespace === at.namespace);
  const { caller } = call;
  const inbound = here.find((border) => border.direction === 'in');
  const ways: (Enforcement['way'] | false)[] = [
    before.length > 0 && isAt(before) && 'former',
    before.length > 0 && isAt(here) && 'present',
    // What the caller's mesh enforces is at its outbound border.
    caller.mesh === at.mesh &&
      caller.kind !== 'anyone' &&
      caller.formerOut !== undefined &&
      (caller.out === 'border' ? 'present' : 'former'),
    at.atGateway &&
      inbound?.direction === 'in' &&
      inbound.formerWay !== undefined &&
      (inbound.enteredBy === 'gateway' ? 'present' : 'former'),
  ];
  const way = (['former', 'present'] as const).find((one) => ways.includes(one));
  return way === undefined ? {} : { way };
}

function carries({ calls }: PlannedBorder, { id }: Call): boolean {
  return calls.some((call) => call.id === id);
}
