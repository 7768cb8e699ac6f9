import { App, TerraformStack } from 'cdktf';
import { clusterIdFor, ConsulMesh, ConsulMeshPolicy } from 'cdktf-mesh-federation/consul';
import { IstioMesh, IstioMeshPolicy } from 'cdktf-mesh-federation/istio';
import { ClusterProviders, type KubeconfigConnection } from 'cdktf-mesh-federation/kubernetes';

const kubeconfig = process.env['KUBECONFIG'] ?? '~/.kube/config';
const teamA: KubeconfigConnection = { kind: 'kubeconfig', path: kubeconfig, context: 'team-a' };
const teamB: KubeconfigConnection = { kind: 'kubeconfig', path: kubeconfig, context: 'team-b' };

const app = new App();

const istioStack = new TerraformStack(app, 'istio');
new ClusterProviders(istioStack, 'cluster', { connection: teamA });
const istio = new IstioMesh(istioStack, 'mesh', { trustDomain: 'team-a.example.com' });

const consulStack = new TerraformStack(app, 'consul');
new ClusterProviders(consulStack, 'cluster', { connection: teamB });
const consul = new ConsulMesh(consulStack, 'mesh', {
  clusterId: clusterIdFor('team-b.example.com'),
  datacenter: 'helsinki',
});

// Custom resources are planned against their CRDs, so they come in stacks after the charts.
const istioPolicies = new TerraformStack(app, 'istio-policy');
istioPolicies.addDependency(istioStack);
new ClusterProviders(istioPolicies, 'cluster', { connection: teamA });
new IstioMeshPolicy(istioPolicies, 'policy', { mesh: istio });

const consulPolicies = new TerraformStack(app, 'consul-policy');
consulPolicies.addDependency(consulStack);
new ClusterProviders(consulPolicies, 'cluster', { connection: teamB });
new ConsulMeshPolicy(consulPolicies, 'policy', { mesh: consul });

app.synth();
