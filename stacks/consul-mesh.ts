import { TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import type { ConsulMeshSettings } from '../config/meshes';
import {
  bootstrapTokenSecret,
  clusterIdFor,
  type ConsulCertificateAuthority,
  ConsulMesh,
  type ConsulMeshProps,
  trustDomainOf,
} from '../constructs/consul';
import { GeneratedRoot } from '../constructs/federation';
import {
  type ClusterConnection,
  Gp3StorageClass,
  nlbAnnotations,
  type WorkloadNamespace,
} from '../constructs/kubernetes';
import { ClusterStack, type ClusterStackProps } from './cluster-stack';
import { keepGatewayScheme } from './gateway-scheme';

/** Settings of `ConsulMeshStack`. */
export interface ConsulMeshStackProps extends ClusterStackProps {
  readonly settings: ConsulMeshSettings;
  /**
   * DNS domain of the cluster.
   * @default 'cluster.local'
   */
  readonly clusterDomain?: string;
  /**
   * Who signs the workloads' certificates. With `generated` and one that is given, the private key is in
   * the state.
   * @default 'own': Consul's, whose key stays in the cluster
   */
  readonly authority?: 'own' | 'generated' | ConsulCertificateAuthority;
  /**
   * Ports of the ingress gateway for the federation, one for each foreign service that calls.
   * @default none
   */
  readonly federationPorts?: readonly number[];
  /** See `ConsulMeshProps`. */
  readonly serviceAccounts?: ConsulMeshProps['serviceAccounts'];
  /** See `ConsulMeshProps`. */
  readonly closedNamespaces?: ConsulMeshProps['closedNamespaces'];
  /**
   * Whether the servers' volumes get a storage class of their own, by the EBS CSI driver, unless the
   * settings name one.
   * @default false
   */
  readonly ownStorageClass?: boolean;
  /**
   * Tags of the load balancer and of the servers' volumes, on EKS.
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

/** Consul by its chart, on the cluster that `consul-cluster` made or on one that exists. */
export class ConsulMeshStack extends ClusterStack {
  public readonly mesh: ConsulMesh;

  public constructor(scope: Construct, id: string, props: ConsulMeshStackProps) {
    super(scope, id, props);
    const { connection, settings } = props;
    const storage =
      props.ownStorageClass === true && settings.storageClass === undefined
        ? new Gp3StorageClass(this, 'storage', { tags: props.tags })
        : undefined;
    this.mesh = new ConsulMesh(this, 'consul', {
      clusterDomain: props.clusterDomain,
      clusterId: consulClusterId(connection, settings),
      certificateAuthority: authorityOf(this, props),
      version: settings.version,
      charts: settings.charts,
      images: settings.images,
      datacenter: settings.datacenter,
      servers: settings.servers,
      storageClass: settings.storageClass ?? storage?.storageClassName,
      gatewayApiCrds: settings.gatewayApiCrds,
      workloadNamespaces: props.namespaces ?? settings.namespaces,
      serviceAccounts: props.serviceAccounts,
      closedNamespaces: props.closedNamespaces,
      gateway: {
        ports: settings.gateway.ports,
        federationPorts: props.federationPorts,
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
      dependsOn: storage === undefined ? [] : [storage.storageClass],
    });

    const { namespace, releaseName, gateway } = this.mesh;
    if (connection.kind === 'eks') {
      const { internal } = settings.gateway;
      keepGatewayScheme(this, { internal, namespace, service: gateway.serviceName });
    }
    const { secretName, secretKey } = bootstrapTokenSecret(releaseName);
    new TerraformOutput(this, 'trust_domain', { value: this.mesh.trustDomain });
    new TerraformOutput(this, 'gateway_address_command', {
      description: "Prints the address of the gateway's load balancer.",
      value: `kubectl -n ${namespace} get service ${gateway.serviceName}`,
    });
    new TerraformOutput(this, 'ui_command', {
      description: 'Opens the UI on https://localhost:8501.',
      value: `kubectl -n ${namespace} port-forward service/${releaseName}-ui 8501:443`,
    });
    new TerraformOutput(this, 'ui_token_command', {
      description: 'Prints the token to log in to the UI with. It may do everything.',
      value:
        `kubectl -n ${namespace} get secret ${secretName} ` +
        `-o jsonpath='{.data.${secretKey}}' | base64 --decode`,
    });
  }
}

/** The same on every machine, and another one for each cluster. */
export function consulClusterId(
  connection: ClusterConnection,
  { clusterId, datacenter }: ConsulMeshSettings,
): string {
  if (clusterId !== undefined) return clusterId;
  switch (connection.kind) {
    case 'eks':
      return clusterIdFor(`eks/${connection.region}/${connection.clusterName}/${datacenter}`);
    case 'kubeconfig':
      return clusterIdFor(`kubeconfig/${connection.context}/${datacenter}`);
  }
}

function authorityOf(
  scope: Construct,
  { authority, connection, settings }: ConsulMeshStackProps,
): ConsulCertificateAuthority | undefined {
  switch (authority) {
    case undefined:
    case 'own':
      return undefined;
    case 'generated': {
      const trustDomain = trustDomainOf(consulClusterId(connection, settings));
      return new GeneratedRoot(scope, 'root', { trustDomain }).consul;
    }
    default:
      return authority;
  }
}
