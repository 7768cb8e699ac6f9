import type { BorderOptions } from '../plan/border-options';
import type { AccessPolicy } from '../plan/model';
import type { ObservabilityOptions } from '../plan/observability';
import type { FederatedMesh, PartnerMesh } from './federated-mesh';
import type { TrustBundleExchangeProps } from './trust/exchange-props';

/** Settings of `Federation`. */
export interface FederationProps extends FederationOptions {
  /** Two or more, by the policy's names for them. */
  readonly meshes: Readonly<Record<string, FederatedMesh>>;
}

/** Settings of `FederationHalf`. */
export interface FederationHalfProps extends FederationOptions {
  /** Our meshes, by the policy's names for them. Everything is made in their clusters. */
  readonly own: Readonly<Record<string, FederatedMesh>>;
  /** The other meshes of the policy, whose owners deploy the other halves. */
  readonly partners: Readonly<Record<string, PartnerMesh>>;
}

interface FederationOptions {
  /** The access policy of the federation. */
  readonly policy: AccessPolicy;
  /**
   * Name of the federation, where one of its meshes is in several, each deployed by itself: at most 20
   * lower-case letters, digits and "-". It becomes part of the names of what would else clash: the
   * namespace of the jobs, Istio's Gateway, policies and admission policies.
   * @default none: for the only one, or one of them
   */
  readonly name?: string;
  /**
   * Whether the policies on the meshes' own services are part of it, or made by `MeshAccess`, perhaps
   * in a stack that stays when the federation goes.
   * @default 'included'
   */
  readonly ownServices?: 'included' | 'separate';
  /**
   * Images, limits and number of the borders.
   * @default see `BorderOptions`
   */
  readonly borders?: BorderOptions;
  /**
   * Namespace of the jobs that exchange roots, in each cluster. It is made here.
   * @default 'mesh-federation', and the name of the federation
   */
  readonly jobsNamespace?: string;
  /**
   * Whether the API server of each cluster keeps everybody but administrators and the control plane from
   * what the federation relies on in it: see `AdmissionPolicies`. Needs Kubernetes 1.30. Without them,
   * whoever may run pods in a border's namespace can be the service that it represents.
   * @default true
   */
  readonly admission?: boolean;
  /**
   * How the meshes' roots are exchanged.
   * @default as `TrustBundleExchange` does it by itself
   */
  readonly trust?: Omit<TrustBundleExchangeProps, 'plan' | 'meshes' | 'own' | 'metricsNamespace'>;
  /**
   * Metrics, alerts, dashboard and traces.
   * @default none: nobody may read a metric, and nothing is traced
   */
  readonly observability?: ObservabilityOptions;
}
