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

  it('is the default, encrypted, in the zone of the pod, and frees its volumes', () => {
    expect(storage).toMatchObject({
      metadata: {
        name: 'gp3',
        annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
      },
      storage_provisioner: 'ebs.csi.aws.com',
      volume_binding_mode: 'WaitForFirstConsumer',
      reclaim_policy: 'Delete',
      parameters: { type: 'gp3', encrypted: 'true' },
    });
  });

  it('waits on destroy until the driver has deleted the volumes', () => {
    expect(storage.provisioner).toEqual([
      { 'local-exec': { when: 'destroy', command: 'sleep 60' } },
    ]);
  });
});
