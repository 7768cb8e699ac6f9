import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { App, TerraformOutput, TerraformStack } from 'cdktf';
import { EksCluster } from 'cdktf-mesh-federation/eks';
import { Network } from 'cdktf-mesh-federation/network';

const app = new App();
const stack = new TerraformStack(app, 'cluster');
new AwsProvider(stack, 'aws', { region: 'eu-north-1' });

const network = Network.fromAttributes({
  vpcId: 'vpc-0123456789abcdef0',
  privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
});
const eks = new EksCluster(stack, 'eks', {
  name: 'team-a',
  network,
  endpoint: { publicCidrs: ['203.0.113.7/32'] },
  nodeGroups: [
    { name: 'default' },
    {
      name: 'spot',
      instanceTypes: ['t3.large', 't3a.large', 'm6i.large'],
      capacity: 'spot',
      min: 0,
      desired: 1,
      max: 5,
      taints: [{ key: 'spot', effect: 'NoSchedule' }],
    },
  ],
});
// Every resource below a construct can be reached, and overridden.
eks.cluster.addOverride('timeouts.delete', '30m');

new TerraformOutput(stack, 'endpoint', { value: eks.endpoint });
app.synth();
