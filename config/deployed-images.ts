import { CONSUL_TEMPLATE_IMAGE, ENVOY_IMAGE } from '../constructs/federation/plan';
import { newerVersion } from '../constructs/istio/revision';
import { NODE_IMAGE } from '../constructs/kubernetes/images';
import type { Problem } from '../constructs/problems';
import { CONSUL, ISTIO } from '../versions';
import type { Config } from './schema';
import { DOCKER_HUB } from './images';
import { dnsSuffixOf, partitionOf } from './regions';

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
  if (clusters.istio.kind !== 'eks' || clusters.consul.kind !== 'eks') {
    mistake(
      'is read by the nodes of two new EKS clusters; for others set images.registry to a registry ' +
        'that they may read',
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

/** The settings with every image from the registry that stands for Docker Hub. */
export function withRegistry(config: Config): Config {
  const own = registryOf(config);
  if (own === undefined) return config;
  const copy = (image: string) => image.replace(new RegExp(`^${DOCKER_HUB}/`), `${own}/`);
  const { meshes, federation, weather } = config;
  const { borders, trust } = federation;
  const mesh = <T extends { readonly images: { readonly registry?: string } }>(
    settings: T,
    original: string,
  ): T => ({
    ...settings,
    images: { ...settings.images, registry: settings.images.registry ?? copy(original) },
  });
  return {
    ...config,
    meshes: {
      istio: mesh(meshes.istio, ISTIO.images),
      consul: mesh(meshes.consul, CONSUL.images),
    },
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
  const { istio, consul } = meshes;
  const istioImage = (name: string, version = istio.version) =>
    `${istio.images.registry ?? ISTIO.images}/${name}:${version}-distroless`;
  const { canary } = istio;
  const consulImage = (name: string) =>
    `${consul.images.registry ?? CONSUL.images}/${name}:${consul.version}`;
  const { borders, trust } = federation;
  const jobs = trust.image ?? NODE_IMAGE;
  const servers = consul.images.consul ?? consulImage('consul');
  const all: readonly DeployedImage[] = [
    { image: istio.images.pilot ?? istioImage('pilot'), usedBy: 'istiod' },
    {
      image: istio.images.proxy ?? istioImage('proxyv2'),
      usedBy: "Istio's sidecars and gateway",
    },
    ...(canary === undefined
      ? []
      : [
          { image: istioImage('pilot', canary.version), usedBy: `istiod ${canary.revision}` },
          {
            image: istioImage('proxyv2', canary.version),
            usedBy: `sidecars of istiod ${canary.revision}`,
          },
        ]),
    ...(istio.cni
      ? [
          {
            image: istioImage('install-cni', newerVersion(istio.version, canary?.version)),
            usedBy: "Istio's node agent",
          },
        ]
      : []),
    { image: servers, usedBy: "Consul's servers" },
    {
      image: consul.images.controlPlane ?? consulImage('consul-k8s-control-plane'),
      usedBy: "Consul's injector and chart",
    },
    {
      image: consul.images.dataplane ?? consulImage('consul-dataplane'),
      usedBy: "Consul's sidecars and gateway",
    },
    { image: borders.images.envoy ?? ENVOY_IMAGE, usedBy: 'borders' },
    { image: borders.images.consul ?? servers, usedBy: 'borders in Consul' },
    {
      image: borders.images.consulTemplate ?? CONSUL_TEMPLATE_IMAGE,
      usedBy: 'borders in Consul',
    },
    { image: borders.images.shell ?? jobs, usedBy: 'borders in Istio' },
    { image: jobs, usedBy: 'jobs that exchange roots' },
    ...(weather.enabled
      ? [{ image: weather.image ?? NODE_IMAGE, usedBy: 'weather application' }]
      : []),
  ];
  const names = [...new Set(all.map(({ image }) => image))];
  return names.map((image) => ({
    image,
    usedBy: all
      .filter((one) => one.image === image)
      .map(({ usedBy }) => usedBy)
      .join(', '),
  }));
}
