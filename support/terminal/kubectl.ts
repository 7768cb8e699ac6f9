import { homedir } from 'node:os';
import path from 'node:path';
import { quoted } from '../../constructs/environment-problem';
import type { KubeconfigConnection } from '../../constructs/kubernetes';
import { expandPath } from '../../constructs/kubernetes/yaml-file';

/** How a person reaches a cluster with kubectl on this machine, in whichever folder the command is pasted. */
export function kubectlTo(
  { path: file, context }: Pick<KubeconfigConnection, 'path' | 'context'>,
  env = process.env,
): string {
  const kubeconfig = expandPath(file);
  return kubeconfig === usualKubeconfig(env)
    ? kubectlIn(context)
    : `kubectl --kubeconfig ${quoted(kubeconfig)} --context ${quoted(context)}`;
}

/** The same for a context that kubectl finds by itself. */
export function kubectlIn(context: string): string {
  return `kubectl --context ${quoted(context)}`;
}

/** The file that kubectl reads by itself; nothing where it reads several, of which others may go before. */
function usualKubeconfig(env: NodeJS.ProcessEnv): string | undefined {
  const files = (env['KUBECONFIG'] ?? '').split(path.delimiter).filter((one) => one !== '');
  const [only] = files.length === 0 ? [path.join(homedir(), '.kube', 'config')] : files;
  return files.length > 1 ? undefined : only && path.resolve(only);
}

/** A kubeconfig, as far as it says which context leads where. */
interface Contexts {
  readonly contexts: readonly { readonly name: string; readonly cluster: string }[];
  readonly clusters: readonly { readonly name: string; readonly server: string }[];
}

/** The context that leads to an API server, if there is one. */
export function contextTo(server: string, { contexts, clusters }: Contexts): string | undefined {
  return contexts.find(({ cluster }) =>
    clusters.some((one) => one.name === cluster && one.server === server),
  )?.name;
}
