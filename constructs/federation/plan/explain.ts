import { kindOf } from './meshes';
import type { OwnersLine } from './meshes/kind';
import type { AccessPlan } from './plan';
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
   * Everything that a request of this line must pass, in its order. While two ways are open, it is what is on
   * either of them.
   */
  readonly enforcedBy: readonly Enforcement[];
}

/** One thing that lets a request through, or not. */
export interface Enforcement {
  /** `AuthorizationPolicy default/allow-info`, or `border default/info-border`. */
  readonly resource: string;
  /** The mesh in whose cluster it is. */
  readonly mesh: string;
}

/** Who may call what, and what sees to it. Whatever is in no line is denied. */
export function explain(plan: AccessPlan): AccessLine[] {
  const resources = plannedResources(plan, () => '');
  return plan.calls.flatMap((call) => {
    const { caller, callee } = call;
    const line = { caller: caller.ref, callee: callee.ref, protocol: callee.protocol };
    const enforcedBy = enforcements(plan, resources, call);
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
  /** The only foreign identities that it accepts, with those that came before where they still may. */
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

/** What the owners of resources that the federation leaves alone have to write. */
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
): Enforcement[] {
  const resources = all.filter(({ enforces }) => enforces.includes(call.id));
  const resourcesOf = (mesh: string, layer: 'mesh' | 'federation') =>
    resources
      .filter((resource) => resource.mesh === mesh && resource.layer === layer)
      .map(({ manifest: { kind, metadata } }) => ({
        resource: `${kind} ${metadata.namespace}/${metadata.name}`,
        mesh,
      }));
  const bordersOf = (mesh: string) =>
    plan.borders
      .filter((border) => border.mesh === mesh && border.calls.some(({ id }) => id === call.id))
      .map(({ namespace, name }) => ({ resource: `border ${namespace}/${name}`, mesh }));
  const meshes = isCrossing(call) ? [call.caller.mesh, call.callee.mesh] : [call.callee.mesh];
  return meshes.flatMap((mesh) => [
    ...resourcesOf(mesh, 'federation'),
    ...bordersOf(mesh),
    ...resourcesOf(mesh, 'mesh'),
  ]);
}
