import type { ITerraformDependable } from 'cdktf';
import type { ChartSource } from '../kubernetes/chart-source';
import type { WorkloadNamespace } from '../kubernetes/workload-namespace';
import type { ConsulGatewayKind } from './interface';
import { CONSUL } from '../../versions';

/** Version of the Consul chart that this release of the project was tested with. */
export const DEFAULT_CONSUL_CHART_VERSION = CONSUL.version;

/** HashiCorp's public chart repository. */
export const CONSUL_CHARTS: ChartSource = { kind: 'repository', url: CONSUL.repository };

/**
 * Ports of the gateway's own Envoy.
 * @see https://github.com/hashicorp/consul-k8s/blob/v2.0.3/charts/consul/templates/ingress-gateways-deployment.yaml
 */
export const CONSUL_PROXY_PORTS: Readonly<Record<number, string>> = {
  19000: "Envoy's admin interface",
  20200: "Envoy's metrics",
  21000: 'health checks',
};

/** Images other than those that the chart names, for pinning by digest or from a mirror. */
export interface ConsulImages {
  /**
   * Registry and folder that hold `consul`, `consul-k8s-control-plane` and `consul-dataplane`, all
   * tagged with the chart's version, as chart 2.x has them.
   * @default the one that the chart names
   */
  readonly registry?: string;
  /**
   * Full reference of the servers' image, e.g. `registry.example.com/consul@sha256:...`.
   * @default from `registry`
   */
  readonly consul?: string;
  /**
   * Full reference of the image of the injector and of the chart's jobs.
   * @default from `registry`
   */
  readonly controlPlane?: string;
  /**
   * Full reference of the image of sidecars and gateways.
   * @default from `registry`
   */
  readonly dataplane?: string;
}

/** Settings of Consul's gateway, through which other meshes enter. */
export interface ConsulGatewayProps {
  /**
   * `ingress`: an ingress gateway of the chart, deprecated in Consul since 1.16. `api`: an API gateway, with its
   * controller from the chart and its Gateway from `Federation`. `ConsulMesh` makes the Service, so that the load
   * balancer exists before the Gateway and stays. Needs chart 2.0.0.
   *
   * A plan that would remove the gateway that callers use is refused: see `beside`.
   * @default 'ingress'
   */
  readonly kind?: ConsulGatewayKind;
  /**
   * A second gateway of the other kind, for moving from one kind to the other without a failed call. It leads to
   * the same borders, but other meshes do not get its address. Deploy with the new kind here, then with the two
   * swapped, then without this.
   * @default none
   */
  readonly beside?: ConsulGatewayKind;
  /**
   * Name as Consul service and as IngressGateway or Gateway resource.
   * @default DEFAULT_CONSUL_GATEWAY_NAME, DEFAULT_CONSUL_API_GATEWAY_NAME
   */
  readonly name?: string;
  /**
   * Ports for anything but the federation. A port without a listener of the IngressGateway or Gateway refuses
   * connections.
   * @default none; 8443, which nothing listens on, where there is no port of the federation either
   */
  readonly ports?: readonly number[];
  /**
   * Ports of the federation: one for each foreign service that calls into this mesh, since a `tcp`
   * listener carries exactly one service.
   * @default none
   */
  readonly federationPorts?: readonly number[];
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

/** A root of your own for the mesh's certificates, as PEM. */
export interface ConsulCertificateAuthority {
  /** Self-signed certificate of the root. */
  readonly certificate: string;
  /** Its private key. It becomes part of Terraform's state. */
  readonly privateKey: string;
}

/** Settings of `ConsulMesh`. */
export interface ConsulMeshProps {
  /**
   * Id of the Consul cluster, a UUID in lower case. It determines the trust domain, `<clusterId>.consul`, before
   * the mesh exists, and cannot be changed later. `clusterIdFor(name)` makes one.
   */
  readonly clusterId: string;
  /**
   * Version of the chart.
   * @default DEFAULT_CONSUL_CHART_VERSION
   */
  readonly version?: string;
  /**
   * Repository or folder of the chart.
   * @default CONSUL_CHARTS
   */
  readonly charts?: ChartSource;
  /**
   * Images other than those that the chart names.
   * @default the images that the chart names
   */
  readonly images?: ConsulImages;
  /**
   * Name of the datacenter, part of every identity in the mesh.
   * @default 'dc1'
   */
  readonly datacenter?: string;
  /**
   * DNS domain of its cluster (the kubelets' `clusterDomain`).
   * @default 'cluster.local'
   */
  readonly clusterDomain?: string;
  /**
   * Kubernetes namespace of the release.
   * @default 'consul'
   */
  readonly namespace?: string;
  /**
   * Name of the release and prefix of the chart's objects.
   * @default 'consul'
   */
  readonly releaseName?: string;
  /**
   * Number of servers, an odd one. Each needs a node of its own.
   * @default 1
   */
  readonly servers?: number;
  /**
   * Class of the servers' volumes.
   * @default the cluster's default class
   */
  readonly storageClass?: string;
  /**
   * Namespaces whose pods may join the mesh. A service account of another namespace is refused a
   * token: Consul's identity is the account's name alone, so an account `backend` anywhere in the
   * cluster would otherwise be `backend`. The same holds between the namespaces named here.
   * @default the namespace `default`
   */
  readonly workloadNamespaces?: readonly WorkloadNamespace[];
  /**
   * Service accounts that may be used only in the namespaces listed with them: an account of the same name
   * elsewhere gets no token. This matters most for borders, which act as services of another mesh.
   * @default each account may be used in all of the namespaces
   */
  readonly serviceAccounts?: Readonly<Record<string, readonly string[]>>;
  /**
   * Namespaces from which only the accounts in `serviceAccounts` may join the mesh.
   * @default none
   */
  readonly closedNamespaces?: readonly string[];
  /**
   * The gateway through which other meshes enter.
   * @default an ingress gateway, two replicas behind a load balancer
   */
  readonly gateway?: ConsulGatewayProps;
  /**
   * Who installs the CRDs of the Kubernetes Gateway API, without which Consul's controller does not start.
   * `install`: the chart does (v0.6.2, removed with the release). `existing`: the cluster has them already. An
   * API gateway also needs the CRD of TCPRoute, which is in the experimental channel.
   * @default 'install'
   */
  readonly gatewayApiCrds?: 'install' | 'existing';
  /**
   * A root of your own in place of the one that Consul makes for itself. Its private key is then in
   * Terraform's state.
   * @default Consul's own; its key does not leave the cluster
   */
  readonly certificateAuthority?: ConsulCertificateAuthority;
  /**
   * Paths of your own values files, merged last.
   * @default none
   */
  readonly valuesFiles?: readonly string[];
  /**
   * What must exist before the mesh and stay until it is gone, such as its storage class.
   * @default nothing
   */
  readonly dependsOn?: readonly ITerraformDependable[];
}
