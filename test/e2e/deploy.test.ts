import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { command as deploy } from '../../cli/deploy';
import { command as destroy } from '../../cli/destroy';
import { ROOT } from '../../support/paths';
import { checkTerraform, needed } from '../../support/programs/prerequisites';
import { GuardedCdktf } from '../../support/terraform/guarded-cdktf';
import { temporaryFolder, writeFile } from '../helpers/files';
import { describeOnTerminal, Terminal } from '../helpers/terminal';

/*
 * `mesh-federation deploy` and `destroy` with the real cdktf and the real Terraform, of three small stacks: two beside
 * each other, and one that needs both. Each makes `first`, then `slow`, which waits for the file `go-on`, then `last`.
 */

const folder = temporaryFolder();
const output = path.join(folder, 'cdktf.out');
const synthesised = path.join(folder, 'synthesised');
const states = path.join(folder, 'states');
const begun = path.join(folder, 'begun');

const app = writeFile(
  folder,
  'app.cjs',
  `const { App, LocalBackend, TerraformStack } = require(${JSON.stringify(path.join(ROOT, 'node_modules', 'cdktf'))});
const app = new App();
function stack(name, command) {
  const made = new TerraformStack(app, name);
  new LocalBackend(made, { path: ${JSON.stringify(states)} + '/' + name });
  made.addOverride('resource.terraform_data', {
    first: {},
    slow: { depends_on: ['terraform_data.first'], provisioner: [{ 'local-exec': { command } }] },
    last: { depends_on: ['terraform_data.slow'] },
  });
  return made;
}
const one = stack('one', 'touch ${folder}/begun; while [ ! -e ${folder}/go-on ]; do sleep 0.05; done');
const two = stack('two', process.env.SECOND ?? 'true');
const third = stack('needs-both', 'true');
third.addDependency(one);
third.addDependency(two);
app.synth();
`,
);

const running: Terminal[] = [];

beforeAll(() => {
  const { status, stderr } = spawnSync(process.execPath, [app], {
    encoding: 'utf8',
    env: { ...process.env, CDKTF_OUTDIR: synthesised },
  });
  if (status !== 0) throw new Error(stderr);
});

beforeEach(() => {
  for (const left of [states, output, begun, path.join(folder, 'go-on')]) {
    rmSync(left, { recursive: true, force: true });
  }
});

afterEach(() => {
  running.splice(0).forEach((terminal) => terminal.kill());
});

/** Synthesises the stacks, as a user's command does; of some of them cdktf then starts twice, for seconds each. */
const ANEW = ['--app', `node ${app}`, '--output', output];
/** Takes the stacks that are synthesised once for all. */
const AS_THEY_ARE = ['--skip-synth', '--app', `node ${app}`, '--output', synthesised];

function onTerminal(words: readonly string[], env: NodeJS.ProcessEnv = {}): Terminal {
  const terminal = new Terminal(process.execPath, ['scripts/cli.mjs', ...words], {
    // Nothing else may be on the lines that a test looks for.
    columns: 160,
    env,
  });
  running.push(terminal);
  return terminal;
}

/** Without a terminal. */
function piped(words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/cli.mjs', ...words], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, said: `${stdout}${stderr}` };
}

const goOn = () => writeFile(folder, 'go-on', '');

const state = z.object({ resources: z.array(z.object({ name: z.string() })) });

/** What Terraform remembers of each stack. */
function remembered(): Record<string, readonly string[]> {
  const names = existsSync(states) ? readdirSync(states) : [];
  return Object.fromEntries(
    names
      .filter((name) => !/^\.|\.backup$/.test(name))
      .map((name) => {
        const text = readFileSync(path.join(states, name), 'utf8');
        return [name, state.parse(JSON.parse(text)).resources.map((one) => one.name)];
      }),
  );
}

const ALL = ['first', 'last', 'slow'];

describeOnTerminal('mesh-federation deploy', () => {
  it('interrupted, keeps in the state all that was made, begins no other stack, and goes on', async () => {
    const first = onTerminal(['deploy', '--auto-approve', ...ANEW]);
    await first.shows(/one +[^]*terraform_data\.slow: Creating/);
    await first.shows(/1 Stack done/);
    first.interrupt();
    await first.shows(/Terraform finishes what it has begun/);
    expect(await first.exit()).toBe(130);
    expect(first.output).toMatch(/Interrupt received\./);
    expect(first.output).not.toMatch(/Two interrupts received/);
    expect(first.output).toMatch(/Interrupted\. The same command goes on from here\.\n$/);
    // What was under way counts as made, and is made anew.
    expect(remembered()).toEqual({ one: ['first', 'slow'], two: ALL });

    goOn();
    const second = piped(['deploy', '--auto-approve', ...AS_THEY_ARE]);
    expect(second.status).toBe(0);
    expect(remembered()).toEqual({ one: ALL, two: ALL, 'needs-both': ALL });
    // Of the stack that had not begun.
    expect(second.said.match(/terraform_data\.first: Creating/g)).toHaveLength(1);

    expect(piped(['destroy', '--auto-approve', ...AS_THEY_ARE]).status).toBe(0);
    expect(remembered()).toEqual({ one: [], two: [], 'needs-both': [] });
  });

  it('interrupted twice, interrupts Terraform twice, and says what may be lost', async () => {
    const terraform = writeFile(
      folder,
      'bin/terraform',
      `#!/bin/sh
[ "$1" = apply ] || exec ${needed(checkTerraform()).program} "$@"
interrupts=0
trap 'interrupts=$((interrupts + 1)); echo "interrupt $interrupts"; [ $interrupts = 1 ] || exit 1' INT
echo applying
while :; do sleep 0.05; done
`,
    );
    chmodSync(terraform, 0o755);
    const twice = onTerminal(['deploy', 'one', '--auto-approve', ...AS_THEY_ARE], {
      TERRAFORM_BINARY_NAME: terraform,
    });
    await twice.shows(/applying/);
    twice.interrupt();
    await twice.shows(/interrupt 1/);
    // Two within a moment are one, which npm has handed on.
    await sleep(600);
    twice.interrupt();
    expect(await twice.exit()).toBe(130);
    expect(twice.output).toMatch(/interrupt 2/);
    expect(twice.output).toMatch(/Ended at once\. What Terraform was making may be there/);
  });

  it('lets Terraform end in order when its window is closed', async () => {
    const closed = onTerminal(['deploy', '--auto-approve', ...AS_THEY_ARE]);
    await closed.shows(/one +[^]*terraform_data\.slow: Creating/);
    closed.close();
    expect(await closed.exit()).toBe(130);
    expect(remembered()).toMatchObject({ one: ['first', 'slow'] });
    expect(remembered()).not.toHaveProperty('needs-both');
  });

  it('leaves the question to cdktf: what is dismissed is not made, what is approved is', async () => {
    const dismissed = onTerminal(['deploy', 'two', ...ANEW]);
    await dismissed.shows(/Plan: 3 to add[^]*Dismiss/);
    await dismissed.pressUntil('\x1b[B', dismissed.shows(/This will also prevent/));
    expect(await dismissed.pressUntil('\r', dismissed.exit())).toBe(0);
    expect(remembered()).toEqual({});

    const approved = onTerminal(['deploy', 'two', ...AS_THEY_ARE]);
    await approved.shows(/Plan: 3 to add[^]*Dismiss/);
    expect(await approved.pressUntil('\r', approved.exit())).toBe(0);
    expect(remembered()).toEqual({ two: ALL });
  });

  it('interrupted at the question, makes nothing, and ends in order', async () => {
    const asked = onTerminal(['deploy', 'two', ...AS_THEY_ARE]);
    await asked.shows(/Plan: 3 to add[^]*Dismiss/);
    asked.interrupt();
    expect(await asked.exit()).toBe(130);
    expect(asked.output).toMatch(/Interrupted\. The same command goes on from here\./);
    expect(remembered()).toEqual({});
  });

  it('lets a stack end that is beside one which fails', async () => {
    const failing = onTerminal(['deploy', '--auto-approve', ...ANEW], {
      SECOND: 'exit 3',
      NODE_OPTIONS: '',
    });
    await failing.shows(/exit status 3/);
    goOn();
    expect(await failing.exit()).toBe(1);
    expect(failing.output).not.toMatch(/UnhandledPromiseRejection/);
    expect(remembered()).toEqual({ one: ALL, two: ['first', 'slow'] });
  });
});

describe('mesh-federation deploy', () => {
  it('takes no stack whose Terraform was killed for one that was through', () => {
    goOn();
    const { status, said } = piped(['deploy', '--auto-approve', ...ANEW], {
      SECOND: 'kill -9 $PPID',
    });
    expect(status).toBe(1);
    expect(said).toMatch(/Terraform was killed in two\. What Terraform was making may be there/);
    expect(remembered()).toMatchObject({ one: ALL });
    expect(remembered()).not.toHaveProperty('needs-both');
  });

  it('lets Terraform end in order when cdktf itself is killed', async () => {
    const words = ['deploy', 'one', '--auto-approve', ...AS_THEY_ARE];
    const cdktf = new GuardedCdktf({ words, env: process.env, stdio: 'ignore' });
    const ended = cdktf.ended();
    while (!existsSync(begun)) await sleep(50);
    cdktf.process.kill('SIGKILL');
    expect(await ended).toEqual({ exitCode: undefined, killed: [] });
    expect(remembered()).toEqual({ one: ['first', 'slow'] });
    goOn();
    expect(piped(words).status).toBe(0);
    expect(remembered()).toEqual({ one: ALL });
  });

  it('names each stack that there is not, before anything begins', () => {
    const { status, said } = piped(['deploy', 'on', 'two', 'tree', '--auto-approve', ...ANEW]);
    expect(said).toBe('There is no stack on, tree; there are: needs-both, one, two\n');
    expect(status).toBe(2);
    expect(remembered()).toEqual({});
  });

  it('asks for nothing where there is no terminal to ask on', () => {
    const { status, said } = piped(['deploy', ...ANEW]);
    expect({ status, said }).toEqual({
      status: 2,
      said: 'There is no terminal to ask on: --auto-approve does it without asking.\n',
    });
  });

  it.each([deploy, destroy])('takes the options of cdktf: $_name', (command) => {
    const { stdout } = spawnSync(
      process.execPath,
      ['node_modules/cdktf-cli/bundle/bin/cdktf', command.name(), '--help'],
      { cwd: ROOT, encoding: 'utf8' },
    );
    const theirs = [...stdout.matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm)].map(([, long]) => long);
    const ours = command.options.map(({ long }) => long);
    // Those of every command, of which it says that they are set by variables.
    const everywhere = /^--(version|help|disable-plugin|log-|experimental)/;
    expect(theirs.filter((long) => !everywhere.test(long ?? '')).sort()).toEqual(ours.sort());
  });
});
