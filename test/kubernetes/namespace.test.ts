import { describe, expect, it } from '@jest/globals';
import { Construct } from 'constructs';
import { WorkloadNamespaces } from '../../constructs/kubernetes';
import { clusterStack } from '../helpers/cluster';
import { resources, synthesise } from '../helpers/synth';

describe('the namespaces of a mesh', () => {
  const stack = clusterStack();
  new WorkloadNamespaces(new Construct(stack, 'mesh'), 'namespaces', {
    namespaces: [{ name: 'default' }, { name: 'shop' }, { name: 'legacy', existing: true }],
    mesh: 'istio',
    labels: () => ({ join: 'yes' }),
    idPrefix: 'injected',
  });

  it('are made where they are not there, and labelled where they are', () => {
    const made = Object.values(resources(stack, 'kubernetes_namespace_v1'));
    expect(made).toMatchObject([
      { metadata: { name: 'shop', labels: { join: 'yes', 'mesh-federation/made-for': 'istio' } } },
    ]);
    const labelled = Object.values(resources(stack, 'kubernetes_labels'));
    expect(labelled.map(({ metadata, labels }) => ({ metadata, labels }))).toEqual([
      { metadata: { name: 'default' }, labels: { join: 'yes' } },
      { metadata: { name: 'legacy' }, labels: { join: 'yes' } },
    ]);
  });

  it('are not deleted because a list no longer names them', () => {
    expect(Object.values(synthesise(stack).data?.['kubernetes_resources'] ?? {})).toMatchObject([
      {
        kind: 'Namespace',
        label_selector: 'mesh-federation/made-for=istio',
        lifecycle: {
          postcondition: [
            {
              condition:
                '${length([for o in self.objects : o.metadata.name ' +
                'if !contains(["shop"], o.metadata.name)]) == 0}',
              error_message: expect.stringMatching(/would delete them.*kubectl delete namespace/),
            },
          ],
        },
      },
    ]);
  });
});
