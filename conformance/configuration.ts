import { TerraformStack, Testing } from 'cdktf';
import { defineConfig } from '../config';
import { addStacks } from '../stacks';

/** Namespace of Prometheus. */
export const MONITORING = 'monitoring';

/**
 * All stacks of a federated pair of EKS clusters, with everything turned on that adds objects to a
 * cluster, and with rules of every shape, in both directions and within each mesh.
 *
 * @param operator Whether there are objects for the Prometheus Operator.
 */
export function federatedStacks(operator: boolean): TerraformStack[] {
  const namespaces = [{ name: 'default' }, { name: 'shop' }];
  const { config } = defineConfig({
    // Each of the three servers needs a node of its own.
    eks: {
      endpoint: { privateOnly: true },
      nodeGroups: [{ name: 'default', desired: 3 }],
    },
    federation: {
      crossing: 'given',
      observability: {
        namespace: MONITORING,
        podMonitor: operator,
        rules: operator,
        dashboard: true,
        labels: { release: 'kube-prometheus-stack' },
        tracing: { host: 'collector.monitoring.svc', namespace: MONITORING },
      },
    },
    clusters: { istio: { name: 'mesh-istio' }, consul: { name: 'mesh-consul' } },
    meshes: {
      istio: { namespaces, cni: true, gateway: { allowedSources: ['192.0.2.0/24'] } },
      consul: { namespaces, servers: 3, gateway: { allowedSources: ['192.0.2.0/24'] } },
    },
    accessPolicy: {
      meshes: {
        istio: {
          kind: 'istio',
          services: {
            frontend: { namespace: 'weather' },
            backend: { namespace: 'weather' },
            queue: {
              namespace: 'shop',
              labels: { app: 'queue', tier: 'api' },
              protocol: 'tcp',
              port: 5672,
            },
          },
        },
        consul: {
          kind: 'consul',
          services: {
            info: { namespace: 'weather' },
            prices: { protocol: 'grpc', port: 9000 },
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
        { from: 'consul/prices', to: 'istio/queue' },
        { from: 'consul/*', to: 'consul/prices', anyone: true },
      ],
    },
  });
  const app = Testing.app();
  addStacks(app, config);
  return app.node.children.filter((child) => TerraformStack.isStack(child));
}
