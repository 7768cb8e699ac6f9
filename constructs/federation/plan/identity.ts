import type { ConsulMeshReference } from '../../consul/reference';
import type { IstioMeshReference } from '../../istio/reference';
import type { Service } from './resolve';

/** An Istio identity as AuthorizationPolicies write it: the SPIFFE ID without its scheme. */
export function istioPrincipal(
  mesh: Pick<IstioMeshReference, 'trustDomain'>,
  namespace: string,
  serviceAccount: string,
): string {
  return `${mesh.trustDomain}/ns/${namespace}/sa/${serviceAccount}`;
}

/** @see https://istio.io/latest/docs/concepts/security/#istio-identity */
export function istioSpiffeId(
  mesh: Pick<IstioMeshReference, 'trustDomain'>,
  namespace: string,
  serviceAccount: string,
): string {
  return `spiffe://${istioPrincipal(mesh, namespace, serviceAccount)}`;
}

/**
 * Consul's community edition has one namespace, `default`, whatever the Kubernetes namespace.
 * @see https://github.com/hashicorp/consul/blob/v1.22.7/agent/connect/uri_service.go
 */
export function consulSpiffeId(
  mesh: Pick<ConsulMeshReference, 'trustDomain' | 'datacenter'>,
  service: string,
): string {
  return `spiffe://${mesh.trustDomain}/ns/default/dc/${mesh.datacenter}/svc/${service}`;
}

/**
 * The SNI of a crossing: made of keys, so that no two crossings of a policy share one, and never longer
 * than a host name may be.
 */
export function serverNameOf(caller: Service, callee: Service): string {
  return `${callee.id}.${callee.mesh}.${caller.id}.${caller.mesh}.federation.internal`;
}
