import { describe, expect, it } from '@jest/globals';
import type { Kind, KindSchema } from '../../../support/objects/kinds';
import { typedKind, typedManifest } from '../../../support/objects/typed-resources';

const kinds: Kind[] = [
  { apiVersion: 'v1', kind: 'Service', resource: 'services', namespaced: true },
  { apiVersion: 'batch/v1', kind: 'CronJob', resource: 'cronjobs', namespaced: true },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', resource: 'x', namespaced: true },
];

describe('the kind of a typed resource', () => {
  it.each([
    ['kubernetes_service_v1', 'Service'],
    ['kubernetes_cron_job_v1', 'CronJob'],
    ['kubernetes_pod_disruption_budget_v1', 'PodDisruptionBudget'],
    ['kubernetes_config_map_v1_data', undefined],
  ])('of %s is %s', (type, kind) => {
    expect(typedKind(type, kinds)?.kind).toBe(kind);
  });
});

/** Cut from what a server publishes, with every turn that its schemas take. */
const deployment: KindSchema = {
  schema: {
    type: 'object',
    properties: {
      metadata: { allOf: [{ $ref: '#/components/schemas/Meta' }], default: {} },
      spec: { $ref: '#/components/schemas/Spec' },
      data: { type: 'object', additionalProperties: { type: 'string', format: 'byte' } },
      provisioner: { type: 'string' },
    },
  },
  definitions: {
    Meta: {
      properties: {
        name: { type: 'string' },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
      },
    },
    Spec: {
      properties: {
        replicas: { type: 'integer' },
        clusterIP: { type: 'string' },
        policies: { type: 'array', items: { type: 'string' } },
        containers: { type: 'array', items: { $ref: '#/components/schemas/Container' } },
        strategy: { allOf: [{ $ref: '#/components/schemas/Strategy' }], default: {} },
      },
    },
    Container: {
      properties: {
        name: { type: 'string' },
        defaultMode: { type: 'integer' },
        targetPort: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
      },
    },
    Strategy: { properties: { emptyDir: { properties: {} } } },
  },
};

function manifest(block: Readonly<Record<string, unknown>>) {
  const kind = { apiVersion: 'apps/v1', kind: 'Deployment', resource: 'd', namespaced: true };
  return typedManifest(kind, deployment, block);
}

describe('the object of a typed resource', () => {
  it('has the names, lists and types of the schema', () => {
    expect(
      manifest({
        metadata: [{ name: 'backend', labels: { 'app.kubernetes.io/part_of': 'x' } }],
        spec: {
          replicas: '2',
          cluster_ip: 'None',
          policy: ['Ingress'],
          container: [
            { name: 'a', default_mode: '0440', target_port: '8080' },
            { name: 'b', default_mode: 288, target_port: 'http' },
          ],
          strategy: { empty_dir: {} },
        },
        data: { key: 'value' },
        storage_provisioner: 'ebs.csi.aws.com',
      }),
    ).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'backend', labels: { 'app.kubernetes.io/part_of': 'x' } },
      spec: {
        replicas: 2,
        clusterIP: 'None',
        policies: ['Ingress'],
        containers: [
          { name: 'a', defaultMode: 0o440, targetPort: 8080 },
          { name: 'b', defaultMode: 288, targetPort: 'http' },
        ],
        strategy: { emptyDir: {} },
      },
      data: { key: 'dmFsdWU=' },
      provisioner: 'ebs.csi.aws.com',
    });
  });

  it('makes a list of a block that stands alone', () => {
    expect(manifest({ spec: { container: { name: 'a' } } })).toMatchObject({
      spec: { containers: [{ name: 'a' }] },
    });
  });

  it("leaves out Terraform's own arguments, and nothing else", () => {
    expect(
      manifest({
        '//': {},
        depends_on: ['x'],
        lifecycle: {},
        provider: 'kubernetes.a',
        timeouts: {},
        wait_for_rollout: false,
        spec: { replica_count: 2, replicas: null },
      }),
    ).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', spec: { replica_count: 2 } });
  });
});
