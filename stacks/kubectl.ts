import { quoted } from '../constructs/environment-problem';
import type { ClusterConnection } from '../constructs/kubernetes';

/**
 * How a person reaches the cluster of a stack with kubectl, as the outputs say it: whoever deploys, and on whichever
 * machine (`kubectlTo` in support/terminal/ is for this one). Of an EKS cluster it is the context that the output
 * `kubeconfig_command` makes.
 */
export function kubectlInOutputs(connection: ClusterConnection): string {
  return connection.kind === 'eks'
    ? `kubectl --context ${quoted(connection.clusterName)}`
    : `kubectl --kubeconfig ${file(connection.path)} --context ${quoted(connection.context)}`;
}

/** As it is in the settings, which are the same on every machine. A shell takes no `~` in quotes for the home. */
function file(path: string): string {
  return path.startsWith('~/') ? `~/${quoted(path.slice(2))}` : quoted(path);
}
