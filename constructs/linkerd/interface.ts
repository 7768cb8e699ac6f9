import type { MeshEntrance } from '../kubernetes/entrance';

/**
 * A Linkerd mesh as others need to know it: a `LinkerdMesh`, or one that somebody else installed, by
 * `LinkerdMesh.fromAttributes`.
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
