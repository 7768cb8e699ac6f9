import { expect, it } from '@jest/globals';
import { hops, crossCalls } from '../../../constructs/federation/plan';
import { defineConfig } from '../../../config';
import { accessPlan } from '../../../config/access-plan';
import { ApiError, Cluster } from '../../../support/doctor/cluster';
import { unreachable } from '../../../support/doctor/examine';

const { config } = defineConfig({ eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } } });
const plan = accessPlan(config);

it.each([
  [401, 'no-rights'],
  [403, 'no-rights'],
  [429, 'cluster-unreachable'],
  [500, 'cluster-unreachable'],
  [503, 'cluster-unreachable'],
])('an API server that answers with %i is told as %s', (status, code) => {
  const [call] = crossCalls(plan);
  const [hop] = call === undefined ? [] : hops(plan, call, { addresses: () => '192.0.2.1' });
  if (hop === undefined) throw new Error('there is no hop');
  const noPods = () => Promise.reject(new Error('there are no pods'));
  const nowhere = { getCurrentCluster: () => null, applyToHTTPSOptions: () => Promise.resolve() };
  const cluster = new Cluster(nowhere, 'kubectl --context a', noPods);
  const deployed = {
    plan,
    clusters: { istio: cluster, consul: cluster },
    wanted: [],
    staleSeconds: 1,
    givenRoots: [],
  };
  const finding = unreachable(deployed, hop, new ApiError(status, 'too many requests'));
  expect(finding.code).toBe(code);
  if (code === 'cluster-unreachable') expect(finding.what).toContain(`answers with ${status}`);
});
