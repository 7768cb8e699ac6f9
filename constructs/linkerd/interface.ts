import type { MeshEntrance } from '../kubernetes/entrance';

/**
 * A Linkerd mesh as the rest of the world needs to know it: what a user writes down by hand for a mesh
 * that somebody else installed with the Helm charts.
 */
export interface ILinkerdMesh {
  /**
   * Trust domain, the end of every identity: `identityTrustDomain` of the chart, which is the cluster's DNS
   * domain unless told otherwise.
   */
  readonly trustDomain: string;
  /** Namespace of the control plane, part of every identity. Usually `linkerd`. */
  readonly namespace: string;
  /**
   * DNS domain of its cluster (the kubelets' `clusterDomain`).
   * @default 'cluster.local'
   */
  readonly clusterDomain?: string;
  /**
   * The load balancer by which other meshes enter. Linkerd has no gateway: the federation makes a Service
   * for its borders.
   * @default one as the cluster makes it without annotations, open to everybody
   */
  readonly entrance?: MeshEntrance;
}
