import { TerraformStack, Testing } from 'cdktf';
import { defineConfig } from '../config';
import { addStacks } from '../stacks';

/** Namespace of Prometheus. */
export const MONITORING = 'monitoring';

/**
 * All stacks of a federated pair of EKS clusters, with everything turned on that adds objects to a
 * cluster, and with rules of every shape, in both directions and within each mesh.
 *
 * @param known.operator Whether the clusters know objects of the Prometheus Operator.
 * @param known.gatewayApi Whether they know those of the Gateway API.
 */
export function federatedStacks({
  operator,
  gatewayApi,
}: {
  readonly operator: boolean;
  readonly gatewayApi: boolean;
}): TerraformStack[] {
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
        dashboard: operator,
        labels: { release: 'kube-prometheus-stack' },
        tracing: { host: 'collector.monitoring.svc', namespace: MONITORING },
      },
    },
    clusters: { istio: { name: 'mesh-istio' }, consul: { name: 'mesh-consul' } },
    meshes: {
      istio: { namespaces, cni: true, gateway: { allowedSources: ['192.0.2.0/24'] } },
      consul: {
        namespaces,
        servers: 3,
        gateway: {
          allowedSources: ['192.0.2.0/24'],
          // Both kinds of gateway.
          ...(gatewayApi ? { beside: 'api' } : {}),
        },
      },
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

/** Name of the cluster of the Linkerd mesh below. */
export const LINKERD_CLUSTER = 'mesh-linkerd';

/** All stacks of a Linkerd mesh that is federated with a Consul mesh, with rules of every shape. */
export function linkerdStacks(): TerraformStack[] {
  const { config } = defineConfig({
    eks: { endpoint: { publicCidrs: ['203.0.113.7/32'] } },
    clusters: {
      linkerd: { kind: 'eks', name: LINKERD_CLUSTER, cidr: '10.30.0.0/16' },
      depot: { kind: 'eks', name: 'mesh-depot', cidr: '10.20.0.0/16' },
    },
    meshes: {
      linkerd: { kind: 'linkerd', namespaces: [{ name: 'shop' }] },
      depot: { kind: 'consul' },
    },
    accessPolicy: {
      meshes: {
        linkerd: {
          services: {
            orders: { namespace: 'shop', podPort: 8080, probePaths: ['/healthz'] },
            checkout: { namespace: 'shop', protocol: 'grpc' },
            queue: { namespace: 'shop', protocol: 'tcp', port: 5672 },
          },
        },
        depot: { services: { stock: {}, events: { protocol: 'tcp', port: 9092 } } },
      },
      rules: [
        { from: 'linkerd/checkout', to: 'linkerd/orders' },
        { from: 'linkerd/orders', to: 'depot/stock', allow: [{ methods: ['GET'] }] },
        { from: 'linkerd/orders', to: 'depot/events' },
        {
          from: 'depot/stock',
          to: 'linkerd/orders',
          // More than one HTTPRoute takes.
          allow: Array.from({ length: 150 }, (_, index) => ({ pathExact: `/orders/${index}` })),
        },
        { from: 'depot/stock', to: 'linkerd/checkout' },
        { from: 'depot/events', to: 'linkerd/queue' },
      ],
    },
  });
  const app = Testing.app();
  addStacks(app, config);
  return app.node.children.filter((child) => TerraformStack.isStack(child));
}
