import { z } from 'zod';
import { CONSUL_SIDECAR_PORT } from '../../../constructs/federation/plan/internal';
import { textIn, yamlMap, yamlMaps } from '../../../constructs/kubernetes/yaml-file';
import { gatewayApiRefusal } from './gateway-api';
import type { KindOfMesh } from './kind';

const http = z.object({
  pathExact: z.string().optional(),
  pathPrefix: z.string().optional(),
  pathRegex: z.string().optional(),
  methods: z.array(z.string()).optional(),
  header: z.array(z.unknown()).optional(),
});

const intentionSource = z.object({
  name: z.string(),
  action: z.string().optional(),
  permissions: z.array(z.object({ action: z.string(), http: http.optional() })).optional(),
});

const intentions = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string().default('') }),
  spec: z.object({
    destination: z.object({ name: z.string() }),
    sources: z.array(intentionSource).default([]),
  }),
});

type Http = z.output<typeof http>;

/**
 * Consul, as its documentation has it.
 *
 * @see https://developer.hashicorp.com/consul/docs/secure-mesh/intention#precedence-and-match-order
 */
export const consulKind: KindOfMesh = {
  sidecar: {
    container: 'consul-dataplane',
    port: CONSUL_SIDECAR_PORT,
    accessLog: 'it logs no requests unless accessLogs.enabled is true in ProxyDefaults',
    remedy: (namespace) =>
      `label namespace ${namespace} connect-inject=enabled (or the pod's annotation ` +
      'consul.hashicorp.com/connect-inject: "true")',
  },

  refusal(object) {
    const status = yamlMap(object['status']);
    const synced = yamlMaps(status['conditions']).find(({ type }) => type === 'Synced');
    return synced !== undefined && synced['status'] !== 'True'
      ? textIn(synced, 'message') || textIn(synced, 'reason') || 'it is not synced'
      : gatewayApiRefusal(object);
  },

  async denial(cluster, { destination, source, requests }) {
    const all = await cluster.list('consul.hashicorp.com/v1alpha1', 'ServiceIntentions');
    const read = all.flatMap((object) => intentions.safeParse(object).data ?? []);
    const found = [destination, '*'].flatMap((name) =>
      read
        .filter(({ spec }) => spec.destination.name === name)
        .flatMap(({ metadata, spec }) =>
          [source, '*'].flatMap((who) =>
            spec.sources
              .filter((one) => one.name === who)
              .map((one) => ({ ...one, resource: `${metadata.namespace}/${metadata.name}` })),
          ),
        ),
    );
    const [first] = found;
    // Whether what nobody speaks of is denied is for Consul's settings to say.
    if (first === undefined) return undefined;
    const resource = `ServiceIntentions ${first.resource}`;
    if (first.permissions === undefined) {
      return first.action === 'allow' ? undefined : `${resource} denies ${first.name}`;
    }
    for (const { method, path } of requests) {
      const permission = first.permissions.find((one) => mayFit(one.http, method, path));
      if (permission !== undefined && !isReadable(permission.http)) return undefined;
      if (permission?.action !== 'allow')
        return `${resource} denies ${first.name}: ${method} ${path}`;
    }
    return undefined;
  },
};

/** Whether a permission is about a request, or cannot be read here. */
function mayFit(
  { pathExact, pathPrefix, pathRegex, methods, header }: Http = {},
  method: string,
  path: string,
): boolean {
  return (
    (pathExact === undefined || path === pathExact) &&
    (pathPrefix === undefined || path.startsWith(pathPrefix)) &&
    (pathRegex === undefined || (expression(pathRegex)?.test(path) ?? true)) &&
    (methods === undefined || methods.includes(method)) &&
    (header ?? []).length === 0
  );
}

function isReadable({ pathRegex }: Http = {}): boolean {
  return pathRegex === undefined || expression(pathRegex) !== undefined;
}

/** Consul's are those of RE2, of which JavaScript does not have all, such as `(?i)`. */
function expression(pattern: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch {
    return undefined;
  }
}
