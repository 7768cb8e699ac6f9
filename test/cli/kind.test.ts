import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder, writeFile } from '../helpers/files';

/*
 * The script against stand-ins for docker and kind that note how they were called: what it asks of
 * them, in which order, and what it says when one is missing. Not a substitute for a run with Docker.
 */

const script = join(__dirname, '..', '..', 'scripts', 'cli.mjs');
const folder = temporaryFolder();
const log = join(folder, 'log');

function standIn(name: string, script: string): void {
  chmodSync(
    writeFile(folder, `bin/${name}`, `#!/bin/sh\necho "${name} $*" >>"${log}"\n${script}\n`),
    0o755,
  );
}

/** @param settings in federation.yaml, if any */
function kind(
  action: string,
  settings?: string,
  env: NodeJS.ProcessEnv = {},
): { status: number | null; output: string; calls: string[] } {
  rmSync(log, { force: true });
  rmSync(join(folder, 'federation.yaml'), { force: true });
  if (settings !== undefined) writeFile(folder, 'federation.yaml', settings);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [script, 'kind', action],
    // Only the stand-ins are on the path, and the kubeconfig of this machine's clusters is elsewhere.
    { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env, PATH: join(folder, 'bin') } },
  );
  const calls = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
  return { status, output: stdout + stderr, calls };
}

const changes = (calls: readonly string[]): string[] =>
  calls.filter((call) => /^(kind (create|delete|export)|docker (run|rm))/.test(call));

describe('npm run kind:up and kind:down', () => {
  beforeEach(() => {
    rmSync(join(folder, 'bin'), { recursive: true, force: true });
    rmSync(join(folder, '.cache'), { recursive: true, force: true });
  });

  it('names everything that is missing, at once, and changes nothing', () => {
    const { status, output } = kind('up');
    expect(status).toBe(2);
    expect(output).toMatch(/docker: https:\/\/docs\.docker\.com/);
    expect(output).toMatch(/kind: https:\/\/kind\.sigs\.k8s\.io/);
  });

  it('says so when Docker does not run', () => {
    standIn('docker', '[ "$1" = --version ]');
    standIn('kind', '');
    const { status, output, calls } = kind('up');
    expect(status).toBe(2);
    expect(output).toMatch(/a running Docker daemon/);
    expect(output).not.toMatch(/docs\.docker\.com/);
    expect(changes(calls)).toEqual([]);
  });

  it('makes two clusters and one load balancer', () => {
    standIn('docker', '');
    standIn('kind', '');
    const { status, calls } = kind('up');
    expect(status).toBe(0);
    expect(changes(calls)).toEqual([
      expect.stringMatching(/^kind create cluster --name mesh-istio --kubeconfig \S+ --wait 5m$/),
      expect.stringMatching(/^kind create cluster --name mesh-consul --kubeconfig \S+ --wait 5m$/),
      'docker rm --force mesh-federation-load-balancer',
      expect.stringMatching(
        /^docker run --detach .*--network kind .*@sha256:[0-9a-f]{64} --gateway-channel=disabled/,
      ),
    ]);
  });

  it('makes what is missing only, when run again', () => {
    standIn('docker', '[ "$1" = ps ] && echo 1234 || true');
    standIn('kind', '[ "$1" = get ] && echo mesh-istio || true');
    expect(changes(kind('up').calls)).toEqual([
      expect.stringMatching(/^kind export kubeconfig --name mesh-istio/),
      expect.stringMatching(/^kind create cluster --name mesh-consul/),
    ]);
  });

  it('stops at the first thing that fails', () => {
    standIn('docker', '');
    standIn('kind', '[ "$1" != create ]');
    const { status, output, calls } = kind('up');
    expect(status).toBe(1);
    expect(output).toMatch(/kind create failed: see above/);
    expect(changes(calls)).toHaveLength(1);
  });

  it('makes the clusters of the settings, whatever the meshes are called', () => {
    standIn('docker', '');
    standIn('kind', '');
    const settings = `
meshes:
  shop: { kind: istio }
  bank: { kind: consul }
  depot: { kind: istio, trustDomain: depot.example.com, cluster: berlin }
clusters:
  bank: { kind: kubeconfig, path: ~/.kube/config, context: bank, apiServer: https://bank.example.com }
`;
    const { status, output, calls } = kind('up', settings, { FEDERATION_PROFILE: 'kind' });
    expect({ status, output }).toMatchObject({ status: 0 });
    expect(changes(calls).slice(0, -2)).toEqual([
      expect.stringMatching(/^kind create cluster --name mesh-shop /),
      expect.stringMatching(/^kind create cluster --name mesh-berlin /),
    ]);
    expect(output).toMatch(/\n {2}kind-mesh-shop\n {2}kind-mesh-berlin\nDeploy: +npm run deploy/);
  });

  it('takes the profile kind where the settings name no cluster of kind and no profile', () => {
    standIn('docker', '');
    standIn('kind', '');
    expect(kind('up').output).toMatch(/Deploy: +FEDERATION_PROFILE=kind npm run deploy/);
    const { status, output, calls } = kind('up', undefined, { FEDERATION_PROFILE: 'thesis' });
    expect(status).toBe(2);
    expect(output).toMatch(/Take the profile kind: FEDERATION_PROFILE=kind/);
    expect(changes(calls)).toEqual([]);
  });

  it('refuses a context that kind would not make', () => {
    standIn('docker', '');
    standIn('kind', '');
    const settings = `
profile: kind
clusters:
  istio: { kind: kubeconfig, path: .cache/kind/kubeconfig, context: mine }
`;
    const { status, output, calls } = kind('up', settings);
    expect(status).toBe(2);
    expect(output).toMatch(/clusters\.istio\.context: is mine; must be kind- and a name/);
    expect(changes(calls)).toEqual([]);
  });

  it('deletes the clusters that it made, the load balancer and its containers, and no other', () => {
    standIn('docker', '');
    standIn('kind', '[ "$1" = get ] && printf "mesh-consul\\nmine\\n" || true');
    expect(kind('up').output).toMatch(
      /The cluster mesh-consul was there already: "npm run kind:down" will not delete it/,
    );
    standIn('docker', '[ "$1" = ps ] && echo abcd || true');
    standIn('kind', '[ "$1" = get ] && printf "mesh-istio\\nmesh-consul\\nmine\\n" || true');
    const { status, output, calls } = kind('down');
    expect(status).toBe(0);
    expect(changes(calls)).toEqual([
      'docker rm --force mesh-federation-load-balancer',
      expect.stringMatching(/^kind delete cluster --name mesh-istio /),
      'docker rm --force abcd',
    ]);
    expect(output).toMatch(/Deleted: mesh-istio\. Nothing is left of them/);
    // It is run again, or where nothing was made.
    const again = kind('down');
    expect(again.status).toBe(0);
    expect(again.output).toMatch(/"npm run kind:up" has made no cluster here/);
    expect(changes(again.calls)).toEqual(['docker rm --force mesh-federation-load-balancer']);
  });

  it('forgets no cluster where kind does not say which there are', () => {
    standIn('docker', '');
    standIn('kind', '');
    kind('up');
    standIn('kind', '[ "$1" != get ]');
    const { status, output, calls } = kind('down');
    expect(status).toBe(1);
    expect(output).toMatch(/^"kind get clusters" failed/m);
    expect(changes(calls)).toEqual([]);
    standIn('kind', '[ "$1" = get ] && printf "mesh-istio\\nmesh-consul\\n" || true');
    expect(kind('down').output).toMatch(/Deleted: mesh-istio, mesh-consul\./);
  });

  it('deletes a cluster that was made by half', () => {
    standIn('docker', '');
    standIn('kind', '[ "$1" != create ]');
    expect(kind('up').status).toBe(1);
    standIn('kind', '[ "$1" = get ] && echo mesh-istio || true');
    expect(changes(kind('down').calls)).toContainEqual(
      expect.stringMatching(/^kind delete cluster --name mesh-istio /),
    );
  });
});
