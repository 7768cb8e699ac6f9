import type { TerraformProvider } from 'cdktf';
import type { ApiServer } from '../../kubernetes';
import type { GatewayHosts } from '../plan/crossing';
import type { MeshMember } from '../plan/model';
import type { Offer, RootsEndpoint } from '../plan/offer';

/** A mesh that takes part in the exchange of roots. */
export interface ExchangingMesh {
  /**
   * The Kubernetes provider of its cluster, in a stack that has several.
   * @default the stack's only one
   */
  readonly provider?: TerraformProvider;
  /**
   * How pods of the other clusters reach the API server of its cluster. Not needed with `roots`.
   * @default none: refused if others fetch its roots
   */
  readonly apiServer?: ApiServer;
  /**
   * Its roots as PEM, if you know them. Nothing is then read from its cluster, and a new root is not trusted
   * before the next deploy.
   * @default read from the mesh and kept up to date
   */
  readonly roots?: string;
  /**
   * Where its roots are fetched later on. `roots` are then the initial ones, and a new root is trusted as soon
   * as it is published there.
   * @default nowhere
   */
  readonly rootsEndpoint?: RootsEndpoint;
}

/** A mesh of a partner, who deploys the other half of the federation. */
export interface PartnerMesh {
  /** The offer that its owner sent, as `readOffer` returns it. */
  readonly offer: Offer;
  /**
   * Address at which your services reach its gateway, such as that of your PrivateLink endpoint.
   * @default the one in the offer
   */
  readonly gatewayAddress?: GatewayHosts;
  /**
   * Which roots are trusted. `endpoint`: those in the offer first, then those published at its endpoint.
   * `offer`: those in the offer, until you deploy with another offer.
   * @default 'endpoint' if the offer names one, otherwise 'offer'
   */
  readonly roots?: 'endpoint' | 'offer';
}

/** A mesh of the federation, and how to reach it. */
export type FederatedMesh = MeshMember &
  ExchangingMesh & {
    /**
     * Host name or IP address at which the other meshes reach its gateway, or several that all lead to it. For
     * another port than the gateway's own, see `addressPort`.
     * @default that of the load balancer of the gateway's Service
     */
    readonly gatewayAddress?: GatewayHosts;
    /**
     * CA certificate of the Consul servers' HTTP API as PEM, for a mesh whose CA was not made by the chart.
     * @default the CA that the chart has made
     */
    readonly serversCa?: string;
  };
