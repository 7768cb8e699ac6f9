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

/** The position of a hop on the way of a call. */
export type Place = 'caller' | 'border-out' | 'gateway' | 'border-in' | 'callee';

/** A station on the way of a call, in one cluster, with everything that must be in order there. */
export interface Hop {
  /** Which part of the way the hop is. */
  readonly place: Place;
  /** The mesh in whose cluster it is. */
  readonly mesh: string;
  /** Namespace and name, for people: `default/backend`. */
  readonly name: string;
  /**
   * The workload, if it belongs to the federation or is named in the policy.
   * @default none
   */
  readonly pods?: HopPods;
  /**
   * The Kubernetes Service that the previous hop connects to.
   * @default none
   */
  readonly service?: HopService;
  /** Custom resources of the federation that a call needs to get past this hop. */
  readonly resources: readonly PlannedResource[];
  /**
   * The foreign roots that must be here.
   * @default none
   */
  readonly roots?: HopRoots;
  /**
   * Whom the policies at this hop must admit.
   * @default nobody
   */
  readonly admission?: Admission;
  /**
   * What the other mesh's side of the crossing connects to. Only for gateways.
   * @default none
   */
  readonly entrance?: Entrance;
}

/** Roots of a foreign mesh with which a hop verifies its peers. */
export interface HopRoots {
  /** Name of the foreign mesh, whose roots they are. */
  readonly mesh: string;
  /** Namespace of the ConfigMap with them. */
  readonly namespace: string;
}

/** Pods of a hop, and what is expected of them. */
export interface HopPods {
  /** Namespace of the pods. */
  readonly namespace: string;
  /**
   * Labels with which to find them; without labels, use the service account.
   * @default none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /** Service account of the pods, which is their identity. */
  readonly serviceAccount: string;
  /** The identity in their certificates; for a border, in those that it presents to other meshes. */
  readonly identity: string;
  /** Annotations that the pods must have; the YAML or JSON in each must contain what is given here. */
  readonly annotations: Readonly<Record<string, string>>;
  /**
   * Name of the Deployment, if the federation made it.
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
  /** Port that a client connects to. A load balancer in front may use another port than the gateway's Service. */
  readonly port: number;
  /** Server name (SNI) that a client sends in the TLS handshake. */
  readonly serverName: string;
  /** Identities of the border behind it: one, or two while it moves. */
  readonly identities: readonly string[];
  /** The mesh of the client. The roots with which it verifies the border are in this mesh's cluster. */
  readonly clientMesh: string;
  /** Namespace of those roots. */
  readonly rootsNamespace: string;
}

/** The Kubernetes Service of a gateway. */
export interface GatewayService {
  /** Namespace of the Service. */
  readonly namespace: string;
  /** The Kubernetes Service of the gateway. */
  readonly serviceName: string;
}

/** Settings of `hops`. */
export interface HopsProps {
  /** Address of a mesh's gateway, which the resources on the way to it name. */
  readonly addresses: GatewayAddresses;
  /**
   * Service through which others reach the gateway of a mesh, by the mesh's name.
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
 * Everything that a call from one mesh to another passes through, in order, as data: what runs where, with
 * which identity, and with which resources and roots.
 *
 * @throws Error when the call is not part of this plan.
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

/** The calls of a plan that leave their mesh, in the order of the plan. */
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
