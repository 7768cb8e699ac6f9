import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { isLoopback } from '../../constructs/kubernetes/api-server';
import { kubeconfigProblem, kubeconfigServer } from '../../constructs/kubernetes/kubeconfig';
import { temporaryFolder, writeFile } from '../helpers/files';
import { certificate } from '../helpers/roots';

const folder = temporaryFolder();
const kubeconfig = writeFile(
  folder,
  'config',
  `apiVersion: v1
kind: Config
users: [{ name: admin, user: {} }]
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
      message: 'kubeconfig /nowhere/config does not exist; name a file that does',
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
  let authority: string;
  beforeAll(async () => {
    authority = (await certificate()).pem;
  });
  const base64 = (text: string) => Buffer.from(text).toString('base64');

  /** A kubeconfig with one context, by what its cluster and its user have in YAML. */
  const given = (cluster: string, user = '', server = 'https://api.example.com') => ({
    path: writeFile(
      folder,
      `${base64(cluster + user + server)
        .replace(/\W/g, '')
        .slice(-60)}/config`,
      `clusters: [{ name: c, cluster: { server: '${server}', ${cluster} } }]
contexts: [{ name: c, context: { cluster: c, user: u } }]
users: [{ name: u, user: { ${user} } }]
`,
    ),
    context: 'c',
  });
  const problem = (...args: Parameters<typeof given>) => kubeconfigProblem(given(...args))?.message;

  it('has the authority that is in the file', () => {
    const data = `certificate-authority-data: ${base64(authority)}`;
    expect(kubeconfigServer(given(data))).toEqual({
      address: 'https://api.example.com',
      certificateAuthority: authority,
    });
  });

  it('has the authority in the file that is named, relative to the kubeconfig', () => {
    const connection = given('certificate-authority: pki/ca.crt');
    writeFile(dirname(connection.path), 'pki/ca.crt', authority);
    expect(kubeconfigServer(connection)).toEqual({
      address: 'https://api.example.com',
      certificateAuthority: authority,
    });
  });

  it('has its authorities alone, however the file has them', async () => {
    const other = await certificate({ name: 'other' });
    const forms = [
      `\uFEFFsubject=/CN=root\n${authority.trim()}${other.pem.trim()}`,
      `${authority}${other.key}${other.pem}${authority}`.replace(/\n/g, '\r\n'),
    ];
    for (const form of forms) {
      expect(kubeconfigServer(given(`certificate-authority-data: ${base64(form)}`))).toEqual({
        address: 'https://api.example.com',
        certificateAuthority: authority.trim() + '\n' + other.pem.trim() + '\n',
      });
    }
  });

  it.each([
    ['"!?"', 'certificate-authority-data'],
    [Buffer.from('no certificate').toString('base64'), 'certificate-authority-data'],
  ])('is refused where its authority has no certificate: %s', (data, where) => {
    expect(problem(`certificate-authority-data: ${data}`)).toMatch(
      `names an authority of its server (${where}) without a certificate in it; must be PEM, in base64`,
    );
  });

  it.each([
    'certificate-authority-data: ""',
    'certificate-authority: " "',
    'certificate-authority-data:',
  ])('is refused where nothing is in its authority: %s', (line) => {
    const [key = ''] = line.split(':');
    expect(problem(line)).toMatch(
      `names an empty ${key}, with which the public authorities of this machine are trusted: fill it in, or take it out`,
    );
  });

  it('is refused where nothing is in all that its user has to show', () => {
    expect(problem('', 'token: ""')).toMatch(/names a user with an empty token, and nothing else/);
    expect(problem('', 'client-certificate-data: , client-key-data: ')).toMatch(
      /a user with an empty client-certificate-data, /,
    );
    expect(problem('', 'token: "", username: me, password: "1"')).toBeUndefined();
  });

  it('is refused where its user is missing, as by client-go', () => {
    const connection = given('');
    const text = readFileSync(connection.path, 'utf8');
    writeFileSync(connection.path, text.replace('user: u }', 'user: nobody }'));
    expect(kubeconfigProblem(connection)?.message).toMatch(
      /names the user "nobody", which the file does not have$/,
    );
    // Without a name it is whoever the server takes an unknown one for.
    writeFileSync(connection.path, text.replace(', user: u }', ' }'));
    expect(kubeconfigProblem(connection)).toBeUndefined();
  });

  it('is in one file, and KUBECONFIG may name several', () => {
    const { path, context } = given('');
    expect(kubeconfigProblem({ path: `${path}:${path}`, context })?.message).toMatch(
      /does not exist; name a file that does: one only, such as "kubectl config view/,
    );
  });

  it('is refused when that file is missing', () => {
    const connection = given('certificate-authority: pki/none.crt');
    expect(kubeconfigProblem(connection)).toEqual({
      setting: 'context',
      message: expect.stringMatching(
        /names the authority .*\/pki\/none\.crt, which does not exist$/,
      ),
    });
    expect(() => kubeconfigServer(connection)).toThrow(/does not exist/);
  });

  it('has none where every machine trusts its authority', () => {
    expect(kubeconfigServer(given(''))).toEqual({
      address: 'https://api.example.com',
      certificateAuthority: undefined,
    });
  });

  it.each([
    [
      'https://rancher.example.com/k8s/clusters/c-m-1',
      'https://rancher.example.com/k8s/clusters/c-m-1',
    ],
    ['https://api.example.com:6443/', 'https://api.example.com:6443'],
    ['https://api.example.com/path?query=1#part', 'https://api.example.com/path'],
    ['https://[2001:db8::1]:6443', 'https://[2001:db8::1]:6443'],
  ])('is at %s, with its path', (server, address) => {
    expect(kubeconfigServer(given('', '', server)).address).toBe(address);
  });

  it('is verified by another name where the file says so', () => {
    expect(kubeconfigServer(given('tls-server-name: kube.example.com'))).toEqual({
      address: 'https://api.example.com',
      serverName: 'kube.example.com',
      certificateAuthority: undefined,
    });
  });

  it('is found by a name that YAML takes for a number, as by kubectl', () => {
    const path = writeFile(
      folder,
      'numbers',
      `clusters: [{ name: 1, cluster: { server: https://api.example.com } }]
contexts: [{ name: 12345, context: { cluster: 1 } }]
`,
    );
    expect(kubeconfigServer({ path, context: '12345' }).address).toBe('https://api.example.com');
  });

  it.each([
    [
      'proxy-url: http://user:secret@proxy.example.com:3128',
      'https://a',
      'is reached through the proxy http://proxy.example.com:3128',
    ],
    [
      'proxy-url: socks5://localhost:1080',
      'https://a',
      'is reached through the proxy socks5://localhost:1080',
    ],
    ['insecure-skip-tls-verify: true', 'https://a', 'is not verified (insecure-skip-tls-verify)'],
    ['insecure-skip-tls-verify: yes', 'https://a', 'is not verified (insecure-skip-tls-verify)'],
    ['', 'http://a', 'has no TLS'],
    ['', 'https://user:secret@a', 'has a user name or password in it'],
  ])('that pods cannot or must not reach says why: %s %s', (cluster, server, reason) => {
    const connection = given(cluster, '', server);
    expect(kubeconfigProblem(connection)).toBeUndefined();
    expect(kubeconfigServer(connection).notForPods).toBe(reason);
  });

  it('has no reason where the setting is there and off', () => {
    const off = given('insecure-skip-tls-verify: false, disable-compression: true');
    expect(kubeconfigServer(off).notForPods).toBeUndefined();
  });

  it.each([
    [
      '',
      '',
      'api.example.com:6443',
      'names the server "api.example.com:6443", which must be such as https://',
    ],
    ['', '', 'ftp://a', 'which must be such as https://'],
    [
      'proxy-url: "proxy:3128"',
      '',
      undefined,
      'names the proxy-url "proxy:3128", which must begin with http://',
    ],
    ['', 'client-certificate-data: YQ==', undefined, 'a user with a client certificate and no key'],
    [
      '',
      'client-certificate: none.crt, client-key: none.key',
      undefined,
      'a user whose client-certificate is /',
    ],
    [
      '',
      'client-key: a, client-key-data: YQ==',
      undefined,
      'a user with both client-key and client-key-data',
    ],
    ['', 'tokenFile: none', undefined, 'a user whose tokenFile is /'],
    [
      '',
      'token: a, username: b, password: c',
      undefined,
      'a user with both a token and a password',
    ],
    [
      '',
      'as-groups: [a]',
      undefined,
      'a user with groups to impersonate and nobody to impersonate',
    ],
    [
      '',
      'exec: { apiVersion: client.authentication.k8s.io/v1alpha1, command: aws }',
      undefined,
      'of the version "client.authentication.k8s.io/v1alpha1", which must be',
    ],
    [
      '',
      'exec: { apiVersion: client.authentication.k8s.io/v1beta1 }',
      undefined,
      'an exec plugin that has no command',
    ],
    [
      '',
      'exec: { apiVersion: client.authentication.k8s.io/v1, command: x }',
      undefined,
      'without interactiveMode',
    ],
    [
      '',
      'exec: { apiVersion: client.authentication.k8s.io/v1, command: ./none, interactiveMode: Never }',
      undefined,
      'a user whose exec command is /',
    ],
    [
      '',
      'exec: { apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always }',
      undefined,
      'that asks a person, and nobody answers Terraform',
    ],
    [
      '',
      'auth-provider: { name: gcp }',
      undefined,
      'the auth-provider "gcp", which Kubernetes has no more',
    ],
  ])(
    'is refused by name where client-go refuses it: %s %s %s',
    (cluster, user, server, message) => {
      expect(problem(cluster, user, server)).toContain(message);
    },
  );

  it('is refused with an authority beside the word that there is none', () => {
    const data = `certificate-authority-data: ${base64(authority)}`;
    expect(problem(`${data}, insecure-skip-tls-verify: true`)).toContain(
      'beside insecure-skip-tls-verify, of which only one may be',
    );
    expect(problem(`${data}, certificate-authority: a`)).toContain(
      'both in certificate-authority and certificate-authority-data',
    );
  });

  it('has all of its mistakes named at once', () => {
    expect(problem('proxy-url: x', 'tokenFile: none, auth-provider: { name: azure }')).toMatch(
      /proxy-url "x".*; and a user whose tokenFile .*; and a user with the auth-provider "azure"/,
    );
  });

  it.each([
    'token: a, as: admin, as-groups: [a], as-uid: "1"',
    'username: a, password: b',
    'exec: { apiVersion: client.authentication.k8s.io/v1, command: aws, interactiveMode: IfAvailable }',
    'auth-provider: { name: oidc }',
  ])('leaves to the providers what they do as kubectl does: %s', (user) => {
    expect(problem('', user)).toBeUndefined();
  });

  it('is refused where a name is in the file twice, as by client-go', () => {
    const path = writeFile(
      folder,
      'twice',
      `clusters: [{ name: c, cluster: { server: https://a } }, { name: c, cluster: { server: https://b } }]
contexts: [{ name: c, context: { cluster: c } }]
`,
    );
    expect(kubeconfigProblem({ path, context: 'c' })).toEqual({
      setting: 'path',
      message: `${path} has two clusters named "c", and no program reads it; take one of them out`,
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
