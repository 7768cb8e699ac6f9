import { readFileSync } from 'node:fs';
import { TerraformStack, type App } from 'cdktf';
import type { Config, Side } from '../config';
import { policyWithBorders } from '../config/access-policy';
import { gatewaySources } from '../config/gateways';
import { workloadNamespaces } from '../config/weather';
import { trustDomainOf } from '../constructs/consul';
import {
  type AccessPlan,
  type AccessPolicy,
  compilePolicy,
  consulGatewayPorts,
  consulServiceAccounts,
} from '../constructs/federation/plan';
import { borderNamespaces } from '../constructs/federation/plan/resolve';
import { readRoots } from '../constructs/federation/plan/roots-file';
import { type ApiServer } from '../constructs/kubernetes';
import { kubeconfigServer } from '../constructs/kubernetes/kubeconfig';
import { authoritiesIn } from '../constructs/kubernetes/certificates';
import { expandPath } from '../constructs/kubernetes/yaml-file';
import { clusterConnection } from './connection';
import { ConsulClusterStack } from './consul-cluster';
import { consulClusterId, ConsulMeshStack } from './consul-mesh';
import { ConsulWorkloadsStack } from './consul-workloads';
import type { Deployment } from './deployed-to';
import { isEmulated } from './emulated';
import { ImageCacheStack } from './image-cache';
import { IstioClusterStack } from './istio-cluster';
import { IstioMeshStack } from './istio-mesh';
import { IstioWorkloadsStack } from './istio-workloads';
import { exchangeAddresses } from './nat-addresses';
import { FederationStack } from './federation';
import { SharedRootStack } from './shared-root';
import { keepState } from './state';

/**
 * All stacks, in the order in which they are deployed; destroy goes the other way. The two sides do
 * not wait for each other. On an emulator those that need a Kubernetes API are left out.
 *
 * @returns What the access policy comes to.
 */
export function addStacks(app: App, config: Config): AccessPlan {
  const { aws, profile, clusters, federation, meshes, state } = config;
  const policy = policyWithBorders(config.accessPolicy, federation.borders);
  const deployment = { aws, profile };
  const { istio, consul } = clusters;
  const addresses = exchangeAddresses(app, 'nat-addresses', { aws, profile, clusters });

  const { authorities, roots, ...trust } = federation.trust;
  const sharedRoot =
    authorities === 'shared'
      ? new SharedRootStack(app, 'shared-root', {
          istioTrustDomain: meshes.istio.trustDomain,
          consulTrustDomain: trustDomainOf(
            consulClusterId(clusterConnection(consul, aws.region), meshes.consul),
          ),
        })
      : undefined;
  const cache = config.images.ecrPullThroughCache;
  const imageCachePrefix = cache?.prefix;
  const imageCache = cache && new ImageCacheStack(app, 'image-cache', { deployment, ...cache });
  const own = authorities === 'generated' ? authorities : 'own';

  const clusterStacks = {
    istio:
      istio.kind === 'eks'
        ? new IstioClusterStack(app, 'istio-cluster', {
            deployment,
            cluster: istio,
            imageCachePrefix,
            ...addresses('istio'),
          })
        : undefined,
    consul:
      consul.kind === 'eks'
        ? new ConsulClusterStack(app, 'consul-cluster', {
            deployment,
            cluster: consul,
            imageCachePrefix,
            ...addresses('consul'),
          })
        : undefined,
  };
  const balancer = (side: Side) =>
    loadBalancer(config, side, addresses(side).partnerAddresses ?? []);

  const { namespaces: istioNamespaces } = meshNamespaces(config, policy, 'istio');
  const istioMesh = new IstioMeshStack(app, 'istio-mesh', {
    ...onCluster(istio, deployment),
    ...balancer('istio'),
    namespaces: istioNamespaces,
    settings: meshes.istio,
    clusterDomain: clusterDomain(istio),
    authority: sharedRoot?.istio.authority ?? own,
  });
  if (clusterStacks.istio !== undefined) istioMesh.addDependency(clusterStacks.istio);

  const { namespaces, closed } = meshNamespaces(config, policy, 'consul');
  const consulMesh = new ConsulMeshStack(app, 'consul-mesh', {
    ...onCluster(consul, deployment),
    ...balancer('consul'),
    // Nothing is put into somebody's cluster unasked.
    ownStorageClass: meshes.consul.ownStorageClass ?? consul.kind === 'eks',
    namespaces,
    closedNamespaces: closed,
    serviceAccounts: consulServiceAccounts(policy, 'consul'),
    settings: meshes.consul,
    clusterDomain: clusterDomain(consul),
    authority: sharedRoot?.consul.authority ?? own,
    federationPorts: consulGatewayPorts(policy, 'consul'),
  });
  if (clusterStacks.consul !== undefined) consulMesh.addDependency(clusterStacks.consul);

  if (imageCache !== undefined) {
    istioMesh.addDependency(imageCache);
    consulMesh.addDependency(imageCache);
  }

  const members = {
    istio: { kind: 'istio', mesh: istioMesh.mesh },
    consul: { kind: 'consul', mesh: consulMesh.mesh },
  } as const;
  const plan = compilePolicy({ policy, meshes: members });

  const weather = config.weather.enabled ? config.weather : undefined;
  const istioWorkloads = new IstioWorkloadsStack(app, 'istio-workloads', {
    ...onCluster(istio, deployment),
    mesh: istioMesh.mesh,
    plan,
    weather,
  });
  istioWorkloads.addDependency(istioMesh);
  const consulWorkloads = new ConsulWorkloadsStack(app, 'consul-workloads', {
    ...onCluster(consul, deployment),
    mesh: consulMesh.mesh,
    plan,
    weather,
  });
  consulWorkloads.addDependency(consulMesh);

  const { admission, borders } = federation;
  const federationStack = new FederationStack(app, 'federation', {
    deployment,
    policy,
    meshes: {
      istio: {
        ...members.istio,
        connection: clusterConnection(istio, aws.region),
        apiServer: apiServer(istio),
        roots: sharedRoot?.istio.roots ?? rootsIn(roots.istio),
      },
      consul: {
        ...members.consul,
        connection: clusterConnection(consul, aws.region),
        apiServer: apiServer(consul),
        roots: sharedRoot?.consul.roots ?? rootsIn(roots.consul),
      },
    },
    borders: {
      ...borders,
      images: {
        ...borders.images,
        shell: borders.images.shell ?? trust.image,
        consul: borders.images.consul ?? consulImage(meshes.consul),
      },
    },
    admission,
    trust,
  });
  federationStack.addDependency(istioWorkloads);
  federationStack.addDependency(consulWorkloads);

  for (const stack of app.node.children.filter((child) => TerraformStack.isStack(child))) {
    if (aws.emulator === undefined || isEmulated(stack)) keepState(stack, state, deployment);
    else app.node.tryRemoveChild(stack.node.id);
  }
  return plan;
}

function onCluster(cluster: Config['clusters']['istio'], deployment: Deployment) {
  const { region, tags } = deployment.aws;
  const connection = clusterConnection(cluster, region);
  return { connection, deployment, ...(connection.kind === 'eks' && { tags }) };
}

/** The namespaces of a mesh, with those of its borders, which are theirs alone where nobody else has them. */
function meshNamespaces({ meshes, weather }: Config, policy: AccessPolicy, side: Side) {
  const own = workloadNamespaces(meshes[side].namespaces, weather);
  const closed = borderNamespaces(policy, side).filter(
    (namespace) => !own.some(({ name }) => name === namespace),
  );
  // In "default" there is more than borders, whether it is listed or not.
  return {
    namespaces: [...own, ...closed.map((name) => ({ name }))],
    closed: closed.filter((name) => name !== 'default'),
  };
}

/** Of a mesh's gateway, for the other cluster. */
function loadBalancer(config: Config, side: Side, partnerAddresses: readonly string[]) {
  const { existingVpc } =
    config.clusters[side].kind === 'eks' ? config.clusters[side] : { existingVpc: undefined };
  const { internal } = config.meshes[side].gateway;
  return {
    allowedSources: gatewaySources(config, side, partnerAddresses),
    loadBalancerSubnets: internal ? existingVpc?.privateSubnetIds : existingVpc?.publicSubnetIds,
  };
}

/** Where it is not the one that Terraform calls. */
function apiServer(cluster: Config['clusters']['istio']): ApiServer | undefined {
  if (cluster.kind !== 'kubeconfig' || cluster.apiServer === undefined) return undefined;
  const { apiServer: address, apiServerCa } = cluster;
  return {
    address,
    certificateAuthority:
      apiServerCa === undefined
        ? kubeconfigServer(cluster).certificateAuthority
        : authoritiesIn(readFileSync(expandPath(apiServerCa))),
  };
}

function clusterDomain(cluster: Config['clusters']['istio']): string | undefined {
  return cluster.kind === 'eks' ? undefined : cluster.clusterDomain;
}

function rootsIn(file: string | undefined): string | undefined {
  return file === undefined ? undefined : readRoots(file);
}

/** The servers' image, which has the program that logs in to them. */
function consulImage({ version, images }: Config['meshes']['consul']): string {
  const registry = images.registry ?? 'docker.io/hashicorp';
  return images.consul ?? `${registry}/consul:${version}`;
}
