import { TerraformStack, type App } from 'cdktf';
import type { Config } from '../config';
import { accessPlan, memberOf } from '../config/access-plan';
import { awsPlace, clusterConnection, clusterDomain } from '../config/connection';
import { CROSSING, waysOf } from '../config/crossing';
import { consulServersImage } from '../config/deployed-images';
import { effectivePolicy, waysInto } from '../config/effective-policy';
import { awaitedConnections } from '../config/partner-crossing';
import { awaited, federationStack } from '../config/partners';
import { clustersWithMeshes, type PlacedMesh, placedMeshes } from '../config/placed-meshes';
import { isPrivateConnection } from '../config/ways';
import { workloadNamespaces } from '../config/weather';
import { WEBHOOK_PORTS } from '../constructs/eks';
import {
  type AccessPlan,
  type AccessPolicy,
  consulGatewayPorts,
  consulServiceAccounts,
  type MeshMember,
} from '../constructs/federation/plan';
import {
  loadBalancerOf,
  borderNamespace,
  borderNamespaces,
  readRoots,
} from '../constructs/federation/plan/internal';
import { CrossingStack } from './crossing';
import { ConsulMeshStack } from './consul-mesh';
import { ConsulWorkloadsStack } from './consul-workloads';
import type { Deployment } from './deployed-to';
import { EksClusterStack } from './eks-cluster';
import { isEmulated } from './emulated';
import { FormerBorders, namespaceOfBorders } from './former-borders';
import { FederationStack, type FederationStackMesh } from './federation';
import { ImageCacheStack } from './image-cache';
import { IstioMeshStack } from './istio-mesh';
import { IstioWorkloadsStack } from './istio-workloads';
import { keepGatewayScheme } from './gateway-scheme';
import { kubectlInOutputs } from './kubectl';
import { KeptWays } from './kept-ways';
import { LinkerdMeshStack } from './linkerd-mesh';
import { LinkerdWorkloadsStack } from './linkerd-workloads';
import { exchangeAddresses } from './nat-addresses';
import { SharedRootStack } from './shared-root';
import { keepState } from './state';
import {
  endpointTo,
  type Exchanged,
  gatewayAddress,
  gatewayProps,
  withEntrance,
} from './entrances';
import { apiServer, onCluster } from './on-cluster';

/** One mesh: where it is, how others see it, and its stacks. */
interface DeployedMesh {
  readonly placed: PlacedMesh;
  readonly member: MeshMember;
  readonly mesh: TerraformStack;
  readonly workloads: TerraformStack;
}

/** What the stacks of every mesh are made with. */
interface Common extends Exchanged {
  readonly app: App;
  readonly config: Config;
  readonly deployment: Deployment;
  readonly policy: AccessPolicy;
  readonly plan: AccessPlan;
  readonly sharedRoot?: SharedRootStack;
}

/**
 * All stacks, in the order in which they are deployed; destroy goes the other way. The meshes do not wait
 * for each other. On an emulator those that need a Kubernetes API are left out, and without the offer of a
 * partner the federation.
 *
 * @returns What the access policy comes to.
 */
export function addStacks(app: App, config: Config): AccessPlan {
  const { aws, profile, federation, state } = config;
  const deployment = { aws, profile };
  const plan = accessPlan(config);
  const members = placedMeshes(config).map((placed) => ({
    placed,
    member: memberOf(placed, aws.region),
  }));
  const base = { app, config, deployment, policy: effectivePolicy(config), plan };
  // What is below a further federation of a mesh is another file's.
  const below =
    federation.name === undefined
      ? addMeshes(base, members)
      : { deployed: [], crossing: undefined, sharedRoot: undefined };
  // Without all offers it would take away what is deployed with one that is missing; and calls that are let in
  // by another connection now must not go by one that does not lead anywhere yet.
  if (awaited(config).length === 0 && awaitedConnections(config).length === 0) {
    const federated = addFederation({ ...base, ...below }, members);
    for (const { workloads } of below.deployed) federated.addDependency(workloads);
  }

  for (const stack of app.node.children.filter((child) => TerraformStack.isStack(child))) {
    if (aws.emulator === undefined || isEmulated(stack)) keepState(stack, state, deployment);
    else app.node.tryRemoveChild(stack.node.id);
  }
  return plan;
}

/** Clusters, meshes, what runs in them, and the private connection between them. */
function addMeshes(
  base: Omit<Common, keyof Exchanged | 'sharedRoot'>,
  members: readonly Pick<DeployedMesh, 'placed' | 'member'>[],
) {
  const { app, config, deployment } = base;
  const { federation, images } = config;
  const addresses = exchangeAddresses(app, 'nat-addresses', config);
  const sharedRoot =
    federation.trust.authorities === 'shared'
      ? new SharedRootStack(app, 'shared-root', {
          meshes: members.map(({ placed: { name }, member }) => ({ name, member })),
        })
      : undefined;
  const { ecrPullThroughCache: cache } = images;
  const imageCache = cache && new ImageCacheStack(app, 'image-cache', { deployment, ...cache });
  const clusters = new Map(
    clustersWithMeshes(config).map(({ name, cluster, meshes }) => [
      name,
      cluster.kind === 'eks'
        ? new EksClusterStack(app, `${name}-cluster`, {
            deployment,
            cluster,
            imageCachePrefix: cache?.prefix,
            accounts: accountsOf(config),
            leftCrossing:
              config.state.kind === 'local' || waysOf(config).some(isPrivateConnection)
                ? undefined
                : config.state,
            webhookPorts: meshes.flatMap(({ mesh }) => WEBHOOK_PORTS[mesh.kind]),
            ...addresses.ofNewCluster(name, cluster),
          })
        : undefined,
    ]),
  );

  const ipv6Cidrs = (cluster: string) => {
    const ipv6Cidr = clusters.get(cluster)?.network.ipv6Cidr;
    return ipv6Cidr === undefined ? [] : [ipv6Cidr];
  };
  const common = { ...base, addresses, ipv6Cidrs, sharedRoot };
  const meshes = members.map((one) => ({ ...one, mesh: addMesh(common, one.placed) }));
  for (const [index, { placed, mesh }] of meshes.entries()) {
    // In one cluster one after the other: each brings webhooks.
    const before = meshes
      .slice(0, index)
      .findLast((other) => other.placed.clusterName === placed.clusterName);
    if (before !== undefined) mesh.addDependency(before.mesh);
    for (const below of [clusters.get(placed.clusterName), imageCache]) {
      if (below !== undefined) mesh.addDependency(below);
    }
  }
  const deployed = meshes.map((one): DeployedMesh => ({
    ...one,
    workloads: addWorkloads(common, one),
  }));
  for (const { mesh, workloads } of deployed) workloads.addDependency(mesh);
  const crossing = addCrossing(common, clusters, meshes);
  return { deployed, sharedRoot, addresses, ipv6Cidrs, crossing };
}

/** Ids of the accounts that the settings name. */
function accountsOf({ aws, clusters }: Config): string[] {
  const ids = Object.values(clusters).flatMap((cluster) =>
    cluster.kind === 'kubeconfig' ? [] : (awsPlace(cluster, aws).accountId ?? []),
  );
  return [...new Set([...ids, ...(aws.accountId === undefined ? [] : [aws.accountId])])].sort();
}

/** The mesh, by its charts. */
function addMesh(common: Common, placed: PlacedMesh): TerraformStack {
  const { policy, plan } = common;
  const { name: mesh } = placed;
  const stack = addCharts(common, placed);
  new FormerBorders(stack, 'former-borders', {
    mesh,
    namespaces: borderNamespaces(policy, mesh),
    namespace: borderNamespace(policy, mesh),
    borders: plan.borders.filter((border) => border.mesh === mesh).map(({ name }) => name),
  });
  new KeptWays(stack, 'kept-ways', plan, mesh);
  return stack;
}

function addCharts(common: Common, placed: PlacedMesh): TerraformStack {
  const { app, config, deployment, policy, sharedRoot } = common;
  const { name, mesh, cluster } = placed;
  const { namespaces, closed } = meshNamespaces(placed, policy, config.weather);
  const props = {
    ...onCluster(cluster, deployment),
    ...gatewayProps(common, placed),
    namespaces,
    clusterDomain: clusterDomain(cluster),
  };
  const id = `${name}-mesh`;
  const own = config.federation.trust.authorities === 'generated' ? 'generated' : 'own';
  switch (mesh.kind) {
    case 'istio':
      return new IstioMeshStack(app, id, {
        ...props,
        enteredByGateway: waysInto(config, name).has('gateway'),
        settings: mesh,
        authority: sharedRoot?.istio.get(name)?.authority ?? own,
      });
    case 'consul':
      return new ConsulMeshStack(app, id, {
        ...props,
        settings: mesh,
        authority: sharedRoot?.consul.get(name)?.authority ?? own,
        // Nothing is put into somebody's cluster unasked.
        ownStorageClass: mesh.ownStorageClass ?? cluster.kind === 'eks',
        closedNamespaces: closed,
        serviceAccounts: consulServiceAccounts(policy, name),
        federationPorts: consulGatewayPorts(policy, name),
      });
    case 'linkerd':
      return new LinkerdMeshStack(app, id, {
        ...props,
        settings: mesh,
        image: config.federation.trust.image,
      });
  }
}

/** What runs in the mesh. */
function addWorkloads(
  { app, config: { weather }, deployment, plan }: Common,
  { placed: { name, cluster }, member }: Pick<DeployedMesh, 'placed' | 'member'>,
): TerraformStack {
  const props = {
    ...onCluster(cluster, deployment),
    meshName: name,
    plan,
    // The meshes that it runs in are called like their kinds.
    weather: weather.enabled && name === member.kind ? weather : undefined,
  };
  const id = `${name}-workloads`;
  switch (member.kind) {
    case 'istio':
      return new IstioWorkloadsStack(app, id, { ...props, mesh: member.mesh });
    case 'consul':
      return new ConsulWorkloadsStack(app, id, { ...props, mesh: member.mesh });
    case 'linkerd':
      return new LinkerdWorkloadsStack(app, id, { ...props, mesh: member.mesh });
  }
}

/** The private connection between the clusters, where the settings ask for one. */
function addCrossing(
  { app, config, deployment }: Common,
  clusters: ReadonlyMap<string, EksClusterStack | undefined>,
  meshes: readonly Pick<DeployedMesh, 'placed' | 'member' | 'mesh'>[],
): CrossingStack | undefined {
  // No emulator has the load balancers, which controllers in the clusters make.
  const ways = waysOf(config)
    .filter(isPrivateConnection)
    .filter((way) => way !== 'privatelink' || config.aws.emulator === undefined);
  if (ways.length === 0 || awaited(config).length > 0) return undefined;
  const members = new Map(meshes.map(({ placed: { name }, member }) => [name, member]));
  const stack = new CrossingStack(app, CROSSING, { deployment, config, ways, clusters, members });
  // With partners there may be nothing to make before their next offer.
  if (stack.node.children.length === 0) {
    app.node.tryRemoveChild(CROSSING);
    return undefined;
  }
  // PrivateLink offers load balancers, which the meshes' Services have made; and a former way goes only when
  // the meshes had nothing against it.
  for (const { mesh } of meshes) stack.addDependency(mesh);
  return stack;
}

/** What lets the meshes call each other. */
function addFederation(
  {
    app,
    config,
    deployment,
    policy,
    plan,
    sharedRoot,
    crossing,
    ...exchanged
  }: Omit<Common, keyof Exchanged> & Partial<Exchanged> & { readonly crossing?: CrossingStack },
  deployed: readonly Pick<DeployedMesh, 'placed' | 'member'>[],
): FederationStack {
  const { admission, borders, name: ofSeveral, observability, trust } = config.federation;
  const { authorities, roots, ...exchange } = trust;
  const meshes = deployed.map(({ placed, member }): [string, FederationStackMesh] => {
    const { name, cluster } = placed;
    return [
      name,
      {
        ...withEntrance(config, placed, member, deployment, exchanged),
        connection: clusterConnection(cluster, config.aws.region),
        place: cluster.kind === 'kubeconfig' ? undefined : awsPlace(cluster, config.aws),
        apiServer: apiServer(cluster),
        roots: authorities === 'shared' ? sharedRoot?.rootsOf(name) : rootsIn(roots[name]),
        ...gatewayAddress(config, placed, member, crossing),
      },
    ];
  });
  const consul = Object.values(config.meshes).find((mesh) => mesh.kind === 'consul');
  const federated = new FederationStack(app, federationStack(config), {
    name: ofSeveral,
    deployment,
    policy,
    meshes: Object.fromEntries(meshes),
    partners: Object.fromEntries(
      Object.entries(config.partners).flatMap(([name, { offer }]) =>
        offer === undefined
          ? []
          : [[name, { offer, gatewayAddress: endpointTo(config, name, crossing) }] as const],
      ),
    ),
    borders: {
      ...borders,
      images: {
        ...borders.images,
        shell: borders.images.shell ?? exchange.image,
        consul: borders.images.consul ?? (consul && consulServersImage(consul)),
      },
    },
    admission,
    trust: exchange,
    observability,
  });
  // What is below is another file's, which knows no ways of this one.
  if (ofSeveral !== undefined) {
    for (const { placed } of deployed) {
      new KeptWays(federated, `kept-ways-${placed.name}`, plan, placed.name);
    }
  }
  if (crossing !== undefined) federated.addDependency(crossing);
  for (const { placed } of deployed) {
    if (placed.cluster.kind === 'kubeconfig') continue;
    const planned = federated.federation.plan.meshes[placed.name];
    if (planned === undefined || !waysInto(config, placed.name).has('load-balancer')) continue;
    const { internal } = placed.mesh.gateway;
    const { namespace, serviceName: service } = loadBalancerOf(planned, ofSeveral);
    keepGatewayScheme(
      federated,
      {
        kubectl: kubectlInOutputs(clusterConnection(placed.cluster, config.aws.region)),
        internal,
        controller: placed.cluster.loadBalancers,
        namespace,
        service,
      },
      `${placed.name}_load_balancer`,
    );
  }
  return federated;
}

/** The namespaces of a mesh, with those of its borders, which are theirs alone where nobody else has them. */
function meshNamespaces(
  { name: mesh, mesh: { namespaces } }: PlacedMesh,
  policy: AccessPolicy,
  weather: Config['weather'],
) {
  const own = workloadNamespaces(mesh, namespaces, weather);
  const closed = borderNamespaces(policy, mesh).filter(
    (namespace) => !own.some(({ name }) => name === namespace),
  );
  // In "default" there is more than borders, whether it is listed or not.
  return {
    namespaces: [...own, ...closed.map((name) => namespaceOfBorders(mesh, name))],
    closed: closed.filter((name) => name !== 'default'),
  };
}

function rootsIn(file: string | undefined): string | undefined {
  return file === undefined ? undefined : readRoots(file);
}
