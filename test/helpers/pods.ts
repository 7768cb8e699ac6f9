import { z } from 'zod';

/*
 * Pods in a synthesised stack, checked to be what the tests take them for.
 */

const block = z.record(z.string(), z.unknown());

const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().default('') })).default([]),
  security_context: block,
  resources: z.looseObject({ limits: z.record(z.string(), z.string()) }),
  volume_mount: z.array(
    z.looseObject({
      name: z.string(),
      mount_path: z.string(),
      read_only: z.boolean(),
      sub_path: z.string().optional(),
    }),
  ),
  lifecycle: z
    .looseObject({
      pre_stop: z.array(
        z.looseObject({ http_get: z.object({ path: z.string(), port: z.string() }).optional() }),
      ),
    })
    .optional(),
  startup_probe: block.optional(),
  readiness_probe: block.optional(),
  liveness_probe: block.optional(),
});

const podTemplate = z.looseObject({
  metadata: z.looseObject({
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.looseObject({
    service_account_name: z.string(),
    automount_service_account_token: z.boolean(),
    termination_grace_period_seconds: z.number().default(30),
    security_context: block,
    topology_spread_constraint: z.array(block).default([]),
    volume: z.array(z.looseObject({ name: z.string() })).default([]),
    init_container: z.array(container).optional(),
    container: z.tuple([container], container),
  }),
});
export type PodTemplate = z.output<typeof podTemplate>;
export type PodSpec = PodTemplate['spec'];
export type Container = z.output<typeof container>;

/** A Deployment. */
export const deployment = z.looseObject({
  spec: z.looseObject({ replicas: z.string(), template: podTemplate }),
  depends_on: z.array(z.string()).default([]),
});

/** A CronJob. */
export const cronJob = z.looseObject({
  spec: z.looseObject({
    job_template: z.looseObject({ spec: z.looseObject({ template: podTemplate }) }),
  }),
});
