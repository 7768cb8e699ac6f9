import type { Problem } from '../../problems';
import { kindOf } from './meshes';
import type { KnownGateway } from './meshes/kind';
import type { AccessPolicy, PolicyMesh } from './model';
import { ENTRANCE } from './plan';
import { borderNamespace, enteredBy, isEnteredByPort, wayIn } from './resolve';
import {
  type Call,
  type CrossCall,
  gatewayPortsOf,
  grouped,
  isCrossing,
  leavesBy,
  outboundName,
  pairs,
  pathOf,
  type Service,
} from './services';

/** Names and ports that two things would claim in one mesh. */
export function clashProblems(
  policy: AccessPolicy,
  services: ReadonlyMap<string, Service>,
  calls: readonly Call[],
  gateways: Readonly<Record<string, KnownGateway>>,
): Problem[] {
  const crossings = calls.filter(isCrossing);
  return [
    ...nameClashes([
      ...Object.entries(policy.meshes).flatMap(([mesh, settings]) =>
        takenNames(mesh, settings, borderNamespace(policy, mesh)),
      ),
      ...Object.entries(gateways).flatMap(([mesh, { name, beside }]) =>
        [name, ...(beside === undefined ? [] : [beside])].map((known): Claim => ({
          mesh,
          what: `Consul service ${known}`,
          owner: 'the gateway',
        })),
      ),
      ...[...services.values()].flatMap(ownNames),
      ...crossings.flatMap((call) => borderNames(policy, call)),
    ]),
    ...portClashes(policy, crossings, gateways),
  ];
}

/** Something that only one can be in a mesh. */
interface Claim {
  readonly mesh: string;
  readonly what: string;
  readonly owner: Service | string;
}

/** Names that the platform itself has taken. */
function takenNames(mesh: string, settings: PolicyMesh, borders: string): Claim[] {
  return [
    { what: 'Service default/kubernetes', owner: 'the API server' },
    ...(wayIn(settings) === 'service'
      ? [{ what: `Service ${borders}/${ENTRANCE}`, owner: 'the load balancer of the borders' }]
      : []),
    ...kindOf(settings).takenNames(),
  ].map((taken) => ({ mesh, ...taken }));
}

function ownNames(service: Service): Claim[] {
  const { mesh, namespace, name } = service;
  return [`Service ${namespace}/${name}`, ...kindOf(service).namesOf(service)].map((what) => ({
    mesh,
    what,
    owner: service,
  }));
}

/** What the borders of a call, and the ways to them, would be. */
function borderNames(policy: AccessPolicy, { caller, callee }: CrossCall): Claim[] {
  const from = borderNamespace(policy, caller.mesh);
  const to = borderNamespace(policy, callee.mesh);
  const inCalleesMesh = [
    `foreign service ${caller.standIn}`,
    kindOf(callee).accountName(to, caller.standIn),
    `Service ${to}/${kindOf(callee).inboundName(caller)}`,
  ];
  const inCallersMesh = [
    `foreign service ${callee.standIn}`,
    // What the application calls from its own namespace.
    `Service ${caller.namespace}/${callee.standIn}`,
    ...(leavesBy(caller, 'border')
      ? [
          kindOf(caller).accountName(from, outboundName(callee)),
          `Service ${from}/${callee.standIn}`,
        ]
      : []),
  ];
  return [
    ...inCalleesMesh.map((what) => ({ mesh: callee.mesh, what, owner: caller })),
    ...inCallersMesh.map((what) => ({ mesh: caller.mesh, what, owner: callee })),
  ];
}

/** One problem for each service that is in the way, or that something is in the way of. */
function nameClashes(claims: readonly Claim[]): Problem[] {
  const holders = new Map<string, Claim['owner']>();
  const problems = new Map<Service, Problem>();
  for (const { mesh, what, owner } of claims) {
    const key = `${mesh} ${what}`;
    const holder = holders.get(key) ?? owner;
    holders.set(key, holder);
    if (holder === owner || typeof owner === 'string' || problems.has(owner)) continue;
    const own = owner.mesh === mesh;
    // Two services of one mesh are compared with each other elsewhere.
    if (own && typeof holder !== 'string') continue;
    const setting = own ? 'name' : 'standIn';
    problems.set(owner, {
      path: pathOf(owner, setting),
      message:
        `is "${owner[setting]}", and the ${what} in ${mesh} is ` +
        `${typeof holder === 'string' ? holder : holder.ref}; take another name, such as ` +
        `"${owner.id}-${owner.mesh}"`,
    });
  }
  return [...problems.values()];
}

/** A port that tells callers apart carries one service. */
function portClashes(
  policy: AccessPolicy,
  crossings: readonly CrossCall[],
  gateways: Readonly<Record<string, KnownGateway>>,
): Problem[] {
  const entrances = new Map(
    crossings.flatMap(({ caller, callee }) => {
      const door = {
        caller,
        mesh: callee.mesh,
        whose:
          enteredBy(policy, caller.mesh, callee.mesh) === 'gateway'
            ? `${kindOf(callee).title}'s gateway`
            : "the borders' load balancer",
      };
      return isEnteredByPort(policy, caller.mesh, callee.mesh)
        ? [[`${caller.ref} ${callee.mesh}`, door] as const]
        : [];
    }),
  );
  const doors = [...entrances.values()].flatMap(({ caller, mesh, whose }) =>
    gatewayPortsOf(caller).map((port) => ({
      caller,
      mesh,
      whose,
      port,
      setting: port === caller.gatewayPort ? 'gatewayPort' : 'previousGatewayPort',
    })),
  );
  return [
    ...doors.flatMap(({ caller, mesh, port, setting }) => {
      const use = gateways[mesh]?.taken?.[port];
      return use === undefined
        ? []
        : [
            {
              path: pathOf(caller, setting),
              message: `is ${port}, which the gateway of ${mesh} has for ${use}; set another one`,
            },
          ];
    }),
    ...[...grouped(doors, ({ mesh, port }) => `${mesh} ${port}`).values()]
      .flatMap((same) => pairs(same))
      .map(([one, other]) => ({
        path: pathOf(other.caller, other.setting),
        message:
          `is ${other.port}, by which ${one.caller.ref} enters ${one.mesh}, and a port ` +
          `of ${one.whose} carries one service; set another one`,
      })),
    ...Object.entries(gateways).flatMap(([mesh, { listeners }]) => {
      const count = new Set(doors.filter((door) => door.mesh === mesh).map(({ port }) => port))
        .size;
      return listeners === undefined || count + listeners.others <= listeners.most
        ? []
        : [
            {
              path: ['rules'],
              message:
                `let ${count} ports lead into ${mesh}, one for each calling service, beside ` +
                `${listeners.others} others of its gateway, and its load balancer takes ` +
                `${listeners.most} listeners; let fewer services call, or let several call through one`,
            },
          ];
    }),
  ];
}
