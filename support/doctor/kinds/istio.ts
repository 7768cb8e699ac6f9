import { z } from 'zod';
import type { Admission } from '../../../constructs/federation/plan';
import { textIn, type YamlMap, yamlMap, yamlMaps } from '../../../constructs/kubernetes/yaml-file';
import { ISTIO } from '../../../versions';
import { policySchema } from '../objects';
import { gatewayApiRefusal } from './gateway-api';
import { plaintextBy } from './istio-peers';
import { hiddenBy } from './istio-sidecars';
import { spoiledBy } from './istio-traffic';
import type { KindOfMesh } from './kind';

const strings = z.array(z.string()).optional();

const source = z.object({
  principals: strings,
  notPrincipals: strings,
  namespaces: strings,
  notNamespaces: strings,
});

const operation = z.object({
  ports: strings,
  notPorts: strings,
  methods: strings,
  notMethods: strings,
  paths: strings,
  notPaths: strings,
});

/** Parts of a rule that are not read here could be about anything. */
const rule = z.object({
  from: z.array(z.object({ source: source.loose() })).optional(),
  to: z.array(z.object({ operation: operation.loose() })).optional(),
  when: z.array(z.object({ key: z.string(), values: strings, notValues: strings })).optional(),
});

const specSchema = z.object({
  action: z.string().default('ALLOW'),
  selector: z.object({ matchLabels: z.record(z.string(), z.string()).default({}) }).optional(),
  targetRef: z.unknown().optional(),
  targetRefs: z.unknown().optional(),
  rules: z.array(rule).default([]),
});

type Rule = z.output<typeof rule>;

/** A request, or the connection where that is all that is judged. */
interface Asked {
  readonly admission: Admission;
  readonly request?: Admission['requests'][number];
}

/**
 * Istio, as its documentation has it.
 *
 * @see https://istio.io/latest/docs/reference/config/security/authorization-policy/
 * @see https://istio.io/latest/docs/reference/config/meta/v1beta1/istio-status/
 */
export const istioKind: KindOfMesh = {
  // https://github.com/istio/istio/blob/1.31.4/manifests/charts/istio-control/istio-discovery/templates/service.yaml
  controlPlane: [
    {
      name: 'istiod',
      labels: { app: 'istiod' },
      lost:
        'pods of the mesh that start are refused, sidecars do not learn of other pods and changed resources, and ' +
        'certificates are not renewed, which last for a day',
    },
  ],

  sidecar: {
    container: 'istio-proxy',
    pin: ISTIO,
    remedy: (namespace) => `label namespace ${namespace} istio-injection=enabled`,
    // https://istio.io/latest/docs/reference/config/labels/#SidecarInject
    keptOut: { key: 'sidecar.istio.io/inject', value: 'false' },
    // https://istio.io/latest/docs/reference/config/annotations/#AmbientRedirection
    otherwise: {
      annotation: 'ambient.istio.io/redirection',
      value: 'enabled',
      what: 'is in the ambient mesh, by ztunnel, and borders know only callers and callees with a sidecar',
      remedy: (namespace) =>
        `label namespace ${namespace} istio.io/dataplane-mode- istio-injection=enabled`,
    },
    accessLog:
      'it logs no requests unless meshConfig.accessLogFile is /dev/stdout, or a Telemetry resource says so',
  },

  // istiod writes it to every namespace.
  roots: { configMap: 'istio-ca-root-cert', key: 'root-cert.pem' },

  refusal(object) {
    const status = yamlMap(object['status']);
    const messages = yamlMaps(status['validationMessages'])
      .filter(({ level }) => level === 'ERROR' || level === 'UNKNOWN' || level === 3)
      .map(
        (said) => textIn(said, 'message') ?? textIn(said, 'documentationUrl') ?? 'no reason given',
      );
    const reconciled = yamlMaps(status['conditions']).find(
      ({ type, status: is }) => type === 'Reconciled' && is === 'False',
    );
    return (
      messages[0] ??
      (reconciled && (textIn(reconciled, 'message') || 'not reconciled')) ??
      gatewayApiRefusal(object)
    );
  },

  hiding: hiddenBy,

  spoiling: spoiledBy,

  async denial(cluster, admission, rootNamespace) {
    const plaintext =
      admission.source === '' ? undefined : await plaintextBy(cluster, admission, rootNamespace);
    if (plaintext !== undefined) {
      return `PeerAuthentication ${plaintext} turns mutual TLS off, so callers have no identity that a policy could let in`;
    }
    const found = await Promise.all(
      [...new Set([admission.namespace, rootNamespace])].map((namespace) =>
        cluster.list('security.istio.io/v1', 'AuthorizationPolicy', namespace),
      ),
    );
    const policies = found.flat().flatMap((object) => read(object, admission, rootNamespace));
    const requests = admission.requests.length === 0 ? [undefined] : admission.requests;
    for (const request of requests) {
      const asked = { admission, request };
      const words = request === undefined ? '' : ` ${request.method} ${request.path}`;
      const denying = policies.find(
        ({ action, rules }) => action === 'DENY' && rules.some((one) => matches(one, asked)),
      );
      if (denying !== undefined) {
        return `AuthorizationPolicy ${denying.name} denies${words} (action DENY goes before every ALLOW)`;
      }
      const allowing = policies.filter(({ action }) => action === 'ALLOW');
      if (
        allowing.length > 0 &&
        !allowing.some(({ rules }) => rules.some((one) => matches(one, asked)))
      ) {
        return (
          `no AuthorizationPolicy lets ${admission.source || 'it'} in${words}; those that choose these ` +
          `pods are ${allowing.map(({ name }) => name).join(', ')}`
        );
      }
    }
    return undefined;
  },
};

/** A policy that is about the pods. */
function read(object: YamlMap, { namespace, labels }: Admission, rootNamespace: string) {
  const parsed = policySchema.safeParse(object);
  const spec = specSchema.safeParse(parsed.data?.spec ?? {});
  if (!parsed.success || !spec.success) return [];
  const { metadata } = parsed.data;
  const { selector, targetRef, targetRefs, action, rules } = spec.data;
  if (targetRef !== undefined || targetRefs !== undefined) return [];
  const own = metadata.namespace === namespace;
  const chosen = Object.entries(selector?.matchLabels ?? {}).every(
    ([key, value]) => labels[key] === value,
  );
  return (own || metadata.namespace === rootNamespace) && chosen
    ? [{ name: `${metadata.namespace}/${metadata.name}`, action, rules }]
    : [];
}

/** Each part that is there must fit: one entry of it. */
function matches({ from, to, when }: Rule, { admission, request }: Asked): boolean {
  const namespace = /\/ns\/([^/]+)\//.exec(admission.source)?.[1] ?? '';
  return (
    (from === undefined ||
      from.some(
        ({ source: s }) =>
          fits(s.principals, admission.source) &&
          misses(s.notPrincipals, admission.source) &&
          fits(s.namespaces, namespace) &&
          misses(s.notNamespaces, namespace) &&
          knows(s, source),
      )) &&
    (to === undefined ||
      to.some(
        ({ operation: o }) =>
          fitsIfKnown(o.ports, admission.port?.toString()) &&
          missesIfKnown(o.notPorts, admission.port?.toString()) &&
          fits(o.methods, request?.method) &&
          misses(o.notMethods, request?.method) &&
          fits(o.paths, request?.path) &&
          misses(o.notPaths, request?.path) &&
          knows(o, operation),
      )) &&
    (when === undefined ||
      when.every(
        ({ key, values, notValues }) =>
          key === 'connection.sni' &&
          fits(values, admission.serverName) &&
          misses(notValues, admission.serverName),
      ))
  );
}

/** Whether nothing is said that is not judged here. */
function knows(part: object, schema: z.ZodObject): boolean {
  return Object.keys(part).every((key) => key in schema.shape);
}

function fits(patterns: readonly string[] | undefined, value: string | undefined): boolean {
  return (
    patterns === undefined || (value !== undefined && patterns.some((one) => like(one, value)))
  );
}

function misses(patterns: readonly string[] | undefined, value: string | undefined): boolean {
  return patterns === undefined || value === undefined || !patterns.some((one) => like(one, value));
}

function fitsIfKnown(patterns: readonly string[] | undefined, value: string | undefined): boolean {
  return value === undefined || fits(patterns, value);
}

function missesIfKnown(
  patterns: readonly string[] | undefined,
  value: string | undefined,
): boolean {
  return value === undefined || misses(patterns, value);
}

/** Exact, `prefix*`, `*suffix` or `*`. */
function like(pattern: string, value: string): boolean {
  if (pattern === '*') return value !== '';
  if (pattern.endsWith('*')) return value.startsWith(pattern.slice(0, -1));
  return pattern.startsWith('*') ? value.endsWith(pattern.slice(1)) : value === pattern;
}
