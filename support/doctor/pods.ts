import { parse } from 'yaml';
import { commandLine } from '../../constructs/command-line';
import type { Hop, HopPods } from '../../constructs/federation/plan';
import { isYamlMap, yamlMap } from '../../constructs/kubernetes/yaml-file';
import { faultOf } from '../../versions/verdicts';
import { clusterOf, deployCommand, type Deployed, meshOf } from './deployed';
import { differences } from './drift';
import { type Finding, findingIn } from './finding';
import { kindOf } from './kinds';
import type { KindOfMesh } from './kinds/kind';
import { deploymentSchema, type Pod, podSchema, type PodTemplate } from './objects';

/** The pods of a hop that are there to stay. */
export async function podsOf(deployed: Deployed, mesh: string, wanted: HopPods): Promise<Pod[]> {
  const { namespace } = wanted;
  const all = await clusterOf(deployed, mesh).list('v1', 'Pod', namespace);
  return all
    .map((pod) => podSchema.parse(pod))
    .filter(({ metadata, status }) => {
      const done = status.phase === 'Succeeded' || status.phase === 'Failed';
      return metadata.deletionTimestamp === undefined && !done;
    })
    .filter((pod) => isChosen(pod, wanted));
}

function isChosen({ metadata, spec }: PodTemplate, { labels, serviceAccount }: HopPods): boolean {
  return labels === undefined
    ? spec.serviceAccountName === serviceAccount
    : Object.entries(labels).every(([key, value]) => metadata.labels[key] === value);
}

/** The Deployment of a hop's pods whose pods are refused, by a quota or at admission, and with what words. */
async function refusedPods(
  deployed: Deployed,
  mesh: string,
  wanted: HopPods,
): Promise<{ readonly name: string; readonly message: string } | undefined> {
  const all = await clusterOf(deployed, mesh).list('apps/v1', 'Deployment', wanted.namespace);
  for (const one of all) {
    const { metadata, spec, status } = deploymentSchema.parse(one);
    const failed = status.conditions.find(
      ({ type, status: is }) => type === 'ReplicaFailure' && is === 'True',
    );
    if (failed?.message !== undefined && isChosen(spec.template, wanted)) {
      return { name: metadata.name, message: failed.message.replace(/\.$/, '') };
    }
  }
  return undefined;
}

export function isReady({ status }: Pod): boolean {
  return status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True');
}

/**
 * What is wrong with the pods themselves: are they there, in the mesh, and who they should be?
 *
 * @param lacksRoots Whether the ConfigMap with foreign roots is missing, without which a border cannot start.
 */
export async function podFindings(
  deployed: Deployed,
  hop: Hop,
  lacksRoots = false,
): Promise<Finding[]> {
  const { mesh, pods: wanted } = hop;
  if (wanted === undefined) return [];
  const found = await podsOf(deployed, mesh, wanted);
  const finding =
    found.length === 0
      ? await noPods(deployed, hop, wanted)
      : (outsideFinding(deployed, hop, found) ??
        accountFinding(hop, wanted, found) ??
        annotationFinding(deployed, hop, wanted, found) ??
        unreadyFinding(deployed, hop, found, lacksRoots) ??
        sidecarFinding(deployed, hop, found));
  return finding === undefined ? [] : [finding];
}

async function noPods(deployed: Deployed, { mesh, name }: Hop, wanted: HopPods): Promise<Finding> {
  const { namespace, labels, serviceAccount } = wanted;
  const { kubectl } = clusterOf(deployed, mesh);
  const chosen =
    labels === undefined
      ? `with the service account ${serviceAccount}`
      : `with the labels ${labelText(labels)}`;
  const what = `${name}: no pod ${chosen} runs in ${namespace}`;
  const refused = await refusedPods(deployed, mesh, wanted);
  const broken = findingIn(mesh);
  return refused === undefined
    ? broken('no-pods', `${what}.`, `${kubectl} -n ${namespace} get deployments,replicasets,events`)
    : broken(
        'no-pods',
        `${what}; Deployment ${refused.name} cannot create any: ${refused.message}.`,
        // Its ReplicaSet tries again ever less often, up to a quarter of an hour later.
        `mend what refuses them; then ${kubectl} -n ${namespace} rollout restart deployment ${refused.name}`,
      );
}

/** A pod without a sidecar. */
function outsideFinding(
  deployed: Deployed,
  { mesh }: Hop,
  found: readonly Pod[],
): Finding | undefined {
  const { sidecar } = kindOf(meshOf(deployed, mesh));
  const outside = found.find(({ spec }) => !containers(spec).includes(sidecar.container));
  if (outside === undefined) return undefined;
  const { namespace, name } = outside.metadata;
  const { why, mend } = withoutSidecar(outside, sidecar, clusterOf(deployed, mesh).kubectl);
  return findingIn(mesh)(
    'no-sidecar',
    `Pod ${namespace}/${name} has no container ${sidecar.container}: ${why}.`,
    mend,
  );
}

function accountFinding(
  { mesh }: Hop,
  wanted: HopPods,
  found: readonly Pod[],
): Finding | undefined {
  const other = found.find(({ spec }) => spec.serviceAccountName !== wanted.serviceAccount);
  return (
    other &&
    findingIn(mesh)(
      'wrong-service-account',
      `Pod ${wanted.namespace}/${other.metadata.name} runs as ${other.spec.serviceAccountName}, and the policy ` +
        `knows it as ${wanted.serviceAccount}: the other mesh refuses the identity that it has.`,
      `set spec.serviceAccountName of its pod template, or serviceAccount of the service in accessPolicy`,
    )
  );
}

function unreadyFinding(
  deployed: Deployed,
  { mesh, name }: Hop,
  found: readonly Pod[],
  lacksRoots: boolean,
): Finding | undefined {
  const unready = found.filter((pod) => !isReady(pod));
  const [pod] = unready;
  if (pod === undefined) return undefined;
  const { kubectl } = clusterOf(deployed, mesh);
  const { namespace, name: podName } = pod.metadata;
  const reason = unreadyReason(pod);
  // The kubelet says it in an event only.
  const [why, mend] =
    lacksRoots && reason === undefined && hasStartedNothing(pod)
      ? ['it cannot start without the foreign roots', deployCommand(deployed)]
      : [reason ?? notReady(pod), `${kubectl} -n ${namespace} describe pod ${podName}`];
  return findingIn(mesh)(
    'pods-not-ready',
    `${unready.length} of ${found.length} pods of ${name} not ready; ${podName}: ${why}.`,
    mend,
    // The others take the calls.
    unready.length < found.length ? 'warning' : 'broken',
  );
}

/** Why a pod has no sidecar, and what gives it one. */
function withoutSidecar(
  { metadata: { namespace, labels, annotations } }: Pod,
  { keptOut: { key, value }, otherwise, remedy }: KindOfMesh['sidecar'],
  kubectl: string,
): { readonly why: string; readonly mend: string } {
  const restart = `${kubectl} -n ${namespace} rollout restart deployments`;
  const kind = Object.entries({ label: labels, annotation: annotations }).find(
    ([, marks]) => marks[key] === value,
  )?.[0];
  if (kind !== undefined) {
    return {
      why: `its ${kind} ${key}: "${value}" keeps it out, and it has no identity that the other mesh could verify`,
      mend: `take the ${kind} out of the pod template of what makes the pod (${kubectl} -n ${namespace} get deployments -o yaml)`,
    };
  }
  if (otherwise && annotations[otherwise.annotation] === otherwise.value) {
    return {
      why: `it ${otherwise.what}`,
      mend: `${kubectl} ${otherwise.remedy(namespace)}; then ${restart}`,
    };
  }
  return {
    why: 'it is not in the mesh, and has no identity that the other mesh could verify',
    mend: `${kubectl} ${remedy(namespace)}; then ${restart}`,
  };
}

/** A pod's annotations count when it is made. */
function annotationFinding(
  deployed: Deployed,
  { mesh, name }: Hop,
  { annotations, namespace, labels = {} }: HopPods,
  found: readonly Pod[],
): Finding | undefined {
  const { kubectl } = clusterOf(deployed, mesh);
  const print = commandLine(
    'policy',
    `--annotations ${serviceRef(deployed, mesh, namespace, labels) ?? name}`,
  );
  const others =
    deployed.plan.name === undefined
      ? ''
      : '; if it calls by another federation too, name the file of that one as well (--with FILE)';
  for (const [key, wanted] of Object.entries(annotations)) {
    const lacking = found.find(({ metadata }) => !includes(metadata.annotations[key], wanted));
    if (lacking !== undefined) {
      const there = lacking.metadata.annotations[key] === undefined ? 'lacks' : 'has another';
      return findingIn(mesh)(
        'caller-annotations',
        `Pod ${namespace}/${lacking.metadata.name} ${there} annotation ${key}, without which its ` +
          'sidecar has no certificate files or no foreign roots.',
        `put what "${print}" prints into the pod template, and let it roll out${others}`,
      );
    }
  }
  const volumes = configMapsIn(annotations['sidecar.istio.io/userVolume']);
  const old = found.find(({ spec }) =>
    volumes.some((one) => !spec.volumes.some(({ configMap }) => configMap?.name === one)),
  );
  return (
    old &&
    findingIn(mesh)(
      'caller-not-restarted',
      `Pod ${namespace}/${old.metadata.name} has the annotations but not their volumes: ` +
        'they were added after it was created.',
      `${kubectl} -n ${namespace} delete pod ${old.metadata.name}`,
    )
  );
}

function serviceRef(
  { plan }: Deployed,
  mesh: string,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): string | undefined {
  return plan.services.find(
    (one) =>
      one.kind === 'istio' &&
      one.mesh === mesh &&
      one.namespace === namespace &&
      JSON.stringify(one.labels) === JSON.stringify(labels),
  )?.ref;
}

/** Whether an annotation, which may have more of its own, says what it must. */
function includes(found: string | undefined, wanted: string): boolean {
  if (found === undefined) return false;
  try {
    return differences(parse(wanted), parse(found)).length === 0;
  } catch {
    return false;
  }
}

function configMapsIn(userVolume: string | undefined): string[] {
  const volumes: unknown = userVolume === undefined ? {} : parse(userVolume);
  return Object.values(yamlMap(volumes)).flatMap((volume) => {
    const configMap = isYamlMap(volume) ? volume['configMap'] : undefined;
    return isYamlMap(configMap) && typeof configMap['name'] === 'string' ? [configMap['name']] : [];
  });
}

/** Versions with a fault that ends calls some day. */
function sidecarFinding(deployed: Deployed, hop: Hop, found: readonly Pod[]): Finding | undefined {
  const { container, pin } = kindOf(meshOf(deployed, hop.mesh)).sidecar;
  if (pin === undefined || hop.roots === undefined || hop.pods?.border !== undefined)
    return undefined;
  for (const { metadata, spec } of found) {
    const image = [...spec.containers, ...spec.initContainers].find(
      ({ name }) => name === container,
    );
    const version = /:v?(\d+\.\d+\.\d+)/.exec(image?.image ?? '')?.[1];
    const fault = version === undefined ? undefined : faultOf(pin, version);
    if (fault !== undefined) {
      return findingIn(hop.mesh, 'warning')(
        'sidecar-fault',
        `The sidecar of pod ${metadata.namespace}/${metadata.name} is of ${version}: ${fault.what}.`,
        `upgrade to ${fault.fixed} or later, and restart the pod (${fault.source})`,
      );
    }
  }
  return undefined;
}

/** The reason that the kubelet or the scheduler gives, the nearest to the cause. */
function unreadyReason(pod: Pod): string | undefined {
  for (const { name, ready, state, restartCount } of statusesOf(pod)) {
    const { reason, message } = state.waiting ?? {};
    if (reason !== undefined && !/^(PodInitializing|ContainerCreating)$/.test(reason)) {
      const times = restartCount > 0 ? `, ${restartCount} restarts` : '';
      return `container ${name} waits: ${reason}${message === undefined ? '' : ` (${message})`}${times}`;
    }
    const ended = state.terminated?.reason;
    if (!ready && ended !== undefined && ended !== 'Completed')
      return `container ${name}: ${ended}`;
  }
  const unscheduled = pod.status.conditions.find(
    ({ type, status: is }) => type === 'PodScheduled' && is === 'False',
  );
  return unscheduled && (unscheduled.message ?? 'not scheduled');
}

function notReady(pod: Pod): string {
  const statuses = statusesOf(pod);
  const names = statuses.filter(({ ready }) => !ready).map(({ name }) => name);
  if (names.length > 0) return `its containers ${names.join(', ')} are not ready`;
  const { phase, conditions } = pod.status;
  if (statuses.length === 0) return `its phase is ${phase}`;
  // A kubelet that has them all ready and not the pod says why, as of a readiness gate. Kubernetes itself
  // says it of pods whose kubelet is silent.
  return (
    conditions.find(({ type }) => type === 'Ready')?.message ??
    `its node ${pod.spec.nodeName ?? ''} no longer tells how it is`
  );
}

function hasStartedNothing(pod: Pod): boolean {
  return statusesOf(pod).every(({ state }) => state.waiting !== undefined);
}

function statusesOf({ status }: Pod) {
  return [...status.initContainerStatuses, ...status.containerStatuses];
}

function containers({ containers: own, initContainers }: Pod['spec']): string[] {
  return [...own, ...initContainers].map(({ name }) => name);
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
