import { describe, expect, it } from '@jest/globals';

import { CustomResource, Gp3StorageClass } from '../../constructs/kubernetes';
import { clusterStack } from '../support/cluster';
import { resource } from '../support/synth';

describe('a custom resource', () => {
  it('wins conflicts with edits by hand, and does not wait forever to be deleted', () => {
    const stack = clusterStack();
    const document = {
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata: { name: 'deny', namespace: 'default' },
      spec: {},
    };
    new CustomResource(stack, 'deny', document);
    expect(resource(stack, 'kubernetes_manifest')).toEqual({
      manifest: document,
      field_manager: { name: 'cdktf-mesh-federation', force_conflicts: true },
      timeouts: { delete: '2m' },
      depends_on: [expect.stringMatching(/^data\.kubernetes_server_version\./)],
    });
  });
});

describe('the gp3 storage class', () => {
  const stack = clusterStack();
  new Gp3StorageClass(stack, 'storage');
  const storage = resource(stack, 'kubernetes_storage_class_v1');

  it('is no default, encrypted, in the zone of the pod, and frees its volumes', () => {
    expect(storage).toMatchObject({
      metadata: {
        name: 'mesh-federation-gp3',
        annotations: { 'storageclass.kubernetes.io/is-default-class': 'false' },
      },
      storage_provisioner: 'ebs.csi.aws.com',
      volume_binding_mode: 'WaitForFirstConsumer',
      reclaim_policy: 'Delete',
      parameters: { type: 'gp3', encrypted: 'true' },
    });
  });

  it('waits on destroy until the driver has deleted the volumes', () => {
    // Not `sleep`, which not every machine has.
    expect(storage.provisioner).toEqual([
      {
        'local-exec': {
          when: 'destroy',
          interpreter: ['node', '--eval'],
          command: 'setTimeout(() => {}, 60000)',
        },
      },
    ]);
  });

  it('has the driver tag the volumes, by its own parameters', () => {
    const tagged = clusterStack();
    new Gp3StorageClass(tagged, 'storage', { tags: { project: 'mesh', 'cost center': 'a/b' } });
    expect(resource(tagged, 'kubernetes_storage_class_v1').parameters).toEqual({
      type: 'gp3',
      encrypted: 'true',
      tagSpecification_1: 'project=mesh',
      tagSpecification_2: 'cost center=a/b',
    });
    expect(() => new Gp3StorageClass(clusterStack(), 'storage', { tags: { team: 'a=b' } })).toThrow(
      'team: the value has "="',
    );
  });
});
