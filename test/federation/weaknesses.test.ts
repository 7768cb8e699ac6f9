import { describe, expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { Federation } from '../../constructs/federation';
import { ClusterProviders } from '../../constructs/kubernetes';
import { testConnection } from '../helpers/cluster';
import { CONSUL, ISTIO, WEATHER } from '../helpers/plans';

function warnings(weaker: { readonly acls?: boolean; readonly tls?: boolean }): unknown[] {
  const stack = new TerraformStack(Testing.app(), 'test');
  const provider = (alias: string) =>
    new ClusterProviders(stack, alias, { connection: testConnection, alias, charts: false });
  const common = (alias: string) => ({
    provider: provider(alias).kubernetes,
    apiServer: { address: `https://${alias}.example.com` },
  });
  const federation = new Federation(stack, 'federation', {
    policy: WEATHER,
    meshes: {
      istio: { ...ISTIO, ...common('istio') },
      consul: { ...CONSUL, ...common('consul'), mesh: { ...CONSUL.mesh, ...weaker } },
    },
  });
  return federation.node.metadata.map(({ data }) => data as unknown);
}

describe('a Consul mesh that is weaker than need be', () => {
  it('is named at synthesis, for each weakness', () => {
    expect(warnings({})).toEqual([]);
    expect(warnings({ acls: false })).toEqual([expect.stringMatching(/consul has no ACLs/)]);
    expect(warnings({ tls: false })).toEqual([expect.stringMatching(/consul has no TLS/)]);
    expect(warnings({ acls: false, tls: false })).toHaveLength(2);
  });
});
