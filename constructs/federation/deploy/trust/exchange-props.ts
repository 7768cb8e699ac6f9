import { type AccessPlan, shareCluster } from '../../plan/plan';
import type { ExchangingMesh } from '../federated-mesh';

/** Settings of `TrustBundleExchange`. */
export interface TrustBundleExchangeProps {
  /** The plan that says who must be able to verify whom. */
  readonly plan: AccessPlan;
  /** By the policy's names, every mesh of the plan. */
  readonly meshes: Readonly<Record<string, ExchangingMesh>>;
  /**
   * The meshes whose clusters are ours. Nothing is made in that of another one, of which `roots` must be
   * given.
   * @default all of them
   */
  readonly own?: readonly string[];
  /**
   * When roots are looked for, as for cron, in UTC. The tokens with which that is done are renewed
   * whatever it says.
   * @default DEFAULT_SCHEDULE, every five minutes
   */
  readonly schedule?: string;
  /**
   * Days for which a root is trusted after its mesh stopped publishing it. More than the longest life of a
   * workload's certificate (Consul: 3 days).
   * @default DEFAULT_KEEP_WITHDRAWN_DAYS, 30
   */
  readonly keepWithdrawnDays?: number;
  /**
   * SHA-256 fingerprints of roots that are never trusted, whoever publishes them; nor is what has their key
   * or their signature, once the job has seen them. The next deploy takes them out, also while the other
   * cluster is away.
   * @default none
   */
  readonly distrusted?: readonly string[];
  /**
   * Image with Node.js 24 or later that runs the jobs.
   * @default NODE_IMAGE
   */
  readonly image?: string;
  /**
   * Namespace whose pods may read how the jobs fare, of Prometheus: see `JobMetrics`.
   * @default none: nothing shows it
   */
  readonly metricsNamespace?: string;
}

/** Days for which a root is trusted after its mesh stopped publishing it. */
export const DEFAULT_KEEP_WITHDRAWN_DAYS = 30;

/** Whether the cluster of a mesh is ours. */
export function isOwn({ own }: TrustBundleExchangeProps, mesh: string): boolean {
  return own?.includes(mesh) ?? true;
}

/** Whether what the one mesh needs of the other is in its own cluster. */
export function isNeighbour(
  { plan }: TrustBundleExchangeProps,
  here: string,
  mesh: string,
): boolean {
  return shareCluster(plan.meshes[here], plan.meshes[mesh]);
}
