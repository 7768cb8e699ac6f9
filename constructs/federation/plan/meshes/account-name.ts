/** A service account, as messages call it: the identity of pods in Istio and Linkerd. */
export function accountName(namespace: string, account: string): string {
  return `service account ${namespace}/${account}`;
}
