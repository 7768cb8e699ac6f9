/**
 * Names of the two kind clusters, for the script that makes them and the profile that deploys to
 * them.
 */
export const KIND_CLUSTERS = { istio: 'mesh-istio', consul: 'mesh-consul' } as const;

/** Where the script writes their kubeconfig, from the project's root; yours is not touched. */
export const KIND_KUBECONFIG = '.cache/kind/kubeconfig';

/** How pods of one of them reach the API of the other: by the name of its node on Docker's network. */
export function kindApiServer(side: keyof typeof KIND_CLUSTERS): string {
  return `https://${KIND_CLUSTERS[side]}-control-plane:6443`;
}
