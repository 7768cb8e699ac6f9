import { TerraformOutput } from 'cdktf';
import type { MeshSettings } from '../config/meshes';
import {
  type LoadBalancerController,
  nlbAnnotations,
  PrivateGateway,
  type PrivateGatewayProps,
  type WorkloadNamespace,
} from '../constructs/kubernetes';
import type { GatewayService } from '../constructs/federation/plan';
import type { IpFamily } from '../constructs/ip-family';
import { keepGatewayScheme } from './gateway-scheme';
import type { KubernetesStack, KubernetesStackProps } from './kubernetes-stack';

/** Settings of a stack with the mesh of any kind. */
export interface MeshStackProps<
  Settings extends MeshSettings,
  Authority extends object,
> extends KubernetesStackProps {
  readonly settings: Settings;
  /**
   * DNS domain of the cluster.
   * @default 'cluster.local'
   */
  readonly clusterDomain?: string;
  /**
   * Who signs the workloads' certificates. With `generated` and one that is given, the private key is in
   * the state.
   * @default 'own': the mesh's, whose key stays in the cluster
   */
  readonly authority?: 'own' | 'generated' | Authority;
  /**
   * Tags of what the cluster makes in AWS, on EKS.
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
  /**
   * Which addresses pods have, on EKS.
   * @default 'ipv4'
   */
  readonly ipFamily?: IpFamily;
  /**
   * Who makes load balancers, on EKS.
   * @default 'in-cloud'
   */
  readonly controller?: LoadBalancerController;
  /**
   * Whether the Service of the gateway has a load balancer.
   * @default true
   */
  readonly exposed?: boolean;
  /**
   * The private gateway, for meshes in other VPCs.
   * @default none
   */
  readonly privateGateway?: Pick<
    PrivateGatewayProps,
    'ports' | 'allowedSources' | 'subnetIds' | 'ways'
  >;
}

/** What the construct of a mesh of any kind is told of the Service of its gateway. */
export function gatewayService({
  connection,
  settings: { gateway },
  tags,
  loadBalancerSubnets,
  allowedSources,
  controller,
  ipFamily,
  exposed,
}: Omit<MeshStackProps<MeshSettings, object>, 'deployment'>) {
  const { internal, annotations } = gateway;
  const ofCloud =
    connection.kind === 'eks'
      ? nlbAnnotations({ controller, ipFamily, internal, tags, subnetIds: loadBalancerSubnets })
      : {};
  return { serviceAnnotations: { ...ofCloud, ...annotations }, allowedSources, exposed };
}

/** Who signs the certificates of a mesh of any kind, if not the mesh itself. */
export function authorityOf<Authority extends object>(
  { authority }: Pick<MeshStackProps<MeshSettings, Authority>, 'authority'>,
  generated: () => Authority,
): Authority | undefined {
  if (authority === 'generated') return generated();
  return typeof authority === 'object' ? authority : undefined;
}

/** The private gateway of a mesh of any kind, if there is to be one. */
export function addPrivateGateway(
  stack: KubernetesStack,
  props: MeshStackProps<MeshSettings, object>,
  gateway: Pick<PrivateGatewayProps, 'namespace' | 'serviceName' | 'selector' | 'dependsOn'>,
): void {
  const { privateGateway, tags, controller, ipFamily, exposed } = props;
  if (privateGateway === undefined) return;
  const { namespace, serviceName, selector, dependsOn } = gateway;
  new PrivateGateway(stack, 'private-gateway', {
    ...privateGateway,
    namespace,
    serviceName,
    selector,
    dependsOn,
    tags,
    controller,
    ipFamily,
    besideOwn: exposed ?? true,
  });
}

/** Holds the load balancer of a mesh's gateway to how it was made, on EKS. */
export function keepGateway(
  stack: KubernetesStack,
  { connection, settings, controller = 'in-cloud' }: MeshStackProps<MeshSettings, object>,
  { namespace, serviceName: service }: GatewayService,
): void {
  if (connection.kind !== 'eks') return;
  const { internal } = settings.gateway;
  const { kubectl } = stack;
  keepGatewayScheme(stack, { kubectl, internal, controller, namespace, service });
}

/** What the stack of a mesh with a gateway says of it. */
export function meshOutputs(
  stack: KubernetesStack,
  trustDomain: string,
  { namespace, serviceName }: GatewayService,
): void {
  new TerraformOutput(stack, 'trust_domain', { value: trustDomain });
  new TerraformOutput(stack, 'gateway_address_command', {
    description: "Prints the address of the gateway's load balancer.",
    value: `${stack.kubectl} -n ${namespace} get service ${serviceName}`,
  });
}
