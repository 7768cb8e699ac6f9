import { intentionSource } from './consul-access';
import { gatewayListeners } from './consul-routes';
import { plannedResources } from './planned-resources';
import type { AccessPlan } from './plan';
import { type Call, isCrossing } from './resolve';
import type { PlannedResource } from './resources';

/** One line of who may call what. */
export interface AccessLine {
  /** As rules write it. */
  readonly caller: string;
  /** As rules write it. */
  readonly callee: string;
  /** What is spoken: `http`, `http2`, `grpc` or `tcp`. */
  readonly protocol: string;
  /** `*` for every method, `-` where there are none; then what the request may become. */
  readonly methods: string;
  /** A path, or the start of one and `*`; `-` where there are none. */
  readonly path: string;
  /** Everything that a request of this line must pass, in its order. */
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

/** The requests that a rule admits. */
export function requestsOf({ callee, allow }: Call): Pick<AccessLine, 'methods' | 'path'>[] {
  if (callee.protocol === 'tcp') return [{ methods: '-', path: '-' }];
  return (allow.length === 0 ? [{}] : allow).map(
    ({ methods = ['*'], pathExact, pathPrefix, upgrades = [] }) => ({
      methods: [...methods, ...upgrades].join(' '),
      path: pathExact ?? `${pathPrefix ?? '/'}*`,
    }),
  );
}

/** A border, and whom it trusts. */
export interface BorderLine {
  /** The mesh in whose cluster it is. */
  readonly mesh: string;
  /** `default/info-border` */
  readonly border: string;
  /** The foreign service that it stands in for, as rules write it. */
  readonly foreign: string;
  /** Its own identity. */
  readonly spiffeId: string;
  /** The only foreign identities that it accepts. */
  readonly peers: readonly string[];
}

/** The borders of a plan. */
export function explainBorders({ standIns }: AccessPlan): BorderLine[] {
  return standIns.map(({ mesh, namespace, name, foreign, spiffeId, crossings }) => ({
    mesh,
    border: `${namespace}/${name}`,
    foreign: foreign.ref,
    spiffeId,
    peers: [...new Set(crossings.map(({ peer }) => peer))],
  }));
}

/** A resource that somebody else writes (`existing`), and what it must say for the policy to hold. */
export interface OwnersLine {
  /** The mesh in whose cluster it is. */
  readonly mesh: string;
  /** `IngressGateway consul/ingress-gateway`, or `ServiceIntentions of info`. */
  readonly resource: string;
  /** One thing each: `tcp listener on port 9001 with the service backend`. */
  readonly needs: readonly string[];
}

/** What the owners of resources that the federation leaves alone have to write. */
export function explainOwners(plan: AccessPlan): OwnersLine[] {
  const gateways = Object.entries(plan.meshes).flatMap(([mesh, member]): OwnersLine[] => {
    if (member.kind !== 'consul' || member.gatewayListeners !== 'existing') return [];
    const { name } = member.mesh.gateway;
    const needs = gatewayListeners(plan, mesh).map(
      ({ port, consulService }) => `tcp listener on port ${port} with the service ${consulService}`,
    );
    return [{ mesh, resource: `IngressGateway ${member.mesh.namespace}/${name}`, needs }];
  });
  const services = plan.services.flatMap((service): OwnersLine[] => {
    if (service.kind !== 'consul') return [];
    const { mesh, name, protocol } = service;
    const calls = plan.calls.filter(({ callee }) => callee === service);
    return [
      ...(service.serviceDefaults === 'existing'
        ? [{ mesh, resource: `ServiceDefaults of ${name}`, needs: [`protocol: ${protocol}`] }]
        : []),
      ...(service.intentions === 'existing'
        ? [
            {
              mesh,
              resource: `ServiceIntentions of ${name}`,
              needs: calls.flatMap((call) =>
                requestsOf(call).map(
                  ({ methods, path }) =>
                    `allow ${intentionSource(mesh, call).name}${methods === '-' ? '' : `: ${methods} ${path}`}`,
                ),
              ),
            },
          ]
        : []),
    ];
  });
  return [...gateways, ...services].filter(({ needs }) => needs.length > 0);
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
    plan.standIns
      .filter((standIn) => standIn.mesh === mesh && standIn.calls.some(({ id }) => id === call.id))
      .map(({ namespace, name }) => ({ resource: `border ${namespace}/${name}`, mesh }));
  const meshes = isCrossing(call) ? [call.caller.mesh, call.callee.mesh] : [call.callee.mesh];
  return meshes.flatMap((mesh) => [
    ...resourcesOf(mesh, 'federation'),
    ...bordersOf(mesh),
    ...resourcesOf(mesh, 'mesh'),
  ]);
}
