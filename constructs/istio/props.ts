import type { IpFamily } from '../ip-family';
import type { IstioGatewayKind } from './interface';
import type { ChartSource, ServicePort, WorkloadNamespace } from '../kubernetes';
import { ISTIO } from '../../versions';

/** Version of Istio that this release of the project was tested with. */
export const DEFAULT_ISTIO_VERSION = ISTIO.version;

/** Istio's public chart repository. */
export const ISTIO_CHARTS: ChartSource = { kind: 'repository', url: ISTIO.repository };

/**
 * Istio's public registry. It is always said, since the charts of 1.30 name one that is switched off
 * in December 2026.
 * @see https://github.com/istio/istio/issues/61467
 */
export const ISTIO_REGISTRY = ISTIO.images;

/**
 * Ports of the gateway's own Envoy and agent.
 * @see https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio
 */
export const ISTIO_PROXY_PORTS: Readonly<Record<number, string>> = {
  15000: "Envoy's admin interface",
  15001: 'outbound traffic',
  15004: 'debug interface',
  15006: 'inbound traffic',
  15008: 'HBONE',
  15020: "the agent's metrics",
  15021: 'health checks',
  15053: 'DNS',
  15090: "Envoy's metrics",
};

/** Images other than those that the charts name, for pinning by digest or from a mirror. */
export interface IstioImages {
  /**
   * Registry and folder that hold `pilot`, `proxyv2` and `install-cni`, tagged as upstream
   * (`<version>-distroless`).
   * @default ISTIO_REGISTRY
   */
  readonly registry?: string;
  /**
   * Full reference of the image of istiod, e.g. `registry.example.com/pilot@sha256:...`.
   * @default from `registry`
   */
  readonly pilot?: string;
  /**
   * Full reference of the image of sidecars and gateways.
   * @default from `registry`
   */
  readonly proxy?: string;
}

/** Settings of Istio's ingress gateway, through which other meshes enter. */
export interface IstioGatewayProps {
  /**
   * Name of the release, Deployment, Service and service account.
   * @default 'istio-ingressgateway'
   */
  readonly name?: string;
  /**
   * Namespace of the gateway.
   * @default 'istio-ingress'
   */
  readonly namespace?: string;
  /**
   * Port through which the federation's TLS passes, undecrypted.
   * @default 8443
   */
  readonly tlsPort?: number;
  /**
   * Which resources route TLS through it: see `IstioGateway`. With `gateway-api`, a plan is refused if the
   * cluster does not have TLSRoute from release 1.5 or later of the Gateway API, which you have to install.
   * @default 'istio'
   */
  readonly kind?: IstioGatewayKind;
  /**
   * The former value of `tlsPort`. Both ports are open, so that no call fails while it changes.
   * @default none
   */
  readonly previousTlsPort?: number;
  /**
   * Further ports. A port that no Gateway resource listens on refuses connections.
   * @default none
   */
  readonly ports?: readonly ServicePort[];
  /**
   * Annotations of the Service, which tell a cloud what load balancer to make: `nlbAnnotations()` on EKS.
   * @default none
   */
  readonly serviceAnnotations?: Readonly<Record<string, string>>;
  /**
   * CIDR blocks that may connect to the load balancer.
   * @default everybody
   */
  readonly allowedSources?: readonly string[];
  /**
   * Whether the Service has a load balancer. Without one, the gateway can be reached only from inside the cluster
   * and through a `PrivateGateway`.
   * @default true
   */
  readonly exposed?: boolean;
}

/** A certificate authority of your own for the mesh, as PEM. */
export interface IstioCertificateAuthority {
  /** Certificate that signs the workloads' certificates. */
  readonly certificate: string;
  /** Its private key. It becomes part of Terraform's state. */
  readonly privateKey: string;
  /** From `certificate` up to the root, without the root; only `certificate` if the root signed it. */
  readonly chain: string;
  /** Root of the mesh, which every workload trusts. */
  readonly root: string;
}

/** Paths of a user's own values files for each chart, merged last. */
export interface IstioValuesFiles {
  /**
   * Values for the chart `base`.
   * @default none
   */
  readonly base?: readonly string[];
  /**
   * Values for the chart `istiod`.
   * @default none
   */
  readonly istiod?: readonly string[];
  /**
   * Values for the chart `gateway`.
   * @default none
   */
  readonly gateway?: readonly string[];
  /**
   * Values for the chart `cni`.
   * @default none
   */
  readonly cni?: readonly string[];
}

/** A second control plane, beside the mesh's own while workloads move to another version. */
export interface IstioCanary {
  /** Name of the revision, such as `1-32-0`. */
  readonly revision: string;
  /** Version of Istio, at most two minor versions from the mesh's own. */
  readonly version: string;
  /**
   * Namespaces of the mesh whose pods get its sidecars, at their next start.
   * @default none
   */
  readonly namespaces?: readonly string[];
  /**
   * Whether the gateway belongs to it and has its version.
   * @default false
   */
  readonly gateway?: boolean;
}

/** Settings of `IstioMesh`. */
export interface IstioMeshProps {
  /**
   * Version of Istio and of its charts.
   * @default DEFAULT_ISTIO_VERSION
   */
  readonly version?: string;
  /**
   * Revision of the control plane, after an upgrade by revisions: that of the canary which took over.
   * @default none: the control plane that a namespace's label `istio-injection` refers to
   * @see https://istio.io/latest/docs/setup/upgrade/canary/
   */
  readonly revision?: string;
  /**
   * A second control plane beside this one, to upgrade step by step.
   * @default none
   */
  readonly canary?: IstioCanary;
  /**
   * Repository or folder of the charts.
   * @default ISTIO_CHARTS
   */
  readonly charts?: ChartSource;
  /**
   * Images other than those of the charts.
   * @default Istio's own images, of this version
   */
  readonly images?: IstioImages;
  /**
   * SPIFFE trust domain, the first part of every identity in the mesh. Changing it later changes
   * them all.
   * @default 'cluster.local'
   */
  readonly trustDomain?: string;
  /**
   * DNS domain of its cluster (the kubelets' `clusterDomain`).
   * @default 'cluster.local'
   */
  readonly clusterDomain?: string;
  /**
   * Which addresses pods have. With `ipv6` sidecars also resolve names of IPv4 and take calls to such addresses,
   * which pods reach by their node, as on EKS; otherwise they would know IPv6 alone.
   * @default 'ipv4'
   * @see https://github.com/istio/istio/issues/46719
   */
  readonly ipFamily?: IpFamily;
  /**
   * Namespace of istiod, where mesh-wide resources live.
   * @default 'istio-system'
   */
  readonly rootNamespace?: string;
  /**
   * Namespaces whose pods get a sidecar.
   * @default the namespace `default`
   */
  readonly workloadNamespaces?: readonly WorkloadNamespace[];
  /**
   * The ingress gateway through which other meshes enter.
   * @default two replicas behind a load balancer, port 8443
   */
  readonly gateway?: IstioGatewayProps;
  /**
   * Whether the node redirects the pods' traffic (istio-cni), instead of a privileged init container
   * in each pod.
   * @default false
   */
  readonly cni?: boolean;
  /**
   * A certificate authority of your own in place of the one that istiod makes for itself. Its
   * private key is then in Terraform's state.
   * @default istiod's own; its key does not leave the cluster
   */
  readonly certificateAuthority?: IstioCertificateAuthority;
  /**
   * Paths of your own values files, merged last.
   * @default none
   */
  readonly valuesFiles?: IstioValuesFiles;
}
