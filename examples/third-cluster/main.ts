import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { App, TerraformStack } from 'cdktf';
import { EksCluster, WEBHOOK_PORTS } from 'cdktf-mesh-federation/eks';
import { Network } from 'cdktf-mesh-federation/network';

// Beside the pair, whose VPCs have 10.10.0.0/16 and 10.20.0.0/16.
const name = 'mesh-consul-2';

const app = new App();
const stack = new TerraformStack(app, 'third-cluster');
new AwsProvider(stack, 'aws', {
  region: 'eu-central-1',
  defaultTags: [{ tags: { project: 'mesh-federation' } }],
});

const network = new Network(stack, 'network', {
  name,
  cidr: '10.30.0.0/16',
  clusterNames: [name],
});
new EksCluster(stack, 'eks', {
  name,
  network,
  endpoint: { publicCidrs: ['203.0.113.7/32'] },
  nodeGroups: [{ name: 'default', instanceTypes: ['t3.large'], desired: 3, max: 4 }],
  webhookPorts: WEBHOOK_PORTS.consul,
});

app.synth();
