import type { ILinkerdMesh } from '../../../../linkerd/interface';

/**
 * Linkerd's identities are DNS names, in certificates too.
 * @see https://github.com/linkerd/linkerd2/blob/edge-26.8.3/controller/identity/domain.go
 */
export function linkerdIdentity(
  mesh: Pick<ILinkerdMesh, 'trustDomain' | 'namespace'>,
  namespace: string,
  serviceAccount: string,
): string {
  return `${serviceAccount}.${namespace}.serviceaccount.identity.${mesh.namespace}.${mesh.trustDomain}`;
}
