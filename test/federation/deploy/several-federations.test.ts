import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import {
  type AccessPolicy,
  type FederatedMesh,
  FederationHalf,
  type FederationHalfProps,
  type MeshMember,
} from '../../../constructs/federation';
import { offerOf } from '../../../constructs/federation/plan';
import { consulMember, istioMember, linkerdMember } from '../../../support/policy/installed-meshes';
import { certificate } from '../../helpers/roots';
import { type Block, synthesise } from '../../helpers/synth';

/*
 * Two federations of one mesh, each with a partner of its own and deployed by itself: every object that selects
 * pods is asked whether it means those of the other one too.
 */

let roots = '';
beforeAll(async () => {
  roots = (await certificate({ name: 'partner' })).pem;
});

type Kind = FederatedMesh['kind'];

const MEMBERS = {
  istio: istioMember,
  consul: consulMember,
  linkerd: linkerdMember,
} as const satisfies Record<Kind, () => MeshMember>;

/** Services that both federations call: only the first has what a mesh has once for them. */
const EXISTING = {
  istio: {},
  consul: { serviceDefaults: 'existing', intentions: 'existing' },
  linkerd: { server: 'existing' },
} as const;

interface Partner {
  /** Its mesh and its service. */
  readonly names: readonly [mesh: string, service: string];
  /** Of the federation. */
  readonly name?: string;
}

const BANK: Partner = { names: ['bank', 'payments'] };
const NAMED_BANK: Partner = { ...BANK, name: 'bank' };
const DEPOT: Partner = { names: ['depot', 'parcels'], name: 'depot' };

/** How calls enter the mesh and leave it. */
interface Ways {
  readonly in: 'gateway' | 'service';
  readonly out?: 'sidecar' | 'border';
}

/** A federation of the mesh `shop` that calls a partner's service and is called by it, with all that watches it. */
function federationOf(
  kind: Kind,
  { names: [mesh, service], name }: Partner,
  own: Ways,
  checkout: object = {},
): Block[] {
  const policy: AccessPolicy = {
    meshes: {
      shop: { kind, ...own, services: { checkout } },
      [mesh]: { kind: 'istio', services: { [service]: {} } },
    },
    rules: [
      { from: 'shop/checkout', to: `${mesh}/${service}` },
      { from: `${mesh}/${service}`, to: 'shop/checkout', allow: [{ methods: ['GET'] }] },
    ],
  };
  const theirs = offerOf({
    policy,
    mesh,
    member: istioMember(`${mesh}.example.com`),
    gateway: `${mesh}.example.com`,
    roots,
  });
  const stack = new TerraformStack(Testing.app(), 'test');
  const props: FederationHalfProps = {
    policy,
    own: {
      shop: {
        ...MEMBERS[kind](),
        gatewayAddress: 'shop.example.com',
        // A sidecar shows other meshes the identity of its own.
        ...(own.out === 'sidecar' ? {} : { spire: { trustDomain: 'spire.example.com' } }),
        provider: new KubernetesProvider(stack, 'shop', { alias: 'shop' }),
      },
    },
    partners: { [mesh]: { offer: theirs } },
    name,
    observability: { namespace: 'monitoring', podMonitor: true, rules: true, dashboard: true },
  };
  new FederationHalf(stack, 'federation', props);
  return Object.entries(synthesise(stack).resource ?? {}).flatMap(([type, ofType]) =>
    type.startsWith('kubernetes_')
      ? Object.values(ofType).map((block): Block => ({
          kind: type,
          ...(isBlock(block['manifest']) ? block['manifest'] : block),
        }))
      : [],
  );
}

function isBlock(value: unknown): value is Block {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value below keys, of which an argument of Terraform may be a list of one. */
function at(value: unknown, ...keys: readonly string[]): unknown {
  const [key, ...rest] = keys;
  const one: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (key === undefined) return one;
  return isBlock(one) ? at(one[key], ...rest) : undefined;
}

/** The first of these that is there. */
function either(value: unknown, ...keys: readonly string[]): unknown {
  return keys.map((key) => at(value, key)).find((found) => found !== undefined);
}

function list(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function labels(value: unknown): Readonly<Record<string, string>> {
  return isBlock(value)
    ? Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]))
    : {};
}

function nameOf(object: Block): string {
  const { namespace = '-', name } = labels(at(object, 'metadata'));
  return `${String(object['kind'])} ${namespace}/${name}`;
}

interface Pod {
  readonly of: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The pods that an object makes, if any. */
function podsOf(object: Block): Pod[] {
  const template =
    at(object, 'spec', 'job_template', 'spec', 'template') ?? at(object, 'spec', 'template');
  const { namespace = '' } = labels(at(object, 'metadata'));
  return template === undefined
    ? []
    : [{ of: nameOf(object), namespace, labels: labels(at(template, 'metadata', 'labels')) }];
}

interface Selector {
  readonly of: string;
  readonly at: string;
  matches(this: void, pod: Pod): boolean;
}

const SELECTORS = /^(selector|pod_?selector|label_?selector|workload_?selector)$/i;

/** Whatever in an object selects pods, by labels and by namespaces. */
function selectorsOf(object: Block): Selector[] {
  const { namespace: own } = labels(at(object, 'metadata'));
  const found: Selector[] = [];
  const walk = (value: unknown, path: string): void => {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (!isBlock(item)) continue;
      for (const [key, inner] of Object.entries(item)) {
        if (!SELECTORS.test(key)) {
          walk(inner, `${path}.${key}`);
          continue;
        }
        const spaces = either(item, 'namespace_selector', 'namespaceSelector');
        found.push({
          of: nameOf(object),
          at: `${path}.${key}`,
          matches: (pod) => inNamespace(spaces, own, pod.namespace) && meets(at(inner), pod.labels),
        });
      }
    }
  };
  walk(object['spec'], 'spec');
  return found;
}

function inNamespace(selector: unknown, own: string | undefined, namespace: string): boolean {
  if (selector === undefined) return own === namespace;
  const names = at(selector, 'matchNames');
  return names === undefined
    ? meets(at(selector), { 'kubernetes.io/metadata.name': namespace })
    : list(names).includes(namespace);
}

/** As Kubernetes reads a selector; that of a Service is labels alone. */
function meets(selector: unknown, of: Readonly<Record<string, string>>): boolean {
  const matchLabels = either(selector, 'match_labels', 'matchLabels');
  const expressions = either(selector, 'match_expressions', 'matchExpressions');
  const plain = matchLabels === undefined && expressions === undefined;
  return (
    Object.entries(labels(plain ? selector : matchLabels)).every(
      ([key, value]) => of[key] === value,
    ) &&
    list(expressions).every((expression) => {
      const { key = '', operator } = labels(expression);
      const values = list(isBlock(expression) ? expression['values'] : undefined);
      switch (operator) {
        case 'In':
          return values.includes(of[key]);
        case 'NotIn':
          return !values.includes(of[key]);
        case 'DoesNotExist':
          return of[key] === undefined;
        default:
          throw new Error(`operator ${operator}`);
      }
    })
  );
}

/** Pods of the one that the other means. */
function meant(selectors: readonly Selector[], pods: readonly Pod[]): string[] {
  return selectors.flatMap((selector) =>
    pods
      .filter((pod) => selector.matches(pod))
      .map((pod) => `${selector.of} (${selector.at}) means ${pod.of}`),
  );
}

describe.each([
  ['istio', 'gateway', 'sidecar'],
  ['istio', 'service', 'border'],
  ['consul', 'service', 'border'],
  ['linkerd', 'service', 'border'],
] as const)('two federations of one %s mesh, in by %s and out by %s', (kind, way, out) => {
  const ways = { in: way, ...(kind === 'istio' ? { out } : {}) };

  describe.each([
    ['one of which has a name', BANK],
    ['with a name each', NAMED_BANK],
  ] as const)('%s', (_, first) => {
    const both = () =>
      [federationOf(kind, first, ways), federationOf(kind, DEPOT, ways, EXISTING[kind])] as const;

    it('have no object in common', () => {
      const [bank, depot] = both();
      const names = new Set(bank.map(nameOf));
      expect(names.size).toBeGreaterThan(35);
      expect(depot.map(nameOf).filter((name) => names.has(name))).toEqual([]);
      // Linkerd goes by the older of two Servers, whatever they are called.
      expect(depot.map(nameOf).filter((name) => name.startsWith('Server default/'))).toEqual([]);
    });

    it('select none of each other’s pods, and each its own', () => {
      const [bank, depot] = both().map((all) => ({
        pods: all.flatMap(podsOf),
        selectors: all.flatMap(selectorsOf),
      }));
      if (bank === undefined || depot === undefined) throw new Error('there are two');
      for (const { pods, selectors } of [bank, depot]) {
        expect(pods.length).toBeGreaterThanOrEqual(4);
        const own = new Set(meant(selectors, pods).map((line) => line.replace(/ .*/, '')));
        expect([...own]).toEqual(
          expect.arrayContaining([
            ...(out === 'sidecar' ? [] : ['ClusterSPIFFEID']),
            'PodMonitor',
            'kubernetes_deployment_v1',
            'kubernetes_network_policy_v1',
            'kubernetes_pod_disruption_budget_v1',
            'kubernetes_service_v1',
          ]),
        );
      }
      expect(meant(bank.selectors, depot.pods)).toEqual([]);
      expect(meant(depot.selectors, bank.pods)).toEqual([]);
    });
  });
});
