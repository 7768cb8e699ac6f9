import { TerraformStack, Testing } from 'cdktf';
import { ClusterProviders, type KubeconfigConnection } from '../../constructs/kubernetes';
import { temporaryFolder, writeFile } from './files';

/** A kubeconfig file with one context, `test`, whose server does not exist. */
export const testConnection: KubeconfigConnection = {
  kind: 'kubeconfig',
  path: writeFile(
    temporaryFolder(),
    'kubeconfig',
    `clusters: [{name: test, cluster: {server: 'https://192.0.2.1:6443'}}]
contexts: [{name: test, context: {cluster: test}}]
`,
  ),
  context: 'test',
};

/** A stack that is connected to a cluster. */
export function clusterStack(): TerraformStack {
  const stack = new TerraformStack(Testing.app(), 'test');
  new ClusterProviders(stack, 'cluster', { connection: testConnection });
  return stack;
}
