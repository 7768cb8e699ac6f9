import { type Example, Optional, refuseUnlike } from '../example';
import { allowedSourcesProblems } from '../kubernetes/allowed-sources';
import { clusterDomainProblems } from '../kubernetes/cluster-domain';
import { labelProblems, releaseNameProblems } from '../kubernetes/name-problems';
import { type Problem, refuse } from '../problems';
import { trustDomainProblems } from '../trust-domain';
import { trustDomainOf } from './cluster-id';
import { consulGateways, gatewayName } from './gateway';
import type { ConsulGateway, IConsulMesh } from './interface';
import type { ConsulMeshProps } from './props';

/** A Consul mesh that somebody else installed with the Helm chart: see `ConsulMesh.fromAttributes`. */
export interface ConsulMeshAttributes extends Omit<
  IConsulMesh,
  'datacenter' | 'namespace' | 'releaseName' | 'namePrefix' | 'gateway' | 'besideGateway'
> {
  /**
   * Consul datacenter, part of every SPIFFE ID: `/ns/<ns>/dc/<dc>/svc/<service>`.
   * @default 'dc1', as the chart has it
   */
  readonly datacenter?: string;
  /**
   * Kubernetes namespace of the Helm release.
   * @default 'consul'
   */
  readonly namespace?: string;
  /**
   * Name of the Helm release, which the pods' label `release` has.
   * @default 'consul'
   */
  readonly releaseName?: string;
  /**
   * What the names of the chart's objects start with: its value `global.name`.
   * @default '<release>-consul', as the chart has it without `global.name`
   */
  readonly namePrefix?: string;
  /**
   * The gateway through which other meshes enter.
   * @default the ingress gateway that is called DEFAULT_CONSUL_GATEWAY_NAME
   */
  readonly gateway?: ConsulGatewayAttributes;
  /**
   * A gateway of the other kind that leads to the same borders, while calls move from one to the other.
   * @default none
   */
  readonly besideGateway?: ConsulGatewayAttributes;
}

const EXAMPLE: Example<ConsulMeshAttributes> = {
  trustDomain: '01234567-89ab-cdef-0123-456789abcdef.consul',
  gateway: new Optional<ConsulGatewayAttributes>({ name: 'ingress-gateway' }),
  besideGateway: new Optional<ConsulGatewayAttributes>({ name: 'ingress-gateway' }),
  acls: true,
  tls: true,
};

/** The gateway of a mesh that somebody else installed. */
export interface ConsulGatewayAttributes extends Pick<ConsulGateway, 'kind' | 'name'> {
  /**
   * Name of its Kubernetes Service. That of an API gateway is one of yours, with a port for each service
   * that calls; Consul's controller would make one named like the Gateway, of a class that says so.
   * @default '<prefix>-<name>', as the chart has it
   */
  readonly serviceName?: string;
}

/** What others need to know of a mesh that somebody else installed. */
export function consulMeshFromAttributes(attributes: ConsulMeshAttributes): IConsulMesh {
  refuseUnlike('The Consul mesh', attributes, EXAMPLE, 'cannot be used');
  const { releaseName = 'consul' } = attributes;
  const { namePrefix = `${releaseName}-consul` } = attributes;
  const mesh: IConsulMesh = {
    ...attributes,
    datacenter: attributes.datacenter ?? 'dc1',
    namespace: attributes.namespace ?? 'consul',
    releaseName,
    namePrefix,
    gateway: gatewayOf(namePrefix, attributes.gateway),
    besideGateway: attributes.besideGateway && gatewayOf(namePrefix, attributes.besideGateway),
  };
  refuse(`The Consul mesh ${mesh.trustDomain}`, consulMeshProblems(mesh), 'cannot be used');
  return mesh;
}

/** What is wrong with its names. */
export function consulMeshProblems(mesh: IConsulMesh): Problem[] {
  const { trustDomain, datacenter, namespace, releaseName, namePrefix, clusterDomain, entrance } =
    mesh;
  return [
    ...trustDomainProblems(['trustDomain'], trustDomain),
    ...clusterDomainProblems(clusterDomain),
    ...(/^[a-z0-9]([-a-z0-9_]*[a-z0-9])?$/.test(datacenter)
      ? []
      : [
          {
            path: ['datacenter'],
            message: `is "${datacenter}"; must be lower case letters, digits, "-" and "_"`,
          },
        ]),
    ...allowedSourcesProblems(['entrance', 'allowedSources'], entrance?.allowedSources),
    ...labelProblems(['namespace'], namespace),
    ...releaseNameProblems(['releaseName'], releaseName),
    ...labelProblems(['namePrefix'], namePrefix),
    ...consulGateways(mesh).flatMap(({ name, serviceName }, index) => {
      const at = index === 0 ? 'gateway' : 'besideGateway';
      return [
        ...labelProblems([at, 'name'], name),
        ...labelProblems([at, 'serviceName'], serviceName),
      ];
    }),
  ];
}

/** What others need to know of a mesh that is made with these props, before it is made. */
export function consulMeshFromProps(props: ConsulMeshProps): IConsulMesh {
  const releaseName = props.releaseName ?? 'consul';
  const { kind = 'ingress', name, beside } = props.gateway ?? {};
  return {
    trustDomain: trustDomainOf(props.clusterId),
    datacenter: props.datacenter ?? 'dc1',
    namespace: props.namespace ?? 'consul',
    clusterDomain: props.clusterDomain,
    releaseName,
    // The value `global.name` that it is made with.
    namePrefix: releaseName,
    gateway: gatewayOf(releaseName, { kind, name: name ?? gatewayName(kind) }),
    besideGateway: beside && gatewayOf(releaseName, { kind: beside, name: gatewayName(beside) }),
    acls: true,
    tls: true,
  };
}

function gatewayOf(
  namePrefix: string,
  { kind, name, serviceName }: ConsulGatewayAttributes = { name: gatewayName('ingress') },
): ConsulGateway {
  const known = { name, serviceName: serviceName ?? `${namePrefix}-${name}` };
  return kind === undefined || kind === 'ingress' ? known : { kind, ...known };
}
