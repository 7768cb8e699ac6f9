import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { App } from 'cdktf';
import { type ConfigInput, defineConfig } from '../../config';
import { kindCluster } from '../../config/kind';
import { type AccessPolicy, offerOf } from '../../constructs/federation/plan';
import { consulMember } from '../../support/policy/installed-meshes';
import { checkTerraform, needed } from '../../support/programs/prerequisites';
import { terraformEnvironment } from '../../support/terraform/cli-config';
import { isWithoutProviders } from '../../support/terraform/without-providers';
import { addStacks } from '../../stacks';
import { temporaryFolder, writeFile } from '../helpers/files';
import { describeIf } from '../helpers/suites';

const folder = temporaryFolder();
const eks = { endpoint: { publicCidrs: ['198.51.100.7/32'] } };

const kubeconfig = writeFile(
  folder,
  'kubeconfig',
  JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://192.0.2.1:6443' } }],
    contexts: ['istio', 'consul'].map((name) => ({
      name: kindCluster(name).context,
      context: { cluster: 'c' },
    })),
  }),
);

/** The profiles, and settings by which everything differs from them. */
const CONFIGURATIONS = {
  default: { eks },
  thesis: { profile: 'thesis', eks },
  emulated: { profile: 'emulated' },
  kind: {
    profile: 'kind',
    clusters: {
      istio: { kind: 'kubeconfig', path: kubeconfig, context: kindCluster('istio').context },
      consul: { kind: 'kubeconfig', path: kubeconfig, context: kindCluster('consul').context },
    },
  },
  different: {
    aws: { region: 'us-east-1', accountId: '111122223333' },
    state: {
      kind: 's3',
      bucket: 'my-states',
      kmsKeyArn: 'arn:aws:kms:us-east-1:111122223333:key/11111111-2222-4333-8444-555555555555',
    },
    network: { zones: ['us-east-1a', 'us-east-1b'], nat: 'per-zone', flowLogs: { enabled: true } },
    eks: {
      version: '1.32',
      extendedSupport: true,
      endpoint: { publicCidrs: ['0.0.0.0/0'], allowAnywhere: true },
      serviceCidr: '10.100.0.0/16',
      encryptionKeyArn: 'arn:aws:kms:us-east-1:111122223333:key/2',
      logs: { types: [] },
      creatorIsAdmin: false,
      access: [
        { principalArn: 'arn:aws:iam::111122223333:role/a', level: 'cluster-admin' },
        {
          principalArn: 'arn:aws:iam::111122223333:role/b',
          level: 'view',
          namespaces: ['default'],
        },
      ],
      oidcProvider: false,
      addonVersions: { coredns: 'v1.12.4-eksbuild.1' },
      networkPolicies: true,
      nodeGroups: [
        { name: 'first' },
        {
          name: 'spot',
          instanceTypes: ['m7g.large', 'm6g.large'],
          imageType: 'BOTTLEROCKET_ARM_64',
          capacity: 'spot',
          labels: { pool: 'spot' },
          taints: [{ key: 'spot', value: 'yes', effect: 'NoSchedule' }],
        },
      ],
    },
    clusters: {
      consul: {
        kind: 'eks',
        name: 'mine',
        cidr: '10.20.0.0/16',
        existingVpc: {
          vpcId: 'vpc-0a',
          privateSubnetIds: ['subnet-0a', 'subnet-0b'],
          publicSubnetIds: ['subnet-0c'],
        },
        eks: { nodeSubnets: 'public' },
      },
    },
  },
} satisfies Readonly<Record<string, ConfigInput>>;

/** Two accounts and regions, of which each way of crossing has an end. */
const apart = (federation: ConfigInput['federation']): ConfigInput => ({
  aws: { region: 'us-east-1', accountId: '111122223333' },
  eks,
  federation,
  clusters: {
    consul: { region: 'eu-west-1', assumeRole: 'arn:aws:iam::444455556666:role/deploy' },
  },
});

/** One of two owners, who goes from a peering to PrivateLink with the other one. */
function half(theirs: string): ConfigInput {
  const policy = {
    meshes: {
      istio: { kind: 'istio', services: { backend: {} } },
      consul: { kind: 'consul', services: { info: {} } },
    },
    rules: [
      { from: 'istio/backend', to: 'consul/info' },
      { from: 'consul/info', to: 'istio/backend' },
    ],
  } satisfies AccessPolicy;
  const partner = offerOf({
    policy,
    mesh: 'consul',
    member: consulMember(),
    gateway: 'gateway.example.com',
    roots: readFileSync(path.join(__dirname, '../lifecycle/files/root.pem'), 'utf8'),
    connection: {
      crossing: 'privatelink',
      privatelink: {
        principal: 'arn:aws:iam::444455556666:root',
        region: 'eu-west-1',
        service: 'com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0',
      },
      peering: {
        account: '444455556666',
        region: 'eu-west-1',
        vpc: 'vpc-0123456789abcdef0',
        cidr: theirs,
        [theirs === '10.0.0.0/16' ? 'requested' : 'accepted']: { istio: 'pcx-0123456789abcdef0' },
      },
    },
  });
  const { meshes, rules } = policy;
  return {
    aws: { region: 'us-east-1', accountId: '111122223333' },
    eks,
    federation: { crossing: 'privatelink', crossingFrom: 'peering' },
    meshes: { istio: { kind: 'istio' }, consul: { kind: 'consul', partner } },
    clusters: { istio: { kind: 'eks', name: 'mesh-istio', cidr: '10.10.0.0/16' } },
    accessPolicy: { meshes, rules },
    weather: { enabled: false },
  };
}

/** Settings of which these stacks alone differ from those above. */
const IN_PART: Readonly<Record<string, readonly [readonly string[], ConfigInput]>> = {
  auto: [
    ['istio-cluster', 'istio-mesh', 'consul-mesh'],
    {
      aws: { region: 'us-east-1', accountId: '111122223333' },
      eks: { ...eks, compute: 'auto' },
      federation: { crossing: 'peering' },
      clusters: { istio: { eks: { ipFamily: 'ipv6' } } },
    },
  ],
  closed: [
    ['istio-cluster'],
    {
      aws: { region: 'us-east-1', accountId: '111122223333' },
      network: { nat: 'none', awsEndpoints: true },
      eks: { endpoint: { privateOnly: true } },
      clusters: {
        istio: { loadBalancers: 'aws-load-balancer-controller', eks: { ipFamily: 'ipv6' } },
      },
      federation: { crossing: 'given' },
      images: { registry: '111122223333.dkr.ecr.us-east-1.amazonaws.com/hub' },
    },
  ],
  peering: [
    ['crossing', 'istio-mesh', 'consul-mesh', 'federation'],
    apart({ crossing: 'peering', crossingFrom: 'internet' }),
  ],
  privatelink: [['crossing'], apart({ crossing: 'privatelink' })],
  'half-that-requests': [['crossing'], half('10.30.0.0/16')],
  'half-that-accepts': [['crossing'], half('10.0.0.0/16')],
  given: [
    ['federation'],
    {
      ...apart({ crossing: 'given' }),
      meshes: { istio: { gateway: { address: 'gateway.example.com' } } },
    },
  ],
};

const ALL: Readonly<Record<string, ConfigInput>> = {
  ...CONFIGURATIONS,
  ...Object.fromEntries(Object.entries(IN_PART).map(([name, [, settings]]) => [name, settings])),
};

interface Stack {
  readonly configuration: string;
  readonly name: string;
  readonly content: StackFile;
}

function synthesise([configuration, settings]: readonly [string, ConfigInput]): Stack[] {
  const app = new App({ outdir: path.join(folder, configuration) });
  addStacks(app, defineConfig(settings).config);
  app.synth();
  const names = app.node.children.map(({ node }) => node.id);
  const [some = names] = IN_PART[configuration] ?? [];
  expect(names).toEqual(expect.arrayContaining([...some]));
  return some.map((name) => {
    const file = path.join(app.outdir, 'stacks', name, 'cdk.tf.json');
    const content = JSON.parse(readFileSync(file, 'utf8')) as StackFile;
    return { configuration, name, content };
  });
}

const terraform = checkTerraform();
const env = {
  ...process.env,
  ...terraformEnvironment(),
  CHECKPOINT_DISABLE: '1',
  // Without a network it shall not be tried for long.
  TF_REGISTRY_DISCOVERY_RETRY: '0',
  TF_REGISTRY_CLIENT_TIMEOUT: '5',
};

function run(cwd: string, ...args: string[]) {
  return spawnSync(needed(terraform).program, args, { cwd, env, encoding: 'utf8' });
}

type AwsProvider = Readonly<Record<string, unknown>> & { readonly alias?: string };

interface StackFile {
  readonly terraform: { readonly required_providers?: Readonly<Record<string, object>> };
  readonly provider?: { readonly aws?: readonly AwsProvider[] };
}

/**
 * Stacks as the modules of one configuration. Each setting of the AWS provider that differs is in the
 * root once: the provider starts anew for each, which takes seconds.
 */
function asModules(name: string, stacks: readonly Stack[]): string {
  const root = path.join(folder, name);
  const write = (file: string, content: object) =>
    writeFile(root, file, JSON.stringify(content, undefined, 2));
  const settings: string[] = [];
  const module = Object.fromEntries(
    stacks.map((stack) => {
      const id = `${stack.configuration}-${stack.name}`;
      const { provider: { aws = [{}], ...own } = {}, terraform, ...rest } = stack.content;
      const inRoot = aws.map(({ alias, ...setting }: AwsProvider) => {
        // Of several targets in one stack each has its own; they say the same.
        const text = JSON.stringify(setting).replace(
          /data\.[\w-]+-deployed_to\./g,
          'data.deployed_to.',
        );
        if (!settings.includes(text)) settings.push(text);
        return [alias === undefined ? 'aws' : `aws.${alias}`, `aws.n${settings.indexOf(text)}`];
      });
      const { required_providers: required = {} } = terraform;
      const aliases = inRoot.flatMap(([name = 'aws']) => (name === 'aws' ? [] : [name]));
      write(`${id}/cdk.tf.json`, {
        ...rest,
        terraform: {
          required_providers: {
            ...required,
            ...(required.aws && { aws: { ...required.aws, configuration_aliases: aliases } }),
          },
        },
        ...(Object.keys(own).length > 0 && { provider: own }),
      });
      const providers = Object.fromEntries(inRoot) as Record<string, string>;
      return [id, { source: `./${id}`, ...(required.aws && { providers }) }];
    }),
  );
  write('main.tf.json', {
    terraform: { required_providers: { aws: { source: 'hashicorp/aws' } } },
    provider: {
      aws: settings.map((text, i) => ({ ...(JSON.parse(text) as object), alias: `n${i}` })),
    },
    // What the provider's settings of a stack refer to; it stands in the stack, not in the root.
    resource: { terraform_data: { deployed_to: { input: {} } } },
    module,
  });
  return root;
}

interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly summary: string;
  readonly detail: string;
  readonly range?: { readonly filename: string };
}

function validate(root: string): readonly Diagnostic[] {
  const { stdout, stderr } = run(root, 'validate', '-json');
  if (stdout === '') throw new Error(stderr);
  return (JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics;
}

const stacks = Object.entries(ALL).flatMap(synthesise);
const onAwsAlone = stacks.filter(
  ({ content }) => Object.keys(content.terraform.required_providers ?? {}).join() === 'aws',
);
const others = stacks.filter((stack) => !onAwsAlone.includes(stack));

describe('Terraform and the AWS provider accept every cluster stack', () => {
  /** One mistake that only the provider can find, so that this is known to be able to fail. */
  const broken = 'default-broken';
  let diagnostics: readonly Diagnostic[];

  beforeAll(() => {
    const content = {
      terraform: { required_providers: { aws: { source: 'hashicorp/aws' } } },
      resource: { aws_vpc: { a: { cidr_block: '10.0.0.0/16', instance_tenancy: 'shared' } } },
    };
    const root = asModules('clusters', [
      ...onAwsAlone,
      { configuration: 'default', name: 'broken', content },
    ]);
    const { status, stdout, stderr } = run(root, 'init', '-backend=false', '-no-color');
    if (status !== 0) throw new Error(stdout + stderr);
    diagnostics = validate(root);
  });

  const of = (prefix: string) =>
    diagnostics.filter(({ range }) => range?.filename.startsWith(prefix) ?? true);

  test('or would say what is wrong', () => {
    expect(
      of(broken)
        .map(({ summary, detail }) => `${summary} ${detail}`)
        .join('\n'),
    ).toMatch(/expected instance_tenancy to be one of .*shared/);
  });

  test.each(onAwsAlone.map(({ configuration, name }) => [configuration, name]))(
    '%s: %s',
    (configuration, name) => {
      expect(of(`${configuration}-${name}/`)).toEqual([]);
    },
  );

  test('with the settings of the provider itself', () => {
    expect(of('main.tf.json')).toEqual([]);
  });

  test('among them those of every profile on AWS', () => {
    for (const profile of ['default', 'thesis', 'emulated']) {
      const names = onAwsAlone
        .filter(({ configuration }) => configuration === profile)
        .map(({ name }) => name);
      expect(names.sort()).toEqual(['consul-cluster', 'istio-cluster', 'nat-addresses']);
    }
  });
});

const root = asModules('meshes', others);
const init = run(root, 'init', '-backend=false', '-no-color');
// Any other failure than this one is for the tests to show.
const noProviders = isWithoutProviders(init.stderr);

describeIf(
  !noProviders,
  'hashicorp/kubernetes and hashicorp/helm are in no mirror, and the registry cannot be reached',
  'Terraform and its providers accept every stack on top of the clusters',
  () => {
    let diagnostics: readonly Diagnostic[];

    beforeAll(() => {
      if (init.status !== 0) throw new Error(init.stdout + init.stderr);
      diagnostics = validate(root);
    });

    test.each(others.map(({ configuration, name }) => [configuration, name]))(
      '%s: %s',
      (configuration, name) => {
        const prefix = `${configuration}-${name}/`;
        expect(
          diagnostics.filter(({ range }) => range?.filename.startsWith(prefix) ?? true),
        ).toEqual([]);
      },
    );
  },
);
