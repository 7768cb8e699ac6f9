import { clusterIdFor } from '../constructs/consul/cluster-id';
import { consulMeshFromProps } from '../constructs/consul/attributes';
import { type AccessPlan, compilePolicy, type MeshMember } from '../constructs/federation/plan';
import { istioMeshFromProps } from '../constructs/istio/attributes';
import type { ClusterConnection } from '../constructs/kubernetes';
import { clusterConnection, clusterDomain } from './connection';
import { effectivePolicy } from './effective-policy';
import type { ConsulMeshSettings } from './meshes';
import { type PlacedMesh, placedMeshes } from './placed-meshes';
import type { Config } from './schema';

/** What the access policy of the settings comes to. Nothing is deployed or synthesised for it. */
export function accessPlan(config: Config): AccessPlan {
  return compilePolicy({ policy: effectivePolicy(config), meshes: meshMembers(config) });
}

/** The meshes as the settings make them, by name. */
function meshMembers(config: Config): Record<string, MeshMember> {
  return Object.fromEntries(
    placedMeshes(config).map((placed) => [placed.name, memberOf(placed, config.aws.region)]),
  );
}

/**
 * A mesh as others will know it.
 *
 * @param region Of the clusters in AWS, unless they say theirs.
 */
export function memberOf({ mesh, cluster }: PlacedMesh, region: string): MeshMember {
  const props = { ...mesh, clusterDomain: clusterDomain(cluster) };
  if (props.kind === 'istio') return { kind: 'istio', mesh: istioMeshFromProps(props) };
  const clusterId = consulClusterId(clusterConnection(cluster, region), props);
  return { kind: 'consul', mesh: consulMeshFromProps({ ...props, clusterId }) };
}

/** The same on every machine, and another one for each cluster. */
export function consulClusterId(
  connection: ClusterConnection,
  { clusterId, datacenter }: Pick<ConsulMeshSettings, 'clusterId' | 'datacenter'>,
): string {
  if (clusterId !== undefined) return clusterId;
  switch (connection.kind) {
    case 'eks':
      return clusterIdFor(`eks/${connection.region}/${connection.clusterName}/${datacenter}`);
    case 'kubeconfig':
      return clusterIdFor(`kubeconfig/${connection.context}/${datacenter}`);
  }
}
