import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { temporaryFolder, writeFile } from '../helpers/files';
import { describeOnTerminal, Terminal } from '../helpers/terminal';

/*
 * Ctrl-C in the middle of commands that wait for others. A stand-in for Terraform holds a lock, as the real one
 * does, and gives it back when it is asked to end once: a second time it would end at once, and leave it.
 */

const folder = temporaryFolder();
const lock = path.join(folder, 'lock');
const log = path.join(folder, 'log');
const goOn = path.join(folder, 'go-on');
const temporary = path.join(folder, 'tmp');

const terraform = writeFile(
  folder,
  'bin/terraform',
  `#!/bin/sh
case "$1" in
  version) echo '{"terraform_version": "1.99.0"}' ;;
  plan)
    touch '${lock}'
    unlock() {
      echo interrupted >>'${log}'
      while [ ! -e '${goOn}' ]; do sleep 0.05; done
      rm -f '${lock}'
      echo unlocked >>'${log}'
      exit 1
    }
    trap unlock INT
    echo planning >>'${log}'
    while :; do sleep 0.05; done ;;
esac
`,
);
chmodSync(terraform, 0o755);
writeFile(folder, 'tmp/keep', '');

let silent: Server;
let kubeconfig = '';

beforeAll(async () => {
  // Takes connections and says nothing.
  silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  kubeconfig = writeFile(
    folder,
    'kubeconfig',
    stringify({
      clusters: [{ name: 'c', cluster: { server: `https://127.0.0.1:${port}` } }],
      users: [{ name: 'u', user: { token: 't' } }],
      contexts: ['a', 'b'].map((name) => ({ name, context: { cluster: 'c', user: 'u' } })),
    }),
  );
  // As the pods of the other cluster would reach it.
  const apiServer = 'https://192.0.2.1:6443';
  writeFile(
    folder,
    'federation.yaml',
    stringify({
      clusters: {
        istio: { kind: 'kubeconfig', path: kubeconfig, context: 'a', apiServer },
        consul: { kind: 'kubeconfig', path: kubeconfig, context: 'b', apiServer },
      },
    }),
  );
});

afterAll(() => {
  silent.close();
});

function command(...words: readonly string[]): Terminal {
  return new Terminal(process.execPath, ['scripts/cli.mjs', ...words], {
    env: {
      FEDERATION_CONFIG: path.join(folder, 'federation.yaml'),
      FEDERATION_PROFILE: undefined,
      TERRAFORM_BINARY_NAME: terraform,
      TMPDIR: temporary,
    },
  });
}

const lines = () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []);

describeOnTerminal('Ctrl-C', () => {
  it('in the middle of a plan asks Terraform once, and waits until the state is unlocked', async () => {
    const plan = command('plan', 'istio-mesh', '--output', path.join(folder, 'cdktf.out'));
    while (!lines().includes('planning')) await plan.waits();
    plan.interrupt();
    await plan.shows(/Terraform ends and unlocks the state/);
    while (!lines().includes('interrupted')) await plan.waits();
    // Time enough to end, for a program that does not wait.
    for (let moment = 0; moment < 6; moment += 1) await plan.waits();
    writeFile(folder, 'go-on', '');
    expect(await plan.exit()).toBe(130);
    expect(plan.output).toContain('Interrupted. Nothing was changed.');
    expect(plan.output).not.toMatch(/^\s+at /m);
    expect(lines()).toEqual(['planning', 'interrupted', 'unlocked']);
    expect(existsSync(lock)).toBe(false);
    // The plan itself may hold secrets.
    expect(readdirSync(temporary).filter((name) => name.startsWith('plan-'))).toEqual([]);
  });

  it.each([
    ['Ctrl-C', (terminal: Terminal) => terminal.interrupt()],
    ['Ctrl-D', (terminal: Terminal) => terminal.press('\x04')],
  ])('at a question is no fault of the program, nor is %s', async (_, end) => {
    const probe = command('doctor', '--probe', '--call', 'istio/backend', 'consul/info');
    await probe.shows(/Type yes when it was sent: $/);
    end(probe);
    expect(await probe.exit()).toBe(130);
    expect(probe.output).toMatch(/Type yes when it was sent: \n+Nothing was read\.\n$/);
  });

  it('ends a doctor that waits for a cluster', async () => {
    let connections = 0;
    silent.on('connection', () => (connections += 1));
    const doctor = command('doctor');
    while (connections === 0) await doctor.waits();
    doctor.interrupt();
    expect(await doctor.exit()).toBe(130);
    expect(doctor.output).not.toMatch(/^\s+at /m);
  });
});
