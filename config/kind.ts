import path from 'node:path';
import { expandPath } from '../constructs/kubernetes/yaml-file';

/*
 * Clusters of kind, for `kind up`, which makes them, and for the profile that deploys to them.
 */

/** Where `kind up` writes their kubeconfig, from the project's root; yours is not touched. */
export const KIND_KUBECONFIG = '.cache/kind/kubeconfig';

/** What kind calls a cluster of the settings, where they do not say so. */
function kindName(cluster: string): string {
  return `mesh-${cluster}`;
}

/** Settings of a cluster that `kind up` makes. */
export interface KindCluster {
  readonly kind: 'kubeconfig';
  readonly path: string;
  readonly context: string;
  readonly apiServer: string;
}

/** A cluster that `kind up` makes, for a name of the settings. */
export function kindCluster(cluster: string): KindCluster {
  const name = kindName(cluster);
  return {
    kind: 'kubeconfig',
    path: KIND_KUBECONFIG,
    context: `kind-${name}`,
    // How pods of another one reach its API: by the name of its node on Docker's network.
    apiServer: `https://${name}-control-plane:6443`,
  };
}

/** Whether a kubeconfig is the one that `kind up` writes. */
export function isOfKindUp(kubeconfig: string): boolean {
  return expandPath(kubeconfig) === path.resolve(KIND_KUBECONFIG);
}
