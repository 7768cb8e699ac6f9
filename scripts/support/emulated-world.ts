/** The stacks that need AWS alone. Those above them need a Kubernetes API, which nobody emulates. */
export const CLUSTER_STACKS = ['nat-addresses', 'istio-cluster', 'consul-cluster'] as const;

/** What an emulated run leaves out, and why. The emulator itself holds every AWS resource. */
export const LEFT_OUT: readonly { readonly what: string; readonly why: string }[] = [
  {
    what: 'istio-mesh, consul-mesh, istio-workloads, consul-workloads, federation',
    why: 'no Kubernetes runs behind the emulated endpoints: these stacks need real clusters (see README)',
  },
];
