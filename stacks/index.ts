import { TerraformStack, type App } from 'cdktf';
import type { Config } from '../config';
import {
  type AccessPlan,
  compilePolicy,
  consulGatewayPorts,
} from '../constructs/federation/policy';
import { awsProviderConfig } from './aws-provider';
import { clusterConnection } from './connection';
import { ConsulClusterStack } from './consul-cluster';
import { ConsulMeshStack } from './consul-mesh';
import { ConsulWorkloadsStack } from './consul-workloads';
import { IstioClusterStack } from './istio-cluster';
import { IstioMeshStack } from './istio-mesh';
import { IstioWorkloadsStack } from './istio-workloads';
import { exchangeAddresses } from './nat-addresses';
import { keepState } from './state';

/**
 * All stacks, in the order in which they are deployed; destroy goes the other way. The two sides do
 * not wait for each other.
 *
 * @returns What the access policy comes to.
 */
export function addStacks(app: App, config: Config): AccessPlan {
  const { aws, accessPolicy: policy, clusters, meshes, state } = config;
  const { istio, consul } = clusters;
  const addresses = exchangeAddresses(app, 'nat-addresses', { aws, clusters });

  const istioMesh = new IstioMeshStack(app, 'istio-mesh', {
    ...onCluster(istio, aws),
    settings: meshes.istio,
  });
  if (istio.kind === 'eks') {
    istioMesh.addDependency(
      new IstioClusterStack(app, 'istio-cluster', { aws, cluster: istio, ...addresses('istio') }),
    );
  }

  const consulMesh = new ConsulMeshStack(app, 'consul-mesh', {
    ...onCluster(consul, aws),
    settings: meshes.consul,
    federationPorts: consulGatewayPorts(policy, 'consul'),
  });
  if (consul.kind === 'eks') {
    consulMesh.addDependency(
      new ConsulClusterStack(app, 'consul-cluster', {
        aws,
        cluster: consul,
        ...addresses('consul'),
      }),
    );
  }

  const plan = compilePolicy({
    policy,
    meshes: {
      istio: { kind: 'istio', mesh: istioMesh.mesh },
      consul: { kind: 'consul', mesh: consulMesh.mesh },
    },
  });

  const istioWorkloads = new IstioWorkloadsStack(app, 'istio-workloads', {
    ...onCluster(istio, aws),
    mesh: istioMesh.mesh,
    plan,
  });
  istioWorkloads.addDependency(istioMesh);
  const consulWorkloads = new ConsulWorkloadsStack(app, 'consul-workloads', {
    ...onCluster(consul, aws),
    mesh: consulMesh.mesh,
    plan,
  });
  consulWorkloads.addDependency(consulMesh);

  for (const stack of app.node.children.filter((child) => TerraformStack.isStack(child))) {
    keepState(stack, state, aws.region);
  }
  return plan;
}

function onCluster(cluster: Config['clusters']['istio'], aws: Config['aws']) {
  const connection = clusterConnection(cluster, aws.region);
  return connection.kind === 'eks'
    ? { connection, aws: awsProviderConfig(aws, connection.region), tags: aws.tags }
    : { connection };
}
