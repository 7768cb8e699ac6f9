import { existsSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { isYamlMap, type YamlMap } from './yaml-file';

/** The versions that client-go takes. It took v1alpha1 until 0.24. */
const EXEC_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

/**
 * What client-go refuses in a user of a kubeconfig, or what cannot work where nobody types. Everything
 * else (tokens, files, passwords, plugins, impersonation) the providers do as kubectl does.
 *
 * @param folder That of the kubeconfig, at which relative paths start.
 * @returns The ends of sentences that begin with "names".
 * @see https://github.com/kubernetes/client-go/blob/v0.35.4/tools/clientcmd/validation.go `validateAuthInfo`
 */
export function userProblems(user: YamlMap, folder: string): string[] {
  const has = (key: string) => user[key] !== undefined && !isEmpty(user[key]);
  // Without any other, whoever asks is nobody.
  const empty = CREDENTIALS.some(has) ? [] : emptyKeys(user, CREDENTIALS);
  const both = (one: string, other: string) =>
    has(one) && has(other) ? [`a user with both ${one} and ${other}; only one may be`] : [];
  const hasCertificate = has('client-certificate') || has('client-certificate-data');
  const hasKey = has('client-key') || has('client-key-data');
  return [
    ...empty.map((key) => `a user with an empty ${key}, and nothing else to show who it is`),
    ...both('client-certificate', 'client-certificate-data'),
    ...both('client-key', 'client-key-data'),
    ...(hasCertificate && !hasKey ? ['a user with a client certificate and no key'] : []),
    ...(has('token') && (has('username') || has('password'))
      ? ['a user with both a token and a password; only one may be']
      : []),
    ...['client-certificate', 'client-key', 'tokenFile'].flatMap((key) =>
      missingFile(key, user[key], folder),
    ),
    ...(['as-groups', 'as-user-extra', 'as-uid'].some(has) && !has('as')
      ? ['a user with groups to impersonate and nobody to impersonate: set "as"']
      : []),
    ...execProblems(user.exec, folder),
    ...authProviderProblems(user['auth-provider'], has('exec')),
  ];
}

/** By any of these a server knows who asks. */
const CREDENTIALS = [
  'token',
  'tokenFile',
  'client-certificate',
  'client-certificate-data',
  'username',
  'exec',
  'auth-provider',
];

/** Those that are there with nothing in them, as where a variable that was to fill them was not set. */
export function emptyKeys(map: YamlMap, keys: readonly string[]): string[] {
  return keys.filter((key) => key in map && isEmpty(map[key]));
}

function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === 'string' && value.trim() === '');
}

function missingFile(key: string, value: unknown, folder: string): string[] {
  if (typeof value !== 'string' || value === '') return [];
  const file = resolve(folder, value);
  return existsSync(file) ? [] : [`a user whose ${key} is ${file}, which does not exist`];
}

function execProblems(exec: unknown, folder: string): string[] {
  if (!isYamlMap(exec)) return [];
  const { command, apiVersion, interactiveMode } = exec;
  const problems: string[] = [];
  if (typeof command !== 'string' || command === '') {
    problems.push('a user with an exec plugin that has no command');
  } else if (command.includes(sep)) {
    problems.push(...missingFile('exec command', command, folder));
  }
  if (typeof apiVersion !== 'string' || !EXEC_VERSIONS.includes(apiVersion)) {
    problems.push(
      `a user with an exec plugin of the version ${JSON.stringify(apiVersion ?? '')}, which must be ` +
        `${EXEC_VERSIONS.join(' or ')}: let the tool that wrote it write it anew (on EKS "aws eks ` +
        'update-kubeconfig")',
    );
  }
  if (interactiveMode === 'Always') {
    problems.push('a user with an exec plugin that asks a person, and nobody answers Terraform');
  } else if (apiVersion === EXEC_VERSIONS[0] && interactiveMode === undefined) {
    problems.push('a user with an exec plugin without interactiveMode; set it to IfAvailable');
  }
  return problems;
}

function authProviderProblems(provider: unknown, hasExec: boolean): string[] {
  if (!isYamlMap(provider)) return [];
  if (hasExec) return ['a user with both an exec plugin and an auth-provider; only one may be'];
  const { name } = provider;
  return name === 'oidc'
    ? []
    : [
        `a user with the auth-provider ${JSON.stringify(name ?? '')}, which Kubernetes has no more: use the exec plugin that ` +
          'took its place (gke-gcloud-auth-plugin, kubelogin)',
      ];
}
