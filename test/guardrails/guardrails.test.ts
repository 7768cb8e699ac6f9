import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { EksCluster } from '@cdktf/provider-aws/lib/eks-cluster';
import { FlowLog } from '@cdktf/provider-aws/lib/flow-log';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key';
import { LaunchTemplate } from '@cdktf/provider-aws/lib/launch-template';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { Vpc } from '@cdktf/provider-aws/lib/vpc';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule';
import { DeploymentV1 } from '@cdktf/provider-kubernetes/lib/deployment-v1';
import { Manifest } from '@cdktf/provider-kubernetes/lib/manifest';
import { describe, expect, test } from '@jest/globals';
import { App, Aspects, type IAspect, TerraformStack, TerraformVariable } from 'cdktf';
import type { IConstruct } from 'constructs';
import {
  GUARDRAIL_RULES,
  Guardrails,
  type GuardrailsProps,
  type GuardrailWaiver,
} from '../../constructs/guardrails';

function emptyApp(): App {
  return new App({ outdir: mkdtempSync(path.join(tmpdir(), 'guardrails-')) });
}

/** What is found in a stack, as `rule: message`. */
function found(make: (stack: TerraformStack) => void, props?: GuardrailsProps): string[] {
  const stack = new TerraformStack(emptyApp(), 'shop');
  make(stack);
  return new Guardrails(props)
    .findings(stack)
    .map(({ rule, message }) => `${rule.id}: ${message}`)
    .sort();
}

const openGroup = (stack: TerraformStack) =>
  new CloudwatchLogGroup(stack, 'logs', { retentionInDays: 7 });

test('Every rule has a name of its own and says what it asks for', () => {
  const ids = GUARDRAIL_RULES.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { asks } of GUARDRAIL_RULES) expect(asks).toMatch(/^[A-Z].*\.$/);
});

describe('What is only known at the deploy is not judged', () => {
  test('of AWS', () => {
    const resources = (stack: TerraformStack) => {
      const known = new TerraformVariable(stack, 'known', {});
      new EksCluster(stack, 'eks', {
        name: 'shop',
        roleArn: 'arn:aws:iam::111122223333:role/shop',
        enabledClusterLogTypes: known.listValue,
        encryptionConfig: { provider: { keyArn: 'arn' }, resources: known.listValue },
        vpcConfig: { subnetIds: ['subnet-1'], endpointPublicAccess: known.booleanValue },
      });
      new KmsKey(stack, 'key', { policy: '{}', enableKeyRotation: known.booleanValue });
      new LaunchTemplate(stack, 'nodes', {
        metadataOptions: { httpTokens: known.stringValue },
        blockDeviceMappings: [{ ebs: { encrypted: known.stringValue } }],
      });
    };
    expect(found(resources)).toEqual([]);
  });

  test('of pods', () => {
    const resources = (stack: TerraformStack) => {
      const known = new TerraformVariable(stack, 'known', {});
      const value: unknown = known.value;
      const manifest = (id: string, pod: object) =>
        new Manifest(stack, id, {
          manifest: { kind: 'Pod', metadata: { namespace: known.stringValue }, spec: pod },
        });
      manifest('field', {
        containers: [
          {
            name: 'shop',
            image: known.stringValue,
            resources: value,
            securityContext: {
              runAsNonRoot: known.booleanValue,
              allowPrivilegeEscalation: known.booleanValue,
              readOnlyRootFilesystem: known.booleanValue,
              capabilities: { drop: known.listValue },
              seccompProfile: { type: known.stringValue },
            },
          },
        ],
        volumes: value,
      });
      manifest('block', { containers: [{ name: 'shop', image: 'a:1', ...whole(value) }] });
      manifest('list', { containers: value });
      manifest('map', whole(value));
      new Manifest(stack, 'pod', { manifest: { kind: 'Pod', metadata: {}, spec: value } });
    };
    const whole = (value: unknown) => ({ resources: value, securityContext: value });
    expect(found(resources)).toEqual([]);
  });
});

describe('A cluster', () => {
  const cluster = {
    name: 'shop',
    roleArn: 'arn:aws:iam::111122223333:role/shop',
    vpcConfig: { subnetIds: ['subnet-1', 'subnet-2'] },
  };

  test('that somebody made in a hurry breaks four rules', () => {
    expect(found((stack) => new EksCluster(stack, 'eks', cluster))).toEqual([
      'eks-all-logs: does not write the logs api, audit, authenticator, controllerManager, scheduler; add them to enabled_cluster_log_types',
      'eks-api-not-for-everybody: admits everybody to its API; list addresses in vpc_config.public_access_cidrs',
      'eks-api-private: has a public API; set vpc_config.endpoint_public_access to false',
      'eks-secrets-encrypted: stores Secrets without a KMS key; set encryption_config for "secrets"',
    ]);
  });

  test('that does as it is told breaks none', () => {
    expect(
      found(
        (stack) =>
          new EksCluster(stack, 'eks', {
            ...cluster,
            vpcConfig: { ...cluster.vpcConfig, endpointPublicAccess: false },
            enabledClusterLogTypes: [
              'api',
              'audit',
              'authenticator',
              'controllerManager',
              'scheduler',
            ],
            encryptionConfig: { provider: { keyArn: 'arn:aws:kms:x' }, resources: ['secrets'] },
          }),
      ),
    ).toEqual([]);
  });

  test('with ::/0 among its addresses admits everybody', () => {
    const vpcConfig = { ...cluster.vpcConfig, publicAccessCidrs: ['203.0.113.7/32', '::/0'] };
    expect(
      found((stack) => new EksCluster(stack, 'eks', { ...cluster, vpcConfig })).join(),
    ).toContain('eks-api-not-for-everybody');
  });
});

describe('Rules that look at other resources', () => {
  test('A VPC wants a flow log of its own', () => {
    const two = (stack: TerraformStack) => {
      const first = new Vpc(stack, 'first', { cidrBlock: '10.0.0.0/16' });
      new Vpc(stack, 'second', { cidrBlock: '10.1.0.0/16' });
      new FlowLog(stack, 'flows', { vpcId: first.id, trafficType: 'ALL' });
    };
    const stack = new TerraformStack(emptyApp(), 'shop');
    two(stack);
    expect(new Guardrails().findings(stack).map(({ path, rule }) => [path, rule.id])).toEqual([
      ['shop/second', 'vpc-flow-logs'],
    ]);
  });

  test('A key wants a policy and rotation; one that cannot rotate need not', () => {
    expect(found((stack) => new KmsKey(stack, 'key', {}))).toEqual([
      'kms-key-policy: has the default policy, by which IAM alone decides; set policy',
      'kms-key-rotates: does not rotate; set enable_key_rotation to true',
    ]);
    expect(
      found(
        (stack) =>
          new KmsKey(stack, 'key', { policy: '{}', customerMasterKeySpec: 'ECC_NIST_P256' }),
      ),
    ).toEqual([]);
  });
});

test('A launch template hands out nothing and encrypts its disks', () => {
  expect(
    found(
      (stack) =>
        new LaunchTemplate(stack, 'nodes', {
          metadataOptions: { httpTokens: 'optional', httpPutResponseHopLimit: 2 },
          blockDeviceMappings: [
            { deviceName: '/dev/xvda', ebs: { encrypted: 'true' } },
            { deviceName: '/dev/xvdb', ebs: { volumeSize: 10 } },
          ],
        }),
    ),
  ).toEqual([
    'disk-encrypted: makes a disk that is not encrypted; set block_device_mappings[1].ebs.encrypted to true',
    'instance-imds-one-hop: lets pods ask for its role; set metadata_options.http_put_response_hop_limit to 1',
    'instance-imds-v2: hands out its role by IMDSv1; set metadata_options.http_tokens to "required"',
  ]);
});

test.each([
  { ports: { ipProtocol: 'tcp', fromPort: 443, toPort: 443 }, isRight: true },
  { ports: { ipProtocol: 'tcp', fromPort: 0, toPort: 65535 }, isRight: false },
  { ports: { ipProtocol: 'tcp', fromPort: 10250, toPort: 10250 }, isRight: false },
  { ports: { ipProtocol: '-1' }, isRight: false },
])('Ports open to everybody: $ports', ({ ports, isRight }) => {
  const mistakes = found(
    (stack) =>
      new VpcSecurityGroupIngressRule(stack, 'rule', {
        securityGroupId: 'sg-1',
        cidrIpv6: '::/0',
        ...ports,
      }),
  );
  expect(mistakes.length).toBe(isRight ? 0 : 1);
});

test.each([
  { statement: { Effect: 'Allow', Action: '*', Resource: '*' }, isRight: false },
  { statement: { Effect: 'Allow', Action: ['s3:Get*', '*'], Resource: ['*'] }, isRight: false },
  { statement: { Effect: 'Deny', Action: '*', Resource: '*' }, isRight: true },
  { statement: { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }, isRight: true },
])('A policy with $statement', ({ statement, isRight }) => {
  const mistakes = found(
    (stack) =>
      new IamRolePolicy(stack, 'policy', {
        role: 'shop',
        policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
      }),
  );
  expect(mistakes).toEqual(
    isRight
      ? []
      : [
          'iam-no-full-rights: allows every action on everything; name the actions and the resources',
        ],
  );
});

describe('A workload', () => {
  const template = (container: object, pod: object = {}) => ({
    metadata: { labels: { app: 'shop' } },
    spec: { container: [{ name: 'shop', image: 'shop:1.2.3', ...container }], ...pod },
  });
  const careful = {
    resources: {
      requests: { cpu: '10m', memory: '10Mi' },
      limits: { cpu: '1', memory: '10Mi' },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
  const pod = {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  };
  const deployment = (stack: TerraformStack, container: object, settings: object = {}) =>
    new DeploymentV1(stack, 'shop', {
      metadata: { name: 'shop', namespace: 'shop' },
      spec: {
        selector: { matchLabels: { app: 'shop' } },
        template: template(container, settings),
      },
    });

  test('with the pod’s settings for its containers breaks no rule', () => {
    expect(found((stack) => deployment(stack, careful, pod))).toEqual([]);
  });

  test('without any settings breaks every rule for containers', () => {
    expect(found((stack) => deployment(stack, {})).map((line) => line.split(':')[0])).toEqual([
      'cpu-limit',
      'memory-limit',
      'no-capabilities',
      'not-privileged',
      'not-root',
      'read-only-root',
      'resource-requests',
      'resource-requests',
      'seccomp',
    ]);
  });

  test.each(['shop', 'shop:latest', 'registry.example:5000/shop'])('with the image %s', (image) => {
    expect(found((stack) => deployment(stack, { ...careful, image }, pod)).join()).toContain(
      `image-pinned: container shop has the image ${image}`,
    );
  });

  test('that uses its node', () => {
    const settings = {
      ...pod,
      hostNetwork: true,
      volume: [{ name: 'x', hostPath: { path: '/' } }],
    };
    expect(found((stack) => deployment(stack, careful, settings))).toEqual([
      'no-host-access: mounts a folder of its node; use a volume of its own',
      'no-host-access: sets host_network; leave it out',
    ]);
  });

  test('is judged in a manifest as well, by Kubernetes’ own names', () => {
    const manifest = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'shop', namespace: 'default' },
      spec: {
        jobTemplate: {
          spec: {
            template: {
              spec: {
                hostPID: true,
                ...pod,
                containers: [{ name: 'shop', image: 'shop:1', ...careful }],
              },
            },
          },
        },
      },
    };
    expect(found((stack) => new Manifest(stack, 'shop', { manifest }))).toEqual([
      'no-host-access: sets host_pid; leave it out',
      'not-in-default-namespace: is in the namespace default; set metadata.namespace to one of its own',
    ]);
  });
});

test.each([
  ['PeerAuthentication', { mtls: { mode: 'STRICT' } }, 0],
  [
    'PeerAuthentication',
    { mtls: { mode: 'STRICT' }, portLevelMtls: { 80: { mode: 'PERMISSIVE' } } },
    1,
  ],
  ['AuthorizationPolicy', { rules: [{ from: [{ source: { principals: ['a/ns/b/sa/c'] } }] }] }, 0],
  ['AuthorizationPolicy', { rules: [{ from: [{ source: { principals: ['*'] } }] }] }, 1],
  ['AuthorizationPolicy', { rules: [{}] }, 1],
  ['AuthorizationPolicy', { action: 'DENY', rules: [{}] }, 0],
  ['AuthorizationPolicy', {}, 0],
  ['DestinationRule', { trafficPolicy: { tls: { mode: 'SIMPLE' } } }, 1],
  ['DestinationRule', { trafficPolicy: { tls: { mode: 'SIMPLE', subjectAltNames: ['a'] } } }, 0],
  ['DestinationRule', { trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } }, 0],
  ['ServiceIntentions', { sources: [{ name: '*', action: 'deny' }] }, 0],
  ['ServiceIntentions', { sources: [{ name: '*', action: 'allow' }] }, 1],
])('A %s with %j: %d findings', (kind, spec, count) => {
  const manifest = { apiVersion: 'x/v1', kind, metadata: { name: 'x', namespace: 'shop' }, spec };
  expect(found((stack) => new Manifest(stack, 'x', { manifest }))).toHaveLength(count);
});

describe.each(['guard', 'aspect'])('At the end of a synthesis, by %s', (way) => {
  const synthesise = (waivers: readonly GuardrailWaiver[], aspects: readonly IAspect[] = []) => {
    const app = emptyApp();
    for (const name of ['one', 'two']) {
      const stack = new TerraformStack(app, name);
      new AwsProvider(stack, 'aws', { region: 'eu-north-1' });
      openGroup(stack);
    }
    const guardrails = new Guardrails({ waivers });
    if (way === 'guard') guardrails.guard(app);
    for (const stack of app.node.children) {
      if (way === 'aspect') Aspects.of(stack).add(guardrails);
      for (const aspect of aspects) Aspects.of(stack).add(aspect);
    }
    app.synth();
    return app;
  };

  test('all findings of all stacks are there at once, each with its scanners’ names', () => {
    expect(() => synthesise([])).toThrow(
      [
        'one/logs (aws_cloudwatch_log_group): has no key; set kms_key_id [logs-encrypted, CKV_AWS_158]',
        'one/logs (aws_cloudwatch_log_group): keeps entries for 7 days; set retention_in_days to 365 or more [logs-kept-a-year, CKV_AWS_338]',
        'two/logs (aws_cloudwatch_log_group): has no key; set kms_key_id [logs-encrypted, CKV_AWS_158]',
        'two/logs (aws_cloudwatch_log_group): keeps entries for 7 days; set retention_in_days to 365 or more [logs-kept-a-year, CKV_AWS_338]',
      ].join('\n  '),
    );
  });

  test('what is waived becomes a note, by the rule’s name or a scanner’s', () => {
    const { outdir } = synthesise([
      { rule: 'logs-encrypted', at: '*/logs', reason: 'they hold nothing secret' },
      { rule: 'CKV_AWS_338', at: 'one', reason: 'a test' },
      { rule: 'CKV_AWS_338', at: 'two', reason: 'another' },
    ]);
    const manifest = readFileSync(path.join(outdir, 'manifest.json'), 'utf8');
    expect(manifest).toContain('logs-encrypted is waived at one/logs: they hold nothing secret');
    expect(manifest).toContain('logs-kept-a-year is waived at two/logs: another');
  });

  test('a waiver holds for its place and below it, not for what begins alike', () => {
    expect(() =>
      synthesise([
        { rule: 'logs-encrypted', at: '*', reason: 'x' },
        { rule: 'logs-kept-a-year', at: '*/log', reason: 'x' },
      ]),
    ).toThrow('two/logs');
  });

  test('a waiver that nothing needs is a mistake', () => {
    expect(() =>
      synthesise([
        { rule: 'logs-encrypted', at: '*', reason: 'x' },
        { rule: 'logs-kept-a-year', at: '*', reason: 'x' },
        { rule: 'eks-api-private', at: 'three', reason: 'x' },
      ]),
    ).toThrow('the waiver of eks-api-private at three is needed by nothing; take it out');
  });

  test('what an aspect of the user’s mends is right, whatever the order', () => {
    const mend: IAspect = {
      visit: (node: IConstruct) => {
        if (!(node instanceof CloudwatchLogGroup)) return;
        node.retentionInDays = 400;
        node.kmsKeyId = 'arn:aws:kms:x';
      },
    };
    expect(() => synthesise([], [mend])).not.toThrow();
  });
});

test('A stack that is made later is guarded, too', () => {
  const app = emptyApp();
  new Guardrails().guard(app);
  const stack = new TerraformStack(app, 'later');
  new AwsProvider(stack, 'aws', { region: 'eu-north-1' });
  openGroup(stack);
  expect(() => app.synth()).toThrow('later/logs (aws_cloudwatch_log_group): has no key');
});

test('Waivers are checked at once', () => {
  expect(
    () =>
      new Guardrails({
        waivers: [
          { rule: 'eks-private', at: 'shop', reason: 'x' },
          { rule: 'eks-api-private', at: '', reason: ' ' },
          { rule: 'eks-api-private', at: '', reason: 'again' },
        ],
      }),
  ).toThrow(
    /waivers\[0\]\.rule: there is no rule "eks-private".*\n.*waivers\[1\]\.at: is empty.*\n.*waivers\[1\]\.reason: is empty.*\n.*waivers\[2\]\.at: is empty.*\n.*waivers\[2\]: is there already/,
  );
});
