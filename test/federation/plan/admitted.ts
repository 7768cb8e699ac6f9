import type { AccessPlan, AccessPolicy, Service, StandIn } from '../../../constructs/federation';
import { asked } from './asked';
import type { Sent } from './http';
import type { Reached, Workload, World } from './world';

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
      if (!local && caller.kind === callee.kind) continue;
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
    for (const border of plan.standIns.filter(({ mesh }) => mesh === caller.mesh)) {
      for (const sent of sentTo({ protocol: bordersProtocol(border) })) {
        expect(
          () => `${caller.ref} -> border ${border.name}: ${text(sent)}`,
          border.kind === 'consul-outbound' && asked(policy, caller.ref, border.foreign.ref, sent),
          world.toBorder(caller, border, border.port, sent),
        );
      }
    }
  }
  for (const { mesh, port, sni, call, standIn } of entrances(plan)) {
    for (const client of world.workloads.filter((workload) => workload.mesh !== mesh)) {
      const mayEnter = call !== undefined && client.spiffeId === standIn;
      for (const sent of mayEnter ? sentTo(call.callee) : PROBES) {
        expect(
          () => `from outside, ${client.ref} to ${mesh}:${port} as ${sni}: ${text(sent)}`,
          mayEnter && asked(policy, call.caller.ref, call.callee.ref, sent)
            ? call.callee.ref
            : undefined,
          world.fromOutside(
            mesh,
            port,
            {
              sni,
              spiffeId: client.spiffeId,
              issuer: client.mesh,
              trusts: true,
              accepts: plan.standIns.map(({ spiffeId }) => spiffeId),
            },
            sent,
          ),
        );
      }
    }
  }
  return found;
}

function localGoal(
  policy: AccessPolicy,
  plan: AccessPlan,
  { ref, standsInFor }: Workload,
  callee: Service,
  sent: Sent,
): Reached {
  // A border may do in its own mesh what the service may that it stands in for.
  const allowed = asked(policy, standsInFor ?? ref, callee.ref, sent);
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
    .filter((one) => one.kind !== caller.kind && one.standIn === standIn && one.port === port)
    .find((one) => asked(policy, caller.ref, one.ref, sent))?.ref;
}

/** A service that no rule is about, in a mesh that allows by default. */
function isOpen({ rules }: AccessPolicy, { meshes }: AccessPlan, { mesh, ref }: Service): boolean {
  return meshes[mesh]?.defaultDeny === false && !rules.some(({ to }) => to === ref);
}

function bordersProtocol(border: StandIn) {
  return border.kind === 'consul-outbound' ? border.foreign.protocol : 'tcp';
}

/** Every port of every gateway with every name that somebody may ask it for. */
function entrances(plan: AccessPlan) {
  const inbound = plan.standIns.flatMap((standIn) =>
    standIn.kind === 'consul-outbound' ? [] : [standIn],
  );
  const names = inbound.flatMap(({ crossings }) => crossings.map(({ serverName }) => serverName));
  return Object.entries(plan.meshes).flatMap(([mesh, member]) => {
    const ports =
      member.kind === 'istio'
        ? [member.mesh.gateway.tlsPort]
        : inbound.flatMap((border) =>
            border.kind === 'consul-inbound' && border.mesh === mesh ? border.gatewayPorts : [],
          );
    return [...new Set([...ports, 80])].flatMap((port) =>
      [...names, 'other.federation.internal'].map((sni) => {
        const border = inbound.find(
          (one) => one.mesh === mesh && one.crossings.some(({ serverName }) => serverName === sni),
        );
        const index = border?.crossings.findIndex(({ serverName }) => serverName === sni) ?? -1;
        const reachable =
          port !== 80 && (border?.kind !== 'consul-inbound' || border.gatewayPorts.includes(port));
        return {
          mesh,
          port,
          sni,
          /** The call that this is the way in for. */
          call: reachable ? border?.calls[index] : undefined,
          /** Who may use it. */
          standIn: border && clientOf(plan, border.calls[index]),
        };
      }),
    );
  });
}

/** SPIFFE ID of who speaks for a call at the foreign gateway. */
function clientOf(
  plan: AccessPlan,
  call: AccessPlan['standIns'][number]['calls'][number] | undefined,
) {
  if (call === undefined) return undefined;
  const { caller, callee } = call;
  const member = plan.meshes[caller.mesh];
  if (caller.kind === 'istio' && member?.kind === 'istio') {
    const { trustDomain } = member.mesh;
    return `spiffe://${trustDomain}/ns/${caller.namespace}/sa/${caller.serviceAccount}`;
  }
  return plan.standIns.find(
    (standIn) =>
      standIn.kind === 'consul-outbound' &&
      standIn.mesh === caller.mesh &&
      standIn.foreign.ref === callee.ref,
  )?.spiffeId;
}
