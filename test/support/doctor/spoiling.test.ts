import { describe, expect, it } from '@jest/globals';
import type { YamlMap } from '../../../constructs/kubernetes/yaml-file';
import { spoilingFindings } from '../../../support/doctor/obstacles';
import { istioHop } from '../../helpers/istio-hops';

const HOST = 'front.shop.svc.cluster.local';

const object = (kind: string) => (namespace: string, spec: YamlMap) => ({
  kind,
  metadata: { name: 'theirs', namespace },
  spec,
});
const rule = object('DestinationRule');
const routes = object('VirtualService');

const off = (host: string, more: YamlMap = {}): YamlMap => ({
  host,
  trafficPolicy: { tls: { mode: 'DISABLE' } },
  ...more,
});
const abort = (host: string, more: YamlMap = {}): YamlMap => ({
  hosts: [host],
  http: [{ fault: { abort: { httpStatus: 418 } }, route: [{ destination: { host } }] }],
  ...more,
});

async function found(at: 'caller' | 'border-in', ...objects: readonly YamlMap[]) {
  const { deployed, hop, next } = istioHop(at, objects);
  return spoilingFindings(deployed, hop, next);
}

it('finds a DestinationRule that has the border speak another TLS than the mesh', async () => {
  expect(await found('border-in', rule('shop', off('front')))).toMatchObject([
    {
      code: 'call-spoiled',
      level: 'broken',
      what: `Calls of federation-borders/info-border to ${HOST} fail: DestinationRule shop/theirs makes them with TLS mode DISABLE, and pods take ISTIO_MUTUAL only.`,
      mend: 'take tls out of it: kubectl --context a -n shop edit destinationrules.networking.istio.io theirs',
    },
  ]);
});

it('finds a VirtualService that ends calls', async () => {
  expect(await found('border-in', routes('shop', abort(HOST)))).toMatchObject([
    {
      what: `Calls of federation-borders/info-border to ${HOST} fail: VirtualService shop/theirs ends them with a fault.`,
      mend: 'take the fault out of it: kubectl --context a -n shop edit virtualservices.networking.istio.io theirs',
    },
  ]);
  // By the name that a caller uses.
  expect(await found('caller', routes('shop', abort('info.shop.svc.cluster.local')))).toHaveLength(
    1,
  );
});

it.each([
  ['a full name', rule('shop', off(HOST))],
  ['a wildcard', rule('istio-system', off('*.shop.svc.cluster.local'))],
  ['all names', rule('istio-system', off('*'))],
  ['the namespace of the border', rule('federation-borders', off(HOST, { exportTo: ['.'] }))],
  [
    'the port',
    rule('shop', {
      host: HOST,
      trafficPolicy: {
        tls: { mode: 'ISTIO_MUTUAL' },
        portLevelSettings: [{ port: { number: 80 }, tls: { mode: 'SIMPLE' } }],
      },
    }),
  ],
])('knows by %s that a rule is about the call', async (_, one) => {
  expect(await found('border-in', one)).toHaveLength(1);
});

it.each([
  ['of another name', rule('shop', off('other'))],
  ['of a short name elsewhere', rule('istio-system', off('front'))],
  ['that is for its own namespace', rule('shop', off(HOST, { exportTo: ['.'] }))],
  ['of some workloads', rule('shop', off(HOST, { workloadSelector: { matchLabels: {} } }))],
  [
    "with the mesh's own TLS",
    rule('shop', { host: HOST, trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } }),
  ],
  ['that says nothing of TLS', rule('shop', { host: HOST })],
  [
    'of another port',
    rule('shop', {
      host: HOST,
      trafficPolicy: { portLevelSettings: [{ port: { number: 81 }, tls: { mode: 'DISABLE' } }] },
    }),
  ],
  ['that only delays', routes('shop', { hosts: [HOST], http: [{ fault: { delay: {} } }] })],
  ['of a gateway', routes('shop', abort(HOST, { gateways: ['shop/public'] }))],
])('says nothing of one %s', async (_, one) => {
  expect(await found('border-in', one)).toEqual([]);
});

it('takes the rule of the namespace that comes first', async () => {
  const own = rule('federation-borders', { host: HOST });
  expect(await found('border-in', own, rule('shop', off(HOST)))).toEqual([]);
});

describe('of several rules for a name', () => {
  const mutual = (host: string, more: YamlMap = {}): YamlMap => ({
    host,
    trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } },
    ...more,
  });
  const aged = (namespace: string, name: string, creationTimestamp: string, spec: YamlMap) => ({
    kind: 'DestinationRule',
    metadata: { name, namespace, creationTimestamp },
    spec,
  });
  const OLD = '2026-01-01T00:00:00Z';
  const NEW = '2026-11-01T00:00:00Z';
  const wide = '*.shop.svc.cluster.local';

  it.each([
    [
      'the name before a wildcard',
      [rule('shop', mutual(HOST)), aged('shop', 'all', OLD, off(wide))],
    ],
    [
      'the longer wildcard',
      [rule('istio-system', mutual(wide)), aged('istio-system', 'all', OLD, off('*'))],
    ],
    ['the oldest', [aged('shop', 'b', OLD, mutual(HOST)), aged('shop', 'a', NEW, off(HOST))]],
    [
      'the one for the caller’s own namespace, whomever it is exported to',
      [rule('federation-borders', mutual(HOST, { exportTo: ['other'] })), rule('shop', off(HOST))],
    ],
    [
      'the name, though it is for other callers, of which nothing is left in that namespace',
      [rule('shop', mutual(HOST, { exportTo: ['other'] })), aged('shop', 'all', OLD, off(wide))],
    ],
    [
      'one for some workloads, and then none for the others',
      [
        rule(
          'federation-borders',
          mutual(HOST, { workloadSelector: { matchLabels: { app: 'x' } } }),
        ),
        rule('shop', off(HOST)),
      ],
    ],
  ])('goes by %s', async (_, rules) => {
    expect(await found('border-in', ...rules)).toEqual([]);
  });

  it.each([
    [
      'the name before a wildcard',
      [rule('shop', off(HOST)), aged('shop', 'all', OLD, mutual(wide))],
    ],
    [
      'the oldest that says anything',
      [aged('shop', 'a', OLD, { host: HOST }), aged('shop', 'theirs', NEW, off(HOST))],
    ],
    [
      'the next namespace’s, where those of one are private',
      [rule('shop', mutual(HOST, { exportTo: ['.'] })), rule('istio-system', off(HOST))],
    ],
  ])('finds by %s the one that is wrong', async (_, rules) => {
    const [finding, ...others] = await found('border-in', ...rules);
    expect(others).toEqual([]);
    expect(finding?.what).toContain('/theirs makes them with TLS mode DISABLE');
  });
});

it("says nothing of the federation's own rule, by which a caller speaks TLS to the gateway", async () => {
  expect(await found('caller', rule('shop', off('info.shop.svc.cluster.local')))).toEqual([]);
});
