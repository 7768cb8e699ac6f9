import { BlockList, isIPv6 } from 'node:net';
import { z } from 'zod';
import type { Hop } from '../../constructs/federation/plan';
import { clusterOf, type Deployed, meshOf } from './deployed';
import { type Finding, findingIn } from './finding';
import { kindOf } from './kinds';
import { type Pod, podSchema } from './objects';
import { isReady, podsOf } from './pods';
import { selects, selectorSchema } from './selector';
import { podBehind } from './services';
import { orUnread } from './unread';

const peer = z.object({
  podSelector: selectorSchema.optional(),
  namespaceSelector: selectorSchema.optional(),
  ipBlock: z.object({ cidr: z.string(), except: z.array(z.string()).default([]) }).optional(),
});

const portSchema = z.object({
  protocol: z.string().default('TCP'),
  port: z.union([z.number(), z.string()]).optional(),
  endPort: z.number().optional(),
});

const ports = z.array(portSchema).default([]);

const policySchema = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string() }),
  spec: z
    .object({
      podSelector: selectorSchema.prefault({}),
      policyTypes: z.array(z.string()).optional(),
      ingress: z.array(z.object({ from: z.array(peer).default([]), ports })).default([]),
      egress: z.array(z.object({ to: z.array(peer).default([]), ports })).optional(),
    })
    .prefault({}),
});

const namespaceSchema = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }).prefault({}),
});

type Policy = z.output<typeof policySchema>;
type Labels = Readonly<Record<string, string>>;

/** A pod, as policies see it. */
interface End {
  readonly pod: Pod;
  readonly namespaceLabels: Labels;
}

/** Pods that a hop connects to. */
interface Target {
  readonly pod: Pod;
  readonly port: number;
}

/**
 * Which NetworkPolicies keep the pods of a hop from those of the hop before, in one cluster. Whether its network
 * enforces them cannot be seen.
 *
 * @returns nothing for who may not read them all, where those that may be read deny nothing
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export async function networkFindings(
  deployed: Deployed,
  before: Hop,
  hop: Hop,
): Promise<Finding[] | undefined> {
  const { mesh } = hop;
  // What comes past the gateway comes from elsewhere.
  if (before.mesh !== mesh || (before.entrance?.enteredBy ?? 'gateway') !== 'gateway') return [];
  return orUnread(apart(deployed, before, hop));
}

async function apart(deployed: Deployed, before: Hop, hop: Hop): Promise<Finding[] | undefined> {
  const { mesh } = hop;
  const cluster = clusterOf(deployed, mesh);
  const source = await sourceOf(deployed, before);
  const target = await targetOf(deployed, hop);
  if (source === undefined || target === undefined) return [];
  const [from, to] = await Promise.all([
    endOf(deployed, mesh, source),
    endOf(deployed, mesh, target.pod),
  ]);
  // Of one of the two namespaces they may be unreadable.
  const [atTarget, atSource] = await Promise.all(
    [to, from].map(({ pod }) => orUnread(policiesFor(deployed, mesh, pod))),
  );
  const into = (atTarget ?? []).filter(({ spec }) =>
    (spec.policyTypes ?? ['Ingress']).includes('Ingress'),
  );
  const outOf = (atSource ?? []).filter(({ spec }) =>
    (spec.policyTypes ?? (spec.egress === undefined ? [] : ['Egress'])).includes('Egress'),
  );
  const denying = [
    ...(into.some(({ spec }) =>
      spec.ingress.some((rule) => admits(rule.from, from, to) && opens(rule.ports, target)),
    )
      ? []
      : into),
    ...(outOf.some(({ spec }) =>
      spec.egress?.some((rule) => admits(rule.to, to, from) && opens(rule.ports, target)),
    )
      ? []
      : outOf),
  ];
  const [first] = denying;
  if (first === undefined) {
    return atTarget === undefined || atSource === undefined ? undefined : [];
  }
  const names = denying.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  const { namespace, name } = first.metadata;
  return [
    findingIn(mesh, 'warning')(
      'network-policy',
      `No NetworkPolicy lets ${before.name} connect to ${hop.name} at port ${target.port}, and there is ` +
        `${[...new Set(names)].join(', ')}: where the cluster's network enforces them, no call gets through.`,
      `${cluster.kubectl} -n ${namespace} describe networkpolicy ${name}; let in what it keeps out`,
    ),
  ];
}

/** A pod that connects to the next hop. */
async function sourceOf(deployed: Deployed, hop: Hop): Promise<Pod | undefined> {
  if (hop.pods !== undefined) return (await podsOf(deployed, hop.mesh, hop.pods)).find(isReady);
  if (hop.service === undefined) return undefined;
  const behind = await podBehind(deployed, hop.mesh, hop.service);
  return behind && (await podNamed(deployed, hop.mesh, hop.service.namespace, behind.pod));
}

async function targetOf(deployed: Deployed, hop: Hop): Promise<Target | undefined> {
  const { port: sidecarPort } = kindOf(meshOf(deployed, hop.mesh)).sidecar;
  if (sidecarPort !== undefined) {
    const pod = await sourceOf(deployed, hop);
    return pod && { pod, port: sidecarPort };
  }
  if (hop.service === undefined) return undefined;
  const behind = await podBehind(deployed, hop.mesh, hop.service);
  const pod = behind && (await podNamed(deployed, hop.mesh, hop.service.namespace, behind.pod));
  return pod && { pod, port: behind.port };
}

async function podNamed(
  deployed: Deployed,
  mesh: string,
  namespace: string,
  name: string,
): Promise<Pod | undefined> {
  const pods = await clusterOf(deployed, mesh).list('v1', 'Pod', namespace);
  return pods.map((one) => podSchema.parse(one)).find(({ metadata }) => metadata.name === name);
}

async function endOf(deployed: Deployed, mesh: string, pod: Pod): Promise<End> {
  const found = await clusterOf(deployed, mesh).read({
    apiVersion: 'v1',
    kind: 'Namespace',
    name: pod.metadata.namespace,
  });
  return { pod, namespaceLabels: namespaceSchema.parse(found ?? {}).metadata.labels };
}

/** Those that select a pod. */
async function policiesFor(
  deployed: Deployed,
  mesh: string,
  { metadata: { namespace, labels } }: Pod,
): Promise<Policy[]> {
  const all = await clusterOf(deployed, mesh).list(
    'networking.k8s.io/v1',
    'NetworkPolicy',
    namespace,
  );
  return all
    .flatMap((object) => policySchema.safeParse(object).data ?? [])
    .filter(({ spec }) => selects(spec.podSelector, labels));
}

/** Whether one of the peers of a rule, of which none means all, is this pod. */
function admits(
  peers: readonly z.output<typeof peer>[],
  { pod, namespaceLabels }: End,
  { pod: own }: End,
): boolean {
  return (
    peers.length === 0 ||
    peers.some(({ ipBlock, namespaceSelector, podSelector }) =>
      ipBlock !== undefined
        ? isWithin(pod.status.podIP, ipBlock.cidr) &&
          !ipBlock.except.some((cidr) => isWithin(pod.status.podIP, cidr))
        : (namespaceSelector === undefined
            ? pod.metadata.namespace === own.metadata.namespace
            : selects(namespaceSelector, namespaceLabels)) &&
          (podSelector === undefined || selects(podSelector, pod.metadata.labels)),
    )
  );
}

function opens(ports: readonly z.output<typeof portSchema>[], { pod, port }: Target): boolean {
  return (
    ports.length === 0 ||
    ports.some(({ protocol, port: first, endPort }) => {
      if (protocol !== 'TCP') return false;
      if (first === undefined) return true;
      return typeof first === 'string'
        ? pod.spec.containers.some((container) =>
            container.ports.some((one) => one.name === first && one.containerPort === port),
          )
        : port >= first && port <= (endPort ?? first);
    })
  );
}

function isWithin(address: string, cidr: string): boolean {
  const [network = '', bits] = cidr.split('/');
  const family = isIPv6(network) ? 'ipv6' : 'ipv4';
  const block = new BlockList();
  block.addSubnet(network, Number(bits), family);
  return isIPv6(address) === isIPv6(network) && address !== '' && block.check(address, family);
}
