import { isAnswer, ownServer, request, type Server } from './kubernetes.ts';
import { log, required } from './run.ts';

/** Pods in one answer, which may not be large. */
const PAGE = 20;

/**
 * Lets the kubelets look at once at the foreign roots of calling pods, which may have started before
 * these were there. A kubelet looks at a pod's volumes when anything about the pod changes, and else
 * only about once a minute; an annotation is enough of a change.
 *
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/#mounted-configmaps-are-updated-automatically
 * @returns The exit code.
 */
export async function look(env: NodeJS.ProcessEnv): Promise<number> {
  const server = ownServer(env);
  const bundles = new Set(required(env, 'CONFIG_MAPS').split(','));
  const told: string[] = [];
  for (const namespace of required(env, 'NAMESPACES').split(',')) {
    for (const name of await callers(server, namespace, bundles)) {
      if (await tell(server, namespace, name)) told.push(`${namespace}/${name}`);
    }
  }
  log({ job: 'look', outcome: 'told', pods: told });
  return 0;
}

interface PodList {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: {
      readonly volumes?: readonly { readonly configMap?: { readonly name?: string } }[];
    };
  }[];
}

/** The pods of a namespace that have one of these ConfigMaps as a volume. */
async function callers(
  server: Server,
  namespace: string,
  bundles: ReadonlySet<string>,
): Promise<string[]> {
  const names: string[] = [];
  let more: string | undefined = '';
  while (more !== undefined) {
    const query = new URLSearchParams({
      limit: String(PAGE),
      ...(more === '' ? {} : { continue: more }),
    });
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const page = JSON.parse(
      await request(server, { method: 'GET', path, query: query.toString() }),
    ) as PodList;
    for (const { metadata, spec } of page.items) {
      const mounts = spec.volumes?.map(({ configMap }) => configMap?.name ?? '') ?? [];
      if (mounts.some((name) => bundles.has(name))) names.push(metadata.name);
    }
    more = page.metadata.continue || undefined;
  }
  return names;
}

/** By its status, since the right to that does not include the right to change what a pod runs. */
async function tell(server: Server, namespace: string, name: string): Promise<boolean> {
  const annotations = { 'mesh-federation/roots-looked-at': new Date().toISOString() };
  try {
    await request(server, {
      method: 'PATCH',
      path: `/api/v1/namespaces/${namespace}/pods/${name}/status`,
      body: { metadata: { annotations } },
    });
    return true;
  } catch (error) {
    // It is gone; the next one starts with the roots.
    if (isAnswer(error, 404)) return false;
    throw error;
  }
}
