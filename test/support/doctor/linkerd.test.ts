import { describe, expect, it } from '@jest/globals';
import type { YamlMap } from '../../../constructs/kubernetes/yaml-file';
import { linkerdKind } from '../../../support/doctor/kinds/linkerd';

function server(name: string, created: string, spec: YamlMap): YamlMap {
  return {
    metadata: { name, namespace: 'shop', creationTimestamp: `2026-01-0${created}T00:00:00Z` },
    spec,
  };
}

const OURS = server('orders', '2', { podSelector: { matchLabels: { app: 'orders' } }, port: 8081 });

const PODS: readonly YamlMap[] = [
  {
    metadata: { name: 'orders-0', namespace: 'shop', labels: { app: 'orders', tier: 'back' } },
    spec: { containers: [{ name: 'app', ports: [{ name: 'http', containerPort: 8081 }] }] },
  },
  {
    metadata: { name: 'prices-0', namespace: 'shop', labels: { app: 'prices', tier: 'back' } },
    spec: { containers: [{ name: 'app' }] },
  },
];

function said(other: YamlMap) {
  const cluster = {
    list: (_: string, kind: string): Promise<YamlMap[]> =>
      Promise.resolve(kind === 'Server' ? [other, OURS] : [...PODS]),
  };
  return linkerdKind.overruling?.({ ...OURS, kind: 'Server' }, cluster);
}

const back = { matchLabels: { tier: 'back' } };

describe('Of two Servers for a port of a pod, the doctor says which one Linkerd goes by', () => {
  it.each([
    ['by the number of the port', { podSelector: back, port: 8081 }],
    ['by its name', { podSelector: back, port: 'http' }],
    [
      'by an expression',
      {
        podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['orders'] }] },
        port: 8081,
      },
    ],
    ['of all pods', { podSelector: {}, port: 8081 }],
  ])('the older one, %s', async (_, spec) => {
    expect(await said(server('mine', '1', spec))).toMatch(
      /^of the pod orders-0 Linkerd goes by the Server mine, /,
    );
    // At the same time, by name.
    expect(await said(server('mine', '2', spec))).toContain('goes by the Server mine');
    expect(await said(server('yours', '2', spec))).toBeUndefined();
    expect(await said(server('mine', '3', spec))).toBeUndefined();
  });

  it.each([
    ['another port', { podSelector: back, port: 8082 }],
    ['other pods', { podSelector: { matchLabels: { app: 'prices' } }, port: 8081 }],
    [
      'other pods, by an expression',
      {
        podSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['orders'] }] },
        port: 8081,
      },
    ],
    ['a workload outside of the cluster', { externalWorkloadSelector: {}, port: 8081 }],
  ])('not one about %s', async (_, spec) => {
    expect(await said(server('mine', '1', spec))).toBeUndefined();
  });
});
