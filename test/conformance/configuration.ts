import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { TerraformStack, Testing } from 'cdktf';
import type { Construct } from 'constructs';
import { defineConfig } from '../../config';
import { Federation } from '../../constructs/federation';
import { addStacks } from '../../stacks';
import { ConsulMeshStack } from '../../stacks/consul-mesh';
import { IstioMeshStack } from '../../stacks/istio-mesh';

/*
 * A federated pair of EKS clusters with everything turned on that adds objects to a cluster.
 */

const CLUSTERS = { istio: 'mesh-istio', consul: 'mesh-consul' } as const;

/** All stacks that put something into a cluster. */
export function federatedStacks(): TerraformStack[] {
  const namespaces = [{ name: 'default' }, { name: 'shop' }];
  const { config } = defineConfig({
    eks: { endpoint: { privateOnly: true } },
    clusters: { istio: { name: CLUSTERS.istio }, consul: { name: CLUSTERS.consul } },
    meshes: {
      istio: { namespaces, cni: true, gateway: { allowedSources: ['192.0.2.0/24'] } },
      consul: { namespaces, servers: 3, gateway: { allowedSources: ['192.0.2.0/24'] } },
    },
  });
  const app = Testing.app();
  addStacks(app, config);
  const istio = app.node.findChild('istio-mesh');
  const consul = app.node.findChild('consul-mesh');
  if (istio instanceof IstioMeshStack && consul instanceof ConsulMeshStack) {
    new FederationStack(app, 'federation', istio, consul);
  }
  return app.node.children.filter((child) => TerraformStack.isStack(child));
}

/** Rules of every shape, in both directions and within each mesh. */
class FederationStack extends TerraformStack {
  constructor(scope: Construct, id: string, istio: IstioMeshStack, consul: ConsulMeshStack) {
    super(scope, id);
    const provider = (side: keyof typeof CLUSTERS) =>
      new KubernetesProvider(this, side, {
        alias: side,
        configPath: '~/.kube/config',
        configContext: CLUSTERS[side],
      });
    new Federation(this, 'federation', {
      policy: {
        meshes: {
          istio: {
            kind: 'istio',
            services: {
              frontend: {},
              backend: { namespace: 'shop', labels: { app: 'backend', tier: 'api' } },
              queue: { protocol: 'tcp', port: 5672 },
            },
          },
          consul: {
            kind: 'consul',
            services: { info: {}, prices: { protocol: 'grpc', port: 9000 } },
          },
        },
        rules: [
          { from: 'istio/frontend', to: 'istio/backend' },
          {
            from: 'istio/backend',
            to: 'consul/info',
            allow: [{ methods: ['GET'], pathPrefix: '/' }],
          },
          { from: 'istio/backend', to: 'consul/prices' },
          { from: 'consul/info', to: 'istio/backend', allow: [{ pathExact: '/weather' }] },
          { from: 'consul/prices', to: 'istio/queue' },
          { from: 'consul/*', to: 'consul/prices', anyone: true },
        ],
      },
      meshes: {
        istio: { kind: 'istio', mesh: istio.mesh, provider: provider('istio') },
        consul: { kind: 'consul', mesh: consul.mesh, provider: provider('consul') },
      },
    });
  }
}
