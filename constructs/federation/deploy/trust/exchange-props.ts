import { type AccessPlan, shareCluster } from '../../plan/plan';
import type { ExchangingMesh } from '../federated-mesh';

/** Settings of `TrustBundleExchange`. */
export interface TrustBundleExchangeProps {
  /** The plan that says who must be able to verify whom. */
  readonly plan: AccessPlan;
  /** Every mesh of the plan, by the policy's names. */
  readonly meshes: Readonly<Record<string, ExchangingMesh>>;
  /**
   * The meshes whose clusters are yours. Nothing is made in the clusters of the others, whose `roots` must be
   * given.
   * @default all of them
   */
  readonly own?: readonly string[];
  /**
   * When to look for new roots: a cron schedule in UTC. The tokens used for that are renewed on a schedule of
   * their own.
   * @default DEFAULT_SCHEDULE, every five minutes
   */
  readonly schedule?: string;
  /**
   * Days for which a root stays trusted after its mesh stopped publishing it. Must be longer than the lifetime
   * of workload certificates (Consul: 3 days).
   * @default DEFAULT_KEEP_WITHDRAWN_DAYS, 30
   */
  readonly keepWithdrawnDays?: number;
  /**
   * SHA-256 fingerprints of roots that are never trusted, whoever publishes them. Once the job has seen such a
   * root, certificates with its key or its signature are not trusted either. The next deploy removes them, even
   * if the other cluster cannot be reached.
   * @default none
   */
  readonly distrusted?: readonly string[];
  /**
   * Image with Node.js 24 or later that runs the jobs.
   * @default NODE_IMAGE
   */
  readonly image?: string;
  /**
   * Namespace of Prometheus, whose pods may read the metrics of the jobs.
   * @default none: there are no such metrics
   */
  readonly metricsNamespace?: string;
}

/** Days for which a root stays trusted after its mesh stopped publishing it. */
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
