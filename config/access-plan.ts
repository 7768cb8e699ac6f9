import { clusterIdFor } from '../constructs/consul/cluster-id';
import { consulMeshFromProps } from '../constructs/consul/attributes';
import {
  type AccessPlan,
  compilePolicy,
  type ConsulMember,
  type IstioMember,
  type LinkerdMember,
  type MeshMember,
  type PublishedMesh,
} from '../constructs/federation/plan';
import { kindOf } from '../constructs/federation/plan/internal';
import { istioMeshFromProps } from '../constructs/istio/attributes';
import { linkerdMeshFromProps } from '../constructs/linkerd/attributes';
import type { ClusterConnection } from '../constructs/kubernetes';
import { clusterConnection, clusterDomain } from './connection';
import { effectivePolicy } from './effective-policy';
import type { ConsulMeshSettings } from './meshes';
import type { PartnerMesh } from './offers';
import { type PlacedMesh, placedMeshes } from './placed-meshes';
import type { Config } from './schema';

/** What the access policy of the settings comes to. Nothing is deployed or synthesised for it. */
export function accessPlan(config: Config): AccessPlan {
  return compilePolicy({
    policy: effectivePolicy(config),
    meshes: meshMembers(config),
    name: config.federation.name,
  });
}

/** The meshes as the settings make them, and those of partners, by name. */
function meshMembers(config: Config): Record<string, MeshMember> {
  return Object.fromEntries([
    ...placedMeshes(config).map(
      (placed) => [placed.name, memberOf(placed, config.aws.region)] as const,
    ),
    ...Object.entries(config.partners).map(
      ([name, partner]) => [name, partnerMember(name, partner)] as const,
    ),
  ]);
}

/** A partner's mesh for the plan; what only its owner can say is a word for it until the offer is there. */
export function partnerMember(name: string, { kind, offer }: PartnerMesh): MeshMember {
  const facts = offer?.facts ?? awaitedFacts(name, kind);
  return kindOf(facts).partner(facts);
}

function awaitedFacts(name: string, kind: PublishedMesh['kind']): PublishedMesh {
  const trustDomain = `${name}.awaited`;
  switch (kind) {
    case 'istio':
      return { kind, trustDomain, tlsPort: 15443 };
    case 'consul':
      return { kind, trustDomain, datacenter: 'awaited' };
    case 'linkerd':
      return { kind, trustDomain, namespace: 'awaited' };
  }
}

/**
 * A mesh as others will know it.
 *
 * @param region Of the clusters in AWS, unless they say theirs.
 */
export function memberOf(
  { mesh, cluster }: PlacedMesh,
  region: string,
): IstioMember | ConsulMember | LinkerdMember {
  const { spire } = mesh;
  const props = { ...mesh, clusterDomain: clusterDomain(cluster) };
  const { addressPort } = mesh.gateway;
  const more = { addressPort, spire };
  if (props.kind === 'istio') return { kind: 'istio', mesh: istioMeshFromProps(props), ...more };
  if (props.kind === 'linkerd') {
    const defaultDeny = props.defaultInboundPolicy === 'deny';
    return { kind: 'linkerd', mesh: linkerdMeshFromProps(props), defaultDeny, ...more };
  }
  const clusterId = consulClusterId(clusterConnection(cluster, region), props);
  return { kind: 'consul', mesh: consulMeshFromProps({ ...props, clusterId }), ...more };
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
