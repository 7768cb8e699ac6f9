import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { CONFIG_FILE } from '../../config';
import { ROOT } from '../../support/paths';
import { temporaryFolder, writeFile } from '../helpers/files';
import { OUTSIDE, pageCommands } from '../helpers/page-commands';
import { PAGES_BY_HAND, snippetsOf } from '../helpers/pages';
import { record } from '../helpers/shell';

/*
 * The pages' commands that need neither an account nor minutes, in a clone that nothing was done in yet,
 * for a person whose home is empty. The others have tests of their own: the demo in aws/demo.test.ts,
 * the rehearsal in rehearsal.test.ts, the weather in weather.test.ts.
 */

const folder = temporaryFolder();
const clone = path.join(folder, 'clone');
const home = path.join(folder, 'home');

/** What git does not keep. */
const LEFT_BEHIND =
  /^(node_modules|cdktf\.out|state|\.cache|\.demo|coverage|dist|\.git|federation\.yaml|.*\.tfstate.*)$/;

/** How a person's shell is, with nothing of this project or of AWS in it. */
const env = Object.fromEntries([
  ...Object.entries(process.env).filter(
    ([name]) =>
      !/^(AWS_|FEDERATION_|KUBECONFIG$|HOME$|npm_|INIT_CWD$|NODE_(?!COMPILE_CACHE$))/i.test(name),
  ),
  ['HOME', home],
  ['CHECKPOINT_DISABLE', '1'],
]);

function run(program: string, ...words: string[]) {
  const { status, stdout, stderr } = spawnSync(program, words, {
    cwd: clone,
    encoding: 'utf8',
    env,
  });
  return { status, stdout, stderr };
}

beforeAll(() => {
  mkdirSync(home);
  cpSync(ROOT, clone, {
    recursive: true,
    filter: (file) => {
      const [top = ''] = path.relative(ROOT, file).split(path.sep);
      return !LEFT_BEHIND.test(top);
    },
  });
  // `npm ci` by itself is what every run of CI starts with.
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(clone, 'node_modules'));
});

/** The file that the README writes. */
function writeSettings(): void {
  const [block] = snippetsOf('README.md').filter(({ text }) => text.includes(`> ${CONFIG_FILE}`));
  expect(record(block?.text ?? '', clone, OUTSIDE).exitCode).toBe(0);
}

describe('In an empty clone', () => {
  const { blocks, inline } = pageCommands(PAGES_BY_HAND, temporaryFolder());
  const calls = [...blocks.flatMap((block) => block.calls), ...inline.map(({ call }) => call)];
  /** What is quick, and says something without an account, a cluster of another one, or further settings. */
  const QUICK =
    /^run (-s |--silent )?(policy(?! -- .*--with)|images|iam(?! -- --role)|versions -- --offline|demo:down|demo:status)\b|^run$/;
  const quick = new Set(calls.map(([, ...words]) => words.join(' ')).filter((w) => QUICK.test(w)));

  it('there are commands to run', () => {
    expect(quick.size).toBeGreaterThan(6);
  });

  it.each([...quick])('npm %s does it', (words) => {
    const { status, stdout, stderr } = run('npm', ...words.split(' '));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.length).toBeGreaterThan(20);
  });

  it('the settings that the README writes, and those of init, synthesise', () => {
    writeSettings();
    expect(run('npx', 'cdktf', 'synth')).toMatchObject({ status: 0 });
    const stacks = readdirSync(path.join(clone, 'cdktf.out', 'stacks'));
    expect(stacks).toContain('istio-cluster');

    rmSync(path.join(clone, CONFIG_FILE));
    const written = run('npm', 'run', '-s', 'init', '--', '--address', '203.0.113.7/32');
    expect(written).toMatchObject({ status: 0, stderr: '' });
    expect(run('npx', 'cdktf', 'synth')).toMatchObject({ status: 0 });
  });

  it("clusters of one's own are taken from the kubeconfig at home", () => {
    const [own] = snippetsOf('README.md').filter(({ language }) => language === 'yaml');
    const { clusters } = parse(own?.text ?? '') as {
      clusters: Record<string, { context: string }>;
    };
    const contexts = Object.values(clusters).map(({ context }) => ({
      name: context,
      context: { cluster: 'c', user: 'u' },
    }));
    const cluster = { server: 'https://192.0.2.1:6443' };
    writeFile(
      home,
      '.kube/config',
      JSON.stringify({
        clusters: [{ name: 'c', cluster }],
        users: [{ name: 'u', user: { token: 't' } }],
        contexts,
      }),
    );
    writeFile(clone, CONFIG_FILE, own?.text ?? '');
    expect(run('npx', 'cdktf', 'synth')).toMatchObject({ status: 0 });
    expect(readdirSync(path.join(clone, 'cdktf.out', 'stacks'))).not.toContain('istio-cluster');
  });

  it('a mistake is told with its line, before anything is done', () => {
    writeFile(clone, CONFIG_FILE, 'aws:\n  regoin: eu-north-1\n');
    const { status, stdout, stderr } = run('npx', 'cdktf', 'deploy', '*');
    expect(status).not.toBe(0);
    expect(stdout + stderr).toMatch(/federation\.yaml:2:3: aws\.regoin: .*did you mean/);
    const policy = run('npm', 'run', '-s', 'policy');
    expect(policy).toMatchObject({ status: 2, stdout: '' });
    expect(policy.stderr).toMatch(/^1 mistake in federation\.yaml:\n {2}federation\.yaml:2:3/);
  });
});
