import { TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import { consulClusterId } from '../config/access-plan';
import type { ConsulMeshSettings } from '../config/meshes';
import {
  bootstrapTokenSecret,
  type ConsulCertificateAuthority,
  apiGatewayPodPort,
  type ConsulGateway,
  ConsulMesh,
  type ConsulMeshProps,
  gatewayPodLabels,
  trustDomainOf,
} from '../constructs/consul';
import { GeneratedRoot } from '../constructs/federation';
import { Gp3StorageClass } from '../constructs/kubernetes';
import { KubernetesStack } from './kubernetes-stack';
import {
  addPrivateGateway,
  authorityOf,
  gatewayService,
  keepGateway,
  meshOutputs,
  type MeshStackProps,
} from './mesh-stack';

/** Settings of `ConsulMeshStack`. */
export interface ConsulMeshStackProps
  extends
    MeshStackProps<ConsulMeshSettings, ConsulCertificateAuthority>,
    Pick<ConsulMeshProps, 'serviceAccounts' | 'closedNamespaces'> {
  /**
   * Ports of the gateway for the federation, one for each foreign service that calls.
   * @default none
   */
  readonly federationPorts?: readonly number[];
  /**
   * Whether the servers' volumes get a storage class of their own, by the EBS CSI driver, unless the
   * settings name one.
   * @default false
   */
  readonly ownStorageClass?: boolean;
}

/** Consul by its chart, in a cluster that is there. */
export class ConsulMeshStack extends KubernetesStack {
  public readonly mesh: ConsulMesh;

  public constructor(scope: Construct, id: string, props: ConsulMeshStackProps) {
    super(scope, id, props);
    const { connection, settings, federationPorts } = props;
    const clusterId = consulClusterId(connection, settings);
    const storage =
      props.ownStorageClass === true && settings.storageClass === undefined
        ? new Gp3StorageClass(this, 'storage', {
            tags: props.tags,
            ...(props.controller === 'auto-mode' && { driver: 'ebs.csi.eks.amazonaws.com' }),
          })
        : undefined;
    this.mesh = new ConsulMesh(this, 'consul', {
      ...settings,
      clusterDomain: props.clusterDomain,
      clusterId,
      certificateAuthority: authorityOf(props, () => {
        const trustDomain = trustDomainOf(clusterId);
        return new GeneratedRoot(this, 'root', { trustDomain }).consul;
      }),
      storageClass: settings.storageClass ?? storage?.storageClassName,
      workloadNamespaces: props.namespaces ?? settings.namespaces,
      serviceAccounts: props.serviceAccounts,
      closedNamespaces: props.closedNamespaces,
      gateway: { ...settings.gateway, federationPorts, ...gatewayService(props) },
      valuesFiles: settings.values,
      dependsOn: storage === undefined ? [] : [storage.storageClass],
    });

    const { namespace, releaseName, gateway, trustDomain } = this.mesh;
    const { serviceName } = gateway;
    keepGateway(this, props, { namespace, serviceName });
    meshOutputs(this, trustDomain, { namespace, serviceName });
    addPrivateGateway(this, onPodPorts(props, gateway), {
      namespace,
      serviceName,
      selector: gatewayPodLabels(this.mesh, gateway),
      dependsOn: [this.mesh.chart.release],
    });
    const { secretName, secretKey } = bootstrapTokenSecret(releaseName);
    new TerraformOutput(this, 'ui_command', {
      description: 'Opens the UI on https://localhost:8501.',
      value: `${this.kubectl} -n ${namespace} port-forward service/${releaseName}-ui 8501:443`,
    });
    new TerraformOutput(this, 'ui_token_command', {
      description: 'Prints the token to log in to the UI with. It may do everything.',
      value:
        `${this.kubectl} -n ${namespace} get secret ${secretName} ` +
        `-o jsonpath='{.data.${secretKey}}' | base64 --decode`,
    });
  }
}

/** The private entrance leads to the pods too, which have other ports than the gateway for those below 1024. */
function onPodPorts(props: ConsulMeshStackProps, { kind }: ConsulGateway): ConsulMeshStackProps {
  const { privateGateway } = props;
  if (kind !== 'api' || privateGateway === undefined) return props;
  const ports = privateGateway.ports.map((one) => ({
    ...one,
    targetPort: apiGatewayPodPort(one.port),
  }));
  return { ...props, privateGateway: { ...privateGateway, ports } };
}
