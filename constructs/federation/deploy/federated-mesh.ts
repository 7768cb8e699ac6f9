import type { TerraformProvider } from 'cdktf';
import type { ApiServer } from '../../kubernetes';
import type { MeshMember } from '../plan/model';

/** A mesh whose roots others need, or that needs those of others. */
export interface ExchangingMesh {
  /**
   * The Kubernetes provider of its cluster, in a stack that has several.
   * @default the stack's only one
   */
  readonly provider?: TerraformProvider;
  /**
   * How pods of the other clusters reach the API server of its cluster. Not needed with `roots`.
   */
  readonly apiServer?: ApiServer;
  /**
   * Its roots, PEM, where you know them: then nothing is read from its cluster, now or later, and a new
   * root is trusted with the next deploy only.
   * @default they are read from the mesh, and kept up to date
   */
  readonly roots?: string;
}

/** A mesh that takes part, and how to reach it. */
export type FederatedMesh = MeshMember &
  ExchangingMesh & {
    /**
     * Host name or IP address by which the other meshes reach its gateway.
     * @default that of the load balancer of the gateway's Service
     */
    readonly gatewayAddress?: string;
    /**
     * CA certificate of the Consul servers' HTTP API, PEM, for a mesh whose own CA the chart did not
     * make.
     * @default what the chart has made
     */
    readonly serversCa?: string;
  };
