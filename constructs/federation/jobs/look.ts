import { setTimeout as sleep } from 'node:timers/promises';
import { isAnswer, ownServer, request, type Server } from './kubernetes.ts';
import { log, messageOf, required } from './run.ts';

/** Pods in one answer, which may not be large. */
const PAGE = 20;

/** Seconds before each further attempt. RBAC may take some until a right that is new holds everywhere. */
const PAUSES_SECONDS = [1, 2, 4, 8];
/** Seconds after which no further attempt begins. */
const ENOUGH_SECONDS = 60;
/** Seconds after which each kubelet has looked by itself. */
const KUBELET_SECONDS = 80;

/** Waits for some seconds. */
type Pause = (seconds: number) => Promise<unknown>;

/**
 * Lets the kubelets look at once at the foreign roots of calling pods, which may have started before
 * these were there. A kubelet looks at a pod's volumes when anything about the pod changes, and else
 * only about once a minute; an annotation is enough of a change.
 *
 * Nothing but time depends on it. So whatever keeps it from a pod, from an API server that is busy to a
 * webhook that refuses the change, is tried again and then waited out, and does not end a deploy.
 *
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/#mounted-configmaps-are-updated-automatically
 * @param pause Waits, between attempts and for kubelets.
 * @returns The exit code.
 */
export async function look(
  env: NodeJS.ProcessEnv,
  pause: Pause = (seconds) => sleep(seconds * 1000),
): Promise<number> {
  const server = ownServer(env);
  const bundles = new Set(required(env, 'CONFIG_MAPS').split(','));
  const namespaces = required(env, 'NAMESPACES').split(',');
  const end = performance.now() + ENOUGH_SECONDS * 1000;
  const isLate = () => performance.now() > end;
  const told = new Set<string>();
  let problems = await tellAll(server, { namespaces, bundles, told, isLate });
  for (const seconds of PAUSES_SECONDS) {
    if (problems.length === 0 || isLate()) break;
    await pause(seconds);
    problems = await tellAll(server, { namespaces, bundles, told, isLate });
  }
  const pods = [...told];
  if (problems.length === 0) {
    log({ job: 'look', outcome: 'told', pods });
    return 0;
  }
  log({ job: 'look', outcome: 'waiting', pods, problems, seconds: KUBELET_SECONDS });
  await pause(KUBELET_SECONDS);
  return 0;
}

interface Round {
  readonly namespaces: readonly string[];
  readonly bundles: ReadonlySet<string>;
  /** Pods that were told of, to which it adds. */
  readonly told: Set<string>;
  readonly isLate: () => boolean;
}

/**
 * Tells of all pods that were not told of yet.
 *
 * @returns What was in the way.
 */
async function tellAll(
  server: Server,
  { namespaces, bundles, told, isLate }: Round,
): Promise<string[]> {
  const problems = new Set<string>();
  const attempt = async <Done>(what: () => Promise<Done>): Promise<Done | undefined> => {
    if (isLate()) return undefined;
    try {
      return await what();
    } catch (error) {
      problems.add(messageOf(error));
      return undefined;
    }
  };
  for (const namespace of namespaces) {
    const names = (await attempt(() => callers(server, namespace, bundles))) ?? [];
    for (const name of names) {
      const pod = `${namespace}/${name}`;
      if (told.has(pod)) continue;
      if (await attempt(() => tell(server, namespace, name))) told.add(pod);
    }
  }
  if (isLate()) problems.add(`not all was tried within ${ENOUGH_SECONDS} s`);
  return [...problems];
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
