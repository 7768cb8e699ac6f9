import { z } from 'zod';
import type { AccessPolicy } from '../constructs/federation/policy';

/*
 * Settings of the access policy: the services of both meshes that rules speak of, and who may call
 * what. Only the shape is checked here; the policy's own compiler knows what is wrong with its names,
 * ports and rules.
 */

const service = {
  name: z
    .string()
    .optional()
    .describe(
      'Name of its Kubernetes Service; in Consul also its Consul name and its service account. ' +
        'Default: the key.',
    ),
  namespace: z
    .string()
    .optional()
    .describe("Its Kubernetes namespace, one of the mesh's `namespaces`. Default: default."),
  port: z
    .number()
    .optional()
    .describe('Port of its Kubernetes Service. Foreign callers use the same one. Default: 80.'),
  protocol: z
    .enum(['http', 'http2', 'grpc', 'tcp'])
    .optional()
    .describe('What it speaks. Rules can limit the requests of all but tcp. Default: http.'),
  standIn: z
    .string()
    .optional()
    .describe(
      'Its name in the other mesh: the host that applications there call, and the identity by which ' +
        'policies there know it. Default: the key.',
    ),
};

const istioService = z.strictObject({
  ...service,
  serviceAccount: z
    .string()
    .optional()
    .describe('Service account of its pods, which is its identity. Default: the name.'),
  labels: z
    .record(z.string(), z.string())
    .optional()
    .describe('Labels of its pods, by which policies find them. Default: app: <name>.'),
  gatewayPort: z
    .number()
    .optional()
    .describe(
      "Port of Consul's ingress gateway by which it enters, if it calls a service there. " +
        'Default: a number from 10000 to 18999 that depends on nothing but its key.',
    ),
});

const consulService = z.strictObject({
  ...service,
  serviceDefaults: z
    .enum(['create', 'existing'])
    .optional()
    .describe(
      'Who writes its ServiceDefaults, which tell Consul the protocol: `existing` when you have ' +
        'them. Default: create.',
    ),
});

const borderNamespace = z
  .string()
  .optional()
  .describe(
    "Namespace of the local stand-ins of the other mesh's services, one of the mesh's " +
      '`namespaces`. Default: default.',
  );

const request = z.strictObject({
  methods: z
    .array(z.string())
    .optional()
    .describe('Methods in capitals: [GET, HEAD]. Default: every method.'),
  pathExact: z.string().optional().describe('The path, without a query. Not with pathPrefix.'),
  pathPrefix: z.string().optional().describe('The start of the path. Not with pathExact.'),
  upgrades: z
    .array(z.enum(['websocket']))
    .optional()
    .describe(
      'What the request may become: [websocket], for http between two meshes. Default: nothing.',
    ),
});

const rule = z.strictObject({
  from: z.string().describe('The caller, such as istio/backend; istio/* together with `anyone`.'),
  to: z.string().describe('The service called, such as consul/info.'),
  allow: z
    .array(request)
    .optional()
    .describe('Requests allowed; one of them is enough. Not for tcp. Default: every request.'),
  anyone: z
    .boolean()
    .optional()
    .describe(
      'Says that `from: istio/*` is meant: every workload of the mesh, named here or not. Only for a ' +
        'service of the same mesh. Default: false.',
    ),
});

/** The weather application: frontend asks backend, backend and info ask each other. */
const WEATHER = {
  meshes: {
    istio: { services: { frontend: {}, backend: {} } },
    consul: { services: { info: {} } },
  },
  rules: [
    { from: 'istio/frontend', to: 'istio/backend' },
    {
      from: 'istio/backend',
      to: 'consul/info',
      allow: [{ methods: ['GET'], pathPrefix: '/' }],
    },
    {
      from: 'consul/info',
      to: 'istio/backend',
      allow: [{ methods: ['GET'], pathExact: '/weather' }],
    },
  ],
};

/** Settings of the access policy. What is written takes the place of the whole default. */
export const accessPolicySettings = z
  .strictObject({
    meshes: z
      .strictObject({
        istio: z
          .strictObject({
            kind: z.literal('istio').default('istio').describe('Can be left out.'),
            borderNamespace,
            services: z
              .record(z.string(), istioService)
              .default({})
              .describe('By the name that rules use: `backend` is istio/backend.'),
          })
          .prefault({})
          .describe('The Istio mesh.'),
        consul: z
          .strictObject({
            kind: z.literal('consul').default('consul').describe('Can be left out.'),
            borderNamespace,
            services: z
              .record(z.string(), consulService)
              .default({})
              .describe('By the name that rules use: `info` is consul/info.'),
          })
          .prefault({})
          .describe('The Consul mesh.'),
      })
      .describe('The services of each mesh that rules speak of.'),
    rules: z.array(rule).describe('Each allows one caller to call one service.'),
  })
  .prefault(WEATHER) satisfies z.ZodType<AccessPolicy>;
