import { z } from 'zod';
import { textIn, yamlMap, yamlMaps } from '../../../constructs/kubernetes/yaml-file';
import type { KindOfMesh } from './kind';

const metadata = z.object({ name: z.string(), namespace: z.string().default('') });

const serverSchema = z.object({
  metadata,
  spec: z.object({
    podSelector: z.object({ matchLabels: z.record(z.string(), z.string()).default({}) }).optional(),
    port: z.union([z.number(), z.string()]),
    accessPolicy: z.string().default('deny'),
  }),
});

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
  sidecar: {
    container: 'linkerd-proxy',
    remedy: (namespace) => `annotate namespace ${namespace} linkerd.io/inject=enabled`,
  },

  refusal(object) {
    const status = yamlMap(object['status']);
    const refused = yamlMaps(status['parents'])
      .flatMap((parent) => yamlMaps(parent['conditions']))
      .find(({ type, status: is }) => type === 'Accepted' && is === 'False');
    return (
      refused && (textIn(refused, 'message') ?? textIn(refused, 'reason') ?? 'it is not accepted')
    );
  },

  async denial(cluster, { namespace, labels, port, source }) {
    const list = async (version: string, kind: string) =>
      cluster.list(`policy.linkerd.io/${version}`, kind, namespace);
    const servers = (await list('v1beta3', 'Server'))
      .flatMap((object) => serverSchema.safeParse(object).data ?? [])
      .filter(
        ({ spec }) =>
          spec.port === port &&
          Object.entries(spec.podSelector?.matchLabels ?? {}).every(
            ([key, value]) => labels[key] === value,
          ),
      );
    const [server] = servers;
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
                (one.spec.identities ?? [source]).some((name) => fits(name, source)),
            ),
        ),
      );
    return admits
      ? undefined
      : `no AuthorizationPolicy for the Server ${namespace}/${server.metadata.name} lets ${source} in`;
  },
};

function fits(pattern: string, name: string): boolean {
  return (
    pattern === '*' ||
    pattern === name ||
    (pattern.startsWith('*.') && name.endsWith(pattern.slice(1)))
  );
}
