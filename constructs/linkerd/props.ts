import type { ITerraformDependable } from 'cdktf';
import type { ChartSource, WorkloadNamespace } from '../kubernetes';
import { LINKERD } from '../../versions';
import type { MeshEntrance } from '../kubernetes/entrance';

/** Version of Linkerd's charts that this release of the project was tested with: an edge release. */
export const DEFAULT_LINKERD_VERSION = LINKERD.version;

/** Linkerd's public chart repository of edge releases. */
export const LINKERD_CHARTS: ChartSource = { kind: 'repository', url: LINKERD.repository };

/** The public registry of Linkerd's images. */
export const LINKERD_REGISTRY = LINKERD.images;

/** Name of a release as its images have it: `edge-26.8.3` of charts in version 2026.8.3. */
export function linkerdRelease(version: string): string {
  return `edge-${version.replace(/^20(?=\d\d\.)/, '')}`;
}

/**
 * What pods accept on ports that no Server covers:
 *
 * - `deny`: nothing but the probes of the kubelet.
 * - `cluster-authenticated`: whatever comes from a workload of the mesh in this cluster.
 * - `all-authenticated`: whatever comes from a workload of the mesh, in another cluster of it too.
 *
 * @see https://linkerd.io/2/features/server-policy/#default-policies
 */
export const INBOUND_POLICIES = ['deny', 'cluster-authenticated', 'all-authenticated'] as const;
/** What pods admit that no policy is about: one of `INBOUND_POLICIES`. */
export type InboundPolicy = (typeof INBOUND_POLICIES)[number];

/** Images other than those that the charts name, for pinning by digest or from a mirror. */
export interface LinkerdImages {
  /**
   * Registry and folder that hold `controller` and `proxy`, tagged as upstream.
   * @default LINKERD_REGISTRY
   */
  readonly registry?: string;
  /**
   * Full reference of the image of the control plane.
   * @default from `registry`
   */
  readonly controller?: string;
  /**
   * Full reference of the image of proxies and of the init containers that redirect to them.
   * @default from `registry`
   */
  readonly proxy?: string;
}

/** Paths of a user's own values files for each chart, merged last. */
export interface LinkerdValuesFiles {
  /**
   * Values for the chart `linkerd-crds`.
   * @default none
   */
  readonly crds?: readonly string[];
  /**
   * Values for the chart `linkerd-control-plane`.
   * @default none
   */
  readonly controlPlane?: readonly string[];
}

/** Settings of `LinkerdMesh`. */
export interface LinkerdMeshProps {
  /**
   * Version of Linkerd's charts, such as 2026.8.3, which is release edge-26.8.3.
   * @default DEFAULT_LINKERD_VERSION
   */
  readonly version?: string;
  /**
   * Repository or folder of the charts.
   * @default LINKERD_CHARTS
   */
  readonly charts?: ChartSource;
  /**
   * Images other than those of the charts.
   * @default Linkerd's own images, of this version
   */
  readonly images?: LinkerdImages;
  /**
   * Trust domain, the end of every identity in the mesh. It cannot be changed later.
   * @default 'cluster.local'
   */
  readonly trustDomain?: string;
  /**
   * DNS domain of its cluster (the kubelets' `clusterDomain`).
   * @default 'cluster.local'
   */
  readonly clusterDomain?: string;
  /**
   * Namespace of the control plane. It must be there, with the mesh's trust anchor and issuer in it: by
   * `LinkerdAuthority` of the federation, or by cert-manager and trust-manager.
   * @default 'linkerd'
   */
  readonly namespace?: string;
  /**
   * Namespaces whose pods get a proxy.
   * @default the namespace `default`
   */
  readonly workloadNamespaces?: readonly WorkloadNamespace[];
  /**
   * What pods take where nothing is said about a port.
   * @default 'deny'
   */
  readonly defaultInboundPolicy?: InboundPolicy;
  /**
   * Who brings the CRDs of the Gateway API: the chart does (`install`), in release 1.1 of the experimental
   * channel; or they are there (`existing`), in release 1.1 or later.
   * @default 'install'
   */
  readonly gatewayApiCrds?: 'install' | 'existing';
  /**
   * The load balancer by which other meshes enter. A federation makes it; the mesh has no gateway.
   * @default one as the cluster makes it without annotations, open to everybody
   */
  readonly entrance?: MeshEntrance;
  /**
   * Paths of your own values files, merged last.
   * @default none
   */
  readonly valuesFiles?: LinkerdValuesFiles;
  /**
   * What must exist before it: namespace, trust anchor and issuer.
   * @default nothing
   */
  readonly dependsOn?: readonly ITerraformDependable[];
}
