import { serviceHost } from '../../kubernetes/cluster-domain';
import type { CallerHeader, InboundCrossing, OutboundCrossing } from './crossing';
import type { ConsulMember, IstioMember, LinkerdMember, MeshMember, WayIn } from './model';
import { type Call, type CrossCall, leavesBy, type Service } from './services';
import type { SpireOptions } from './spire-options';
import { internalError } from '../../problems';

/**
 * The result of compiling an access policy: which borders there are and where, what each lets through, and
 * under which names and ports. Plain data, complete except for what only a running cluster knows (the
 * addresses of the gateways).
 */
export interface AccessPlan {
  /**
   * Name of the federation, if a mesh is in several. It becomes part of the names of what each federation makes
   * once in a cluster.
   * @default none: it is the only federation of its meshes
   */
  readonly name?: string;
  /** The meshes, by the policy's names for them. */
  readonly meshes: Readonly<Record<string, PlannedMesh>>;
  /** Every service, in the policy's order. */
  readonly services: readonly Service[];
  /** Every rule, in the policy's order. */
  readonly calls: readonly Call[];
  /** Every border, in all meshes. */
  readonly borders: readonly PlannedBorder[];
  /** The same borders in their former namespaces, while they move. */
  readonly formerBorders: readonly PlannedBorder[];
  /**
   * Namespace, in each cluster, of the jobs that exchange roots. "Every workload" of a mesh does not mean
   * them: a token for one of their accounts is with another cluster.
   */
  readonly jobsNamespace: string;
}

/** Namespace of the jobs that exchange roots, unless told otherwise. */
export const JOBS_NAMESPACE = 'mesh-federation';

/** A name that every federation of a mesh would use: its own one where it has a name. */
export function named(name: string, federation: string | undefined, separator = '-'): string {
  return federation === undefined ? name : `${name}${separator}${federation}`;
}

/** Names of these jobs, of their service accounts and of what they write. */
export const JOB_NAMES = {
  /** Shows the roots of its own mesh. */
  publish: (mesh: string) => `roots-${mesh}`,
  /** No job: who reads them for another mesh, from its cluster. */
  reader: (other: string) => `roots-reader-${other}`,
  /** Issues tokens for that reader. */
  issue: (other: string) => `issue-${other}`,
  /** Reads the roots of another mesh. */
  sync: (other: string) => `sync-${other}`,
  /** Fetches the next token for that. */
  renew: (other: string) => `renew-${other}`,
} as const;

/** The meshes that a mesh exchanges roots with. */
export function exchangesWith({ borders }: AccessPlan, mesh: string): string[] {
  const others = borders.flatMap((border) =>
    border.mesh === mesh ? [border.foreignMesh] : border.foreignMesh === mesh ? [border.mesh] : [],
  );
  return [...new Set(others)];
}

/** Service accounts of these jobs in the cluster of a mesh, for each mesh that it exchanges roots with. */
export function jobAccounts(plan: AccessPlan, mesh: string): string[] {
  const { publish, reader, issue, sync, renew } = JOB_NAMES;
  const others = exchangesWith(plan, mesh);
  return others.length === 0
    ? []
    : [
        publish(mesh),
        ...others.flatMap((other) => [reader(other), issue(other), sync(other), renew(other)]),
      ];
}

/** What the policy says about a mesh of any kind. */
export interface AnyPlannedMesh {
  /** Name of its cluster, if it shares that with another mesh of the plan. */
  readonly cluster: string | undefined;
  /** How callers of other clusters enter. */
  readonly in: WayIn;
  /** Namespace that all borders of this mesh are in. */
  readonly borderNamespace: string;
  /** Former namespace of its borders, while they move. */
  readonly bordersMovedFrom: string | undefined;
  /**
   * The SPIRE that issues the identities which its borders present to other meshes.
   * @default they present identities of the mesh
   */
  readonly spire?: SpireOptions;
  /**
   * Port at which others reach its gateway, if it differs from the gateway's own.
   * @default the gateway's own
   */
  readonly addressPort?: number;
}

/** A mesh of the plan. */
export type PlannedMesh =
  | (IstioMember & AnyPlannedMesh)
  | (LinkerdMember & AnyPlannedMesh)
  | (ConsulMember &
      AnyPlannedMesh & {
        /** Who writes what its gateway listens to. */
        readonly gatewayListeners: 'create' | 'existing';
      });

/** A border: the one workload that represents a foreign service, in the cluster of `mesh`. */
export type PlannedBorder = PlannedInboundBorder | PlannedOutboundBorder;

interface AnyBorder {
  /**
   * Name of the federation that it is part of, if that has one.
   * @default none
   */
  readonly federation?: string;
  /** The mesh that it is part of. */
  readonly mesh: string;
  /** The mesh at the other end, whose roots it trusts. */
  readonly foreignMesh: string;
  /** The foreign service that it represents. */
  readonly foreign: Service;
  /** Namespace of its pods. */
  readonly namespace: string;
  /** Name of its Deployment and of all that belongs to it. */
  readonly name: string;
  /** Service account of its pods, which is their identity. In Consul also the name of the border as a service. */
  readonly serviceAccount: string;
  /** Identity of the border in the mesh it runs in. */
  readonly identity: string;
  /** Identity that it presents to the other mesh: the same, or one from SPIRE. */
  readonly crossingIdentity: string;
  /** Name of the one Kubernetes Service that selects its pods. */
  readonly kubernetesService: string;
  /** Port of that Service. */
  readonly port: number;
  /** Labels that only its pods have. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** The calls that go through it, in the order of its crossings. */
  readonly calls: readonly CrossCall[];
}

/** A way to an inbound border. */
export interface WayToBorder {
  /** How calls get to the border. */
  readonly enteredBy: EnteredBy;
  /**
   * Ports at which callers reach it, the one in use first. If the port identifies the caller, these ports lead
   * to nothing else.
   */
  readonly gatewayPorts: readonly [number, ...number[]];
}

/** A border for incoming calls from one foreign service. It terminates the foreign mTLS. */
export interface PlannedInboundBorder extends AnyBorder, WayToBorder {
  /** The border is for calls that come in. */
  readonly direction: 'in';
  /** The service that calls. */
  readonly foreign: Service;
  /**
   * The former way of calls, while it is still open.
   * @default none
   */
  readonly formerWay?: WayToBorder;
  /** Whether the foreign mesh is in the same cluster. */
  readonly sharesCluster: boolean;
  /** Pods that call it through its own Service; none if calls arrive another way. */
  readonly callerPods: readonly Pods[];
  /** The crossings that the border's Envoy lets through. */
  readonly crossings: readonly InboundCrossing[];
}

/**
 * How calls reach an inbound border: through the gateway of its mesh, through a port of the load balancer
 * that such borders share, or, from the same cluster, through its own Service.
 */
export type EnteredBy = 'gateway' | 'load-balancer' | 'service';

/** A border for outgoing calls to one foreign service. It originates the foreign mTLS. */
export interface PlannedOutboundBorder extends AnyBorder {
  /** The border is for calls that go out. */
  readonly direction: 'out';
  /** The service that is called. */
  readonly foreign: Service;
  /** Other namespaces whose services call it by the same short name. */
  readonly aliasNamespaces: readonly string[];
  /**
   * Those of them whose services call by that name without using the border, or did until now. While both
   * exist, a name that their sidecars know by themselves takes precedence over the border's Service.
   */
  readonly namesBeside: readonly string[];
  /** The header in which its sidecar says who calls. */
  readonly callerHeader: CallerHeader;
  /** What its Envoy lets through: complete except for the address of the foreign gateway. */
  readonly crossings: readonly PlannedOutboundCrossing[];
}

/** A crossing of an outbound border, complete except for the address of the foreign gateway. */
export type PlannedOutboundCrossing = Omit<OutboundCrossing, 'gateway'> &
  WayFromBorder & {
    /**
     * The former way, which pods that are about to be replaced still use.
     * @default none
     */
    readonly formerWay?: WayFromBorder;
  };

/** A way out of an outbound border. */
export interface WayFromBorder {
  /** Port at which it enters the foreign mesh. */
  readonly gatewayPort: number;
  /**
   * The inbound border, if it is in the same cluster and called through its own Service.
   * @default none: it is reached by a gateway, or in another cluster
   */
  readonly neighbour?: Pods & {
    /** Host name of that Service. */
    readonly host: string;
  };
}

/** Pods in a cluster. */
export interface Pods {
  /** Namespace of the pods. */
  readonly namespace: string;
  /**
   * Labels that all of them have.
   * @default every pod of the namespace
   */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Ids of the calls of borders, or of what else has some. */
export function callIds(all: readonly { readonly calls: readonly Call[] }[]): string[] {
  return all.flatMap(({ calls }) => calls.map(({ id }) => id));
}

/** The borders of a mesh, with those that are about to go: their identities are still admitted. */
export function allBordersOf(
  { borders, formerBorders }: AccessPlan,
  mesh: string,
): PlannedBorder[] {
  return [...borders, ...formerBorders].filter((border) => border.mesh === mesh);
}

/** Ids of the calls that go through the borders of a mesh. */
export function callsOfBorders({ borders }: AccessPlan, mesh: string): string[] {
  return callIds(borders.filter((border) => border.mesh === mesh));
}

/** The borders by which others enter a mesh. */
export function inboundBorders({ borders }: AccessPlan, mesh: string): PlannedInboundBorder[] {
  return borders
    .filter((border) => border.direction === 'in')
    .filter((border) => border.mesh === mesh);
}

/** Those of them that calls reach by its gateway, or did until now. */
export function bordersBehindGateway(plan: AccessPlan, mesh: string): PlannedInboundBorder[] {
  return inboundBorders(plan, mesh).filter((border) => wayTo(border, 'gateway') !== undefined);
}

/** The open way of one kind to a border: the one that calls take, or the one that they took before. */
export function wayTo(
  border: Pick<PlannedInboundBorder, 'enteredBy' | 'gatewayPorts' | 'formerWay'>,
  kind: EnteredBy,
): WayToBorder | undefined {
  return [border, border.formerWay].find((way) => way?.enteredBy === kind);
}

/** Host name of a border's Service in its cluster. */
export function borderHost(
  { kubernetesService, namespace }: Pick<AnyBorder, 'kubernetesService' | 'namespace'>,
  { mesh }: Pick<MeshMember, 'mesh'>,
): string {
  return serviceHost(kubernetesService, namespace, mesh.clusterDomain);
}

/**
 * Whether the sidecars of the foreign service come to this border themselves, or did until now, and so trust
 * the roots of its mesh.
 */
export function isEnteredDirectly({ direction, foreign }: PlannedBorder): boolean {
  return direction === 'in' && leavesBy(foreign, 'sidecar');
}

/** Meshes that the sidecars of a service come to themselves, by its name in rules. */
export function enteredDirectlyBy({ borders }: AccessPlan, service: string): string[] {
  return borders
    .filter((border) => border.foreign.ref === service && isEnteredDirectly(border))
    .map(({ mesh }) => mesh);
}

/** Finds a mesh by its name. */
export function meshOf(meshes: AccessPlan['meshes'], name: string): PlannedMesh {
  const mesh = meshes[name];
  if (mesh === undefined) throw internalError(`no mesh ${name} in the plan`);
  return mesh;
}

/** Whether two meshes are in one cluster. */
export function shareCluster(
  one: { readonly cluster?: string | undefined } | undefined,
  other: { readonly cluster?: string | undefined } | undefined,
): boolean {
  return one?.cluster !== undefined && one.cluster === other?.cluster;
}

/** Meshes, as far as it matters which of them share a cluster. */
interface Clustered {
  readonly meshes: Readonly<Record<string, { readonly cluster?: string | undefined }>>;
}

/** Other meshes in the cluster of a mesh. */
export function neighboursOf({ meshes }: Clustered, mesh: string): string[] {
  return Object.keys(meshes).filter(
    (other) => other !== mesh && shareCluster(meshes[mesh], meshes[other]),
  );
}

/**
 * Namespace of the jobs of a mesh that exchange roots. Where two meshes share a cluster, each has one, named
 * after the mesh.
 */
export function jobsNamespaceOf(
  plan: Clustered & Pick<AccessPlan, 'jobsNamespace'>,
  mesh: string,
): string {
  return ofMesh(plan, mesh, plan.jobsNamespace);
}

/** A name of what each mesh has once in its cluster: with that of the mesh, where there are two. */
export function ofMesh(plan: Clustered, mesh: string, name: string): string {
  return neighboursOf(plan, mesh).length === 0 ? name : `${name}-${mesh}`;
}

/** Name of the Service of type LoadBalancer by which others enter a mesh past its gateway, or without one. */
export const ENTRANCE = 'federation-entrance';

/** Port on which an inbound border takes TLS. */
export const BORDER_PORT = 8443;

/** Label of a border's pods; its value is the border's name. */
export const BORDER_LABEL = 'mesh-federation/border';

/** Label of a border's pods; its value is the mesh that it is part of. */
const MESH_LABEL = 'mesh-federation/mesh';

/** Label of the pods of a federation with a name; its value is that name. */
const FEDERATION_LABEL = 'mesh-federation/federation';

/** Labels of a border's pods by which whoever looks at pods, or at their metrics, finds them. */
export function placeLabels({
  direction,
  federation,
  mesh,
  foreignMesh,
}: PlannedBorder): Readonly<Record<string, string>> {
  return {
    'mesh-federation/direction': direction,
    ...ownerLabels(mesh, federation),
    'mesh-federation/foreign-mesh': foreignMesh,
  };
}

/** Labels of the pods that one federation has in one mesh. */
export function ownerLabels(
  mesh: string,
  federation: string | undefined,
): Readonly<Record<string, string>> {
  return {
    [MESH_LABEL]: mesh,
    ...(federation === undefined ? {} : { [FEDERATION_LABEL]: federation }),
  };
}

/** Finds pods that have one of these values of a label, or do not have the label. */
export type LabelExpression =
  | { readonly key: string; readonly operator: 'In'; readonly values: readonly string[] }
  | { readonly key: string; readonly operator: 'DoesNotExist' };

/** Finds the pods of `ownerLabels`, and neither those of another mesh nor of another federation of this one. */
export function ownedBy(mesh: string, federation: string | undefined): LabelExpression[] {
  return [
    { key: MESH_LABEL, operator: 'In', values: [mesh] },
    federation === undefined
      ? { key: FEDERATION_LABEL, operator: 'DoesNotExist' }
      : { key: FEDERATION_LABEL, operator: 'In', values: [federation] },
  ];
}

/** Where a cluster has the roots of a foreign mesh. */
export interface ForeignBundle {
  /** Name of the ConfigMap, in each namespace that needs it. */
  readonly configMap: string;
  /** Key in the ConfigMap; its value is PEM. */
  readonly key: string;
}

/** A foreign mesh's roots in a cluster: the ConfigMap in each namespace that needs them. */
export function foreignBundle(foreignMesh: string): ForeignBundle {
  return { configMap: `federation-roots-${foreignMesh}`, key: 'roots.pem' };
}

/** The port at which a border is called from elsewhere: what stands before it may have another. */
export function calledPort(
  { addressPort }: Pick<PlannedMesh, 'addressPort'>,
  { enteredBy: way, gatewayPorts: [first] }: WayToBorder,
): number {
  return way === 'service' ? first : (addressPort ?? first);
}
