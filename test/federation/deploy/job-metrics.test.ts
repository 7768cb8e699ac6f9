import { describe, expect, it } from '@jest/globals';
import type { TerraformStack } from 'cdktf';
import { deployment } from '../../helpers/pods';
import { given, inCluster, metadataOf, rulesOf } from './trust-fixture';

const { stack } = given({}, { metricsNamespace: 'monitoring' });

function one(of: TerraformStack, mesh: string, type: string, name: string) {
  return inCluster(of, mesh, type).find((block) => metadataOf(block).name === name);
}

describe("the jobs' metrics", () => {
  const made = one(stack, 'istio', 'kubernetes_deployment_v1', 'job-metrics');
  const pod = deployment.parse(made).spec.template.spec;

  it('are shown to pods of one namespace only, by a pod that connects to nothing', () => {
    const policy = one(stack, 'istio', 'kubernetes_network_policy_v1', 'job-metrics');
    expect(policy?.['spec']).toMatchObject({
      pod_selector: { match_labels: { 'mesh-federation/metrics': 'job-metrics' } },
      policy_types: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [
            {
              namespace_selector: {
                match_labels: { 'kubernetes.io/metadata.name': 'monitoring' },
              },
            },
          ],
          ports: [{ port: '9906', protocol: 'TCP' }],
        },
      ],
    });
    expect(policy?.['spec']).not.toHaveProperty('egress');
    // Policies add to each other: that of the jobs, which may connect to API servers, must leave it out.
    const ofJobs = one(stack, 'istio', 'kubernetes_network_policy_v1', 'bundle-jobs');
    expect(ofJobs?.['spec']).toMatchObject({
      pod_selector: {
        match_expressions: [
          { key: 'mesh-federation/metrics', operator: 'NotIn', values: ['job-metrics'] },
        ],
      },
      policy_types: ['Ingress', 'Egress'],
    });
  });

  it('are shown by a pod with no token, no rights, and no secret', () => {
    expect(pod.automount_service_account_token).toBe(false);
    expect(rulesOf(stack, 'istio', pod.service_account_name)).toEqual([]);
    expect(pod.volume.filter(({ secret }) => secret !== undefined)).toEqual([]);
  });

  it('are read from what the jobs of this cluster write down', () => {
    const [container] = pod.container;
    expect(container?.command).toEqual(['node', '/program/main.ts', 'metrics']);
    expect(container?.volume_mount.map(({ mount_path }) => mount_path)).toEqual([
      '/program',
      '/status/published',
      '/status/sync-consul',
    ]);
    expect(
      Object.fromEntries(container?.env.map(({ name, value }) => [name, value]) ?? []),
    ).toEqual({
      PORT: '9906',
      MESH: 'istio',
      FOREIGN_MESHES: 'consul',
      STATUS_FOLDER: '/status',
      LATE_SECONDS: '1500',
      TOKEN_LATE_SECONDS: '2100',
    });
  });

  it('are shown by nothing where nobody may read them', () => {
    const closed = given().stack;
    for (const mesh of ['istio', 'consul']) {
      expect(inCluster(closed, mesh, 'kubernetes_deployment_v1')).toEqual([]);
      expect(one(closed, mesh, 'kubernetes_network_policy_v1', 'job-metrics')).toBeUndefined();
    }
  });
});
