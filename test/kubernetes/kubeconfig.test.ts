import { describe, expect, it } from '@jest/globals';
import { kubeconfigProblem } from '../../constructs/kubernetes';
import { temporaryFolder, writeFile } from '../support/files';

const folder = temporaryFolder();
const kubeconfig = writeFile(
  folder,
  'config',
  `apiVersion: v1
kind: Config
clusters:
  - name: one
    cluster: { server: 'https://127.0.0.1:6443' }
  - name: no-server
    cluster: {}
  - name: no-authority
    cluster: { server: 'https://10.0.0.1:6443', certificate-authority: ca.crt }
contexts:
  - name: kind-istio
    context: { cluster: one, user: admin }
  - name: kind-consul
    context: { cluster: one, user: admin }
  - name: broken
    context: { cluster: no-server, user: admin }
  - name: unsigned
    context: { cluster: no-authority, user: admin }
`,
);

describe('a kubeconfig connection', () => {
  it('is fine when the file names a server for the context', () => {
    expect(kubeconfigProblem({ path: kubeconfig, context: 'kind-istio' })).toBeUndefined();
  });

  it('lists the contexts that exist when the one asked for does not', () => {
    expect(kubeconfigProblem({ path: kubeconfig, context: 'kind-itsio' })).toEqual({
      setting: 'context',
      message: `no context "kind-itsio" in ${kubeconfig}; it has: broken, kind-consul, kind-istio, unsigned`,
    });
  });

  it('says so when there is no context at all', () => {
    const empty = writeFile(folder, 'empty', '');
    expect(kubeconfigProblem({ path: empty, context: 'x' })?.message).toMatch(/it has none/);
  });

  it('refuses a context whose cluster has no address', () => {
    expect(kubeconfigProblem({ path: kubeconfig, context: 'broken' })?.message).toBe(
      `context "broken" in ${kubeconfig} names the cluster "no-server", for which the file has no server address`,
    );
  });

  it("refuses a context whose server's authority is in a file that is not there", () => {
    expect(kubeconfigProblem({ path: kubeconfig, context: 'unsigned' })?.message).toBe(
      `context "unsigned" in ${kubeconfig} names the authority of its server as ${folder}/ca.crt, which does not exist`,
    );
  });

  it('refuses a file that is not there', () => {
    expect(kubeconfigProblem({ path: '/nowhere/config', context: 'x' })).toEqual({
      setting: 'path',
      message: 'kubeconfig /nowhere/config does not exist',
    });
  });

  it('refuses a file that is no YAML, with line and column', () => {
    const bad = writeFile(folder, 'bad', 'clusters:\n  - {name: x\n');
    expect(kubeconfigProblem({ path: bad, context: 'x' })?.message).toMatch(
      new RegExp(`^kubeconfig ${bad}:3:1 is no valid YAML: `),
    );
  });
});
