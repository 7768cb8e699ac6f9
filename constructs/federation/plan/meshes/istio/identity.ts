import type { IstioMeshReference } from '../../../../istio/reference';

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
