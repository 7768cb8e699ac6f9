import { internalError, type Problem } from '../../../problems';
import type { Admission } from '../admission';
import type { BorderOptions } from '../border-options';
import type { CallerHeader, GatewayHosts, SocketAddress } from '../crossing';
import type { MeshMember, PolicyMesh, PublishedMesh } from '../model';
import type { AccessPlan, AnyPlannedMesh, PlannedBorder, PlannedMesh } from '../plan';
import type { PlannedResource } from '../resources';
import type { Call, CrossCall, Service, ServiceFacts } from '../services';

/**
 * What a kind of mesh is to the federation. Each has a folder here, whose `index.ts` is its answer;
 * nothing outside of these folders asks of which kind a mesh is. What becomes resources of CDK for
 * Terraform is in `deploy/meshes/`, likewise.
 */
export interface MeshKind {
  /** What people call it: `Istio`. */
  readonly title: string;

  // --------------------------------------------------------------------------------------- services

  /**
   * The services of a mesh, with every default filled in.
   * @param facts What is the same in every kind, by the service's key
   */
  services(settings: PolicyMesh, facts: (id: string) => ServiceFacts): Service[];
  /** What is wrong with a service's settings, beside what all kinds have in common. */
  serviceProblems(service: Service): Problem[];
  /** What is wrong with two services of one mesh. */
  twinProblems(one: Service, other: Service): Problem[];
  /** What is wrong with the rules about one of its services, beside what all kinds have in common. */
  calleeProblems(callee: Service, calls: readonly Call[]): Problem[];
  /**
   * What is wrong with the rules by which its services call one of another mesh.
   * @param calls Those from one mesh of this kind
   */
  foreignCalleeProblems(foreign: Service, calls: readonly Call[]): Problem[];
  /** Whether a service admits each caller by a resource for that call alone, whose name a rule can give. */
  readonly namesPolicies: boolean;

  // ------------------------------------------------------------------------------------------ names

  /** Names that the mesh itself has, beside its gateway's, and who has them. */
  takenNames(): readonly TakenName[];
  /** Names that a service has in its own mesh, beside that of its Kubernetes Service. */
  namesOf(service: Service): string[];
  /** Name of the border by which a foreign service enters. */
  inboundName(caller: ServiceFacts): string;
  /** What a service account is in the mesh, which nobody else may be. */
  accountName(namespace: string, serviceAccount: string): string;

  // --------------------------------------------------------------------------------------- the mesh

  /** The mesh as it is installed, with what the policy says of it. */
  plan(member: MeshMember, settings: PolicyMesh | undefined, common: AnyPlannedMesh): PlannedMesh;
  /** Whether identities of two meshes of this kind differ although their trust domain is the same. */
  distinguishes(one: MeshMember, other: MeshMember): boolean;
  /** Namespaces of the mesh itself: of its control plane, and of its gateway. */
  namespaces(member: MeshMember): readonly string[];
  /** Why it cannot be part of a federation as it is installed. */
  faults(name: string, member: MeshMember): Problem[];
  /** What weakens it, to be said aloud. */
  weaknesses(name: string, member: MeshMember): string[];

  /** What others must know of it. */
  published(member: MeshMember): PublishedMesh;
  /**
   * A mesh of which nothing but that is known, for the plan of those others. What they have no use for is
   * `NOT_PUBLISHED`.
   */
  partner(published: PublishedMesh): MeshMember;

  // --------------------------------------------------------------------------------------- identity

  /** What certificates of the mesh say: SPIFFE IDs, or DNS names. */
  readonly identities: 'URI' | 'DNS';
  /** What the certificates of a service's pods say. */
  identity(member: MeshMember, service: Service): string;
  /** The same of a border's pods. */
  borderIdentity(member: MeshMember, namespace: string, serviceAccount: string): string;
  /**
   * Whether a service account is an identity by its name alone, in whatever namespace. Then nobody else
   * may use an account of that name anywhere in the cluster.
   */
  readonly accountsByNameAlone: boolean;
  /** In which header a sidecar tells an outbound border who calls. */
  readonly callerHeader: CallerHeader;

  // -------------------------------------------------------------------------------------- ways out

  /** Whether calls leave it by sidecars or by borders, as the policy says. */
  readonly choosesWayOut: boolean;

  // -------------------------------------------------------------------------------------- ways in

  /**
   * How its gateway leads foreign callers to their borders: by the SNI that they ask for, or by a port
   * for each of them. Nothing where it has no gateway: then others enter by Services of its borders.
   */
  readonly entrance: 'sni' | 'port' | undefined;
  /** The Kubernetes Service of its gateway. */
  gateway(
    mesh: PlannedMesh,
  ): { readonly namespace: string; readonly serviceName: string } | undefined;
  /** What is known of its gateway's names before the policy is looked at. */
  knownGateway(member: MeshMember): KnownGateway | undefined;
  /** Ports of its gateway that lead to the border of a foreign caller: the one that is called first. */
  gatewayPorts(member: MeshMember, caller: ServiceFacts): readonly [number, ...number[]];
  /**
   * How an inbound border calls a service.
   * @param index Position among the services that this border calls
   */
  target(member: MeshMember, callee: Service, index: number): Target;

  // ------------------------------------------------------------------------------------- resources

  /** Who may call what, as custom resources of the mesh: its own services and its borders. */
  access(plan: AccessPlan, mesh: string, borders?: BorderOptions): PlannedResource[];
  /** Ports of the gateway that foreign meshes call: open before anybody calls them. */
  entrances(plan: AccessPlan, mesh: string): PlannedResource[];
  /** Ways from the gateway to the borders behind it. */
  routesIn(plan: AccessPlan, mesh: string, borders?: BorderOptions): PlannedResource[];
  /** Ways from callers to foreign gateways, where callers' sidecars go there themselves. */
  routesOut(
    plan: AccessPlan,
    mesh: string,
    addresses: GatewayAddresses,
    borders?: BorderOptions,
  ): PlannedResource[];
  /** The same where callers have left by borders until now: they lead nowhere before `routesOfNames`. */
  routesBeside(
    plan: AccessPlan,
    mesh: string,
    addresses: GatewayAddresses,
    borders?: BorderOptions,
  ): PlannedResource[];
  /** Which way the names of foreign services lead that lead to outbound borders, or did until now. */
  routesOfNames(plan: AccessPlan, mesh: string): PlannedResource[];
  /** Annotations that the pods of a service need whose own sidecars go to these meshes. */
  callerPodAnnotations(foreign: readonly string[]): Record<string, string>;
  /** What a call passes in such a mesh, for whoever looks where it ends. */
  readonly hops: HopsOfKind;
  /** What the owners of resources of this mesh that the federation leaves alone have to write. */
  owners(plan: AccessPlan, mesh: string): OwnersLine[];
}

/** What a kind of mesh knows of the things that a call passes in it. */
export interface HopsOfKind {
  /** By what the pods of a service are found: labels, or else the account. */
  pods(service: Service): {
    readonly labels?: Readonly<Record<string, string>>;
    readonly serviceAccount: string;
  };
  /** Whether a resource leads the caller's own sidecar to the other mesh. */
  leadsOut(plan: AccessPlan, call: CrossCall, resource: PlannedResource): boolean;
  /** Whether the gateway finds an inbound border by its Kubernetes Service. */
  readonly isCalledByService: boolean;
  /** Whether a resource is about a border. */
  isOfBorder(border: PlannedBorder, resource: PlannedResource): boolean;
  /** Whom a border must let in, where the mesh judges that. */
  toBorder(member: MeshMember, call: CrossCall, border: PlannedBorder): Admission | undefined;
  /** Whether a resource leads a name from the gateway to its border. */
  isOfGateway(
    member: MeshMember,
    serverName: string,
    resource: PlannedResource,
    border: PlannedBorder,
  ): boolean;
  /** Whom the gateway must let in, where it judges. */
  toGateway(member: MeshMember, serverName: string): Admission | undefined;
  /** Whether a resource is about who may call the service of a call. */
  isOfCallee(call: CrossCall, resource: PlannedResource): boolean;
  /** Whom the called service must let in. */
  toCallee(member: MeshMember, call: CrossCall, border: PlannedBorder): Admission;
}

/** A name that is somebody's already. */
export interface TakenName {
  readonly what: string;
  readonly owner: string;
}

/** How a border calls a service of its own mesh. */
export interface Target {
  /** `Host`/`:authority` that the callee's mesh expects. */
  readonly authority: string;
  /** Where the border's sidecar takes the call. */
  readonly address: SocketAddress;
}

/** Address of a mesh's gateway by the mesh's name. */
export type GatewayAddresses = (mesh: string) => GatewayHosts;

/** What is known of a mesh's gateway before the mesh is made. */
export interface KnownGateway {
  /** Name as Consul service. */
  readonly name: string;
  /**
   * Name of one beside it, likewise.
   * @default there is none
   */
  readonly beside?: string;
  /**
   * Ports that it has for something else, and for what.
   * @default none
   */
  readonly taken?: Readonly<Record<number, string>>;
  /**
   * Listeners that its load balancer takes at most, and how many it has for something else.
   * @default no limit is known
   */
  readonly listeners?: {
    /** Largest number of listeners that the load balancer takes. */
    readonly most: number;
    /** Number of its listeners that are for something else than the federation. */
    readonly others: number;
  };
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

/**
 * In place of a name that the owner of a foreign mesh keeps to itself. No API server takes it, so that
 * nothing can be made of it by mistake.
 */
export const NOT_PUBLISHED = '(not published)';

/**
 * What the table gave to a kind, as that kind's own.
 *
 * @throws Error when it is another kind's: the policy says one kind and the mesh given is another.
 */
export function own<Thing extends { readonly kind: string }, Kind extends Thing['kind']>(
  thing: Thing | undefined,
  kind: Kind,
): Extract<Thing, { readonly kind: Kind }> {
  if (thing === undefined || !isOf(thing, kind)) {
    throw internalError(`must be of the kind ${kind}, and is ${thing?.kind ?? 'missing'}`);
  }
  return thing;
}

function isOf<Thing extends { readonly kind: string }, Kind extends Thing['kind']>(
  thing: Thing,
  kind: Kind,
): thing is Extract<Thing, { readonly kind: Kind }> {
  return thing.kind === kind;
}
