import { z } from 'zod';
import { CONSUL_SIDECAR_PORT } from '../../../constructs/federation/plan/internal';
import { gatewayApiRefusal } from './gateway-api';
import {
  httpSchema,
  isReadable,
  leading,
  mayFit,
  notSynced,
  type Requested,
} from './consul-traffic';
import type { KindOfMesh } from './kind';

const intentionSource = z.object({
  name: z.string(),
  action: z.string().optional(),
  permissions: z.array(z.object({ action: z.string(), http: httpSchema.optional() })).optional(),
});

const intentions = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string().default('') }),
  spec: z.object({
    destination: z.object({ name: z.string() }),
    sources: z.array(intentionSource).default([]),
  }),
});

/**
 * Consul, as its documentation has it.
 *
 * @see https://developer.hashicorp.com/consul/docs/secure-mesh/intention#precedence-and-match-order
 */
export const consulKind: KindOfMesh = {
  // https://github.com/hashicorp/consul-k8s/blob/v2.0.3/charts/consul/templates
  controlPlane: [
    {
      name: "Consul's server",
      labels: { app: 'consul', component: 'server' },
      lost:
        'pods of the mesh that start do not get into it, sidecars do not learn of other pods and changed resources, ' +
        'and certificates are not renewed, which last for three days',
    },
    {
      name: "Consul's connect-injector",
      labels: { app: 'consul', component: 'connect-injector' },
      lost:
        'pods that start are refused, Consul does not learn which pods there are, and changed resources are not ' +
        'taken up',
    },
  ],

  sidecar: {
    container: 'consul-dataplane',
    port: CONSUL_SIDECAR_PORT,
    accessLog: 'it logs no requests unless accessLogs.enabled is true in ProxyDefaults',
    remedy: (namespace) =>
      `label namespace ${namespace} connect-inject=enabled (or the pod's annotation ` +
      'consul.hashicorp.com/connect-inject: "true")',
    // https://developer.hashicorp.com/consul/docs/reference/k8s/annotation-label#consul-hashicorp-com-connect-inject
    keptOut: { key: 'consul.hashicorp.com/connect-inject', value: 'false' },
  },

  refusal(object) {
    return notSynced(object) ?? gatewayApiRefusal(object);
  },

  async denial(cluster, { destination, source, requests }) {
    const all = await cluster.list('consul.hashicorp.com/v1alpha1', 'ServiceIntentions');
    const read = all.flatMap((object) => intentions.safeParse(object).data ?? []);
    const ledTo = await leading(cluster);
    for (const request of requests.length === 0 ? [undefined] : requests) {
      for (const { service, by } of ledTo(destination, request)) {
        const denial = denialOf(read, service, source, request);
        if (denial !== undefined) {
          return by.length === 0
            ? denial
            : `${by.join(' and ')} ${by.length === 1 ? 'leads' : 'lead'} it to ${service}, where ${denial}`;
        }
      }
    }
    return undefined;
  },
};

/** What keeps a request, or a connection, of a service out. */
function denialOf(
  all: readonly z.output<typeof intentions>[],
  destination: string,
  source: string,
  request: Requested | undefined,
): string | undefined {
  const found = [destination, '*'].flatMap((name) =>
    all
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
  if (request === undefined) return undefined;
  const permission = first.permissions.find((one) => mayFit(one.http, request));
  if (permission !== undefined && !isReadable(permission.http)) return undefined;
  return permission?.action === 'allow'
    ? undefined
    : `${resource} denies ${first.name}: ${request.method} ${request.path}`;
}
