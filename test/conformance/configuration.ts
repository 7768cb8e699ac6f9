import { TerraformStack, Testing } from 'cdktf';
import { type ConfigInput, defineConfig } from '../../config';
import { addStacks } from '../../stacks';

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
    accessPolicy: RULES_OF_EVERY_SHAPE,
    federation: { borders: { metricsNamespace: 'monitoring' } },
  });
  const app = Testing.app();
  addStacks(app, config);
  return app.node.children.filter((child) => TerraformStack.isStack(child));
}

/** In both directions and within each mesh. */
const RULES_OF_EVERY_SHAPE: ConfigInput['accessPolicy'] = {
  meshes: {
    istio: {
      services: {
        frontend: {},
        backend: { namespace: 'shop', labels: { app: 'backend', tier: 'api' } },
        queue: { protocol: 'tcp', port: 5672 },
      },
    },
    consul: {
      services: {
        info: {},
        prices: { protocol: 'grpc', port: 9000, namespace: 'shop' },
      },
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
    { from: 'consul/prices', to: 'istio/backend' },
    { from: 'consul/prices', to: 'istio/queue' },
    { from: 'consul/*', to: 'consul/prices', anyone: true },
  ],
};
