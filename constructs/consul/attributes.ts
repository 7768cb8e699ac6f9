import { labelProblems } from '../kubernetes/name-problems';
import { type Problem, refuse } from '../problems';
import { trustDomainProblems } from '../trust-domain';
import { trustDomainOf } from './cluster-id';
import type { ConsulGateway, IConsulMesh } from './interface';
import { type ConsulMeshProps, DEFAULT_CONSUL_GATEWAY_NAME } from './props';

/** A Consul mesh that somebody else installed with the Helm chart: see `ConsulMesh.fromAttributes`. */
export interface ConsulMeshAttributes
  extends
    Omit<IConsulMesh, 'datacenter' | 'namespace' | 'releaseName' | 'namePrefix' | 'gateway'>,
    Partial<Pick<IConsulMesh, 'datacenter' | 'namespace' | 'releaseName'>> {
  /**
   * What the names of the chart's objects start with: its value `global.name`.
   * @default '<release>-consul', as the chart has it without `global.name`
   */
  readonly namePrefix?: string;
  /**
   * The ingress gateway through which other meshes enter.
   * @default the one that is called DEFAULT_CONSUL_GATEWAY_NAME
   */
  readonly gateway?: ConsulGatewayAttributes;
}

/** The ingress gateway of a mesh that somebody else installed. */
export interface ConsulGatewayAttributes extends Pick<ConsulGateway, 'name'> {
  /**
   * Name of its Kubernetes Service.
   * @default '<prefix>-<name>', as the chart has it
   */
  readonly serviceName?: string;
}

/** What others need to know of a mesh that somebody else installed. */
export function consulMeshFromAttributes(attributes: ConsulMeshAttributes): IConsulMesh {
  const { releaseName = 'consul' } = attributes;
  const { namePrefix = `${releaseName}-consul` } = attributes;
  const mesh: IConsulMesh = {
    ...attributes,
    datacenter: attributes.datacenter ?? 'dc1',
    namespace: attributes.namespace ?? 'consul',
    releaseName,
    namePrefix,
    gateway: gatewayOf(namePrefix, attributes.gateway),
  };
  refuse(`The Consul mesh ${mesh.trustDomain}`, meshProblems(mesh), 'cannot be used');
  return mesh;
}

function meshProblems({
  trustDomain,
  datacenter,
  namespace,
  namePrefix,
  gateway,
}: IConsulMesh): Problem[] {
  return [
    ...trustDomainProblems(['trustDomain'], trustDomain),
    ...(/^[a-z0-9]([-a-z0-9_]*[a-z0-9])?$/.test(datacenter)
      ? []
      : [
          {
            path: ['datacenter'],
            message: `is "${datacenter}"; must be lower case letters, digits, "-" and "_"`,
          },
        ]),
    ...labelProblems(['namespace'], namespace),
    ...labelProblems(['namePrefix'], namePrefix),
    ...labelProblems(['gateway', 'name'], gateway.name),
    ...labelProblems(['gateway', 'serviceName'], gateway.serviceName),
  ];
}

/** What others need to know of a mesh that is made with these props, before it is made. */
export function consulMeshFromProps(props: ConsulMeshProps): IConsulMesh {
  const releaseName = props.releaseName ?? 'consul';
  return {
    trustDomain: trustDomainOf(props.clusterId),
    datacenter: props.datacenter ?? 'dc1',
    namespace: props.namespace ?? 'consul',
    clusterDomain: props.clusterDomain,
    releaseName,
    // The value `global.name` that it is made with.
    namePrefix: releaseName,
    gateway: gatewayOf(releaseName, { name: props.gateway?.name ?? DEFAULT_CONSUL_GATEWAY_NAME }),
    acls: true,
    tls: true,
  };
}

function gatewayOf(
  namePrefix: string,
  { name, serviceName }: ConsulGatewayAttributes = { name: DEFAULT_CONSUL_GATEWAY_NAME },
): ConsulGateway {
  return { name, serviceName: serviceName ?? `${namePrefix}-${name}` };
}
