import { type Example, Optional, refuseUnlike } from '../example';
import { allowedSourcesProblems } from '../kubernetes/allowed-sources';
import { clusterDomainProblems } from '../kubernetes/cluster-domain';
import { labelProblems, subdomainProblems, portProblems } from '../kubernetes/name-problems';
import { type Problem, refuse } from '../problems';
import { trustDomainProblems } from '../trust-domain';
import type { IIstioMesh, IstioGateway } from './interface';
import { DEFAULT_ISTIO_VERSION, type IstioMeshProps } from './props';
import { gatewaySelector } from './values';

/** An Istio mesh that somebody else installed: see `IstioMesh.fromAttributes`. */
export interface IstioMeshAttributes extends Omit<
  IIstioMesh,
  'trustDomain' | 'rootNamespace' | 'gateway'
> {
  /**
   * SPIFFE trust domain, `meshConfig.trustDomain`.
   * @default 'cluster.local', as Istio has it
   */
  readonly trustDomain?: string;
  /**
   * Namespace of istiod, where mesh-wide resources live.
   * @default 'istio-system'
   */
  readonly rootNamespace?: string;
  /** The ingress gateway through which other meshes enter. */
  readonly gateway: IstioGatewayAttributes;
}

const EXAMPLE: Example<IstioMeshAttributes> = {
  trustDomain: new Optional('shop.example.com'),
  rootNamespace: new Optional('istio-system'),
  gateway: { namespace: 'istio-ingress', serviceName: 'istio-ingressgateway', tlsPort: 8443 },
};

/** The ingress gateway of a mesh that somebody else installed. */
export interface IstioGatewayAttributes extends Omit<IstioGateway, 'serviceAccount' | 'selector'> {
  /**
   * Service account of the gateway's pods.
   * @default the name of its Service, as Istio's chart `gateway` has it
   */
  readonly serviceAccount?: string;
  /**
   * Labels of the gateway's pods.
   * @default `istio`, with the name of the Service without "istio-", as the chart has it
   */
  readonly selector?: Readonly<Record<string, string>>;
}

/** What others need to know of a mesh that somebody else installed. */
export function istioMeshFromAttributes(attributes: IstioMeshAttributes): IIstioMesh {
  refuseUnlike('The Istio mesh', attributes, EXAMPLE, 'cannot be used');
  const { serviceName } = attributes.gateway;
  const mesh: IIstioMesh = {
    ...attributes,
    trustDomain: attributes.trustDomain ?? 'cluster.local',
    rootNamespace: attributes.rootNamespace ?? 'istio-system',
    gateway: {
      ...attributes.gateway,
      serviceAccount: attributes.gateway.serviceAccount ?? serviceName,
      selector: attributes.gateway.selector ?? gatewaySelector(serviceName),
    },
  };
  refuse(`The Istio mesh ${mesh.trustDomain}`, istioMeshProblems(mesh), 'cannot be used');
  return mesh;
}

/** What is wrong with its names and ports. */
export function istioMeshProblems({
  trustDomain,
  rootNamespace,
  clusterDomain,
  entrance,
  gateway,
}: IIstioMesh): Problem[] {
  return [
    ...trustDomainProblems(['trustDomain'], trustDomain),
    ...clusterDomainProblems(clusterDomain),
    ...allowedSourcesProblems(['entrance', 'allowedSources'], entrance?.allowedSources),
    ...labelProblems(['rootNamespace'], rootNamespace),
    ...labelProblems(['gateway', 'namespace'], gateway.namespace),
    ...labelProblems(['gateway', 'serviceName'], gateway.serviceName),
    ...(gateway.serviceAccount === gateway.serviceName
      ? []
      : subdomainProblems(['gateway', 'serviceAccount'], gateway.serviceAccount)),
    ...portProblems(['gateway', 'tlsPort'], gateway.tlsPort),
    ...(gateway.previousTlsPort === undefined
      ? []
      : portProblems(['gateway', 'previousTlsPort'], gateway.previousTlsPort)),
  ];
}

/** What others need to know of a mesh that is made with these props, before it is made. */
export function istioMeshFromProps(
  props: IstioMeshProps = {},
): IIstioMesh & Required<Pick<IIstioMesh, 'version'>> {
  const { gateway } = props;
  const serviceName = gateway?.name ?? 'istio-ingressgateway';
  return {
    trustDomain: props.trustDomain ?? 'cluster.local',
    version: props.version ?? DEFAULT_ISTIO_VERSION,
    rootNamespace: props.rootNamespace ?? 'istio-system',
    clusterDomain: props.clusterDomain,
    gateway: {
      namespace: gateway?.namespace ?? 'istio-ingress',
      serviceName,
      serviceAccount: serviceName,
      selector: gatewaySelector(serviceName),
      ...(gateway?.kind === 'gateway-api' && { kind: gateway.kind }),
      tlsPort: gateway?.tlsPort ?? 8443,
      previousTlsPort: gateway?.previousTlsPort,
    },
  };
}
