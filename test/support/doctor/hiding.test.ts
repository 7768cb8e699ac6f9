import { expect, it } from '@jest/globals';
import { compilePolicy, crossCalls, hops } from '../../../constructs/federation/plan';
import type { YamlMap } from '../../../constructs/kubernetes/yaml-file';
import { Cluster } from '../../../support/doctor/cluster';
import { hidingFindings } from '../../../support/doctor/hiding';
import { consulMember, istioMember } from '../../../support/policy/installed-meshes';

const plan = (out: 'sidecar' | 'border') =>
  compilePolicy({
    policy: {
      meshes: {
        istio: { kind: 'istio', out, services: { front: { namespace: 'shop' } } },
        consul: { kind: 'consul', services: { info: {} } },
      },
      rules: [
        { from: 'istio/front', to: 'consul/info' },
        { from: 'consul/info', to: 'istio/front' },
      ],
    },
    meshes: { istio: istioMember(), consul: consulMember() },
  });

class WithSidecars extends Cluster {
  public constructor(private readonly sidecars: readonly YamlMap[]) {
    super(
      { getCurrentCluster: () => null, applyToHTTPSOptions: () => Promise.resolve() },
      'kubectl --context a',
      () => Promise.reject(new Error('no pod is forwarded to')),
    );
  }

  public override list(_: string, __: string, namespace?: string): Promise<YamlMap[]> {
    return Promise.resolve(
      this.sidecars.filter((one) => JSON.stringify(one).includes(`"namespace":"${namespace}"`)),
    );
  }
}

const sidecar = (
  namespace: string,
  spec: YamlMap,
  name = 'default',
  created = '2026-01-02',
): YamlMap => ({
  metadata: { name, namespace, creationTimestamp: created },
  spec,
});

const only = (namespace: string, ...hosts: readonly string[]) =>
  sidecar(namespace, { egress: [{ hosts }] });

/** What is found at the caller, and at the inbound border, in Istio. */
async function found(
  at: 'caller' | 'border-in',
  sidecars: readonly YamlMap[],
  out: 'sidecar' | 'border' = 'sidecar',
) {
  const compiled = plan(out);
  const call = crossCalls(compiled).find(
    ({ caller }) => (caller.mesh === 'istio') === (at === 'caller'),
  );
  if (call === undefined) throw new Error('there is no such call');
  const all = hops(compiled, call, { addresses: () => ['192.0.2.1'] });
  const index = all.findIndex(({ place }) => place === at);
  const [hop, next] = all.slice(index, index + 2);
  if (hop === undefined || next === undefined) throw new Error('there are too few hops');
  const cluster = new WithSidecars(sidecars);
  const deployed = {
    plan: compiled,
    clusters: { istio: cluster, consul: cluster },
    wanted: [],
    staleSeconds: 1,
    givenRoots: [],
  };
  return (await hidingFindings(deployed, hop, next)).map(({ what }) => what);
}

const FROM_BORDER =
  'hides front.shop.svc.cluster.local from federation-borders/info-border, which calls it.';

it('takes the Sidecar that istiod takes for the pods', async () => {
  const closed = only('istio-system', './*');
  expect(await found('border-in', [])).toEqual([]);
  expect(await found('border-in', [closed])).toEqual([
    `Sidecar istio-system/default ${FROM_BORDER}`,
  ]);
  // One in its own namespace goes before.
  expect(await found('border-in', [closed, only('federation-borders', '*/*')])).toEqual([]);
  // One of other pods does not.
  const ofOthers = sidecar('federation-borders', {
    workloadSelector: { labels: { app: 'other' } },
    egress: [{ hosts: ['*/*'] }],
  });
  expect(await found('border-in', [closed, ofOthers])).toHaveLength(1);
  // Of several the oldest.
  const older = sidecar(
    'federation-borders',
    { egress: [{ hosts: ['./*'] }] },
    'older',
    '2026-01-01',
  );
  expect(await found('border-in', [only('federation-borders', '*/*'), older])).toEqual([
    `Sidecar federation-borders/older ${FROM_BORDER}`,
  ]);
  // Without hosts it says nothing of what is called.
  expect(await found('border-in', [sidecar('federation-borders', {})])).toEqual([]);
});

it.each(['shop/*', '*/front.shop.svc.cluster.local', 'shop/*.svc.cluster.local'])(
  'knows that %s imports the called Service',
  async (host) => {
    expect(await found('border-in', [only('federation-borders', host)])).toEqual([]);
  },
);

it.each(['other/*', '~/*', './*', 'shop/other.shop.svc.cluster.local', 'shop/*.example.com'])(
  'knows that %s does not',
  async (host) => {
    expect(await found('border-in', [only('federation-borders', host)])).toHaveLength(1);
  },
);

it('looks at the port of a listener', async () => {
  const listener = (number: number) =>
    sidecar('federation-borders', { egress: [{ port: { number }, hosts: ['*/*'] }] });
  expect(await found('border-in', [listener(80)])).toEqual([]);
  expect(await found('border-in', [listener(81)])).toHaveLength(1);
});

it('says so of the name by which a caller calls the other mesh', async () => {
  expect(await found('caller', [only('shop', './*')])).toEqual([]);
  expect(await found('caller', [only('shop', 'bank/*')])).toEqual([
    'Sidecar shop/default hides info.shop.svc.cluster.local from shop/front, which calls it.',
  ]);
});

it('says nothing of an outbound border, to which a route leads', async () => {
  expect(await found('caller', [only('shop', './*')], 'border')).toEqual([]);
});
