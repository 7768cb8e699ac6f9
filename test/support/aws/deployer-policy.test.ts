import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type ConfigInput, defineConfig, loadConfig } from '../../../config';
import { deployerPolicy, UNCALLED } from '../../../support/aws/deployer-policy';
import { ROOT } from '../../../support/paths';
import { SAMPLE } from '../../../support/settings/page';
import { temporaryFolder, writeFile } from '../../helpers/files';

/* That it admits what a deploy calls, and no more, is in test/e2e/aws/pair.test.ts. */

const endpoint = { publicCidrs: ['203.0.113.7/32'] };

function policy(input: ConfigInput = {}) {
  return deployerPolicy(defineConfig({ eks: { endpoint }, ...input }).config);
}

const folder = temporaryFolder();
const page = readFileSync(path.join(ROOT, 'docs', 'deployer-policy.md'), 'utf8');

describe("The deployer's policy", () => {
  it('is in the docs for the sample; `npm run -s iam > docs/deployer-policy.json` makes it', () => {
    writeFile(folder, 'federation.yaml', SAMPLE);
    const { config } = loadConfig({ folder, env: {} });
    const kept = readFileSync(path.join(ROOT, 'docs', 'deployer-policy.json'), 'utf8');
    expect(JSON.parse(kept)).toEqual(deployerPolicy(config));
  });

  it('is short enough for one managed policy', () => {
    // 6144 characters, white space apart: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    const name = (letter: string) => letter.repeat(32);
    const long = policy({
      aws: { accountId: '111122223333', region: 'ap-southeast-2' },
      clusters: { istio: { name: name('i') }, consul: { name: name('c') } },
      state: { kind: 's3', bucket: 'b'.repeat(63) },
    });
    expect(JSON.stringify(long).length).toBeLessThan(6144);
  });

  it('names the clusters, the account and the region, and nothing else where a name can tell', () => {
    const { Statement } = policy({ aws: { accountId: '111122223333', region: 'eu-west-1' } });
    const resources = Statement.flatMap(({ Resource }) => Resource).filter((one) => one !== '*');
    expect(resources.filter((one) => !one.includes(':111122223333:'))).toEqual([]);
    const open = Statement.filter(({ Resource }) => Resource.includes('*'));
    expect(open.map(({ Sid }) => Sid)).toEqual(['Look', 'Network', 'NewKeys']);
    for (const { Sid, Action, Condition } of open) {
      const reads = Action.every((action) => /:(Describe|List|Get)/.test(action));
      expect([Sid, reads || Condition !== undefined]).toEqual([Sid, true]);
    }
    expect(JSON.stringify(Statement)).not.toMatch(/"\w+:\*"/);
  });

  it('has the state, where it is in a bucket', () => {
    const { Statement } = policy({ state: { kind: 's3', bucket: 'mine' } });
    expect(Statement.find(({ Sid }) => Sid === 'State')?.Resource).toEqual([
      'arn:aws:s3:::mine/mesh-federation/*',
    ]);
  });

  it('says why of each action that no call names, on its page too', () => {
    const actions = new Set(policy().Statement.flatMap(({ Action }) => Action));
    expect(Object.keys(UNCALLED).filter((action) => !actions.has(action))).toEqual([]);
    const rows = Object.entries(UNCALLED).map(([action, reason]) => [action, reason]);
    const shown = [...page.matchAll(/^\| `([\w:]+)` +\| (.*?) +\|$/gm)].map(([, a, b]) => [a, b]);
    expect(shown).toEqual(rows);
  });
});
