import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { EKSClient } from '@aws-sdk/client-eks';
import { defineConfig } from '../../../config';
import type { LoadBalancerController } from '../../../constructs/kubernetes';
import { type ExistingCluster, loadBalancerFindings } from '../../../support/check/load-balancers';

/*
 * Imitates DescribeCluster of EKS with the one answer that matters here, as the AWS SDK reads it.
 */

let server: Server;
let eks: EKSClient;

beforeAll(async () => {
  server = createServer(({ url }, response) => {
    const [, name = ''] = /^\/clusters\/([^/]+)$/.exec(url ?? '') ?? [];
    const status = name === 'missing' ? 404 : 200;
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(status === 404 && { 'x-amzn-errortype': 'ResourceNotFoundException' }),
    });
    const kubernetesNetworkConfig =
      name === 'auto' ? { elasticLoadBalancing: { enabled: true } } : {};
    response.end(
      JSON.stringify(
        status === 404
          ? { message: 'No cluster found for name: missing.' }
          : { cluster: { name, kubernetesNetworkConfig } },
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  eks = new EKSClient({
    region: 'eu-north-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
});

afterAll(() => {
  server.close();
});

async function look(name: string, loadBalancers: LoadBalancerController) {
  const { config } = defineConfig({
    clusters: {
      istio: { kind: 'existing-eks', name, loadBalancers },
      consul: { kind: 'existing-eks', name: 'other' },
    },
  });
  const clusters = Object.entries(config.clusters).flatMap(([of, cluster]): ExistingCluster[] =>
    of === 'istio' && cluster.kind === 'existing-eks' ? [{ name: of, cluster }] : [],
  );
  const [found] = await loadBalancerFindings(eks, clusters);
  return found;
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
  ['missing', 'in-cloud', 'unknown', undefined],
] as const)('A cluster that is %s, said to have %s, is %s', async (name, said, verdict, remedy) => {
  expect(await look(name, said)).toMatchObject({
    what: 'Load balancers of istio',
    verdict,
    ...(remedy !== undefined && { remedy }),
  });
});
