import { App, TerraformStack } from 'cdktf';
import { type Config, ConfigError, loadConfig } from './config';
import { ConsulClusterStack } from './stacks/consul-cluster';
import { IstioClusterStack } from './stacks/istio-cluster';
import { keepState } from './stacks/state';

function synthesise({ aws, clusters, state }: Config): void {
  const app = new App();
  if (clusters.istio.kind === 'eks') {
    new IstioClusterStack(app, 'istio-cluster', { aws, cluster: clusters.istio });
  }
  if (clusters.consul.kind === 'eks') {
    new ConsulClusterStack(app, 'consul-cluster', { aws, cluster: clusters.consul });
  }
  for (const stack of app.node.children.filter(TerraformStack.isStack)) {
    keepState(stack, state, aws.region);
  }
  app.synth();
}

try {
  const { config, notices } = loadConfig();
  notices.forEach((notice) => console.error(`Note: ${notice}`));
  synthesise(config);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
