import type { LookupFunction } from 'node:net';
import type { AccessPlan, BorderOptions, PlannedMesh } from '../../constructs/federation/plan';
import { JOB_NAMES, jobsNamespaceOf } from '../../constructs/federation/plan/internal';
import type { LoadBalancerController } from '../../constructs/kubernetes';
import type { YamlMap } from '../../constructs/kubernetes/yaml-file';
import type { ReachedGateway } from '../../stacks/federation';
import type { Cluster } from '../cluster/cluster';

/** An object of Kubernetes' own kinds that the federation's stack makes. */
export interface WantedObject {
  /** The mesh in whose cluster it is. */
  readonly mesh: string;
  /** Terraform's type: `kubernetes_deployment_v1`. */
  readonly type: string;
  readonly namespace: string | undefined;
  readonly name: string;
  /** As Terraform has it. */
  readonly block: YamlMap;
}

/** How others reach a mesh by its gateway, or by the load balancer of its borders. */
export interface Gateway extends ReachedGateway {
  /** Whether certain sources only are admitted, of which this machine may be none. */
  readonly closed: boolean;
  /** Whether its name may be one that this machine cannot resolve. */
  readonly private: boolean;
  /**
   * What the settings say makes its load balancer.
   * @default nothing: its cluster is none of EKS
   */
  readonly controller?: { readonly said: LoadBalancerController; readonly setting: string };
}

/** A federation as it is configured, and the clusters that it should be in. */
export interface Deployed {
  readonly plan: AccessPlan;
  /**
   * Name of the stack of the federation.
   * @default federation
   */
  readonly stack?: string;
  /** By the plan's names for the meshes that are ours. */
  readonly clusters: Readonly<Record<string, Cluster>>;
  /** What the stack of the federation makes. */
  readonly wanted: readonly WantedObject[];
  readonly borders?: BorderOptions;
  /** Seconds after which the jobs that exchange roots are overdue. */
  readonly staleSeconds: number;
  /**
   * Meshes whose trust anchor and issuer a job of ours keeps.
   * @default none
   */
  readonly ownAuthorities?: readonly string[];
  /**
   * Meshes whose control plane our stacks have installed, as they do it themselves.
   * @default none: it may run elsewhere
   */
  readonly installed?: readonly string[];
  /** Meshes whose roots were given, so that no job fetches them. */
  readonly givenRoots: readonly string[];
  /**
   * Meshes of partners, in whose clusters nothing is looked at.
   * @default none
   */
  readonly partners?: readonly string[];
  /**
   * Where our policy differs from that of partners, by their meshes.
   * @default nowhere
   */
  readonly differences?: Readonly<Record<string, readonly string[]>>;
  /**
   * How others reach the meshes, by name.
   * @default by the load balancer of the gateway's own Service, which admits everybody
   */
  readonly gateways?: Readonly<Partial<Record<string, Gateway>>>;
  /** How names are resolved here. @default the machine's way */
  readonly lookup?: LookupFunction;
  /** @default now */
  readonly now?: Date;
}

/** Mends what the stack of the federation makes. */
export function deployCommand({ stack = 'federation' }: Pick<Deployed, 'stack'>): string {
  return `npx cdktf deploy ${stack}`;
}

/**
 * Has a job of ours look again at once. A job's name is taken once it has run.
 *
 * @param as what its name begins with
 */
export function runNow(
  { kubectl }: Pick<Cluster, 'kubectl'>,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  as: string,
): string {
  return `${kubectl} -n ${namespace} create job --from=cronjob/${name} ${as}-now-$RANDOM`;
}

/** Has the job that fetches the roots of a foreign mesh look again. */
export function syncCommand(deployed: Deployed, mesh: string, foreign: string): string {
  const namespace = jobsNamespaceOf(deployed.plan, mesh);
  return runNow(clusterOf(deployed, mesh), { namespace, name: JOB_NAMES.sync(foreign) }, 'sync');
}

/** Whether a mesh is ours to look at. */
export function isOurs({ partners = [] }: Deployed, mesh: string): boolean {
  return !partners.includes(mesh);
}

/** How others reach a mesh. */
export function gatewayOf({ gateways = {} }: Deployed, mesh: string): Gateway {
  return gateways[mesh] ?? { by: 'load-balancer', hosts: [], closed: false, private: false };
}

/** @throws Error when the plan has no such mesh. */
export function meshOf({ plan }: Deployed, name: string): PlannedMesh {
  const mesh = plan.meshes[name];
  if (mesh === undefined) throw new Error(`the plan has no mesh ${name}`);
  return mesh;
}

/** @throws Error when there is none. */
export function clusterOf({ clusters }: Deployed, mesh: string): Cluster {
  const cluster = clusters[mesh];
  if (cluster === undefined) throw new Error(`no cluster was given for ${mesh}`);
  return cluster;
}

/** Namespace of mesh-wide policies, in meshes that have such. */
export function rootNamespaceOf(mesh: PlannedMesh): string {
  return mesh.kind === 'istio' ? mesh.mesh.rootNamespace : mesh.mesh.namespace;
}
