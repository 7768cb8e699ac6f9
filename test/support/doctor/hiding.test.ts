import { expect, it } from '@jest/globals';
import type { YamlMap } from '../../../constructs/kubernetes/yaml-file';
import { hidingFindings } from '../../../support/doctor/obstacles';
import { istioHop } from '../../helpers/istio-hops';

const sidecar = (
  namespace: string,
  spec: YamlMap,
  name = 'default',
  created = '2026-01-02',
): YamlMap => ({
  kind: 'Sidecar',
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
  const { deployed, hop, next } = istioHop(at, sidecars, out);
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
