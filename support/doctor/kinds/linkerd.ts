import { z } from 'zod';
import { LINKERD_AUTHORITY, LINKERD_NAMES } from '../../../constructs/federation/plan/internal';
import { textIn, type YamlMap, yamlMap, yamlMaps } from '../../../constructs/kubernetes/yaml-file';
import type { Cluster } from '../../cluster/cluster';
import { selects, selectorSchema } from '../selector';
import { fitsHost } from './hosts';
import type { KindOfMesh, UndeclaredPort } from './kind';

const COMPONENT = 'linkerd.io/control-plane-component';

const metadata = z.object({
  name: z.string(),
  namespace: z.string().default(''),
  creationTimestamp: z.string().default(''),
});

const labels = z.record(z.string(), z.string()).default({});

const serverSchema = z.object({
  kind: z.literal('Server'),
  metadata,
  spec: z.object({
    // Of an external workload, where there is none.
    podSelector: selectorSchema.optional(),
    port: z.union([z.number(), z.string()]),
    accessPolicy: z.string().default('deny'),
  }),
});

type Server = z.output<typeof serverSchema>;

const probeSchema = z
  .object({ httpGet: z.object({ port: z.union([z.number(), z.string()]) }).optional() })
  .optional();

const containersSchema = z.array(
  z.object({
    ports: z
      .array(z.object({ name: z.string().optional(), containerPort: z.number() }))
      .default([]),
    readinessProbe: probeSchema,
    livenessProbe: probeSchema,
  }),
);

const podSchema = z.object({
  metadata: metadata.extend({ labels }),
  spec: z.object({ containers: containersSchema, initContainers: containersSchema.default([]) }),
});

type Pod = z.output<typeof podSchema>;

const policySchema = z.object({
  metadata,
  spec: z.object({
    targetRef: z.object({ kind: z.string(), name: z.string() }),
    requiredAuthenticationRefs: z.array(
      z.object({ kind: z.string(), name: z.string(), namespace: z.string().optional() }),
    ),
  }),
});

const identitiesSchema = z.object({
  metadata,
  spec: z.object({ identities: z.array(z.string()).optional() }),
});

/**
 * Linkerd, as its documentation has it. HTTPRoutes are not read: what they limit is not judged.
 *
 * @see https://linkerd.io/docs/reference/authorization-policy/
 */
export const linkerdKind: KindOfMesh = {
  // https://github.com/linkerd/linkerd2/blob/edge-26.8.3/charts/linkerd-control-plane/templates
  controlPlane: [
    {
      name: "Linkerd's identity",
      labels: { [COMPONENT]: 'identity' },
      lost: 'pods of the mesh that start get no certificate, and those of others are not renewed, which last for a day',
    },
    {
      name: "Linkerd's destination",
      labels: { [COMPONENT]: 'destination' },
      lost: 'proxies do not learn of other pods and changed policies, and those of pods that start know of none',
    },
    {
      name: "Linkerd's proxy-injector",
      labels: { [COMPONENT]: 'proxy-injector' },
      lost: 'pods of the mesh that start are refused, or are outside of it',
    },
  ],

  sidecar: {
    container: 'linkerd-proxy',
    remedy: (namespace) => `annotate namespace ${namespace} linkerd.io/inject=enabled`,
    // https://linkerd.io/2/features/proxy-injection/
    keptOut: { key: 'linkerd.io/inject', value: 'disabled' },
    accessLog:
      'it logs no requests unless its pod has the annotation config.linkerd.io/access-log: json',
  },

  authorityJob: LINKERD_AUTHORITY,
  roots: { configMap: LINKERD_NAMES.roots, key: 'ca-bundle.crt' },

  refusal(object) {
    const status = yamlMap(object['status']);
    const refused = yamlMaps(status['parents'])
      .flatMap((parent) => yamlMaps(parent['conditions']))
      .find(({ type, status: is }) => type === 'Accepted' && is === 'False');
    return (
      refused && (textIn(refused, 'message') || textIn(refused, 'reason') || 'it is not accepted')
    );
  },

  async unheeded(object, cluster) {
    const server = serverSchema.safeParse(object).data;
    return server && ((await overruled(server, cluster)) ?? undeclared(server, cluster));
  },

  async denial(cluster, { namespace, labels, port, source }) {
    const list = async (version: string, kind: string) =>
      cluster.list(`policy.linkerd.io/${version}`, kind, namespace);
    const server = inOrder(await list('v1beta3', 'Server')).find(
      (one) => one.spec.port === port && serves(one, labels),
    );
    // Whether what no Server is about is denied is for the mesh's default to say.
    if (server === undefined || server.spec.accessPolicy !== 'deny') return undefined;
    const policies = (await list('v1alpha1', 'AuthorizationPolicy')).flatMap(
      (object) => policySchema.safeParse(object).data ?? [],
    );
    // Of a route, or of the whole namespace: not judged.
    if (policies.some(({ spec }) => spec.targetRef.kind !== 'Server')) return undefined;
    const known = (await list('v1alpha1', 'MeshTLSAuthentication')).flatMap(
      (object) => identitiesSchema.safeParse(object).data ?? [],
    );
    const admits = policies
      .filter(({ spec }) => spec.targetRef.name === server.metadata.name)
      .some(({ spec }) =>
        spec.requiredAuthenticationRefs.every(
          (ref) =>
            ref.kind !== 'MeshTLSAuthentication' ||
            (ref.namespace ?? namespace) !== namespace ||
            known.some(
              (one) =>
                one.metadata.name === ref.name &&
                (one.spec.identities ?? [source]).some((name) => fitsHost(name, source)),
            ),
        ),
      );
    return admits
      ? undefined
      : `no AuthorizationPolicy for the Server ${namespace}/${server.metadata.name} lets ${source} in`;
  },
};

/**
 * Of several Servers for a port of a pod Linkerd goes by the one that was there first, and says so in its own
 * log only.
 * @see https://github.com/linkerd/linkerd2/blob/edge-26.8.3/policy-controller/k8s/index/src/inbound/index.rs `reindex_servers`
 */
async function overruled(
  server: Server,
  cluster: Pick<Cluster, 'list'>,
): Promise<string | undefined> {
  const { name, namespace } = server.metadata;
  const servers = inOrder(await cluster.list('policy.linkerd.io/v1beta3', 'Server', namespace));
  const older = servers.slice(
    0,
    servers.findIndex((one) => one.metadata.name === name),
  );
  if (older.length === 0) return undefined;
  for (const pod of await servedBy(server, cluster)) {
    const ports = portsOf(server, pod);
    const first = older.find(
      (one) =>
        serves(one, pod.metadata.labels) && portsOf(one, pod).some((port) => ports.includes(port)),
    );
    if (first !== undefined) {
      return (
        `of the pod ${pod.metadata.name} Linkerd goes by the Server ${first.metadata.name}, which is about the ` +
        'same port and older; delete that one'
      );
    }
  }
  return undefined;
}

/**
 * A proxy watches the ports that its pod declares. Of another it learns when somebody connects, goes by its default
 * policy until then, which refuses everybody, and forgets it when nobody has connected for a while.
 * @see https://github.com/linkerd/linkerd2-proxy/blob/release/v2.366.0/linkerd/app/inbound/src/policy/store.rs
 * @see https://github.com/linkerd/linkerd2/blob/edge-26.8.3/pkg/inject/inject.go `getPodInboundPorts`
 */
async function undeclared(
  server: Server,
  cluster: Pick<Cluster, 'list'>,
): Promise<UndeclaredPort | undefined> {
  const { port } = server.spec;
  // A name is known by the declaration alone.
  if (typeof port !== 'number') return undefined;
  const pod = (await servedBy(server, cluster)).find((one) => !declares(one, port));
  return pod && { pod: pod.metadata.name, port };
}

/** By a port of a container, or by a probe. */
function declares({ spec }: Pod, port: number): boolean {
  return [...spec.containers, ...spec.initContainers].some(
    ({ ports, readinessProbe, livenessProbe }) =>
      ports.some(({ containerPort }) => containerPort === port) ||
      [readinessProbe, livenessProbe].some((probe) => probe?.httpGet?.port === port),
  );
}

/** Servers, in the order in which they count. */
function inOrder(objects: readonly YamlMap[]): Server[] {
  return objects
    .flatMap((object) => serverSchema.safeParse({ ...object, kind: 'Server' }).data ?? [])
    .sort(({ metadata: one }, { metadata: other }) => {
      const [a, b] = [one, other].map(
        ({ creationTimestamp, name }) => `${creationTimestamp} ${name}`,
      );
      return (a ?? '') < (b ?? '') ? -1 : 1;
    });
}

/** The pods that a Server is about. */
async function servedBy(server: Server, cluster: Pick<Cluster, 'list'>): Promise<Pod[]> {
  return (await cluster.list('v1', 'Pod', server.metadata.namespace))
    .flatMap((object) => podSchema.safeParse(object).data ?? [])
    .filter((pod) => serves(server, pod.metadata.labels));
}

function serves({ spec: { podSelector } }: Server, of: Readonly<Record<string, string>>): boolean {
  return podSelector !== undefined && selects(podSelector, of);
}

/** A port by its name is whatever port of the pod has it. */
function portsOf({ spec: { port } }: Server, pod: Pod): number[] {
  return typeof port === 'number'
    ? [port]
    : pod.spec.containers.flatMap(({ ports }) =>
        ports.filter(({ name }) => name === port).map(({ containerPort }) => containerPort),
      );
}
