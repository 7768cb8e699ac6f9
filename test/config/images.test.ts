import { describe, expect, test } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { defineConfig, type ConfigInput } from '../../config';
import { deployedImages, registryOf, withRegistry } from '../../config/deployed-images';
import { ISTIO } from '../../versions';
import { addStacks } from '../../stacks';
import { synthesise } from '../helpers/synth';

const PRIVATE = {
  eks: { endpoint: { privateOnly: true } },
  federation: { crossing: 'given' },
} satisfies ConfigInput;
const CACHE = {
  aws: { region: 'eu-north-1', accountId: '111122223333' },
  images: {
    ecrPullThroughCache: {
      credentialArn:
        'arn:aws:secretsmanager:eu-north-1:111122223333:secret:ecr-pullthroughcache/hub-AbCdEf',
    },
  },
};

function configOf(input: ConfigInput) {
  const federation = { ...PRIVATE.federation, ...input.federation };
  return defineConfig({ ...PRIVATE, ...input, federation }).config;
}

/** Everything that looks like an image in what Terraform reads, charts' values included. */
function namedImages(input: ConfigInput): string[] {
  const app = Testing.app();
  addStacks(app, configOf(input));
  const text = app.node.children
    .filter((child) => TerraformStack.isStack(child))
    .map((stack) => JSON.stringify(synthesise(stack)))
    .join('\n');
  const found = text.matchAll(
    /"image":"([^"]+)"|(?:image\w*|hub): \\?"?([\w.-]+\.[\w-]+\/[^"\\\s]+)/g,
  );
  return [...new Set([...found].map(([, inPod, inValues]) => inPod ?? inValues ?? ''))];
}

test('Every image of a pod is in the list, and the charts are told of nothing else', () => {
  const listed = deployedImages(configOf({})).map(({ image }) => image);
  for (const image of namedImages({})) {
    expect(listed.some((one) => one === image || one.startsWith(`${image}/`))).toBe(true);
  }
});

test.each<[string, ConfigInput, RegExp[]]>([
  ['no rule leads to another mesh', { accessPolicy: { meshes: {}, rules: [] } }, []],
  [
    "the only border is in a partner's mesh",
    {
      meshes: { shop: { kind: 'istio' }, bank: { kind: 'consul', partner: 'none.yaml' } },
      clusters: { shop: { kind: 'existing-eks', name: 'shop' } },
      accessPolicy: {
        meshes: { shop: { services: { a: {} } }, bank: { services: { b: {} } } },
        rules: [{ from: 'shop/a', to: 'bank/b' }],
      },
    },
    [/\/node:/],
  ],
  [
    'that is at the other end',
    {
      meshes: { shop: { kind: 'istio', partner: 'none.yaml' }, bank: { kind: 'consul' } },
      clusters: { bank: { kind: 'existing-eks', name: 'bank' } },
      accessPolicy: {
        meshes: { shop: { services: { a: {} } }, bank: { services: { b: {} } } },
        rules: [{ from: 'shop/a', to: 'bank/b' }],
      },
    },
    [/\/consul:/, /\/envoy:/, /\/consul-template:/, /\/node:/],
  ],
])('Borders and jobs pull nothing where there are none: %s', (_, input, expected) => {
  const config = configOf({ ...input, weather: { enabled: false } });
  const pulled = deployedImages(config).filter(({ usedBy }) => /borders|jobs/.test(usedBy));
  expect(pulled.map(({ image }) => image)).toEqual(
    expected.map((pattern) => expect.stringMatching(pattern)),
  );
});

test('A border with SPIRE has a shell beside it, and no program of Consul', () => {
  const config = configOf({
    meshes: { consul: { spire: { trustDomain: 'spire.example.org' } } },
    federation: { borders: { images: { shell: 'other.example.com/busybox:1' } } },
  });
  const ofConsul = deployedImages(config).filter(({ usedBy }) => /borders in Consul/.test(usedBy));
  expect(ofConsul).toEqual([
    { image: 'other.example.com/busybox:1', usedBy: 'borders in Istio, borders in Consul' },
  ]);
});

test('One setting leads charts, borders, jobs and the application to a mirror', () => {
  const input = { images: { registry: 'registry.example.com/hub' } };
  const images = namedImages(input);
  expect(images.length).toBeGreaterThan(5);
  for (const image of images) expect(image).toMatch(/^registry\.example\.com\/hub\//);
  for (const { image } of deployedImages(configOf(input))) {
    expect(image).toMatch(/^registry\.example\.com\/hub\/(istio|hashicorp|envoyproxy|library)\//);
  }
});

test("A part's own setting comes first", () => {
  const { meshes, federation, weather } = configOf({
    images: { registry: 'registry.example.com/hub' },
    meshes: { istio: { images: { registry: 'other.example.com/istio' } } },
    federation: { borders: { images: { envoy: 'other.example.com/envoy:v1' } } },
    weather: { image: 'other.example.com/node:24' },
  });
  expect(meshes['istio']?.images.registry).toBe('other.example.com/istio');
  expect(meshes['consul']?.images.registry).toBe('registry.example.com/hub/hashicorp');
  expect(federation.borders.images.envoy).toBe('other.example.com/envoy:v1');
  expect(weather.image).toBe('other.example.com/node:24');
});

test('Of a kind of mesh that is not there nothing is pulled', () => {
  const shop = { kind: 'istio', cluster: 'istio' } as const;
  const bank = { kind: 'istio', trustDomain: 'bank.example', cluster: 'consul' } as const;
  const { config } = defineConfig({
    ...PRIVATE,
    meshes: {
      shop: { ...shop, gateway: { address: 'shop.example' } },
      bank: { ...bank, gateway: { address: 'bank.example' } },
    },
    accessPolicy: { meshes: {}, rules: [] },
    weather: { enabled: false },
  });
  const images = deployedImages(config).map(({ image }) => image);
  expect(images.filter((image) => image.includes('consul'))).toEqual([]);
});

test('A digest stays with its image', () => {
  const { federation } = configOf({ images: { registry: 'registry.example.com/hub' } });
  expect(federation.trust.image).toMatch(
    /^registry\.example\.com\/hub\/library\/node:[\w.-]+@sha256:[0-9a-f]{64}$/,
  );
});

test('Without a registry the settings stay as they are', () => {
  const config = configOf({});
  expect(withRegistry(config)).toBe(config);
});

test('A control plane beside the first pulls its own', () => {
  const canary = { revision: 'next', version: '1.32.0' };
  const images = deployedImages(configOf({ meshes: { istio: { cni: true, canary } } }));
  const of = (name: string) =>
    images.flatMap(({ image }) => (image.includes(`/${name}:`) ? [image.split(':').at(-1)] : []));
  expect(of('pilot')).toEqual([`${ISTIO.version}-distroless`, '1.32.0-distroless']);
  expect(of('proxyv2')).toEqual([`${ISTIO.version}-distroless`, '1.32.0-distroless']);
  // One agent on a node serves both.
  expect(of('install-cni')).toEqual(['1.32.0-distroless']);
});

test.each([
  ['localhost:5000/hub', true],
  ['Registry.example.com', true],
  ['[2001:db8::1]:5000/x', true],
  ['registry.example.com/a_b/c--d.e', true],
  ['registry.example.com/Hub', false],
  ['registry.example.com/hub:tag', false],
  ['registry.example.com/hub@sha256:00', false],
  ['registry.example.com/hub/', false],
  ['registry.example.com//hub', false],
  ['https://registry.example.com', false],
])('%s can be what an image begins with: %p', (registry, right) => {
  const define = () => configOf({ images: { registry } });
  if (right) define();
  else expect(define).toThrow('images.registry');
});

describe('A cache in ECR', () => {
  test.each([
    ['cn-north-1', 'aws-cn', 'amazonaws.com.cn'],
    ['eusc-de-east-1', 'aws-eusc', 'amazonaws.eu'],
    ['us-iso-east-1', 'aws-iso', 'c2s.ic.gov'],
    ['us-gov-west-1', 'aws-us-gov', 'amazonaws.com'],
  ])('of %s is there', (region, partition, suffix) => {
    const { images, ...rest } = CACHE;
    const credentialArn = images.ecrPullThroughCache.credentialArn
      .replace('eu-north-1', region)
      .replace('arn:aws:', `arn:${partition}:`);
    const config = configOf({
      ...rest,
      aws: { ...CACHE.aws, region },
      images: { ecrPullThroughCache: { credentialArn } },
    });
    expect(registryOf(config)).toBe(`111122223333.dkr.ecr.${region}.${suffix}/docker-hub`);
  });

  test.each([
    ['eu-north-1', 'us-east-1'],
    ['111122223333', '444455556666'],
    ['arn:aws:', 'arn:aws-cn:'],
  ])('reads no secret that has %s made %s', (right, wrong) => {
    const credentialArn = CACHE.images.ecrPullThroughCache.credentialArn.replace(right, wrong);
    expect(() =>
      configOf({ ...CACHE, images: { ecrPullThroughCache: { credentialArn } } }),
    ).toThrow('make one in eu-north-1 of 111122223333 (arn:aws:)');
  });

  test('takes the place of Docker Hub for all images', () => {
    for (const image of namedImages(CACHE)) {
      expect(image).toMatch(/^111122223333\.dkr\.ecr\.eu-north-1\.amazonaws\.com\/docker-hub\//);
    }
  });

  test('may be filled from a cluster in another region, and not from another account', () => {
    const clusters = { consul: { region: 'eu-west-1' } };
    const app = Testing.app();
    addStacks(app, configOf({ ...CACHE, clusters }));
    const stack = app.node.findChild('consul-cluster') as TerraformStack;
    const policies = JSON.stringify(synthesise(stack).resource?.['aws_iam_role_policy']);
    // Where the images are, which is not where the nodes are.
    expect(policies).toContain(':ecr:eu-north-1:111122223333:repository/docker-hub/*');
    expect(policies).not.toContain(':ecr:eu-west-1:');
    for (const elsewhere of [
      { accountId: '444455556666' },
      { assumeRole: 'arn:aws:iam::444455556666:role/deploy' },
    ]) {
      expect(() => configOf({ ...CACHE, clusters: { consul: elsewhere } })).toThrow(
        'the nodes of clusters.consul in 444455556666 may not read',
      );
    }
  });

  test('is there before the meshes, and the nodes of both clusters may fill it', () => {
    const app = Testing.app();
    addStacks(app, configOf(CACHE));
    const stack = (id: string) => app.node.findChild(id) as TerraformStack;
    const rules = Object.values(
      synthesise(stack('image-cache')).resource?.['aws_ecr_pull_through_cache_rule'] ?? {},
    );
    expect(rules).toEqual([
      expect.objectContaining({
        ecr_repository_prefix: 'docker-hub',
        upstream_registry_url: 'registry-1.docker.io',
        credential_arn: CACHE.images.ecrPullThroughCache.credentialArn,
      }),
    ]);
    for (const mesh of ['istio', 'consul']) {
      expect(stack(`${mesh}-mesh`).dependsOn(stack('image-cache'))).toBe(true);
      const policies = JSON.stringify(
        synthesise(stack(`${mesh}-cluster`)).resource?.['aws_iam_role_policy'],
      );
      expect(policies).toContain('ecr:CreateRepository');
      expect(policies).toContain(':ecr:eu-north-1:111122223333:repository/docker-hub/*');
    }
  });

  test('says all that is in its way', () => {
    const wrong = {
      ...CACHE,
      aws: { region: 'us-east-1' },
      images: { ...CACHE.images, registry: 'registry.example.com' },
    };
    expect(() => configOf(wrong)).toThrow(
      /images\.ecrPullThroughCache.*images\.registry[^]*aws\.accountId[^]*credentialArn.*us-east-1/,
    );
  });

  test('takes a secret only that ECR would read', () => {
    const credentialArn = 'arn:aws:secretsmanager:eu-north-1:111122223333:secret:docker-hub';
    expect(() =>
      configOf({ ...CACHE, images: { ecrPullThroughCache: { credentialArn } } }),
    ).toThrow('must be the ARN of a secret whose name starts with "ecr-pullthroughcache/"');
  });
});
