import type { IConsulMesh } from '../../../../consul/interface';

/**
 * Consul's community edition has one namespace, `default`, whatever the Kubernetes namespace.
 * @see https://github.com/hashicorp/consul/blob/v1.22.7/agent/connect/uri_service.go
 */
export function consulSpiffeId(
  mesh: Pick<IConsulMesh, 'trustDomain' | 'datacenter'>,
  service: string,
): string {
  return `spiffe://${mesh.trustDomain}/ns/default/dc/${mesh.datacenter}/svc/${service}`;
}
