import { CONSUL_TEMPLATE_IMAGE, ENVOY_IMAGE } from '../constructs/federation/plan';
import { kindOf } from '../constructs/federation/plan/internal';
import { newerVersion } from '../constructs/istio/revision';
import { NODE_IMAGE } from '../constructs/kubernetes/images';
import type { Problem } from '../constructs/problems';
import { linkerdRelease } from '../constructs/linkerd/props';
import { CONSUL, ISTIO, LINKERD } from '../versions';
import { accessPlan } from './access-plan';
import { DOCKER_HUB } from './images';
import type {
  ConsulMeshSettings,
  IstioMeshSettings,
  LinkerdMeshSettings,
  MeshSettings,
} from './meshes';
import { awsPlace } from './connection';
import { dnsSuffixOf, partitionOf } from './regions';
import type { Config } from './schema';

/** An image that a deploy pulls. */
export interface DeployedImage {
  readonly image: string;
  /** Who runs it, for people. */
  readonly usedBy: string;
}

/** The registry that stands for Docker Hub, if one does. */
export function registryOf({ images, aws }: Pick<Config, 'images' | 'aws'>): string | undefined {
  const { registry: own, ecrPullThroughCache: cache } = images;
  if (cache === undefined) return own;
  return `${aws.accountId ?? ''}.dkr.ecr.${aws.region}.${dnsSuffixOf(aws.region)}/${cache.prefix}`;
}

/** What is wrong with `images` by itself and beside the rest. */
export function imageProblems({
  images,
  aws,
  clusters,
}: Pick<Config, 'images' | 'aws' | 'clusters'>): Problem[] {
  const cache = ['images', 'ecrPullThroughCache'];
  if (images.ecrPullThroughCache === undefined) return [];
  const problems: Problem[] = [];
  const mistake = (message: string) => problems.push({ path: cache, message });
  if (images.registry !== undefined) {
    mistake('is there beside images.registry; keep one of them');
  }
  if (aws.accountId === undefined) {
    mistake('is in the account that aws.accountId names, which is not set; set it');
  }
  if (Object.values(clusters).some(({ kind }) => kind !== 'eks')) {
    mistake(
      'is read by the nodes of new EKS clusters; for others set images.registry to a registry ' +
        'that they may read',
    );
  }
  for (const [name, cluster] of Object.entries(clusters)) {
    if (cluster.kind !== 'eks') continue;
    const { accountId } = awsPlace(cluster, aws);
    if (accountId === undefined || accountId === aws.accountId) continue;
    // https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
    mistake(
      `is in the account ${aws.accountId ?? ''}, whose copies the nodes of clusters.${name} in ${accountId} may not ` +
        'read; set images.registry to a registry that they may read',
    );
  }
  const [, partition, , region, account] = images.ecrPullThroughCache.credentialArn.split(':');
  const right = [partitionOf(aws.region), aws.region, aws.accountId ?? account];
  if (right.some((part, i) => part !== [partition, region, account][i])) {
    problems.push({
      path: [...cache, 'credentialArn'],
      message:
        `is in ${region} of ${account} (arn:${partition}:), and ECR reads secrets of its own region ` +
        `and account only; make one in ${right[1]} of ${right[2]} (arn:${right[0]}:)`,
    });
  }
  return problems;
}

/** Where the images of a kind of mesh come from. */
const ORIGINALS = { istio: ISTIO.images, consul: CONSUL.images, linkerd: LINKERD.images };

/** The settings with every image from the registry that stands for Docker Hub. */
export function withRegistry(config: Config): Config {
  const own = registryOf(config);
  if (own === undefined) return config;
  const copy = (image: string) => image.replace(new RegExp(`^${DOCKER_HUB}/`), `${own}/`);
  const { meshes, federation, weather } = config;
  const { borders, trust } = federation;
  const fromRegistry = (mesh: MeshSettings): MeshSettings => {
    const registry = mesh.images.registry ?? copy(ORIGINALS[mesh.kind]);
    switch (mesh.kind) {
      case 'istio':
        return { ...mesh, images: { ...mesh.images, registry } };
      case 'consul':
        return { ...mesh, images: { ...mesh.images, registry } };
      case 'linkerd':
        return { ...mesh, images: { ...mesh.images, registry } };
    }
  };
  return {
    ...config,
    meshes: Object.fromEntries(
      Object.entries(meshes).map(([name, mesh]) => [name, fromRegistry(mesh)]),
    ),
    federation: {
      ...federation,
      borders: {
        ...borders,
        images: {
          ...borders.images,
          envoy: borders.images.envoy ?? copy(ENVOY_IMAGE),
          consulTemplate: borders.images.consulTemplate ?? copy(CONSUL_TEMPLATE_IMAGE),
        },
      },
      trust: { ...trust, image: trust.image ?? copy(NODE_IMAGE) },
    },
    weather: { ...weather, image: weather.image ?? copy(NODE_IMAGE) },
  };
}

/** All images that a deploy of these settings pulls, once each. */
export function deployedImages(config: Config): readonly DeployedImage[] {
  const { meshes, federation, weather } = config;
  const { borders, trust } = federation;
  const jobs = trust.image ?? NODE_IMAGE;
  const planned = accessPlan(config).borders;
  // Those of a partner's mesh run there; whoever only calls it exchanges roots all the same.
  const withBorders = Object.fromEntries(
    Object.entries(meshes).filter(([name]) => planned.some(({ mesh }) => mesh === name)),
  );
  const all: readonly DeployedImage[] = [
    ...Object.values(meshes).flatMap(imagesOf),
    ...Object.values(withBorders).map(() => ({
      image: borders.images.envoy ?? ENVOY_IMAGE,
      usedBy: 'borders',
    })),
    ...Object.values(withBorders)
      .filter((mesh) => mesh.kind === 'consul')
      .filter(({ spire }) => spire === undefined)
      .flatMap((mesh) => [
        { image: borders.images.consul ?? consulServersImage(mesh), usedBy: 'borders in Consul' },
        {
          image: borders.images.consulTemplate ?? CONSUL_TEMPLATE_IMAGE,
          usedBy: 'borders in Consul',
        },
      ]),
    ...Object.values(withBorders)
      .filter(({ kind, spire }) => kind !== 'consul' || spire !== undefined)
      .map((mesh) => ({
        image: borders.images.shell ?? jobs,
        usedBy: `borders in ${kindOf(mesh).title}`,
      })),
    ...Object.values(meshes)
      .filter(({ kind }) => kind === 'linkerd')
      .map(() => ({ image: jobs, usedBy: "job that makes Linkerd's issuer" })),
    ...planned.map(() => ({ image: jobs, usedBy: 'jobs that exchange roots' })),
    ...(weather.enabled
      ? [{ image: weather.image ?? NODE_IMAGE, usedBy: 'weather application' }]
      : []),
  ];
  const names = [...new Set(all.map(({ image }) => image))];
  return names.map((image) => ({
    image,
    usedBy: [...new Set(all.filter((one) => one.image === image).map(({ usedBy }) => usedBy))].join(
      ', ',
    ),
  }));
}

function imagesOf(mesh: MeshSettings): DeployedImage[] {
  switch (mesh.kind) {
    case 'istio':
      return istioImages(mesh);
    case 'consul':
      return consulImages(mesh);
    case 'linkerd':
      return linkerdImages(mesh);
  }
}

function linkerdImages({ version, images }: LinkerdMeshSettings): DeployedImage[] {
  const image = (name: string) =>
    `${images.registry ?? LINKERD.images}/${name}:${linkerdRelease(version)}`;
  return [
    { image: images.controller ?? image('controller'), usedBy: "Linkerd's control plane" },
    { image: images.proxy ?? image('proxy'), usedBy: "Linkerd's proxies" },
  ];
}

function istioImages({ version, images, canary, cni }: IstioMeshSettings): DeployedImage[] {
  const image = (name: string, ofVersion = version) =>
    `${images.registry ?? ISTIO.images}/${name}:${ofVersion}-distroless`;
  return [
    { image: images.pilot ?? image('pilot'), usedBy: 'istiod' },
    { image: images.proxy ?? image('proxyv2'), usedBy: "Istio's sidecars and gateway" },
    ...(canary === undefined
      ? []
      : [
          { image: image('pilot', canary.version), usedBy: `istiod ${canary.revision}` },
          {
            image: image('proxyv2', canary.version),
            usedBy: `sidecars of istiod ${canary.revision}`,
          },
        ]),
    ...(cni
      ? [
          {
            image: image('install-cni', newerVersion(version, canary?.version)),
            usedBy: "Istio's node agent",
          },
        ]
      : []),
  ];
}

function consulImages(mesh: ConsulMeshSettings): DeployedImage[] {
  const { controlPlane, dataplane } = mesh.images;
  return [
    { image: consulServersImage(mesh), usedBy: "Consul's servers" },
    {
      image: controlPlane ?? consulImage(mesh, 'consul-k8s-control-plane'),
      usedBy: "Consul's injector and chart",
    },
    {
      image: dataplane ?? consulImage(mesh, 'consul-dataplane'),
      usedBy: "Consul's sidecars and gateway",
    },
  ];
}

/** The image of the servers, which has the program that logs in to them. */
export function consulServersImage(mesh: ConsulMeshSettings): string {
  return mesh.images.consul ?? consulImage(mesh, 'consul');
}

function consulImage({ version, images }: ConsulMeshSettings, name: string): string {
  return `${images.registry ?? CONSUL.images}/${name}:${version}`;
}
