import { TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import type { IstioMeshSettings } from '../config/meshes';
import { GeneratedRoot } from '../constructs/federation';
import { type IstioCertificateAuthority, IstioMesh } from '../constructs/istio';
import { nlbAnnotations, type WorkloadNamespace } from '../constructs/kubernetes';
import { ClusterStack, type ClusterStackProps } from './cluster-stack';
import { keepGatewayScheme } from './gateway-scheme';

/** Settings of `IstioMeshStack`. */
export interface IstioMeshStackProps extends ClusterStackProps {
  readonly settings: IstioMeshSettings;
  /**
   * DNS domain of the cluster.
   * @default 'cluster.local'
   */
  readonly clusterDomain?: string;
  /**
   * Who signs the workloads' certificates. With `generated` and one that is given, the private key is in
   * the state.
   * @default 'own': istiod's, whose key stays in the cluster
   */
  readonly authority?: 'own' | 'generated' | IstioCertificateAuthority;
  /**
   * Tags of the load balancer, on EKS.
   * @default none
   */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Namespaces whose pods may join the mesh, borders included.
   * @default those of the settings
   */
  readonly namespaces?: readonly WorkloadNamespace[];
  /**
   * Ids of the subnets of the load balancer, on EKS.
   * @default those that their tags name
   */
  readonly loadBalancerSubnets?: readonly string[];
  /**
   * CIDR blocks that may connect to the load balancer.
   * @default everybody
   */
  readonly allowedSources?: readonly string[];
}

/** Istio by its charts, on the cluster that `istio-cluster` made or on one that exists. */
export class IstioMeshStack extends ClusterStack {
  public readonly mesh: IstioMesh;

  public constructor(scope: Construct, id: string, props: IstioMeshStackProps) {
    super(scope, id, props);
    const { connection, settings } = props;
    this.mesh = new IstioMesh(this, 'istio', {
      clusterDomain: props.clusterDomain,
      version: settings.version,
      revision: settings.revision,
      canary: settings.canary,
      charts: settings.charts,
      images: settings.images,
      trustDomain: settings.trustDomain,
      certificateAuthority: authorityOf(this, props),
      cni: settings.cni,
      workloadNamespaces: props.namespaces ?? settings.namespaces,
      gateway: {
        tlsPort: settings.gateway.tlsPort,
        previousTlsPort: settings.gateway.previousTlsPort,
        ports: settings.gateway.ports,
        serviceAnnotations: {
          ...(connection.kind === 'eks'
            ? nlbAnnotations({
                internal: settings.gateway.internal,
                tags: props.tags,
                subnetIds: props.loadBalancerSubnets,
              })
            : {}),
          ...settings.gateway.annotations,
        },
        allowedSources: props.allowedSources,
      },
      valuesFiles: settings.values,
    });

    new TerraformOutput(this, 'trust_domain', { value: this.mesh.trustDomain });
    const { gateway } = this.mesh;
    if (connection.kind === 'eks') {
      const { internal } = settings.gateway;
      keepGatewayScheme(this, { ...gateway, internal, service: gateway.serviceName });
    }
    new TerraformOutput(this, 'gateway_address_command', {
      description: "Prints the address of the gateway's load balancer.",
      value: `kubectl -n ${gateway.namespace} get service ${gateway.serviceName}`,
    });
  }
}

function authorityOf(
  scope: Construct,
  { authority, settings: { trustDomain } }: IstioMeshStackProps,
): IstioCertificateAuthority | undefined {
  switch (authority) {
    case undefined:
    case 'own':
      return undefined;
    case 'generated':
      return new GeneratedRoot(scope, 'root', { trustDomain }).istio;
    default:
      return authority;
  }
}
