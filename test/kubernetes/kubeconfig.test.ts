import { describe, expect, it } from '@jest/globals';
import { isLoopback, kubeconfigProblem, kubeconfigServer } from '../../constructs/kubernetes';
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

describe('the API server of a context', () => {
  const withCluster = (name: string, cluster: string) => ({
    path: writeFile(
      folder,
      name,
      `clusters: [{ name: c, cluster: { server: 'https://api.example.com', ${cluster} } }]
contexts: [{ name: c, context: { cluster: c } }]
`,
    ),
    context: 'c',
  });

  it('has the authority that is in the file', () => {
    const data = Buffer.from('PEM').toString('base64');
    expect(kubeconfigServer(withCluster('data', `certificate-authority-data: ${data}`))).toEqual({
      address: 'https://api.example.com',
      certificateAuthority: 'PEM',
    });
  });

  it('has the authority in the file that is named, relative to the kubeconfig', () => {
    writeFile(folder, 'pki/ca.crt', 'PEM');
    expect(kubeconfigServer(withCluster('file', 'certificate-authority: pki/ca.crt'))).toEqual({
      address: 'https://api.example.com',
      certificateAuthority: 'PEM',
    });
  });

  it('is refused when that file is missing', () => {
    const connection = withCluster('missing', 'certificate-authority: pki/none.crt');
    expect(kubeconfigProblem(connection)).toEqual({
      setting: 'context',
      message: expect.stringMatching(
        /names the authority .*\/pki\/none\.crt, which does not exist$/,
      ),
    });
    expect(() => kubeconfigServer(connection)).toThrow(/does not exist/);
  });

  it('has none where every machine trusts its authority', () => {
    expect(kubeconfigServer(withCluster('public', ''))).toEqual({
      address: 'https://api.example.com',
      certificateAuthority: undefined,
    });
  });
});

describe('loopback', () => {
  it.each([
    'https://127.0.0.1:6443',
    'https://127.8.8.8',
    'https://localhost',
    'https://kubernetes.localhost:1',
    'https://0.0.0.0:6443',
    'https://[::1]:6443',
    'https://[::]:6443',
  ])('is %s', (address) => expect(isLoopback(address)).toBe(true));

  it.each(['https://10.0.0.1', 'https://api.example.com', 'https://127.example.com'])(
    'is not %s',
    (address) => expect(isLoopback(address)).toBe(false),
  );
});
