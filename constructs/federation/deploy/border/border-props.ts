import type { ITerraformDependable, TerraformProvider } from 'cdktf';
import type { Construct } from 'constructs';
import type { BorderOptions } from '../../plan/border-options';
import type { GatewayHosts, TracingOptions } from '../../plan/crossing';
import type { MeshMember } from '../../plan/model';
import type { PlannedBorder } from '../../plan/plan';

/** Settings of `Border`. */
export interface BorderProps extends BorderOptions {
  /** The border to deploy, from the plan. */
  readonly border: PlannedBorder;
  /** The mesh that it is part of. */
  readonly mesh: MeshMember;
  /**
   * Namespace whose pods may read its metrics, of Prometheus.
   * @default none
   */
  readonly metricsNamespace?: string;
  /**
   * Whether it adds spans to traces, and where these go.
   * @default none
   */
  readonly tracing?: TracingOptions;
  /**
   * Where the foreign mesh's gateway is reached. Needed by an outbound border.
   * @default none: an inbound border calls no gateway
   */
  readonly gatewayAddress?: GatewayHosts;
  /**
   * CA certificate of the Consul servers' HTTP API, PEM; needed in Consul where that is TLS.
   * @default none: the API is without TLS, or the mesh is of another kind
   */
  readonly serversCa?: string;
  /**
   * Where its Services are made, by namespace, so that each stays the same resource when the border
   * moves to another namespace.
   * @default they are part of it
   */
  readonly services?: Construct;
  /**
   * The Kubernetes provider of the mesh's cluster, in a stack that has several.
   * @default the stack's only one
   */
  readonly provider?: TerraformProvider;
  /**
   * What must exist before it, such as the foreign mesh's roots.
   * @default nothing
   */
  readonly dependsOn?: readonly ITerraformDependable[];
}
