import { expect, test } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { defineConfig } from '../../config';
import { addStacks } from '../../stacks';
import { type Block, releaseValues, stackOf, synthesise } from '../helpers/synth';

// What the pair is secure by, where no setting says it.

const app = Testing.app();
addStacks(app, defineConfig({ eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } } }).config);
const stacks = app.node.children.filter((child) => TerraformStack.isStack(child));

test("Consul's chart is told to close everything, and to let no pod start outside of the mesh", () => {
  expect(releaseValues(stackOf(app, 'consul-mesh'), 'consul')).toMatchObject({
    global: {
      tls: { enabled: true, httpsOnly: true, verify: true },
      acls: { manageSystemACLs: true },
      gossipEncryption: { autoGenerate: true },
    },
    connectInject: {
      default: false,
      failurePolicy: 'Fail',
      transparentProxy: { defaultEnabled: true },
    },
    ui: { service: { type: 'ClusterIP' } },
  });
});

test('No spelling of a path leads around a rule in Istio, and no call out of the mesh', () => {
  expect(releaseValues(stackOf(app, 'istio-mesh'), 'istiod')).toMatchObject({
    global: { variant: 'distroless', proxy: { seccompProfile: { type: 'RuntimeDefault' } } },
    seccompProfile: { type: 'RuntimeDefault' },
    meshConfig: {
      outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
      pathNormalization: { normalization: 'DECODE_AND_MERGE_SLASHES' },
    },
  });
  expect(releaseValues(stackOf(app, 'istio-mesh'), 'istio-base')).toMatchObject({
    global: { enableReaderRBAC: false },
  });
});

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Principal?: { readonly AWS?: string; readonly Service?: string };
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, unknown>>;
}

/** Each statement that allows something, with where it is. */
const allowed = stacks.flatMap((stack) => {
  const { resource = {} } = synthesise(stack);
  return ['aws_iam_role_policy', 'aws_iam_policy', 'aws_kms_key'].flatMap((type) =>
    Object.entries<Block>(resource[type] ?? {}).flatMap(([id, { policy }]) => {
      const { Statement: statements } = JSON.parse(String(policy)) as {
        readonly Statement: readonly Statement[];
      };
      return statements
        .filter(({ Effect }) => Effect === 'Allow')
        .map((statement) => ({ place: `${stack.node.id}: ${type}.${id}`, ...statement }));
    }),
  );
});

test('Nobody may do everything with a key but the account, by its own IAM', () => {
  expect(allowed.length).toBeGreaterThan(5);
  const wide = allowed.filter(({ Action }) =>
    [Action].flat().some((action) => action === '*' || action.endsWith(':*')),
  );
  expect(wide.length).toBeGreaterThan(0);
  for (const { place, Sid, Action, Principal } of wide) {
    expect([place, Sid, Action]).toEqual([place, 'AccountByIam', 'kms:*']);
    expect(Principal?.AWS).toMatch(/:root$/);
    expect(Principal?.Service).toBeUndefined();
  }
});

test('Every key is its account’s to administer, or nobody could change it any more', () => {
  const keys = new Set(
    allowed.flatMap(({ place }) => (place.includes(': aws_kms_key.') ? [place] : [])),
  );
  expect(keys.size).toBe(4);
  expect(
    new Set(allowed.flatMap(({ place, Sid }) => (Sid === 'AccountByIam' ? [place] : []))),
  ).toEqual(keys);
});

test('Every log is encrypted with the key of its cluster', () => {
  const logs = ['istio', 'consul'].flatMap((cluster) =>
    Object.values<Block>(
      synthesise(stackOf(app, `${cluster}-cluster`)).resource?.['aws_cloudwatch_log_group'] ?? {},
    ),
  );
  expect(logs.length).toBeGreaterThanOrEqual(2);
  for (const { kms_key_id: key } of logs) {
    expect(key).toMatch(/^\$\{aws_kms_key\.log_key_\w+\.arn\}$/);
  }
});

test('What CloudWatch may do with the key of the logs is to encrypt, for named logs', () => {
  const ofLogs = allowed.filter(({ Principal }) => Principal?.Service?.includes('logs'));
  expect(ofLogs).toHaveLength(2);
  for (const statement of ofLogs) {
    // CloudWatch Logs of this region, as AWS has it.
    expect(statement.Principal?.Service).toMatch(/^logs\.\$\{data\.aws_region\.\w+\.name\}\./);
    expect(statement.Action).toEqual([
      'kms:Encrypt',
      'kms:Decrypt',
      'kms:ReEncrypt*',
      'kms:GenerateDataKey*',
      'kms:DescribeKey',
    ]);
    const name = statement.place.startsWith('istio') ? 'mesh-istio' : 'mesh-consul';
    const logs = [`/aws/eks/${name}/cluster`, `/aws/vpc/${name}/flow-log`];
    expect(statement.Condition?.ArnLike).toEqual({
      'kms:EncryptionContext:aws:logs:arn': logs.map((log): unknown =>
        expect.stringMatching(new RegExp(`:log-group:${log}$`)),
      ),
    });
  }
});

test('Every key is rotated', () => {
  const keys = stacks.flatMap((stack) =>
    Object.values(synthesise(stack).resource?.['aws_kms_key'] ?? {}),
  );
  expect(keys).toHaveLength(4);
  for (const key of keys) expect(key).toMatchObject({ enable_key_rotation: true });
});
