import { EKSClient } from '@aws-sdk/client-eks';
import { expect, it } from '@jest/globals';
import { defineConfig } from '../../../config';
import type { LoadBalancerController } from '../../../constructs/kubernetes';
import { type ExistingCluster, existingFindings } from '../../../support/check/existing-clusters';
import { AwsDouble, Refused } from '../../helpers/aws-double';

/* What EKS says of clusters that exist, as the AWS SDK reads it. */

const aws = AwsDouble.ofFile();

async function look(name: string, loadBalancers: LoadBalancerController = 'in-cloud') {
  const { config } = defineConfig({
    clusters: {
      istio: { kind: 'existing-eks', name, loadBalancers },
      consul: { kind: 'existing-eks', name: 'other' },
    },
  });
  const { istio } = config.meshes;
  const clusters = Object.entries(config.clusters).flatMap(([of, cluster]): ExistingCluster[] =>
    of === 'istio' && cluster.kind === 'existing-eks' && istio !== undefined
      ? [{ name: of, cluster, meshes: { istio } }]
      : [],
  );
  const there = (more: object) => () => ({
    cluster: { name, status: 'ACTIVE', version: '1.35', ...more },
  });
  aws.answers = {
    '/clusters/plain': there({}),
    '/clusters/auto': there({
      kubernetesNetworkConfig: { elasticLoadBalancing: { enabled: true } },
    }),
    '/clusters/updating': there({ status: 'UPDATING' }),
    '/clusters/going': there({ status: 'DELETING' }),
    '/clusters/old': there({ version: '1.20' }),
    '/clusters/missing': () => new Refused('ResourceNotFoundException', 404),
  };
  return existingFindings(new EKSClient(aws.access), clusters);
}

it.each([
  ['plain', 'in-cloud', 'right', undefined],
  ['auto', 'auto-mode', 'right', undefined],
  ['auto', 'in-cloud', 'wrong', 'Set clusters.istio.loadBalancers: auto-mode'],
  ['plain', 'auto-mode', 'wrong', 'Set clusters.istio.loadBalancers to what makes them'],
  [
    'plain',
    'aws-load-balancer-controller',
    'unknown',
    'kubectl --context plain -n kube-system get deployment aws-load-balancer-controller should show it ready',
  ],
] as const)('A cluster that is %s, said to have %s, is %s', async (name, said, verdict, remedy) => {
  const found = await look(name, said);
  expect(found.find(({ what }) => what === 'Load balancers of istio')).toMatchObject({
    verdict,
    ...(remedy !== undefined && { remedy }),
  });
});

it.each([
  ['plain', 'right', /^plain, Kubernetes 1\.35$/, /^$/],
  ['updating', 'right', /^updating, Kubernetes 1\.35$/, /^$/],
  ['missing', 'wrong', /^there is no EKS cluster missing here$/, /^clusters\.istio: its name, or/],
  ['going', 'wrong', /^going is DELETING$/, /describe-cluster --name going$/],
  ['closed', 'unknown', /^could not be found out: AccessDenied/, /another right|needs/],
] as const)('A cluster that is %s is %s', async (name, verdict, found, remedy) => {
  const [finding, ...others] = await look(name);
  expect(finding).toMatchObject({ what: 'Cluster of istio', verdict });
  expect(finding?.found).toMatch(found);
  expect(finding?.remedy ?? '').toMatch(remedy);
  // Of one that cannot be used, nothing else is said.
  expect(others.length > 0).toBe(verdict === 'right');
});

it('is held to what the vendors of its meshes support', async () => {
  expect(await look('old')).toContainEqual(
    expect.objectContaining({
      what: 'Kubernetes of istio',
      verdict: 'wrong',
      found: expect.stringMatching(/^is 1\.20, but Istio /) as unknown,
    }),
  );
});
