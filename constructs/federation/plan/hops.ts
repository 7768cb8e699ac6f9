import type { Admission } from './admission';
import { entranceOf, identityOf } from './borders';
import type { BorderOptions } from './border-options';
import { kindOf } from './meshes';
import type { GatewayAddresses } from './meshes/kind';
import {
  enteredDirectlyBy,
  type AccessPlan,
  calledPort,
  type EnteredBy,
  isEnteredDirectly,
  meshOf,
  type PlannedBorder,
  type PlannedInboundBorder,
} from './plan';
import { plannedResources } from './planned-resources';
import type { PlannedResource } from './resources';
import { serverNameOf } from './server-name';
import { type CrossCall, isCrossing } from './services';
import { hasRootsOfSpire } from './spire';
import { refusal } from '../../problems';

/** Where a hop is on the way of a call. */
export type Place = 'caller' | 'border-out' | 'gateway' | 'border-in' | 'callee';

/** One of the things that a call passes, in one cluster: all that must be right there. */
export interface Hop {
  /** Which part of the way the hop is. */
  readonly place: Place;
  /** The mesh in whose cluster it is. */
  readonly mesh: string;
  /** Namespace and name, for people: `default/backend`. */
  readonly name: string;
  /**
   * The workload, where it is one of the federation's or of the policy's.
   * @default none
   */
  readonly pods?: HopPods;
  /**
   * The Kubernetes Service by which the hop before finds it.
   * @default none
   */
  readonly service?: HopService;
  /** Custom resources of the federation without which a call does not get on from here. */
  readonly resources: readonly PlannedResource[];
  /**
   * The foreign roots that must be here.
   * @default none
   */
  readonly roots?: HopRoots;
  /**
   * Whom policies must let in here.
   * @default nobody
   */
  readonly admission?: Admission;
  /**
   * What the other mesh's side of the crossing connects to. Of gateways only.
   * @default none
   */
  readonly entrance?: Entrance;
}

/** Roots of a foreign mesh that a hop verifies others by. */
export interface HopRoots {
  /** Name of the foreign mesh, whose roots they are. */
  readonly mesh: string;
  /** Namespace of the ConfigMap with them. */
  readonly namespace: string;
}

/** Pods of a hop, and what they must be like. */
export interface HopPods {
  /** Namespace of the pods. */
  readonly namespace: string;
  /**
   * Labels by which they are found; else it is the service account.
   * @default none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /** Service account of the pods, which is their identity. */
  readonly serviceAccount: string;
  /** The identity in certificates; of a border in those that it presents to other meshes. */
  readonly identity: string;
  /** Annotations, each with YAML or JSON of which this must be a part. */
  readonly annotations: Readonly<Record<string, string>>;
  /**
   * Name of the Deployment, where the federation made it.
   * @default none
   */
  readonly border?: string;
}

/** A Kubernetes Service with its port. */
export interface HopService {
  /** Namespace of the Service. */
  readonly namespace: string;
  /** Name of the Service. */
  readonly name: string;
  /** The Service's port that is connected to. */
  readonly port: number;
}

/** Where a crossing enters a mesh. */
export interface Entrance {
  /** How calls get to the border. */
  readonly enteredBy: EnteredBy;
  /** Port that a client connects to: what stands before the gateway may have another than its Service. */
  readonly port: number;
  /** Name that a client asks for in the TLS handshake. */
  readonly serverName: string;
  /** Identities of the border behind it: one, or two while it moves. */
  readonly identities: readonly string[];
  /** The mesh of the client, in whose cluster the roots are by which it verifies the border. */
  readonly clientMesh: string;
  /** Namespace of these roots there. */
  readonly rootsNamespace: string;
}

/** The Kubernetes Service of a gateway. */
export interface GatewayService {
  /** Namespace of the Service. */
  readonly namespace: string;
  /** The Kubernetes Service of the gateway. */
  readonly serviceName: string;
}

/** Settings of `hops` beside the call. */
export interface HopsProps {
  /** Address of a mesh's gateway, which the resources on the way to it name. */
  readonly addresses: GatewayAddresses;
  /**
   * Service by which others enter a mesh by its gateway, by the mesh's name.
   * @default the gateway's own
   */
  readonly gatewayServices?: Readonly<Partial<Record<string, GatewayService>>>;
  /**
   * What the borders are deployed with.
   * @default as `BorderOptions` has them
   */
  readonly borders?: BorderOptions;
}

/**
 * All that a call from one mesh to another passes, in its order, as data: who runs where, with which
 * identity, behind which resources and roots.
 *
 * @throws Error when the call is not of this plan.
 */
export function hops(plan: AccessPlan, call: CrossCall, props: HopsProps): Hop[] {
  const resources = plannedResources(plan, props.addresses, props.borders);
  const carrying = plan.borders.filter((border) => border.calls.some(({ id }) => id === call.id));
  // While the way out changes, there is one on the way that calls no longer take, or do not yet.
  const out =
    call.caller.out === 'border'
      ? carrying.find((border) => border.direction === 'out')
      : undefined;
  const into = carrying.find((border) => border.direction === 'in');
  if (into === undefined) {
    const message = 'has no border in this plan; take one of crossCalls(plan)';
    throw refusal('The way of a call', [{ path: [call.id], message }], 'cannot be told');
  }
  return [
    callerHop(plan, call, resources, into),
    ...(out === undefined ? [] : [borderHop(plan, call, resources, out)]),
    gatewayHop(plan, call, props, resources, into, out),
    borderHop(plan, call, resources, into),
    calleeHop(plan, call, resources, into),
  ];
}

/** The calls of a plan that leave their mesh, in its order. */
export function crossCalls({ calls }: AccessPlan): CrossCall[] {
  return calls.filter(isCrossing);
}

function callerHop(
  plan: AccessPlan,
  call: CrossCall,
  resources: readonly PlannedResource[],
  into: PlannedBorder,
): Hop {
  const { caller } = call;
  const kind = kindOf(meshOf(plan.meshes, caller.mesh));
  return {
    place: 'caller',
    mesh: caller.mesh,
    name: `${caller.namespace}/${caller.name}`,
    pods: {
      namespace: caller.namespace,
      ...kind.hops.pods(caller),
      identity: identityOf(plan.meshes, caller),
      annotations: kind.callerPodAnnotations(enteredDirectlyBy(plan, caller.ref)),
    },
    resources: of(resources, caller.mesh).filter((one) => kind.hops.leadsOut(plan, call, one)),
    ...(isEnteredDirectly(into) && {
      roots: { mesh: call.callee.mesh, namespace: caller.namespace },
    }),
  };
}

function borderHop(
  plan: AccessPlan,
  call: CrossCall,
  resources: readonly PlannedResource[],
  border: PlannedBorder,
): Hop {
  const { mesh, namespace, name, serviceAccount, podLabels, crossingIdentity, foreignMesh } =
    border;
  const member = meshOf(plan.meshes, mesh);
  const kind = kindOf(member);
  const isCalledByService =
    border.direction === 'out' ||
    border.enteredBy === 'service' ||
    (border.enteredBy === 'gateway' && kind.hops.isCalledByService);
  return {
    place: border.direction === 'out' ? 'border-out' : 'border-in',
    mesh,
    name: `${namespace}/${name}`,
    pods: {
      namespace,
      labels: podLabels,
      serviceAccount,
      identity: crossingIdentity,
      annotations: {},
      border: name,
    },
    ...(isCalledByService && {
      service: { namespace, name: border.kubernetesService, port: border.port },
    }),
    resources: of(resources, mesh).filter((one) => kind.hops.isOfBorder(border, one)),
    ...(!hasRootsOfSpire(member) && { roots: { mesh: foreignMesh, namespace } }),
    admission: kind.hops.toBorder(member, call, border),
  };
}

function gatewayHop(
  plan: AccessPlan,
  call: CrossCall,
  { gatewayServices }: HopsProps,
  resources: readonly PlannedResource[],
  into: PlannedInboundBorder,
  out: PlannedBorder | undefined,
): Hop {
  const { mesh, foreign } = into;
  const member = meshOf(plan.meshes, mesh);
  const kind = kindOf(member);
  const { enteredBy } = into;
  const { namespace, serviceName } =
    enteredBy === 'service'
      ? { namespace: into.namespace, serviceName: into.kubernetesService }
      : ((enteredBy === 'gateway' ? gatewayServices?.[mesh] : undefined) ??
        entranceOf(member, plan.name));
  const serverName = serverNameOf(call.caller, call.callee);
  const moving = plan.formerBorders.filter(
    (one) => one.direction === 'in' && one.mesh === mesh && one.foreign.ref === foreign.ref,
  );
  return {
    place: 'gateway',
    mesh,
    name: `${namespace}/${serviceName}`,
    service: { namespace, name: serviceName, port: into.gatewayPorts[0] },
    resources:
      enteredBy === 'gateway'
        ? of(resources, mesh).filter((one) => kind.hops.isOfGateway(member, serverName, one, into))
        : [],
    admission: enteredBy === 'gateway' ? kind.hops.toGateway(member, serverName) : undefined,
    entrance: {
      enteredBy,
      port: calledPort(member, into),
      serverName,
      identities: [...new Set([into, ...moving].map((border) => border.crossingIdentity))],
      clientMesh: call.caller.mesh,
      rootsNamespace: (out ?? call.caller).namespace,
    },
  };
}

function calleeHop(
  plan: AccessPlan,
  call: CrossCall,
  resources: readonly PlannedResource[],
  into: PlannedBorder,
): Hop {
  const { callee } = call;
  const member = meshOf(plan.meshes, callee.mesh);
  const kind = kindOf(member);
  const { namespace, name, port } = callee;
  return {
    place: 'callee',
    mesh: callee.mesh,
    name: `${namespace}/${name}`,
    pods: {
      namespace,
      ...kind.hops.pods(callee),
      identity: identityOf(plan.meshes, callee),
      annotations: {},
    },
    service: { namespace, name, port },
    resources: of(resources, callee.mesh).filter(
      (one) => one.layer === 'mesh' && kind.hops.isOfCallee(call, one),
    ),
    admission: kind.hops.toCallee(member, call, into),
  };
}

function of(resources: readonly PlannedResource[], mesh: string): PlannedResource[] {
  return resources.filter((one) => one.mesh === mesh);
}
