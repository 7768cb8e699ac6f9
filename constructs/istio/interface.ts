import type { MeshEntrance } from '../kubernetes/entrance';

/**
 * An Istio mesh as others need to know it: an `IstioMesh`, or one that somebody else installed, by
 * `IstioMesh.fromAttributes`.
 */
export interface IIstioMesh {
  /** SPIFFE trust domain, `meshConfig.trustDomain`. Istio's own default is `cluster.local`. */
  readonly trustDomain: string;
  /** Namespace of istiod, where mesh-wide resources live. Usually `istio-system`. */
  readonly rootNamespace: string;
  /**
   * DNS domain of its cluster (the kubelets' `clusterDomain`).
   * @default 'cluster.local'
   */
  readonly clusterDomain?: string;
  /**
   * Version of Istio's sidecars, the oldest where there are several. A federation
   * refuses those that miss the second rotation of a root (1.29.0 to 1.29.2, 1.30.0 to 1.30.2).
   * @default unknown: nothing is checked
   * @see https://github.com/istio/istio/issues/59912
   */
  readonly version?: string;
  /** The ingress gateway through which other meshes enter. */
  readonly gateway: IstioGateway;
  /**
   * The load balancer by which other meshes enter where that is not the gateway (`in: service` of the
   * policy). The federation makes a Service for its borders.
   * @default one as the cluster makes it without annotations, open to everybody
   */
  readonly entrance?: MeshEntrance;
}

/** By which resources a gateway passes TLS on. */
export type IstioGatewayKind = 'istio' | 'gateway-api';

/** An Istio ingress gateway: its Service and the labels by which a Gateway resource selects it. */
export interface IstioGateway {
  /**
   * By which resources its ports pass TLS on: Istio's Gateway and VirtualServices, or Gateway and TLSRoutes of
   * the Kubernetes Gateway API, which Istio 1.31 reads where their CRDs are of release 1.5 or later. The gateway
   * itself and its Service are the same.
   * @default 'istio'
   */
  readonly kind?: IstioGatewayKind;
  /** Namespace of the gateway's Deployment and Service. */
  readonly namespace: string;
  /** Name of the gateway's Service, whose load balancer other meshes call. */
  readonly serviceName: string;
  /** Service account of the gateway's pods: the identity that a border sees as its direct peer. */
  readonly serviceAccount: string;
  /** Pod labels for `Gateway.spec.selector`. */
  readonly selector: Readonly<Record<string, string>>;
  /** Port of the Service that passes the borders' TLS through. */
  readonly tlsPort: number;
  /**
   * What `tlsPort` was before, while both are open: so the port changes without a failed call.
   * @default none
   */
  readonly previousTlsPort?: number;
}
