import type { BorderOptions } from '../plan/border-options';
import type { AccessPolicy } from '../plan/model';
import type { ObservabilityOptions } from '../plan/observability';
import type { FederatedMesh, PartnerMesh } from './federated-mesh';
import type { TrustBundleExchangeProps } from './trust/exchange-props';

/** Settings of `Federation`. */
export interface FederationProps extends FederationOptions {
  /** The meshes, two or more, by the policy's names for them. */
  readonly meshes: Readonly<Record<string, FederatedMesh>>;
}

/** Settings of `FederationHalf`. */
export interface FederationHalfProps extends FederationOptions {
  /** Your own meshes, by the policy's names for them. Everything is made in their clusters. */
  readonly own: Readonly<Record<string, FederatedMesh>>;
  /** The other meshes of the policy, whose owners deploy the other halves. */
  readonly partners: Readonly<Record<string, PartnerMesh>>;
}

interface FederationOptions {
  /** The access policy of the federation. */
  readonly policy: AccessPolicy;
  /**
   * Name of the federation: at most 20 lower-case letters, digits and "-". Needed if one of its meshes is in
   * several federations that are deployed separately. It becomes part of the names that would otherwise clash:
   * the namespace of the jobs, Istio's Gateway, policies and admission policies.
   * @default none: for a single federation, or for one of several
   */
  readonly name?: string;
  /**
   * Whether the policies on the meshes' own services are part of the federation, or made separately by
   * `MeshAccess`, for example in a stack that stays when the federation is destroyed.
   * @default 'included'
   */
  readonly ownServices?: 'included' | 'separate';
  /**
   * Images, limits and replicas of the borders.
   * @default see `BorderOptions`
   */
  readonly borders?: BorderOptions;
  /**
   * Namespace of the jobs that exchange roots, in each cluster. The federation makes it.
   * @default 'mesh-federation', followed by the name of the federation if it has one
   */
  readonly jobsNamespace?: string;
  /**
   * Whether the API server of each cluster protects what the federation relies on from everybody except
   * administrators and the control plane: see `AdmissionPolicies`. Needs Kubernetes 1.30. Without it, anyone
   * who may run pods in a border's namespace can act as the service that the border represents.
   * @default true
   */
  readonly admission?: boolean;
  /**
   * How the meshes' roots are exchanged.
   * @default see `TrustBundleExchange`
   */
  readonly trust?: Omit<TrustBundleExchangeProps, 'plan' | 'meshes' | 'own' | 'metricsNamespace'>;
  /**
   * Metrics, alerts, dashboard and traces.
   * @default none: nobody may read a metric, and nothing is traced
   */
  readonly observability?: ObservabilityOptions;
}
