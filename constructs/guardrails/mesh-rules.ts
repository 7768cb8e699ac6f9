import { isRecord } from '../is-record';
import { at, blocks, words } from './resource';
import { rule } from './rule';

/** What no scanner looks at: what the meshes' own resources allow. */
export const MESH_RULES = [
  manifests('istio-strict-mtls', 'Istio takes mutual TLS only.', 'PeerAuthentication', (spec) => {
    const modes = [at(spec, 'mtls'), ...values(at(spec, 'portLevelMtls'))].map((mtls) =>
      at(mtls, 'mode'),
    );
    return modes.map((mode) =>
      mode === 'PERMISSIVE' || mode === 'DISABLE'
        ? `takes plain text (${mode}); set mode to STRICT`
        : undefined,
    );
  }),
  manifests(
    'istio-named-callers',
    'An Istio policy that allows names its callers.',
    'AuthorizationPolicy',
    (spec) => {
      const action = at(spec, 'action') ?? 'ALLOW';
      if (action !== 'ALLOW') return [];
      return blocks(spec, 'rules').map((allowed) => {
        const sources = blocks(allowed, 'from').map((from) => at(from, 'source'));
        const isNamed =
          sources.length > 0 &&
          sources.every((source) =>
            ['principals', 'serviceAccounts', 'namespaces', 'requestPrincipals'].some((key) => {
              const named = words(source, key);
              return named.length > 0 && !named.includes('*');
            }),
          );
        return isNamed ? undefined : 'allows callers without a name; list principals';
      });
    },
  ),
  manifests(
    'istio-verified-servers',
    'Istio verifies by name whom it calls by TLS.',
    'DestinationRule',
    (spec) =>
      [
        at(spec, 'trafficPolicy'),
        ...blocks(spec, 'trafficPolicy', 'portLevelSettings'),
        ...blocks(spec, 'subsets').map((subset) => at(subset, 'trafficPolicy')),
      ].map((policy) => {
        const mode = at(policy, 'tls', 'mode');
        if (mode === 'DISABLE') return 'calls without TLS; drop tls.mode DISABLE';
        if (mode !== 'SIMPLE' && mode !== 'MUTUAL') return undefined;
        return words(policy, 'tls', 'subjectAltNames').length > 0 &&
          at(policy, 'tls', 'insecureSkipVerify') !== true
          ? undefined
          : 'calls whoever answers; set tls.subjectAltNames, and no insecureSkipVerify';
      }),
  ),
  manifests(
    'consul-named-callers',
    'A Consul intention that allows names its callers.',
    'ServiceIntentions',
    (spec) =>
      blocks(spec, 'sources').map((source) =>
        at(source, 'name') === '*' && at(source, 'action') !== 'deny'
          ? 'allows every service; name the services'
          : undefined,
      ),
  ),
];

/** A rule for custom resources of a kind. */
function manifests(
  id: string,
  asks: string,
  kind: string,
  check: (spec: unknown) => readonly (string | undefined)[],
) {
  return rule(id, asks, [], ['kubernetes_manifest'], (attributes) =>
    at(attributes, 'manifest', 'kind') === kind ? check(at(attributes, 'manifest', 'spec')) : [],
  );
}

function values(value: unknown): readonly unknown[] {
  return isRecord(value) ? Object.values(value) : [];
}
