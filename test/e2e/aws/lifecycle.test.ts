import { cpSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { App } from 'cdktf';
import { type ConfigInput, defineConfig } from '../../../config';
import { changeIn } from '../../../config/change';
import { EmulatedWorld } from '../../../support/demo/emulated-world';
import { emulatorEnvironment } from '../../../support/demo/emulator';
import { planText } from '../../../support/terraform/plan-words';
import { checkTerraform, needed } from '../../../support/programs/prerequisites';
import { planStack, type StackPlan } from '../../../support/terraform/plan';
import { terraformEnvironment } from '../../../support/terraform/cli-config';
import { addStacks } from '../../../stacks';
import { AWS_BASE, AWS_CHANGES, type SettingChange } from '../../lifecycle/changes';
import { settingLeaves } from '../../lifecycle/leaves';
import { conflict, overlay } from '../../lifecycle/overlay';
import { temporaryFolder } from '../../helpers/files';
import { shown } from '../../helpers/pages';

/*
 * A cluster is deployed to the emulator once. Then each setting of it is changed, and the real Terraform and
 * its AWS provider plan that against the state: what is refused, and what would be lost. A plan takes
 * many seconds of the provider's time, so changes that have nothing to do with each other share one.
 */

const STACKS = ['nat-addresses', 'istio-cluster'] as const;
type Stack = (typeof STACKS)[number];

/** Settings of which a plan of these stacks would say nothing, with the reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'aws.emulator.endpoint': 'another emulator has another world',
  state: 'refused by "terraform init", before any plan',
  'state.directory': 'the same',
  'state.bucket': 'the same',
  'state.region': 'the same',
  'state.prefix': 'the same',
  'state.kmsKeyArn': 'the emulator keeps no state',
  'network.awsEndpoints': 'test/e2e/aws/crossing.test.ts deploys and destroys them',
  'eks.endpoint.allowAnywhere': 'it permits something, and changes no resource',
  'clusters.<name>.existingVpc.vpcId':
    'it is changed from a VPC that is not there; existingVpc is tried',
  'clusters.<name>.existingVpc.privateSubnetIds': 'the same',
  'clusters.<name>.existingVpc.publicSubnetIds': 'the same',
  'clusters.<name>.egressCidrs':
    'it is about the other cluster: the same argument as eks.endpoint.publicCidrs',
};

/** More addresses come first, by a deploy of their own stack: the cluster's cannot be planned without them. */
const ADDRESSES_ONLY = ['network.nat'];

/** Beside them others would say nothing: no VPC is made then, or AWS chooses the addresses of Services. */
const ALONE = ['clusters.<name>.existingVpc', 'eks.ipFamily'];

const BASE = overlay(AWS_BASE, { profile: 'emulated' });

const declared = new Map(settingLeaves());
const kindOf = (setting: string) => changeIn(declared.get(setting) ?? '');
const folder = temporaryFolder((at) => EmulatedWorld.end(at));
let world: EmulatedWorld;

interface Batch {
  readonly stack: Stack;
  readonly settings: string[];
  readonly loses: Set<string>;
  to: ConfigInput;
}

/** Each of a kind, together with as many others as have nothing to do with it. */
function batches(): Batch[] {
  const made: (Batch & { readonly kind: string })[] = [];
  const put = (stack: Stack, setting: string, { to, from, loses }: SettingChange) => {
    const change = kindOf(setting);
    const all = loses ?? (change === 'replaces-nodes' ? ['aws_eks_node_group'] : []);
    const lost = all.filter((type) => (type === 'aws_eip') === (stack === 'nat-addresses'));
    const kind = change === 'refused' ? change : lost.length > 0 ? 'loses' : 'keeps';
    const whole = from === undefined ? to : overlay(from, to);
    let batch = made.find(
      (one) =>
        !ALONE.includes(setting) &&
        !one.settings.some((other) => ALONE.includes(other)) &&
        one.stack === stack &&
        one.kind === kind &&
        !conflict(BASE, one.to, whole) &&
        isValid(overlay(one.to, whole, BASE)),
    );
    if (batch === undefined) {
      batch = { stack, kind, settings: [], loses: new Set(), to: {} };
      made.push(batch);
    }
    batch.settings.push(setting);
    batch.to = overlay(batch.to, whole, BASE);
    lost.forEach((type) => batch.loses.add(type));
  };
  for (const [setting, change] of Object.entries(AWS_CHANGES)) {
    if (setting in LEFT_OUT) continue;
    const inAddresses =
      change.loses?.includes('aws_eip') === true ||
      change.shows.some((place) => place.startsWith('nat-addresses: aws_eip'));
    if (inAddresses) put('nat-addresses', setting, change);
    if (!ADDRESSES_ONLY.includes(setting)) put('istio-cluster', setting, change);
  }
  return made;
}

/** Settings that are right one by one may be wrong together. */
function isValid(to: ConfigInput): boolean {
  try {
    defineConfig(overlay(BASE, to));
    return true;
  } catch {
    return false;
  }
}

const BATCHES = batches();

/** Plans a stack with other settings, against the state of the deploy. */
function plan(stack: Stack, to: ConfigInput, name: string): Promise<StackPlan> {
  const outdir = path.join(folder, name);
  const { config } = defineConfig(overlay(BASE, to), { AWS_ENDPOINT_URL: world.emulator.endpoint });
  const app = new App({ outdir });
  // Beside the first, where the state is at the same distance.
  const state = { kind: 'local', directory: path.join(folder, 'state') } as const;
  addStacks(app, { ...config, state });
  app.synth();
  const [from, at] = [path.join(folder, 'cdktf.out'), outdir].map((out) =>
    path.join(out, 'stacks', stack),
  ) as [string, string];
  for (const part of ['.terraform', '.terraform.lock.hcl']) {
    cpSync(path.join(from, part), path.join(at, part), { recursive: true, verbatimSymlinks: true });
  }
  const { program } = terraform();
  const env = { ...emulatorEnvironment(world.emulator), ...terraformEnvironment() };
  return planStack(at, { program, env }, ['-refresh=false', '-lock=false']);
}

function terraform() {
  return needed(checkTerraform());
}

beforeAll(async () => {
  world = await EmulatedWorld.start({ folder, port: 0 });
  // As in the environment of Terraform: a start of the provider takes a fraction then (stacks/emulated.ts).
  process.env['AWS_ENDPOINT_URL'] = world.emulator.endpoint;
  const iam = new IAMClient(world.access);
  for (const RoleName of ['team', 'admin', 'other', 'more']) {
    const nobody = JSON.stringify({ Version: '2012-10-17', Statement: [] });
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: nobody }));
  }
  const { complete, progress } = await world.run('deploy', STACKS, { settings: AWS_BASE });
  expect(progress.errors).toBe('');
  expect(complete).toBe(true);
});

test('Every setting of the AWS pair is tried, or left out for a reason', () => {
  const tried = new Set([...BATCHES.flatMap(({ settings }) => settings), ...Object.keys(LEFT_OUT)]);
  expect([...tried].sort()).toEqual(Object.keys(AWS_CHANGES).sort());
  expect(BATCHES.length).toBeLessThan(12);
});

describe('Planned with other settings', () => {
  const plans: Promise<StackPlan>[] = [];

  // Some at once. A test waits for its own plan, and so for the few that are under way before it.
  beforeAll(() => {
    const lanes = Math.max(2, os.availableParallelism() - 1);
    for (const [i, { stack, to }] of BATCHES.entries()) {
      const before = plans[i - lanes] ?? Promise.resolve();
      const planned = Promise.allSettled([before]).then(() => plan(stack, to, `changed-${i}`));
      // Its test says what went wrong.
      planned.catch(() => undefined);
      plans.push(planned);
    }
  });

  // Where a test gave up waiting, or none was run.
  afterAll(() => Promise.allSettled(plans));

  describe.each(
    BATCHES.map((batch, i) => [`${batch.stack}: ${batch.settings.join(', ')}`, batch, i] as const),
  )('%s', (_, batch, i) => {
    const refused = batch.settings.filter((setting) => kindOf(setting) === 'refused');

    test(
      refused.length > 0 ? 'is refused' : 'loses what is declared, and nothing else',
      async () => {
        const found = await plans[i];
        expect(found?.errors).toEqual([]);
        const { refusals = [], changes = [] } = found ?? {};
        // One for each, with the way that works.
        expect(refusals).toHaveLength(refused.length);
        for (const refusal of refusals)
          expect(refusal).toContain('Nothing was changed: set it back.');
        const lost = changes.filter(({ actions }) => actions.includes('delete'));
        expect([...new Set(lost.map(({ type }) => type))].sort()).toEqual([...batch.loses].sort());
        // New nodes come first.
        for (const { type, actions } of lost) {
          if (type === 'aws_eks_node_group' && actions.length > 1) {
            expect(actions).toEqual(['create', 'delete']);
          }
        }
      },
    );

    test('is said in words', async () => {
      const found = await plans[i];
      if (found === undefined) throw new Error('not planned');
      const text = planText(found);
      if (refused.length > 0) {
        expect(text).toContain('REFUSED, nothing would be changed');
        return;
      }
      for (const type of batch.loses) {
        // A note in the state is nothing that runs, so no words are lost on it.
        if (type === 'terraform_data') continue;
        expect(text).toMatch(new RegExp(`(removes|recreates) ${type} `));
      }
      if (batch.loses.size === 0)
        expect(text).toMatch(/nothing (is removed or recreated|would be changed)/);
    });
  });

  test('docs/changing-a-deployed-pair.md shows what plans say', async () => {
    const texts = (await Promise.all(plans)).map((one) => planText(one));
    for (const begins of ['istio-cluster: removes', 'istio-cluster: REFUSED']) {
      const block = shown('docs/changing-a-deployed-pair.md', begins);
      expect(texts).toContainEqual(expect.stringMatching(block));
    }
  });
});
