import { expect, it } from '@jest/globals';
import { compilePolicy, crossCalls, type Hop, hops } from '../../../constructs/federation/plan';
import { isYamlMap, textIn, type YamlMap } from '../../../constructs/kubernetes/yaml-file';
import type { Ref } from '../../../support/cluster/cluster';
import { ApiError } from '../../../support/cluster/errors';
import { networkFindings } from '../../../support/doctor/network';
import { consulMember, istioMember } from '../../../support/policy/installed-meshes';
import { ClusterDouble } from '../../helpers/cluster-double';

const plan = compilePolicy({
  policy: {
    meshes: {
      istio: { kind: 'istio', services: { front: { namespace: 'shop' } } },
      consul: { kind: 'consul', services: { info: { namespace: 'bank' } } },
    },
    rules: [
      { from: 'istio/front', to: 'consul/info' },
      { from: 'consul/info', to: 'istio/front' },
    ],
  },
  meshes: { istio: istioMember(), consul: consulMember() },
});

/** A pod of each hop, each with a Service in front of it, and NetworkPolicies. */
class WithPolicies extends ClusterDouble {
  public constructor(
    private readonly pods: readonly YamlMap[],
    private readonly policies: readonly YamlMap[] | ApiError,
    private readonly unreadable?: string,
  ) {
    super();
  }

  public override read({ kind, name }: Ref): Promise<YamlMap> {
    return Promise.resolve(
      kind === 'Namespace'
        ? { metadata: { labels: { 'kubernetes.io/metadata.name': name, team: name } } }
        : { spec: { ports: [{ name: 'http', port: 80 }] } },
    );
  }

  public override list(_: string, kind: string, namespace?: string): Promise<YamlMap[]> {
    if (kind === 'NetworkPolicy') {
      if (namespace === this.unreadable) return Promise.reject(new ApiError(403, 'forbidden'));
      return this.policies instanceof ApiError
        ? Promise.reject(this.policies)
        : Promise.resolve(this.policies.filter((one) => namespaceOf(one) === namespace));
    }
    const own = this.pods.filter((pod) => JSON.stringify(pod).includes(`"${namespace}"`));
    return Promise.resolve(
      kind === 'Pod'
        ? own
        : [
            {
              metadata: { name: 'front', labels: { 'kubernetes.io/service-name': 'front' } },
              endpoints: [{ targetRef: { kind: 'Pod', name: 'front-1' } }],
              ports: [{ name: 'http', port: 8080 }],
            },
          ],
    );
  }
}

function namespaceOf({ metadata }: YamlMap): string | undefined {
  return isYamlMap(metadata) ? textIn(metadata, 'namespace') : undefined;
}

/** What is found between the inbound border of a mesh and the called pods. */
async function found(
  mesh: 'istio' | 'consul',
  policies: readonly YamlMap[] | ApiError,
  address = '10.0.0.1',
  unreadable?: string,
) {
  const call = crossCalls(plan).find(({ callee }) => callee.mesh === mesh);
  if (call === undefined) throw new Error('there is no such call');
  const [before, hop] = hops(plan, call, { addresses: () => ['192.0.2.1'] }).slice(-2);
  if (before === undefined || hop === undefined) throw new Error('there are too few hops');
  const pods = [podOf(before, address), podOf(hop, '10.0.0.2')];
  const cluster = new WithPolicies(pods, policies, unreadable);
  const deployed = {
    plan,
    clusters: { istio: cluster, consul: cluster },
    wanted: [],
    staleSeconds: 1,
    givenRoots: [],
  };
  return (await networkFindings(deployed, before, hop))?.map(
    ({ level, what }) => `${level}: ${what}`,
  );
}

function podOf({ pods, place }: Hop, podIP: string): YamlMap {
  return {
    metadata: {
      name: place === 'callee' ? 'front-1' : 'border-1',
      namespace: pods?.namespace,
      labels: place === 'callee' ? { app: 'front' } : { ...pods?.labels },
    },
    spec: {
      serviceAccountName: pods?.serviceAccount,
      containers: [{ name: 'app', ports: [{ name: 'http', containerPort: 8080 }] }],
    },
    status: { phase: 'Running', podIP, conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

const policy = (spec: YamlMap, namespace = 'shop'): YamlMap => ({
  metadata: { name: 'closed', namespace },
  spec: { podSelector: {}, ...spec },
});

const into = (...ingress: readonly YamlMap[]) => policy({ ingress });
const ofBorders = { namespaceSelector: { matchLabels: { team: 'federation-borders' } } };

const CLOSED =
  'warning: No NetworkPolicy lets federation-borders/info-border connect to shop/front at port 8080, and there ' +
  "is shop/closed: where the cluster's network enforces them, no call gets through.";

it.each([
  ['there is none', []],
  ['one is about other pods', [policy({ podSelector: { matchLabels: { app: 'other' } } })]],
  [
    'one is about what the pods call',
    [policy({ policyTypes: ['Egress'], podSelector: { matchLabels: { app: 'front' } } })],
  ],
  ['one lets everybody in', [into({})]],
  ['one of two lets the namespace in', [into(), into({ from: [ofBorders] })]],
  ['it names the port', [into({ from: [ofBorders], ports: [{ port: 8080 }] })]],
  [
    'it names a range of ports',
    [into({ from: [ofBorders], ports: [{ port: 8000, endPort: 9000 }] })],
  ],
  ['it names the port by its name', [into({ ports: [{ port: 'http' }] })]],
  ['it admits the address', [into({ from: [{ ipBlock: { cidr: '10.0.0.0/24' } }] })]],
])('finds nothing where %s', async (_, policies) => {
  expect(await found('istio', policies)).toEqual([]);
});

it.each([
  ['lets nobody in', [into()]],
  ['lets only its own namespace in', [into({ from: [{ podSelector: {} }] })]],
  [
    'lets another namespace in',
    [into({ from: [{ namespaceSelector: { matchLabels: { team: 'shop' } } }] })],
  ],
  [
    'lets other pods of the namespace in',
    [
      into({
        from: [
          { ...ofBorders, podSelector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } },
        ],
      }),
    ],
  ],
  ['opens another port', [into({ from: [ofBorders], ports: [{ port: 80 }] })]],
  ['opens it for UDP', [into({ ports: [{ protocol: 'UDP', port: 8080 }] })]],
  ['admits another address', [into({ from: [{ ipBlock: { cidr: '10.0.1.0/24' } }] })]],
  ['admits addresses of IPv6', [into({ from: [{ ipBlock: { cidr: '::/0' } }] })]],
  [
    'leaves the address out',
    [into({ from: [{ ipBlock: { cidr: '10.0.0.0/24', except: ['10.0.0.1/32'] } }] })],
  ],
])('warns of one that %s', async (_, policies) => {
  expect(await found('istio', policies)).toEqual([CLOSED]);
});

it('warns of one that lets the border connect to nobody', async () => {
  const policies = [policy({ policyTypes: ['Egress'] }, 'federation-borders')];
  expect(await found('istio', policies)).toEqual([
    CLOSED.replace('shop/closed', 'federation-borders/closed'),
  ]);
});

const outOf = (egress: readonly YamlMap[], more: YamlMap = { policyTypes: ['Egress'] }) =>
  policy({ egress: [...egress], ...more }, 'federation-borders');
const toShop = { namespaceSelector: { matchLabels: { team: 'shop' } } };
const toBank = { namespaceSelector: { matchLabels: { team: 'bank' } } };

it.each([
  ['lets it connect to the namespace', [outOf([{ to: [toShop] }])]],
  ['lets it connect to one of two', [outOf([{ to: [toBank, toShop] }])]],
  ['opens the port', [outOf([{ to: [toShop], ports: [{ port: 443 }, { port: 8080 }] }])]],
  ['has a rule for it among others', [outOf([{ to: [toBank] }, { to: [toShop] }])]],
  ['leaves it to another one', [outOf([]), outOf([{ to: [toShop] }])]],
])('finds nothing where a policy of the border %s', async (_, policies) => {
  expect(await found('istio', policies)).toEqual([]);
});

it.each([
  ['names another namespace', [outOf([{ to: [toBank] }])]],
  ['opens another port', [outOf([{ to: [toShop], ports: [{ port: 443 }] }])]],
  ['opens the port to others', [outOf([{ to: [toBank], ports: [{ port: 8080 }] }])]],
  // What it is about it may leave out: it has rules for it.
  ['says nothing of its types', [outOf([], {})]],
])('warns where a policy of the border %s', async (_, policies) => {
  expect(await found('istio', policies)).toEqual([
    CLOSED.replace('shop/closed', 'federation-borders/closed'),
  ]);
});

it.each([
  ['one of several peers', [into({ from: [toBank, ofBorders] })]],
  ['one of several ports', [into({ ports: [{ port: 80 }, { port: 8080 }] })]],
  ['any port', [into({ from: [ofBorders], ports: [{ protocol: 'TCP' }] })]],
])('takes %s of a rule', async (_, policies) => {
  expect(await found('istio', policies)).toEqual([]);
});

it.each([
  ['a name of another port', [into({ ports: [{ port: 'metrics' }] })]],
  ['a range above', [into({ ports: [{ port: 8081, endPort: 9000 }] })]],
  ['a range below', [into({ ports: [{ port: 80, endPort: 8079 }] })]],
])('takes no rule with %s for one that opens it', async (_, policies) => {
  expect(await found('istio', policies)).toEqual([CLOSED]);
});

it('says nothing, and not that all is right, where the policies may not be read', async () => {
  expect(await found('istio', new ApiError(403, 'forbidden'))).toBeUndefined();
  // Anything else that the API server says is told.
  await expect(found('istio', new ApiError(500, 'etcd is away'))).rejects.toThrow('etcd is away');
});

it('warns of one in one namespace where those of the other may not be read', async () => {
  const address = '10.0.0.1';
  expect(await found('istio', [into()], address, 'federation-borders')).toEqual([CLOSED]);
  expect(await found('istio', [outOf([])], address, 'shop')).toEqual([
    CLOSED.replace('shop/closed', 'federation-borders/closed'),
  ]);
  expect(await found('istio', [], address, 'shop')).toBeUndefined();
  expect(await found('istio', [], address, 'federation-borders')).toBeUndefined();
});

it('knows addresses of IPv6, and of a pod without one nothing', async () => {
  const only = (cidr: string) => [into({ from: [{ ipBlock: { cidr } }] })];
  expect(await found('istio', only('fd00::/64'), 'fd00::1')).toEqual([]);
  expect(await found('istio', only('fd01::/64'), 'fd00::1')).toEqual([CLOSED]);
  expect(await found('istio', only('0.0.0.0/0'), 'fd00::1')).toEqual([CLOSED]);
  expect(await found('istio', only('0.0.0.0/0'), '')).toEqual([CLOSED]);
});

it("takes the sidecars' port in Consul", async () => {
  const open = (port: number) => [
    policy({ ingress: [{ from: [ofBorders], ports: [{ port }] }] }, 'bank'),
  ];
  expect(await found('consul', open(20000))).toEqual([]);
  expect(await found('consul', open(8080))).toEqual([
    expect.stringContaining('connect to bank/info at port 20000'),
  ]);
});
