import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ApiServer } from './api-server';
import type { KubeconfigConnection } from './connection';
import type { YamlMap } from './yaml-file';
import { expandPath, isYamlMap, readYamlMap } from './yaml-file';

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
 * to whatever listens on the machine.
 *
 * @returns What is wrong, or `undefined` when the file names a server for the context.
 * @see https://github.com/terraform-aws-modules/terraform-aws-eks/issues/2007
 */
export function kubeconfigProblem(
  connection: Pick<KubeconfigConnection, 'path' | 'context'>,
): KubeconfigProblem | undefined {
  const found = findCluster(connection);
  return 'message' in found ? found : undefined;
}

/**
 * The API server of a context.
 *
 * @throws When the file or its context does not exist, or the file with the server's authority.
 */
export function kubeconfigServer(
  connection: Pick<KubeconfigConnection, 'path' | 'context'>,
): ApiServer {
  const found = findCluster(connection);
  if ('message' in found) throw new Error(found.message);
  const { server, cluster } = found;
  const data = cluster['certificate-authority-data'];
  const file = authorityFile(connection.path, cluster);
  return {
    address: server,
    certificateAuthority:
      typeof data === 'string'
        ? Buffer.from(data, 'base64').toString()
        : file && readFileSync(file, 'utf8'),
  };
}

/** Relative to the kubeconfig, as kubectl takes it. */
function authorityFile(kubeconfig: string, cluster: YamlMap): string | undefined {
  const file = cluster['certificate-authority'];
  return typeof file === 'string' ? resolve(dirname(expandPath(kubeconfig)), file) : undefined;
}

function findCluster(
  connection: Pick<KubeconfigConnection, 'path' | 'context'>,
): KubeconfigProblem | { readonly server: string; readonly cluster: YamlMap } {
  let config: YamlMap;
  try {
    config = readYamlMap(connection.path, 'kubeconfig');
  } catch (error) {
    return { setting: 'path', message: error instanceof Error ? error.message : String(error) };
  }
  const file = expandPath(connection.path);
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
  const cluster = named(config.clusters, 'cluster').get(String(context.cluster));
  const server = cluster?.server;
  if (cluster === undefined || typeof server !== 'string' || server === '') {
    return {
      setting: 'context',
      message:
        `context "${connection.context}" in ${file} names the cluster "${String(context.cluster)}", ` +
        'for which the file has no server address',
    };
  }
  const authority = authorityFile(connection.path, cluster);
  if (authority !== undefined && !existsSync(authority)) {
    return {
      setting: 'context',
      message:
        `context "${connection.context}" in ${file} names the authority of its server as ${authority}, ` +
        'which does not exist',
    };
  }
  return { server, cluster };
}

/** `[{name, <key>: {...}}]`, the lists of a kubeconfig, by name. */
function named(list: unknown, key: string): Map<string, YamlMap> {
  const entries = Array.isArray(list) ? (list as unknown[]) : [];
  return new Map(
    entries.filter(isYamlMap).flatMap((entry) => {
      const value = entry[key];
      return typeof entry.name === 'string' && isYamlMap(value) ? [[entry.name, value]] : [];
    }),
  );
}
