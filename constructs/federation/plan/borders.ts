import { kindOf } from './meshes';
import type { Target } from './meshes/kind';
import {
  BORDER_LABEL,
  BORDER_PORT,
  type PlannedBorder,
  type PlannedInboundBorder,
  type PlannedMesh,
  type PlannedOutboundBorder,
} from './plan';
import { serverNameOf } from './server-name';
import { type CrossCall, outboundName, type Service } from './services';

type Meshes = Readonly<Record<string, PlannedMesh>>;
type Group = readonly [CrossCall, ...CrossCall[]];

/**
 * The borders that these calls need. Always one in the callee's mesh for each calling service, which is
 * entered by the outbound border, where there is one, or else by the caller's own sidecar. And one in the
 * caller's mesh for each service called, where callers leave by a border.
 */
export function bordersFor(meshes: Meshes, calls: readonly CrossCall[]): PlannedBorder[] {
  const direct = calls.filter(({ caller }) => caller.out === 'sidecar');
  const indirect = calls.filter(({ caller }) => caller.out === 'border');
  const byCaller = ({ caller, callee }: CrossCall) => `${caller.ref} ${callee.mesh}`;
  return [
    ...grouped(direct, byCaller).map((group) => inbound(meshes, group)),
    ...grouped(indirect, ({ caller, callee }) => `${caller.mesh} ${callee.ref}`).map((group) =>
      outbound(meshes, group),
    ),
    ...grouped(indirect, byCaller).map((group) => inbound(meshes, group)),
  ];
}

function inbound(meshes: Meshes, calls: Group): PlannedInboundBorder {
  const { caller: foreign, callee } = calls[0];
  const member = meshOf(meshes, callee.mesh);
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
    kubernetesService: name,
    port: BORDER_PORT,
    podLabels: { [BORDER_LABEL]: name },
    gatewayPorts: kind.gatewayPorts(member, foreign),
    calls,
    crossings: calls.map((call, index) => ({
      ...crossing(meshes, call),
      ...(foreign.out === 'border'
        ? borderPeer(meshes, foreign.mesh, outboundName(call.callee))
        : { peer: identityOf(meshes, foreign) }),
      callee: targetOf(meshes, call.callee, index),
    })),
  };
}

function outbound(meshes: Meshes, calls: Group): PlannedOutboundBorder {
  const { caller, callee: foreign } = calls[0];
  const member = meshOf(meshes, caller.mesh);
  const { borderNamespace: namespace, bordersMovedFrom } = member;
  const far = meshOf(meshes, foreign.mesh);
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
    // The application calls this name.
    kubernetesService: foreign.standIn,
    port: foreign.port,
    podLabels: { [BORDER_LABEL]: name },
    // Where the former ones are, their Service has the name until they go.
    aliasNamespaces: [...new Set(namespaces)].filter(
      (other) => other !== namespace && other !== bordersMovedFrom,
    ),
    callerHeader: kindOf(member).callerHeader,
    calls,
    crossings: calls.map((call) => ({
      ...crossing(meshes, call),
      ...borderPeer(meshes, foreign.mesh, call.caller.standIn),
      authority: targetOf(meshes, foreign, 0).authority,
      gatewayPort: kindOf(far).gatewayPorts(far, call.caller)[0],
    })),
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

/** The border of a mesh with this account, and who it was before it moved. */
function borderPeer(meshes: Meshes, mesh: string, serviceAccount: string) {
  const member = meshOf(meshes, mesh);
  const { borderNamespace, bordersMovedFrom } = member;
  const at = (namespace: string) =>
    kindOf(member).borderIdentity(member, namespace, serviceAccount);
  const peer = at(borderNamespace);
  const former = bordersMovedFrom === undefined ? peer : at(bordersMovedFrom);
  return { peer, ...(former === peer ? {} : { formerPeer: former }) };
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

/** A mesh of the plan. */
export function meshOf(meshes: Meshes, name: string): PlannedMesh {
  const mesh = meshes[name];
  if (mesh === undefined) throw new Error(`no mesh ${name}`);
  return mesh;
}

function grouped(calls: readonly CrossCall[], key: (call: CrossCall) => string): Group[] {
  const groups = new Map<string, [CrossCall, ...CrossCall[]]>();
  for (const call of calls) {
    const group = groups.get(key(call));
    if (group === undefined) {
      groups.set(key(call), [call]);
    } else {
      group.push(call);
    }
  }
  return [...groups.values()];
}
