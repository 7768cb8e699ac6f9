import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, resolve } from 'node:path';
import { messageOf } from '../problems';
import type { ApiServer } from './api-server';
import { authoritiesIn } from './certificates';
import type { KubeconfigConnection } from './connection';
import { emptyKeys, userProblems } from './kubeconfig-user';
import { expandPath, isYamlMap, readYamlMap, type YamlMap, yamlMap, yamlMaps } from './yaml-file';

/** Which part of a `KubeconfigConnection` is wrong, and why. */
export interface KubeconfigProblem {
  /** The part of the connection that is wrong. */
  readonly setting: 'path' | 'context';
  /** What is wrong, and what would be right. */
  readonly message: string;
}

/**
 * Looks for the context in the kubeconfig file, without calling the cluster. The Kubernetes and
 * Helm providers fall back to `localhost` when their file or context is not there, and would deploy
 * to whatever listens on the machine. What client-go refuses in the context's cluster and user is
 * refused here, before anything is deployed; the rest the providers take as kubectl does.
 *
 * @returns What is wrong, or `undefined` when the file names a server for the context.
 * @see https://github.com/terraform-aws-modules/terraform-aws-eks/issues/2007
 * @see https://github.com/kubernetes/client-go/blob/v0.35.4/tools/clientcmd/validation.go
 */
export function kubeconfigProblem(
  connection: Pick<KubeconfigConnection, 'path' | 'context'>,
): KubeconfigProblem | undefined {
  const found = findCluster(connection);
  return 'message' in found ? found : undefined;
}

/**
 * The API server of a context, as a program reaches it that has no kubeconfig.
 *
 * @throws When the file or its context does not exist, or has what client-go refuses.
 */
export function kubeconfigServer(
  connection: Pick<KubeconfigConnection, 'path' | 'context'>,
): ApiServer {
  const found = findCluster(connection);
  if ('message' in found) throw new Error(found.message);
  const { address, cluster } = found;
  const serverName = text(cluster['tls-server-name']);
  const reason = notForPods(address, cluster);
  return {
    address: address.href,
    ...(serverName === undefined ? {} : { serverName }),
    certificateAuthority: authorityOf(connection.path, cluster),
    ...(reason === undefined ? {} : { notForPods: reason }),
  };
}

interface Found {
  readonly address: { readonly href: string; readonly url: URL };
  readonly cluster: YamlMap;
}

function findCluster(
  connection: Pick<KubeconfigConnection, 'path' | 'context'>,
): KubeconfigProblem | Found {
  let config: YamlMap;
  try {
    config = readYamlMap(connection.path, 'kubeconfig');
  } catch (error) {
    return { setting: 'path', message: messageOf(error) + severalFiles(connection.path) };
  }
  const file = expandPath(connection.path);
  const twice = duplicates(config);
  if (twice !== undefined) {
    return {
      setting: 'path',
      message: `${file} has two ${twice}, and no program reads it; take one of them out`,
    };
  }
  const contexts = named(config.contexts, 'context');
  const context = contexts.get(connection.context);
  if (context === undefined) {
    const existing = [...contexts.keys()].sort();
    return {
      setting: 'context',
      message:
        `no context "${connection.context}" in ${file}; ` +
        (existing.length > 0
          ? `it has: ${existing.join(', ')}`
          : 'it has none: add a cluster to it with the tool that made the cluster'),
    };
  }
  const clusterName = text(context.cluster) ?? '';
  const cluster = named(config.clusters, 'cluster').get(clusterName);
  const server = text(cluster?.server);
  if (cluster === undefined || server === undefined) {
    return {
      setting: 'context',
      message:
        `context "${connection.context}" in ${file} names the cluster "${clusterName}", ` +
        'for which the file has no server address',
    };
  }
  const address = parseAddress(server);
  const userName = text(context.user);
  const user = userName === undefined ? {} : users(config).get(userName);
  const problems = [
    ...(address === undefined
      ? [`the server "${server}", which must be such as https://api.example.com:6443`]
      : []),
    ...clusterProblems(connection.path, cluster),
    ...(user === undefined
      ? [`the user "${userName}", which the file does not have`]
      : userProblems(user, dirname(file))),
  ];
  return address === undefined || problems.length > 0
    ? {
        setting: 'context',
        message: `context "${connection.context}" in ${file} names ${problems.join('; and ')}`,
      }
    : { address, cluster };
}

/** `KUBECONFIG` may be a list of files, and one of them is meant. */
function severalFiles(path: string): string {
  return path.includes(delimiter) && !existsSync(expandPath(path))
    ? ': one only, such as "kubectl config view --flatten --raw" writes of several'
    : '';
}

/** A path is kept, a query and a fragment are not, as in client-go. */
function parseAddress(server: string): Found['address'] | undefined {
  if (!/^https?:\/\//i.test(server) || !URL.canParse(server)) return undefined;
  const url = new URL(server);
  url.search = '';
  url.hash = '';
  // As it was written, where nothing of it goes.
  const href = url.pathname === '/' ? url.href.replace(/\/$/, '') : url.href;
  return { href, url };
}

function clusterProblems(kubeconfig: string, cluster: YamlMap): string[] {
  const data = text(cluster['certificate-authority-data']);
  const file = authorityFile(kubeconfig, cluster);
  const proxy = text(cluster['proxy-url']);
  const problems = emptyKeys(cluster, ['certificate-authority-data', 'certificate-authority']).map(
    (key) =>
      `an empty ${key}, with which the public authorities of this machine are trusted: fill it in, or ` +
      'take it out if that is meant',
  );
  if (data !== undefined && file !== undefined) {
    problems.push(
      "its server's authority both in certificate-authority and certificate-authority-data, of which " +
        'only one may be',
    );
  } else if (file !== undefined && !existsSync(file)) {
    problems.push(`the authority of its server as ${file}, which does not exist`);
  } else if ((data ?? file) !== undefined && authorityOf(kubeconfig, cluster) === undefined) {
    problems.push(
      `an authority of its server (${file ?? 'certificate-authority-data'}) without a certificate in ` +
        'it; must be PEM' +
        (file === undefined ? ', in base64' : ''),
    );
  }
  if (isTrue(cluster['insecure-skip-tls-verify']) && (data ?? file) !== undefined) {
    problems.push(
      "its server's authority beside insecure-skip-tls-verify, of which only one may be: leave the " +
        'second out',
    );
  }
  if (proxy !== undefined && !/^(https?|socks5h?):\/\/[^/]/.test(proxy)) {
    problems.push(`the proxy-url "${proxy}", which must begin with http://, https:// or socks5://`);
  }
  return problems;
}

/** What Terraform does by a kubeconfig and pods of another cluster cannot or must not. */
function notForPods({ url }: Found['address'], cluster: YamlMap): string | undefined {
  const proxy = text(cluster['proxy-url']);
  const reasons = [
    ...(url.protocol === 'https:' ? [] : ['has no TLS']),
    ...(url.username === '' && url.password === '' ? [] : ['has a user name or password in it']),
    ...(proxy === undefined ? [] : [`is reached through the proxy ${withoutPassword(proxy)}`]),
    ...(isTrue(cluster['insecure-skip-tls-verify'])
      ? ['is not verified (insecure-skip-tls-verify)']
      : []),
  ];
  return reasons.length === 0 ? undefined : reasons.join(' and ');
}

function withoutPassword(address: string): string {
  return address.replace(/\/\/[^/@]*@/, '//');
}

/** Relative to the kubeconfig, as kubectl takes it. */
function authorityFile(kubeconfig: string, cluster: YamlMap): string | undefined {
  const file = text(cluster['certificate-authority']);
  return file === undefined ? undefined : resolve(dirname(expandPath(kubeconfig)), file);
}

function authorityOf(kubeconfig: string, cluster: YamlMap): string | undefined {
  const data = text(cluster['certificate-authority-data']);
  const file = authorityFile(kubeconfig, cluster);
  if (data !== undefined) return authoritiesIn(Buffer.from(data, 'base64'));
  return file === undefined ? undefined : authoritiesIn(readFileSync(file));
}

/** The name that is in a list twice, which client-go refuses wherever it is. */
function duplicates(config: YamlMap): string | undefined {
  for (const [list, what] of [
    ['clusters', 'cluster'],
    ['users', 'user'],
    ['contexts', 'context'],
  ] as const) {
    const seen = new Set<string>();
    for (const entry of yamlMaps(config[list])) {
      const name = text(entry.name) ?? '';
      if (seen.has(name)) return `${what}s named "${name}"`;
      seen.add(name);
    }
  }
  return undefined;
}

/** `[{name, <key>: {...}}]`, the lists of a kubeconfig, by name. */
function named(list: unknown, key: string): Map<string, YamlMap> {
  return new Map(
    yamlMaps(list).flatMap((entry) => {
      const [name, value] = [text(entry.name), entry[key]];
      return name !== undefined && isYamlMap(value) ? [[name, value]] : [];
    }),
  );
}

/** By name. One that has nothing is right, as where a proxy vouches for whoever asks. */
function users({ users: list }: YamlMap): Map<string, YamlMap> {
  return new Map(
    yamlMaps(list).flatMap(({ name, user }) => {
      const key = text(name);
      return key === undefined ? [] : [[key, yamlMap(user)]];
    }),
  );
}

/** A text, also where YAML takes it for a number; `undefined` where nothing is in it. */
function text(value: unknown): string | undefined {
  return (typeof value === 'string' && value.trim() !== '') || typeof value === 'number'
    ? String(value)
    : undefined;
}

/** kubectl reads YAML 1.1, in which these words are booleans. */
function isTrue(value: unknown): boolean {
  return value === true || (typeof value === 'string' && /^(y|yes|true|on)$/i.test(value));
}
