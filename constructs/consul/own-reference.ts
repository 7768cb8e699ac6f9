import { trustDomainOf } from './cluster-id';
import { type ConsulMeshProps, DEFAULT_CONSUL_GATEWAY_NAME } from './props';
import type { ConsulMeshReference } from './reference';

/** What others need to know of a mesh that is made with these props, before it is made. */
export function consulMeshReference(props: ConsulMeshProps): ConsulMeshReference {
  const releaseName = props.releaseName ?? 'consul';
  const name = props.gateway?.name ?? DEFAULT_CONSUL_GATEWAY_NAME;
  return {
    trustDomain: trustDomainOf(props.clusterId),
    datacenter: props.datacenter ?? 'dc1',
    namespace: props.namespace ?? 'consul',
    clusterDomain: props.clusterDomain,
    releaseName,
    gateway: { name, serviceName: `${releaseName}-${name}` },
    acls: true,
    tls: true,
  };
}
