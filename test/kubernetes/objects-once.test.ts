import { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { describe, expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { Federation, MeshAccess, type FederationProps } from '../../constructs/federation';
import { IstioMesh } from '../../constructs/istio';
import { ClusterProviders } from '../../constructs/kubernetes';
import { refuseObjectsMadeTwice } from '../../constructs/kubernetes/objects-once';
import { consulMember, istioMember } from '../../support/policy/installed-meshes';
import { testConnection } from '../helpers/cluster';

function newStack(): TerraformStack {
  return new TerraformStack(Testing.app(), 'test');
}

/** What the synthesis of a stack says of objects that are made twice. */
function problemsOf(stack: TerraformStack): string[] {
  try {
    Testing.synth(stack, true);
    return [];
  } catch (error) {
    return String(error)
      .split('\n')
      .filter((line) => line.includes('the same in one cluster'))
      .map((line) => line.trim());
  }
}

describe('Two of the same in one cluster', () => {
  const providersOf = (stack: TerraformStack) =>
    [1, 2, 3, 4].map((n) => new KubernetesProvider(stack, `cluster-${n}`, { alias: `c${n}` }));

  const apiServer = { address: 'https://k8s.example.com' };

  const federation = (
    [shop, bank]: readonly KubernetesProvider[],
    name?: string,
  ): FederationProps => ({
    name,
    meshes: {
      shop: { ...istioMember(), provider: shop, apiServer },
      bank: { ...consulMember(), provider: bank, apiServer },
    },
    policy: {
      meshes: {
        shop: { kind: 'istio', services: { checkout: {} } },
        bank: { kind: 'consul', services: { payments: { port: 8080 } } },
      },
      rules: [{ from: 'shop/checkout', to: 'bank/payments' }],
    },
  });

  it('are refused of federations, with both and the way that works', () => {
    const stack = newStack();
    const [shop, bank, other] = providersOf(stack);
    new Federation(stack, 'one', federation([shop, bank].flatMap((one) => one ?? [])));
    new Federation(stack, 'two', federation([other, bank].flatMap((one) => one ?? [])));
    const problems = problemsOf(stack);
    expect(problems[0]).toMatch(
      /^\[test\] Federation test\/one and Federation test\/two make the same in one cluster: .*, .*, .* and \d+ more; leave one of them out, or give one another provider, or another name or namespace \(a Federation has a name for that\)$/,
    );
    expect(problems).toHaveLength(1);
  });

  it('are no mistake in clusters of their own', () => {
    const stack = newStack();
    const all = providersOf(stack);
    new Federation(stack, 'one', federation(all.slice(0, 2)));
    new Federation(stack, 'two', federation(all.slice(2)));
    expect(problemsOf(stack)).toEqual([]);
  });

  it('are refused of the policies that a federation makes already', () => {
    const stack = newStack();
    const [shop, bank] = providersOf(stack);
    const { plan } = new Federation(
      stack,
      'one',
      federation([shop, bank].flatMap((one) => one ?? [])),
    );
    new MeshAccess(stack, 'access', { plan, mesh: 'bank', provider: bank });
    expect(problemsOf(stack)).toEqual([
      expect.stringContaining('MeshAccess test/access make the same in one cluster: Service'),
    ]);
  });

  it('are refused of meshes', () => {
    const stack = newStack();
    new ClusterProviders(stack, 'cluster', { connection: testConnection });
    new IstioMesh(stack, 'one', { trustDomain: 'one.example.com' });
    new IstioMesh(stack, 'two', { trustDomain: 'two.example.com' });
    expect(problemsOf(stack)).toEqual([
      expect.stringContaining(
        'IstioMesh test/one and IstioMesh test/two make the same in one cluster: ',
      ),
    ]);
    expect(problemsOf(stack)[0]).toContain('Helm release istio-system/istio-base');
  });

  it('are refused of anything else in such a stack, except where it is made under a condition', () => {
    const stack = newStack();
    new KubernetesProvider(stack, 'kubernetes');
    const metadata = { name: 'a', namespace: 'shop' };
    refuseObjectsMadeTwice(stack);
    new ConfigMapV1(stack, 'one', { metadata });
    new ConfigMapV1(stack, 'other-namespace', { metadata: { ...metadata, namespace: 'bank' } });
    new ConfigMapV1(stack, 'condition', { metadata, count: 0 });
    expect(problemsOf(stack)).toEqual([]);
    new ConfigMapV1(stack, 'two', { metadata });
    expect(problemsOf(stack)).toEqual([
      '[test] ConfigMapV1 test/one and ConfigMapV1 test/two make the same in one cluster: config map shop/a; leave one of them out, or give one another provider, or another name or namespace (a Federation has a name for that)',
    ]);
  });
});
