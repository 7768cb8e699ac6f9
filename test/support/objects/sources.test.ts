import { describe, expect, it } from '@jest/globals';
import { sources } from '../../../support/objects/sources';

const stack = {
  data: { aws_eks_cluster: { cluster: { name: 'mesh-consul' } } },
  provider: {
    kubernetes: [
      { host: '${data.aws_eks_cluster.cluster.endpoint}' },
      { alias: 'istio', config_path: '~/.kube/config', config_context: 'mesh-istio' },
    ],
    helm: [{ kubernetes: { host: '${data.aws_eks_cluster.cluster.endpoint}' } }],
  },
  resource: {
    aws_vpc: { vpc: {} },
    kubernetes_manifest: {
      rule: {
        provider: 'kubernetes.istio',
        manifest: { kind: 'ServiceEntry', metadata: { name: '$${x}' } },
      },
    },
    kubernetes_labels: {
      injected: {
        api_version: 'v1',
        kind: 'Namespace',
        metadata: { name: 'default' },
        labels: { a: 'b' },
      },
    },
    kubernetes_secret_v1: { ca: { metadata: { name: 'ca' } } },
    helm_release: {
      consul: {
        name: 'consul',
        namespace: 'consul',
        chart: 'consul',
        version: '1.2.3',
        values: ['a: 1\n'],
      },
    },
  },
};

describe('what a stack puts into clusters', () => {
  it('is all that the Kubernetes and Helm providers make, each in the cluster of its provider', () => {
    expect(sources(stack)).toEqual([
      {
        cluster: 'mesh-istio',
        alias: 'istio',
        address: 'kubernetes_manifest.rule',
        content: {
          kind: 'manifest',
          manifest: { kind: 'ServiceEntry', metadata: { name: '${x}' } },
        },
      },
      {
        cluster: 'mesh-consul',
        address: 'kubernetes_labels.injected',
        content: {
          kind: 'manifest',
          manifest: {
            apiVersion: 'v1',
            kind: 'Namespace',
            metadata: { name: 'default', labels: { a: 'b' } },
          },
        },
      },
      {
        cluster: 'mesh-consul',
        address: 'kubernetes_secret_v1.ca',
        content: {
          kind: 'typed',
          type: 'kubernetes_secret_v1',
          block: { metadata: { name: 'ca' } },
        },
      },
      {
        cluster: 'mesh-consul',
        address: 'helm_release.consul',
        content: {
          kind: 'release',
          release: {
            name: 'consul',
            namespace: 'consul',
            chart: 'consul',
            version: '1.2.3',
            values: ['a: 1\n'],
          },
        },
      },
    ]);
  });

  it('is nothing that goes to a cluster which nobody can name', () => {
    const unknown = { ...stack, provider: { kubernetes: [{ host: 'https://192.0.2.1' }] } };
    expect(() => sources(unknown)).toThrow(/no cluster is known for the provider of a kubernetes_/);
  });
});
