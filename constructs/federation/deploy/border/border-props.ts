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
   * Namespace of Prometheus, whose pods may read its metrics.
   * @default none
   */
  readonly metricsNamespace?: string;
  /**
   * Where it sends spans of its own.
   * @default nowhere: it adds no spans
   */
  readonly tracing?: TracingOptions;
  /**
   * Where to reach the foreign mesh's gateway. An outbound border needs it.
   * @default none: an inbound border calls no gateway
   */
  readonly gatewayAddress?: GatewayHosts;
  /**
   * CA certificate of the Consul servers' HTTP API as PEM. Needed in Consul if the API uses TLS.
   * @default none: the API has no TLS, or the mesh is of another kind
   */
  readonly serversCa?: string;
  /**
   * Scope in which its Services are made, with the namespace as id, so that each stays the same resource when
   * the border moves to another namespace.
   * @default the border itself
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
