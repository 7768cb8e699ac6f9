import type {
  AccessPlan,
  AccessPolicy,
  CrossCall,
  PlannedBorder,
  PlannedInboundBorder,
  Service,
} from '../../../constructs/federation';
import { asked } from './asked';
import { evaluatorOf } from './evaluators';
import type { Sent } from './http';
import { type ClientTls, leadsTo, type Reached, type Workload, type World } from './world';

const METHODS = ['GET', 'HEAD', 'POST', 'DELETE'];
const PATHS = [
  '/',
  '/weather',
  '/weather/',
  '/weather/now',
  '/weatherman',
  '/api',
  '/api/v1',
  '/x',
];
const REQUESTS: readonly Sent[] = METHODS.flatMap((method) =>
  PATHS.map((path) => ({ method, path })),
);

/** For those who must not get in whatever they send. */
const PROBES: readonly Sent[] = ['bytes', ...PATHS.map((path) => ({ method: 'GET', path }))];

/** Everything that may be sent to a service. */
function sentTo({ protocol }: Pick<Service, 'protocol'>): readonly Sent[] {
  return protocol === 'tcp' ? ['bytes'] : REQUESTS;
}

function text(sent: Sent): string {
  return sent === 'bytes' ? 'bytes' : `${sent.method} ${sent.path}`;
}

/**
 * Tries every request of everybody, from inside of the meshes and from outside, and says where the
 * answer is another one than the policy asks for.
 */
export function differences(policy: AccessPolicy, plan: AccessPlan, world: World): string[] {
  const found: string[] = [];
  const expect = (what: () => string, wanted: Reached | boolean, got: Reached | boolean) => {
    if (wanted !== got) {
      found.push(`${what()}: asked for ${String(wanted)}, got ${String(got)}`);
    }
  };

  for (const caller of world.workloads) {
    for (const callee of plan.services) {
      const local = caller.mesh === callee.mesh;
      for (const sent of sentTo(callee)) {
        expect(
          () => `${caller.ref} in ${caller.namespace} -> ${callee.ref}: ${text(sent)}`,
          local
            ? localGoal(policy, plan, caller, callee, sent)
            : foreignGoal(policy, plan, caller, callee, sent),
          local
            ? world.local(caller, callee, sent)
            : world.foreign(caller, callee.standIn, callee.port, sent),
        );
      }
    }
    for (const border of plan.borders.filter(({ mesh }) => mesh === caller.mesh)) {
      for (const sent of sentTo({ protocol: bordersProtocol(border) })) {
        expect(
          () => `${caller.ref} -> border ${border.name}: ${text(sent)}`,
          border.direction === 'out' && asked(policy, caller.ref, border.foreign.ref, sent),
          world.toBorder(caller, border, border.port, sent),
        );
      }
    }
  }
  for (const { mesh, port, sni, call, entrants, send } of entrances(plan, world)) {
    for (const client of world.workloads.filter((workload) => workload.mesh !== mesh)) {
      const mayEnter = call !== undefined && entrants.includes(client.outside.spiffeId);
      for (const sent of mayEnter ? sentTo(call.callee) : PROBES) {
        expect(
          () => `from outside, ${client.ref} to ${mesh}:${port} as ${sni}: ${text(sent)}`,
          mayEnter && asked(policy, call.caller.ref, call.callee.ref, sent)
            ? call.callee.ref
            : undefined,
          send(
            {
              sni,
              ...client.outside,
              trusts: true,
              accepts: plan.borders.map(({ crossingIdentity }) => crossingIdentity),
            },
            sent,
          ),
        );
      }
      // Not with what it shows inside of its mesh, nor with the right name from the wrong authority.
      for (const shown of [
        { spiffeId: client.spiffeId, issuer: client.mesh },
        { spiffeId: client.outside.spiffeId, issuer: client.mesh },
      ].filter(({ issuer }) => issuer !== client.outside.issuer)) {
        for (const sent of PROBES) {
          expect(
            () =>
              `from outside, ${client.ref} as ${shown.spiffeId} of ${shown.issuer}: ${text(sent)}`,
            undefined,
            world.fromOutside(
              mesh,
              port,
              {
                sni,
                ...shown,
                trusts: true,
                accepts: plan.borders.map(({ crossingIdentity }) => crossingIdentity),
              },
              sent,
            ),
          );
        }
      }
    }
  }
  return found;
}

function localGoal(
  policy: AccessPolicy,
  plan: AccessPlan,
  { ref, represents }: Workload,
  callee: Service,
  sent: Sent,
): Reached {
  // A border may do in its own mesh what the service may that it represents.
  const allowed = asked(policy, represents ?? ref, callee.ref, sent);
  return allowed || isOpen(policy, plan, callee) ? callee.ref : undefined;
}

/** The one foreign service that has this name for this caller, and that it may call. */
function foreignGoal(
  policy: AccessPolicy,
  { services }: AccessPlan,
  caller: Workload,
  { standIn, port }: Service,
  sent: Sent,
): Reached {
  return services
    .filter((one) => one.mesh !== caller.mesh && one.standIn === standIn && one.port === port)
    .find((one) => asked(policy, caller.ref, one.ref, sent))?.ref;
}

/** A service that no rule is about, in a mesh that allows by default. */
function isOpen({ rules }: AccessPolicy, { meshes }: AccessPlan, { mesh, ref }: Service): boolean {
  return meshes[mesh]?.defaultDeny === false && !rules.some(({ to }) => to === ref);
}

function bordersProtocol({ direction, foreign }: PlannedBorder) {
  return direction === 'out' ? foreign.protocol : 'tcp';
}

/**
 * Every port of every gateway and load balancer, and every border that is called by its own Service, with every
 * name that somebody may ask it for.
 */
function entrances(plan: AccessPlan, world: World) {
  const inbound = plan.borders.filter((border) => border.direction === 'in');
  const names = inbound.flatMap(({ crossings }) => crossings.map(({ serverName }) => serverName));
  return Object.entries(plan.meshes).flatMap(([mesh, member]) => {
    const entered = inbound.filter((border) => border.mesh === mesh);
    const ports = [
      ...evaluatorOf(member).gatewayPorts(world.mesh(mesh)),
      ...entered.flatMap((border) =>
        [border, border.formerWay].flatMap((way) =>
          way?.enteredBy === 'load-balancer' ? way.gatewayPorts : [],
        ),
      ),
    ];
    const doors = [
      ...[...new Set([...ports, 80])].map((port) => ({
        port,
        leadsTo: (border: PlannedInboundBorder) =>
          leadsTo(border, 'gateway', port) || leadsTo(border, 'load-balancer', port),
        send: (tls: ClientTls, sent: Sent) => world.fromOutside(mesh, port, tls, sent),
      })),
      ...entered
        .filter((border) => leadsTo(border, 'service', border.port))
        .map((neighbour) => ({
          port: neighbour.port,
          leadsTo: (border: PlannedInboundBorder) => border === neighbour,
          send: (tls: ClientTls, sent: Sent) => world.throughBorder(neighbour, tls, sent),
        })),
    ];
    return doors.flatMap(({ port, leadsTo, send }) =>
      [...names, 'other.federation.internal'].map((sni) => {
        const border = inbound.find(
          (one) => one.mesh === mesh && one.crossings.some(({ serverName }) => serverName === sni),
        );
        const index = border?.crossings.findIndex(({ serverName }) => serverName === sni) ?? -1;
        const call = border?.calls[index];
        return {
          mesh,
          port,
          sni,
          /** The call that this is the way in for. */
          call: border && leadsTo(border) ? call : undefined,
          /** Somebody's bytes to it. */
          send,
          /** Who may use it. */
          entrants: call === undefined ? [] : entrantsOf(plan, world, call),
        };
      }),
    );
  });
}

/** SPIFFE IDs of who speaks for a call at the foreign gateway: while the way out changes, two. */
function entrantsOf(plan: AccessPlan, world: World, { caller, callee }: CrossCall): string[] {
  const border = plan.borders.find(
    ({ direction, mesh, foreign, calls }) =>
      direction === 'out' &&
      mesh === caller.mesh &&
      foreign.ref === callee.ref &&
      calls.some((call) => call.caller === caller),
  );
  const itself = world.workloads.find(({ ref }) => ref === caller.ref)?.spiffeId;
  return [caller.out, caller.formerOut].flatMap((way) =>
    way === undefined ? [] : ((way === 'border' ? border?.crossingIdentity : itself) ?? []),
  );
}
