import { z } from 'zod';

/*
 * What the doctor reads of Kubernetes' own objects.
 */

const text = z.record(z.string(), z.string()).default({});

const waiting = z.object({ reason: z.string().optional(), message: z.string().optional() });

const containerStatus = z.object({
  name: z.string(),
  ready: z.boolean().default(false),
  restartCount: z.number().default(0),
  state: z.object({ waiting: waiting.optional(), terminated: waiting.optional() }).default({}),
});

export const metadata = z.object({
  name: z.string(),
  namespace: z.string().default(''),
  labels: text,
  annotations: text,
  creationTimestamp: z.string().optional(),
  deletionTimestamp: z.string().optional(),
});

const conditions = z
  .array(
    z.object({
      type: z.string(),
      status: z.string(),
      reason: z.string().optional(),
      message: z.string().optional(),
    }),
  )
  .default([]);

const containerPort = z.object({ name: z.string().default(''), containerPort: z.number() });

const container = z.object({
  name: z.string(),
  image: z.string().default(''),
  ports: z.array(containerPort).default([]),
});

export const podSchema = z.object({
  metadata,
  spec: z.object({
    serviceAccountName: z.string().default('default'),
    nodeName: z.string().optional(),
    containers: z.array(container).default([]),
    initContainers: z.array(container).default([]),
    volumes: z
      .array(
        z.object({
          name: z.string(),
          configMap: z.object({ name: z.string().optional() }).optional(),
        }),
      )
      .default([]),
  }),
  status: z
    .object({
      phase: z.string().default('Pending'),
      podIP: z.string().default(''),
      conditions,
      containerStatuses: z.array(containerStatus).default([]),
      initContainerStatuses: z.array(containerStatus).default([]),
    })
    .prefault({}),
});

export type Pod = z.output<typeof podSchema>;

export const serviceSchema = z.object({
  metadata: z.object({ finalizers: z.array(z.string()).default([]) }).prefault({}),
  spec: z.object({
    type: z.string().default('ClusterIP'),
    externalName: z.string().optional(),
    ports: z.array(z.object({ name: z.string().default(''), port: z.number() })).default([]),
  }),
  status: z
    .object({
      loadBalancer: z
        .object({
          ingress: z
            .array(z.object({ ip: z.string().optional(), hostname: z.string().optional() }))
            .default([]),
        })
        .prefault({}),
    })
    .prefault({}),
});

/** Label of the slices of a Service. */
export const SERVICE_LABEL = 'kubernetes.io/service-name';

export const endpointSliceSchema = z.object({
  metadata,
  endpoints: z
    .array(
      z.object({
        conditions: z
          .object({ ready: z.boolean().default(true), serving: z.boolean().optional() })
          .prefault({}),
        targetRef: z.object({ kind: z.string(), name: z.string() }).optional(),
      }),
    )
    .nullish()
    .transform((endpoints) => endpoints ?? []),
  ports: z
    .array(z.object({ name: z.string().default(''), port: z.number().optional() }))
    .nullish()
    .transform((ports) => ports ?? []),
});

export const deploymentSchema = z.object({
  metadata,
  spec: z.object({
    replicas: z.number().default(1),
    template: z
      .object({
        metadata: z.object({ labels: text }).prefault({}),
        spec: z.object({ serviceAccountName: z.string().default('default') }).prefault({}),
      })
      .prefault({}),
  }),
  status: z.object({ readyReplicas: z.number().default(0), conditions }).prefault({}),
});

/** What tells whose pods they are. */
export interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly serviceAccountName: string };
}

export const configMapSchema = z.object({ data: text });

export const secretSchema = z.object({ data: text });

export const cronJobSchema = z.object({
  spec: z.object({ schedule: z.string(), suspend: z.boolean().default(false) }),
  status: z.object({ lastSuccessfulTime: z.string().optional() }).prefault({}),
});

export const policySchema = z.object({
  metadata,
  spec: z.record(z.string(), z.unknown()).default({}),
});
