import { DEFAULT_ISTIO_VERSION, type IstioMeshProps } from './props';
import { gatewaySelector } from './values';
import type { IstioMeshReference } from './reference';

/** What others need to know of a mesh that is made with these props, before it is made. */
export function istioMeshReference(
  props: IstioMeshProps = {},
): IstioMeshReference & Required<Pick<IstioMeshReference, 'version'>> {
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
      tlsPort: gateway?.tlsPort ?? 8443,
      previousTlsPort: gateway?.previousTlsPort,
    },
  };
}
