import type { IIstioMesh } from '../../../../istio/interface';

/** An Istio identity as AuthorizationPolicies write it: the SPIFFE ID without its scheme. */
export function istioPrincipal(
  mesh: Pick<IIstioMesh, 'trustDomain'>,
  namespace: string,
  serviceAccount: string,
): string {
  return `${mesh.trustDomain}/ns/${namespace}/sa/${serviceAccount}`;
}

/** @see https://istio.io/latest/docs/concepts/security/#istio-identity */
export function istioSpiffeId(
  mesh: Pick<IIstioMesh, 'trustDomain'>,
  namespace: string,
  serviceAccount: string,
): string {
  return `spiffe://${istioPrincipal(mesh, namespace, serviceAccount)}`;
}
