import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { type ConfigInput, defineConfig } from '../../config';
import { addStacks } from '../../stacks';
import type { Block } from '../helpers/synth';

/** A stack's file, as Terraform reads it. */
interface StackFile {
  readonly provider: { readonly aws?: readonly Block[] };
  readonly terraform: { readonly backend: Readonly<Record<string, Block>> };
  readonly output?: Readonly<Record<string, Block>>;
  readonly data?: Readonly<Record<string, Readonly<Record<string, Block>>>>;
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Block>>>>;
}

const publicCidrs = ['198.51.100.7/32'];

/** All stacks of some settings. Each is synthesised when it is asked for. */
function synthesise(input: ConfigInput) {
  const app = Testing.app();
  addStacks(app, defineConfig(input).config);
  const stacks = app.node.children.filter((child) => TerraformStack.isStack(child));
  const files = new Map<TerraformStack, StackFile>();
  const stackOf = (name: string) => {
    const stack = stacks.find(({ node }) => node.id === name);
    if (stack === undefined) throw new Error(`no ${name}`);
    if (!files.has(stack)) {
      // References to other stacks are made here, as by app.synth().
      stack.prepareStack();
      files.set(stack, JSON.parse(Testing.synth(stack, true)) as StackFile);
    }
    return stack;
  };
  const file = (name: string): StackFile => {
    const found = files.get(stackOf(name));
    if (found === undefined) throw new Error(`no ${name}`);
    return found;
  };
  return {
    names: stacks.map(({ node }) => node.id),
    file,
    dependencies: (name: string) => stackOf(name).dependencies.map(({ node }) => node.id),
    /** The only resource of its type. */
    only: (name: string, type: string): Block => {
      const [block, ...more] = Object.values(file(name).resource?.[type] ?? {});
      if (block === undefined || more.length > 0) throw new Error(`not one ${type} in ${name}`);
      return block;
    },
  };
}

function admitted(stacks: ReturnType<typeof synthesise>, stack: string) {
  const { vpc_config } = stacks.only(stack, 'aws_eks_cluster') as {
    vpc_config: { public_access_cidrs?: string[]; endpoint_public_access: boolean };
  };
  return vpc_config.endpoint_public_access ? vpc_config.public_access_cidrs : 'nobody';
}

const eks = { endpoint: { publicCidrs } };

describe('The cluster stacks', () => {
  const stacks = synthesise({ eks, aws: { accountId: '111122223333' } });

  it('do not wait for each other, and the meshes wait for their own cluster only', () => {
    expect(stacks.dependencies('istio-cluster')).toEqual(['nat-addresses']);
    expect(stacks.dependencies('consul-cluster')).toEqual(['nat-addresses']);
    expect(stacks.dependencies('nat-addresses')).toEqual([]);
    expect(stacks.dependencies('istio-mesh')).toEqual(['istio-cluster', 'nat-addresses']);
    expect(stacks.dependencies('consul-mesh')).toEqual(['consul-cluster', 'nat-addresses']);
  });

  it.each([
    ['istio-cluster', 'mesh-istio', '10.10.0.0/16'],
    ['consul-cluster', 'mesh-consul', '10.20.0.0/16'],
  ])('%s has the settings of its side', (stack, name, cidr) => {
    expect(stacks.only(stack, 'aws_eks_cluster')).toMatchObject({ name, version: '1.35' });
    expect(stacks.only(stack, 'aws_vpc')).toMatchObject({ cidr_block: cidr });
  });

  it.each([
    ['istio-cluster', [10250, 15017]],
    ['consul-cluster', [10250, 8080]],
  ])('%s lets the control plane call its mesh on these ports: %j', (stack, ports) => {
    const rules = Object.values(
      stacks.file(stack).resource?.aws_vpc_security_group_ingress_rule ?? {},
    );
    const fromControlPlane = rules.filter(({ referenced_security_group_id: source }) =>
      String(source).includes('cluster_security_group_id'),
    );
    expect(fromControlPlane.map(({ from_port }) => from_port).sort()).toEqual([...ports].sort());
  });

  it('print what a person needs next', () => {
    const { output = {} } = stacks.file('istio-cluster');
    expect(output.cluster_name?.value).toMatch(/^\$\{aws_eks_cluster\.\w+\.name\}$/);
    expect(output.endpoint?.value).toMatch(/^\$\{aws_eks_cluster\.\w+\.endpoint\}$/);
    expect(output.kubeconfig_command?.value).toBe(
      'aws eks update-kubeconfig --region eu-north-1 --name mesh-istio --alias mesh-istio',
    );
  });

  it.each(['nat-addresses', 'istio-cluster', 'consul-cluster', 'istio-mesh', 'consul-mesh'])(
    '%s touches no other account, and tags all it makes',
    (stack) => {
      // From the state, so that a destroy too reaches what is there and nothing else.
      expect(stacks.file(stack).provider.aws).toEqual([
        {
          region: '${terraform_data.deployed_to.input.aws_region}',
          allowed_account_ids: ['${terraform_data.deployed_to.input.aws_accountId}'],
          default_tags: [{ tags: { project: 'mesh-federation' } }],
        },
      ]);
      expect(stacks.file(stack).resource?.terraform_data?.deployed_to?.input).toMatchObject({
        aws_region: 'eu-north-1',
        aws_accountId: '111122223333',
        profile: 'default',
      });
    },
  );

  it('have no secret, and know of no emulator', () => {
    for (const stack of stacks.names) {
      expect(JSON.stringify(stacks.file(stack).provider)).not.toMatch(
        /access_key|secret_key|"token":|endpoints|skip_/,
      );
    }
  });

  it('can differ from each other', () => {
    const { only } = synthesise({
      eks,
      network: { zones: 2 },
      clusters: {
        istio: {
          kind: 'eks',
          name: 'a',
          cidr: '10.0.0.0/16',
          eks: { version: '1.34', nodeGroups: [{ name: 'big', diskGiB: 50 }] },
        },
        consul: { kind: 'eks', name: 'b', cidr: '10.1.0.0/16' },
      },
    });
    expect(only('istio-cluster', 'aws_eks_cluster').version).toBe('1.34');
    expect(only('consul-cluster', 'aws_eks_cluster').version).toBe('1.35');
    expect(only('istio-cluster', 'aws_eks_node_group').node_group_name_prefix).toBe('big-');
    expect(only('consul-cluster', 'aws_eks_node_group').node_group_name_prefix).toBe('default-');
  });
});

describe('With the emulator', () => {
  const emulated = synthesise({ profile: 'emulated' });

  it('only the provider differs: it calls the emulator, by credentials that nobody checks', () => {
    const [provider] = emulated.file('istio-cluster').provider.aws ?? [];
    expect(provider).toMatchObject({
      access_key: 'emulated',
      secret_key: 'emulated',
      skip_credentials_validation: true,
    });
    const [endpoints] = provider?.endpoints as Record<string, string>[];
    expect(new Set(Object.values(endpoints ?? {}))).toEqual(new Set(['http://127.0.0.1:4566']));

    const cidrs = {
      endpoint: { publicCidrs: ['203.0.113.0/24'] },
      logs: { destroyDelaySeconds: 0 },
    };
    const real = synthesise({ eks: cidrs }).file('istio-cluster');
    const { terraform_data: kept, ...resources } = emulated.file('istio-cluster').resource ?? {};
    expect(kept?.deployed_to?.input).toMatchObject({
      aws_accountId: '123456789012',
      profile: 'emulated',
    });
    expect({ ...resources, terraform_data: {} }).toEqual({ ...real.resource, terraform_data: {} });
  });
});

describe('An existing VPC', () => {
  const stacks = synthesise({
    eks,
    clusters: {
      istio: {
        kind: 'eks',
        name: 'mine',
        cidr: '10.0.0.0/16',
        existingVpc: {
          vpcId: 'vpc-0a',
          privateSubnetIds: ['subnet-0a', 'subnet-0b'],
          publicSubnetIds: ['subnet-0c'],
        },
        egressCidrs: ['192.0.2.4/32'],
      },
    },
  });

  it('takes the place of a new one: nothing is made in it but the nodes’ security group', () => {
    const types = Object.keys(stacks.file('istio-cluster').resource ?? {});
    expect(types.filter((type) => /vpc$|subnet|route|gateway|eip/.test(type))).toEqual([]);
    expect(stacks.only('istio-cluster', 'aws_security_group').vpc_id).toBe('vpc-0a');
    expect(stacks.only('istio-cluster', 'aws_eks_cluster').vpc_config).toMatchObject({
      subnet_ids: ['subnet-0a', 'subnet-0b'],
    });
    expect(stacks.only('istio-cluster', 'aws_eks_node_group').subnet_ids).toMatch(
      /^\$\{slice\(\["subnet-0a", "subnet-0b"\], 0, terraform_data\.\w+\.input\)\}$/,
    );
  });

  it('has its load balancer where its owner says', () => {
    const annotations = (settings: ConfigInput) => {
      const { file } = synthesise(settings);
      return JSON.stringify(file('istio-mesh').resource?.helm_release);
    };
    const subnets = 'service.beta.kubernetes.io/aws-load-balancer-subnets';
    expect(JSON.stringify(stacks.file('istio-mesh').resource?.helm_release)).toMatch(
      new RegExp(`${subnets}[^a-z]*subnet-0c`),
    );
    expect(annotations({ eks })).not.toContain(subnets);
  });

  it('of one side has the addresses that its owner lists; the other side’s are known', () => {
    expect(admitted(stacks, 'consul-cluster')).toEqual([...publicCidrs, '192.0.2.4/32']);
    expect(admitted(stacks, 'istio-cluster')).toEqual([
      ...publicCidrs,
      expect.stringMatching(/consul_0public_ip\}\/32$/),
    ]);
  });
});

describe('An existing cluster', () => {
  it('on AWS has no stack, and its addresses are admitted by the other one', () => {
    const stacks = synthesise({
      eks,
      clusters: {
        istio: {
          kind: 'existing-eks',
          name: 'theirs',
          region: 'us-east-1',
          egressCidrs: ['192.0.2.4/32'],
        },
      },
    });
    expect(stacks.names).not.toContain('istio-cluster');
    expect(Object.keys(stacks.file('nat-addresses').resource?.aws_eip ?? {})).toEqual(['consul_0']);
    // Its gateway admits the other side's NAT gateway.
    expect(stacks.dependencies('istio-mesh')).toEqual(['nat-addresses']);
    expect(Object.values(stacks.file('istio-mesh').data?.aws_eks_cluster ?? {})).toEqual([
      { name: 'theirs' },
    ]);
    expect(stacks.file('istio-mesh').resource?.terraform_data?.deployed_to?.input).toMatchObject({
      aws_region: 'us-east-1',
      cluster: 'EKS theirs',
    });
    expect(stacks.file('consul-mesh').resource?.kubernetes_storage_class_v1).toBeDefined();
    expect(admitted(stacks, 'consul-cluster')).toEqual([...publicCidrs, '192.0.2.4/32']);
  });
});

describe('The addresses from which pods call the other cluster', () => {
  const addressOf = (output: string) =>
    '${data.terraform_remote_state.cross-stack-reference-input-nat-addresses.outputs.' +
    `cross-stack-output-aws_eip${output}}`;

  it('are made first, used by one side and admitted by the other', () => {
    const stacks = synthesise({ eks });
    for (const [cluster, other] of [
      ['istio', 'consul'],
      ['consul', 'istio'],
    ] as const) {
      expect(admitted(stacks, `${cluster}-cluster`)).toEqual([
        ...publicCidrs,
        `${addressOf(`${other}_0public_ip`)}/32`,
      ]);
      expect(stacks.only(`${cluster}-cluster`, 'aws_nat_gateway').allocation_id).toBe(
        addressOf(`${cluster}_0allocation_id`),
      );
      expect(Object.keys(stacks.file(`${cluster}-cluster`).resource ?? {})).not.toContain(
        'aws_eip',
      );
      expect(stacks.file('nat-addresses').output?.[`${cluster}_addresses`]?.value).toEqual([
        `\${aws_eip.${cluster}_0.public_ip}`,
      ]);
    }
  });

  it('are one for each zone, with a NAT gateway per zone', () => {
    const stacks = synthesise({ eks, network: { nat: 'per-zone', zones: 2 } });
    expect(admitted(stacks, 'istio-cluster')).toEqual([
      ...publicCidrs,
      `${addressOf('consul_0public_ip')}/32`,
      `${addressOf('consul_1public_ip')}/32`,
    ]);
    expect(Object.keys(stacks.file('nat-addresses').resource?.aws_eip ?? {})).toHaveLength(4);
  });

  it.each<[string, ConfigInput, unknown]>([
    [
      'is private',
      { eks: { endpoint: { privateOnly: true } }, federation: { crossing: 'given' } },
      'nobody',
    ],
    [
      'is open to everybody',
      { eks: { endpoint: { publicCidrs: ['0.0.0.0/0'], allowAnywhere: true } } },
      ['0.0.0.0/0'],
    ],
    [
      'is called from the nodes’ own addresses',
      { eks: { ...eks, nodeSubnets: 'public' }, network: { nat: 'none' } },
      publicCidrs,
    ],
  ])('are not admitted where the API %s', (_, input, expected) => {
    const stacks = synthesise(input);
    expect(admitted(stacks, 'istio-cluster')).toEqual(expected);
  });

  it('are the same whoever admits them, so that opening or closing an API moves nothing', () => {
    const addresses = (input: ConfigInput) => {
      const stacks = synthesise(input);
      return ['istio-cluster', 'consul-cluster'].map((name) => [
        stacks.only(name, 'aws_nat_gateway').allocation_id,
        stacks.file('nat-addresses').resource?.aws_eip,
      ]);
    };
    const before = addresses({ eks });
    expect(
      addresses({
        eks: { endpoint: { privateOnly: true } },
        federation: { crossing: 'given' },
      }),
    ).toEqual(before);
    expect(
      addresses({ eks: { endpoint: { publicCidrs: ['0.0.0.0/0'], allowAnywhere: true } } }),
    ).toEqual(before);
  });

  it('are released by the stack that made them, when nodes no longer need them', () => {
    const stacks = synthesise({ eks: { ...eks, nodeSubnets: 'public' } });
    expect(stacks.names).toContain('nat-addresses');
    expect(stacks.file('nat-addresses').resource?.aws_eip).toBeUndefined();
    expect(stacks.file('istio-cluster').resource?.aws_nat_gateway).toBeUndefined();
  });
});

describe('The state', () => {
  it('is a file for each stack, by a path that holds no folder of this machine', () => {
    const stacks = synthesise({ eks });
    for (const stack of stacks.names) {
      const { backend } = stacks.file(stack).terraform;
      expect(backend).toEqual({
        local: { path: expect.stringMatching(new RegExp(`/state/${stack}\\.tfstate$`)) as unknown },
      });
      expect(path.isAbsolute(String(backend.local?.path))).toBe(false);
    }
  });

  it('of each profile is in a folder of its own', () => {
    const folders = (['thesis', 'emulated'] as const).map((profile) => {
      const { local } = synthesise({ profile, eks }).file('istio-cluster').terraform.backend;
      return String(local?.path).match(/[^/]+\/[^/]+\/istio-cluster/)?.[0];
    });
    expect(folders).toEqual(['state/thesis/istio-cluster', '.demo/state/istio-cluster']);
  });

  it('is in a bucket by one setting, encrypted, locked in place, an object for each stack', () => {
    const stacks = synthesise({ eks, state: { kind: 's3', bucket: 'my-states' } });
    for (const stack of stacks.names) {
      expect(stacks.file(stack).terraform.backend).toEqual({
        s3: {
          bucket: 'my-states',
          key: `mesh-federation/${stack}.tfstate`,
          region: 'eu-north-1',
          encrypt: true,
          use_lockfile: true,
        },
      });
    }
    expect(stacks.file('istio-cluster').data?.terraform_remote_state).toMatchObject({
      'cross-stack-reference-input-nat-addresses': expect.objectContaining({
        backend: 's3',
        config: expect.objectContaining({
          bucket: 'my-states',
          key: 'mesh-federation/nat-addresses.tfstate',
          region: 'eu-north-1',
        }) as unknown,
      }) as unknown,
    });
  });

  it('in a bucket is in a folder of its own for each profile but the default', () => {
    const key = (input: ConfigInput) =>
      synthesise({ eks, state: { kind: 's3', bucket: 'my-states' }, ...input }).file(
        'istio-cluster',
      ).terraform.backend.s3?.key;
    expect(key({})).toBe('mesh-federation/istio-cluster.tfstate');
    expect(key({ profile: 'thesis' })).toBe('mesh-federation/thesis/istio-cluster.tfstate');
  });

  it('remembers where it belongs, and refuses a plan for anywhere else', () => {
    const kept = (input: ConfigInput, stack = 'consul-mesh') => {
      const [, block] =
        Object.entries(synthesise(input).file(stack).resource?.terraform_data ?? {}).find(
          ([id]) => id === 'deployed_to',
        ) ?? [];
      return block as {
        readonly input: Readonly<Record<string, string>>;
        readonly lifecycle: { readonly ignore_changes: unknown; readonly postcondition: Block[] };
      };
    };
    const { input, lifecycle } = kept({ eks, aws: { accountId: '111122223333' } });
    expect(input).toEqual({
      profile: 'default',
      cluster: 'EKS mesh-consul',
      aws_region: 'eu-north-1',
      aws_accountId: '111122223333',
    });
    expect(lifecycle.ignore_changes).toEqual(['input']);
    expect(new Set(lifecycle.postcondition.map(({ condition }) => condition))).toEqual(
      new Set(
        Object.entries(input).map(
          ([key, value]) => `\${try(self.input.${key}, "${value}") == "${value}"}`,
        ),
      ),
    );
    // Without an account in the settings it is that of the credentials.
    expect(kept({ eks }, 'nat-addresses').input.aws_accountId).toBe(
      '${data.aws_caller_identity.caller.account_id}',
    );
  });

  it('knows the account of the credentials, where the settings name none, and not its own name', () => {
    const { file } = synthesise({ eks });
    const kept = file('nat-addresses').resource?.terraform_data?.deployed_to as {
      readonly lifecycle: { readonly postcondition: readonly Block[] };
    };
    const account = 'join("", [data.aws_caller_identity.caller.account_id])';
    expect(kept.lifecycle.postcondition.map(({ condition }) => condition)).toContain(
      `\${try(self.input.aws_accountId, ${account}) == ${account}}`,
    );
    // Within quotes a reference would be text.
    expect(JSON.stringify(kept)).not.toMatch(/\\"(data|local|aws_\w+)\.\w+/);
  });

  it('in a bucket can have another region, folder and key', () => {
    const kmsKeyArn = 'arn:aws:kms:us-east-1:111122223333:key/1';
    const { file } = synthesise({
      eks,
      state: { kind: 's3', bucket: 'my-states', region: 'us-east-1', prefix: 'a/b', kmsKeyArn },
    });
    expect(file('istio-cluster').terraform.backend.s3).toMatchObject({
      key: 'a/b/istio-cluster.tfstate',
      region: 'us-east-1',
      kms_key_id: kmsKeyArn,
      encrypt: true,
    });
  });
});
