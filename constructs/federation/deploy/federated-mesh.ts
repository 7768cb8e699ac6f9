import type { TerraformProvider } from 'cdktf';
import type { ApiServer } from '../../kubernetes';
import type { GatewayHosts } from '../plan/crossing';
import type { MeshMember } from '../plan/model';
import type { Offer, RootsEndpoint } from '../plan/offer';

/** A mesh whose roots others need, or that needs those of others. */
export interface ExchangingMesh {
  /**
   * The Kubernetes provider of its cluster, in a stack that has several.
   * @default the stack's only one
   */
  readonly provider?: TerraformProvider;
  /**
   * How pods of the other clusters reach the API server of its cluster. Not needed with `roots`.
   * @default none, which is refused where others fetch its roots
   */
  readonly apiServer?: ApiServer;
  /**
   * Its roots, PEM, where you know them: then nothing is read from its cluster, now or later, and a new
   * root is trusted with the next deploy only.
   * @default they are read from the mesh, and kept up to date
   */
  readonly roots?: string;
  /**
   * Where its roots are fetched from later on: `roots` are then those to begin with, and a new one is
   * trusted as soon as it is published there.
   * @default nowhere
   */
  readonly rootsEndpoint?: RootsEndpoint;
}

/** A mesh of somebody else, who deploys the other half. */
export interface PartnerMesh {
  /** The offer that its owner sent, as `readOffer` returns it. */
  readonly offer: Offer;
  /**
   * Address by which your services reach its gateway, such as that of a PrivateLink endpoint of yours.
   * @default the one in the offer
   */
  readonly gatewayAddress?: GatewayHosts;
  /**
   * Whose roots are trusted. `endpoint`: those of the offer, and from then on those that are published at its
   * endpoint. `offer`: those of the offer, until another one is deployed.
   * @default 'endpoint' where the offer names one, else 'offer'
   */
  readonly roots?: 'endpoint' | 'offer';
}

/** A mesh that takes part, and how to reach it. */
export type FederatedMesh = MeshMember &
  ExchangingMesh & {
    /**
     * Host name or IP address by which the other meshes reach its gateway, or several, each of which leads
     * to it. At another port than the gateway's own: see `addressPort`.
     * @default that of the load balancer of the gateway's Service
     */
    readonly gatewayAddress?: GatewayHosts;
    /**
     * CA certificate of the Consul servers' HTTP API, PEM, for a mesh whose own CA the chart did not
     * make.
     * @default what the chart has made
     */
    readonly serversCa?: string;
  };
