import { kindOf } from './meshes';
import type { Target } from './meshes/kind';
import type { AccessPolicy, WayOut } from './model';
import {
  calledPort,
  BORDER_LABEL,
  BORDER_PORT,
  borderHost,
  ENTRANCE,
  type EnteredBy,
  meshOf,
  named,
  type PlannedBorder,
  type PlannedInboundBorder,
  type PlannedMesh,
  type PlannedOutboundBorder,
  type Pods,
  shareCluster,
  type WayFromBorder,
  wayTo,
  type WayToBorder,
} from './plan';
import { enteredBy, formerlyEnteredBy } from './resolve';
import { serverNameOf } from './server-name';
import {
  type CrossCall,
  gatewayPortsOf,
  grouped,
  leavesBy,
  outboundName,
  type Service,
} from './services';
import { spireId } from './spire';

type Meshes = Readonly<Record<string, PlannedMesh>>;
type Group = readonly [CrossCall, ...CrossCall[]];

/**
 * The borders that these calls need. Always one in the callee's mesh for each calling service, which is
 * entered by the outbound border, where there is one, or else by the caller's own sidecar. And one in the
 * caller's mesh for each service called, where callers leave by a border.
 */
export function bordersFor(
  policy: AccessPolicy,
  meshes: Meshes,
  calls: readonly CrossCall[],
): PlannedBorder[] {
  const direct = calls.filter(({ caller }) => caller.out === 'sidecar');
  const indirect = calls.filter(({ caller }) => caller.out === 'border');
  const leaving = calls.filter(({ caller }) => leavesBy(caller, 'border'));
  const byCaller = ({ caller, callee }: CrossCall) => `${caller.ref} ${callee.mesh}`;
  const byCallee = ({ caller, callee }: CrossCall) => `${caller.mesh} ${callee.ref}`;
  return [
    ...[...grouped(direct, byCaller).values()].map((group) => inbound(policy, meshes, group)),
    ...[...grouped(leaving, byCallee).values()].map((group) => outbound(policy, meshes, group)),
    ...[...grouped(indirect, byCaller).values()].map((group) => inbound(policy, meshes, group)),
  ];
}

function inbound(policy: AccessPolicy, meshes: Meshes, calls: Group): PlannedInboundBorder {
  const { caller: foreign, callee } = calls[0];
  const member = meshOf(meshes, callee.mesh);
  const [way, formerWay] = waysInto(policy, meshes, foreign, callee.mesh);
  const kind = kindOf(member);
  const { borderNamespace: namespace } = member;
  const name = kind.inboundName(foreign);
  return {
    direction: 'in',
    mesh: callee.mesh,
    foreignMesh: foreign.mesh,
    foreign,
    namespace,
    name,
    serviceAccount: foreign.standIn,
    identity: kind.borderIdentity(member, namespace, foreign.standIn),
    crossingIdentity: crossingIdentity(member, namespace, foreign.standIn),
    kubernetesService: name,
    port: BORDER_PORT,
    podLabels: labelsOf(name),
    ...way,
    ...(formerWay === undefined ? {} : { formerWay }),
    sharesCluster: shareCluster(member, meshOf(meshes, foreign.mesh)),
    callerPods:
      wayTo({ ...way, formerWay }, 'service') === undefined
        ? []
        : callerPods(meshOf(meshes, foreign.mesh), calls),
    calls,
    crossings: calls.map((call, index) => ({
      ...crossing(meshes, call),
      ...peers(callersIdentities(meshes, call)),
      callee: targetOf(meshes, call.callee, index),
    })),
  };
}

/** How a foreign service gets to its border, and how it did before, while that way is open too. */
function waysInto(
  policy: AccessPolicy,
  meshes: Meshes,
  caller: Service,
  mesh: string,
): readonly [WayToBorder, WayToBorder?] {
  const member = meshOf(meshes, mesh);
  const by = (way: EnteredBy): WayToBorder => {
    switch (way) {
      case 'gateway':
        return { enteredBy: way, gatewayPorts: kindOf(member).gatewayPorts(member, caller) };
      case 'load-balancer':
        return { enteredBy: way, gatewayPorts: gatewayPortsOf(caller) };
      case 'service':
        return { enteredBy: way, gatewayPorts: [BORDER_PORT] };
    }
  };
  const former = formerlyEnteredBy(policy, caller.mesh, mesh);
  return [
    by(enteredBy(policy, caller.mesh, mesh)),
    ...(former === undefined ? ([] as const) : ([by(former)] as const)),
  ];
}

/** Pods that call a border in their own cluster: outbound borders, or those of the caller itself. */
function callerPods(
  { borderNamespace, bordersMovedFrom = borderNamespace }: PlannedMesh,
  calls: Group,
): Pods[] {
  const { caller } = calls[0];
  const namespaces = [...new Set([borderNamespace, bordersMovedFrom])];
  return [
    ...(leavesBy(caller, 'sidecar')
      ? [{ namespace: caller.namespace, labels: kindOf(caller).hops.pods(caller).labels }]
      : []),
    ...(leavesBy(caller, 'border')
      ? calls.flatMap(({ callee }) =>
          namespaces.map((namespace) => ({ namespace, labels: labelsOf(outboundName(callee)) })),
        )
      : []),
  ];
}

/** The border by which a call enters the other mesh in the same cluster. */
function neighbour(meshes: Meshes, { caller, callee }: CrossCall) {
  const member = meshOf(meshes, callee.mesh);
  const { borderNamespace: namespace } = member;
  const name = kindOf(member).inboundName(caller);
  return {
    host: borderHost({ kubernetesService: name, namespace }, member),
    namespace,
    labels: labelsOf(name),
  };
}

/** Labels of a border's pods, by its name. */
function labelsOf(name: string): Readonly<Record<string, string>> {
  return { [BORDER_LABEL]: name };
}

function outbound(policy: AccessPolicy, meshes: Meshes, calls: Group): PlannedOutboundBorder {
  const { caller, callee: foreign } = calls[0];
  const member = meshOf(meshes, caller.mesh);
  const { borderNamespace: namespace, bordersMovedFrom } = member;
  const name = outboundName(foreign);
  const namespaces = calls.map((call) => call.caller.namespace);
  return {
    direction: 'out',
    mesh: caller.mesh,
    foreignMesh: foreign.mesh,
    foreign,
    namespace,
    name,
    serviceAccount: name,
    identity: kindOf(member).borderIdentity(member, namespace, name),
    crossingIdentity: crossingIdentity(member, namespace, name),
    // The application calls this name.
    kubernetesService: foreign.standIn,
    port: foreign.port,
    podLabels: labelsOf(name),
    // Where the former ones are, their Service has the name until they go.
    aliasNamespaces: [...new Set(namespaces)].filter(
      (other) => other !== namespace && other !== bordersMovedFrom,
    ),
    namesBeside: [
      ...new Set(
        calls
          .filter(({ caller: one }) => one.formerOut !== undefined)
          .map((call) => call.caller.namespace),
      ),
    ],
    callerHeader: kindOf(member).callerHeader,
    calls,
    crossings: calls.map((call) => {
      const [way, formerWay] = waysInto(policy, meshes, call.caller, foreign.mesh);
      const from = (one: WayToBorder): WayFromBorder => ({
        gatewayPort: calledPort(meshOf(meshes, foreign.mesh), one),
        ...(one.enteredBy === 'service' ? { neighbour: neighbour(meshes, call) } : {}),
      });
      return {
        ...crossing(meshes, call),
        ...peers(borderIdentities(meshes, foreign.mesh, call.caller.standIn)),
        authority: targetOf(meshes, foreign, 0).authority,
        ...from(way),
        ...(formerWay === undefined ? {} : { formerWay: from(formerWay) }),
      };
    }),
  };
}

function crossing(meshes: Meshes, call: CrossCall) {
  return {
    id: `${call.caller.id}-to-${call.callee.id}`,
    serverName: serverNameOf(call.caller, call.callee),
    caller: identityOf(meshes, call.caller),
    protocol: call.callee.protocol,
    allow: call.allow,
  };
}

/** Who comes with a call: the caller itself or its border, and who came before, as long as that may still be. */
function callersIdentities(meshes: Meshes, { caller, callee }: CrossCall): [string, ...string[]] {
  const by = (way: WayOut): [string, ...string[]] =>
    way === 'border'
      ? borderIdentities(meshes, caller.mesh, outboundName(callee))
      : [identityOf(meshes, caller)];
  return [...by(caller.out), ...(caller.formerOut === undefined ? [] : by(caller.formerOut))];
}

/** The border of a mesh with this account, and who it was before it moved. */
function borderIdentities(
  meshes: Meshes,
  mesh: string,
  serviceAccount: string,
): [string, ...string[]] {
  const member = meshOf(meshes, mesh);
  const { borderNamespace, bordersMovedFrom } = member;
  const at = (namespace: string) => crossingIdentity(member, namespace, serviceAccount);
  return [at(borderNamespace), ...(bordersMovedFrom === undefined ? [] : [at(bordersMovedFrom)])];
}

/** Each once, by who comes first. */
function peers([peer, ...former]: readonly [string, ...string[]]) {
  const formerPeers = [...new Set(former)].filter((one) => one !== peer);
  return { peer, ...(formerPeers.length === 0 ? {} : { formerPeers }) };
}

/** What the borders with this account show to other meshes. */
function crossingIdentity(member: PlannedMesh, namespace: string, serviceAccount: string): string {
  const { spire } = member;
  return spire === undefined
    ? kindOf(member).borderIdentity(member, namespace, serviceAccount)
    : spireId(spire, namespace, serviceAccount);
}

/** The identity of a service's pods. */
export function identityOf(meshes: Meshes, service: Service): string {
  const member = meshOf(meshes, service.mesh);
  return kindOf(member).identity(member, service);
}

function targetOf(meshes: Meshes, callee: Service, index: number): Target {
  const member = meshOf(meshes, callee.mesh);
  return kindOf(member).target(member, callee, index);
}

/**
 * The Kubernetes Service by which callers of other clusters enter a mesh.
 *
 * @param federation Name of the federation, where the mesh is in several
 */
export function entranceOf(
  member: PlannedMesh,
  federation: string | undefined,
): { readonly namespace: string; readonly serviceName: string } {
  const gateway = member.in === 'gateway' ? kindOf(member).gateway(member) : undefined;
  return gateway ?? loadBalancerOf(member, federation);
}

/** The Service by which callers of other clusters enter a mesh past its gateway, where they do. */
export function loadBalancerOf(
  { borderNamespace: namespace }: Pick<PlannedMesh, 'borderNamespace'>,
  federation: string | undefined,
): { readonly namespace: string; readonly serviceName: string } {
  return { namespace, serviceName: named(ENTRANCE, federation) };
}
