import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { scripts } from '../../package.json';
import { ROOT } from '../../support/paths';

const FOLDER = path.join(ROOT, '.github', 'workflows');

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly 'timeout-minutes'?: number;
        readonly permissions?: Readonly<Record<string, string>>;
        readonly uses?: string;
      }
    >
  >;
}

const workflows = readdirSync(FOLDER).map((name) => {
  const text = readFileSync(path.join(FOLDER, name), 'utf8');
  return { name, text, workflow: parse(text) as Workflow };
});

describe.each(workflows)('$name', ({ text, workflow }) => {
  test('names every action by its commit, with the version for people and for the bot', () => {
    const used = text
      .split('\n')
      .filter((line) => line.includes('uses:') && !line.includes('uses: ./'))
      .map((line) => line.trim());
    for (const line of used) {
      expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  test('may read, and nothing else but where a job says so', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
  });

  test('ends by itself', () => {
    for (const job of Object.values(workflow.jobs)) {
      if (job.uses === undefined) expect(job['timeout-minutes']).toBeLessThanOrEqual(60);
    }
  });

  test('runs scripts that exist', () => {
    const called = [...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name);
    for (const name of called) expect(Object.keys(scripts)).toContain(name);
  });
});

test('Where the package can be published, no test and no install script runs', () => {
  const text = readFileSync(path.join(FOLDER, 'release.yml'), 'utf8');
  expect(text).toContain('npm ci --ignore-scripts');
  expect(text).not.toMatch(/npm ci$|\.ci\/run/m);
});

test('Only the job that publishes may write, and prove who it is', () => {
  const writing = workflows.flatMap(({ name, workflow }) =>
    Object.entries(workflow.jobs).flatMap(([job, { permissions }]) =>
      permissions === undefined ? [] : [[name, job, permissions]],
    ),
  );
  expect(writing).toEqual([['release.yml', 'publish', { contents: 'write', 'id-token': 'write' }]]);
});
