import { z } from 'zod';
import type { AccessPolicy } from '../constructs/federation/plan';
import { whenChanged } from './change';
import { DEFAULT_WEATHER_NAMESPACE, type WeatherSettings } from './weather';

/*
 * Settings of the access policy: the services of all meshes that rules speak of, and who may call
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
    )
    .meta(
      whenChanged(
        'replaces',
        'its policies in Consul, which refuses calls for a second; in Istio they are changed in place',
      ),
    ),
  namespace: z
    .string()
    .optional()
    .describe("Its Kubernetes namespace, one of the mesh's `namespaces`. Default: default.")
    .meta(whenChanged('replaces', 'the routes from and to it, whose calls fail meanwhile')),
  port: z
    .number()
    .optional()
    .describe('Port of its Kubernetes Service. Foreign callers use the same one. Default: 80.')
    .meta(
      whenChanged(
        'restarts-pods',
        'its borders, which take up the port: callers must use it from then on',
      ),
    ),
  protocol: z
    .enum(['http', 'http2', 'grpc', 'tcp'])
    .optional()
    .describe('What it speaks. Rules can limit the requests of all but tcp. Default: http.')
    .meta(whenChanged('restarts-pods', 'its borders: callers and service must speak it by then')),
  standIn: z
    .string()
    .optional()
    .describe(
      'Its name in other meshes: the host that applications there call, and the identity by which ' +
        'policies there know it. Default: the key.',
    )
    .meta(whenChanged('replaces', 'its border and the routes to it, under the new name')),
  gatewayPort: z
    .number()
    .optional()
    .describe(
      'Port of the gateway of a Consul mesh, or of the load balancer of a Linkerd mesh, by which it enters, if ' +
        'it calls a service there from another mesh. ' +
        'Default: a number from 10000 to 18999 made of its key, or the next one that is free.',
    )
    .meta(
      whenChanged(
        'restarts-pods',
        "Consul's gateway: without a failed call by previousGatewayPort",
      ),
    ),
  previousGatewayPort: z
    .number()
    .optional()
    .describe(
      'The port that gatewayPort was before, open until this is taken out: so a port changes without ' +
        'a failed call. Default: none.',
    )
    .meta(
      whenChanged(
        'restarts-pods',
        "Consul's gateway: the former port is open as long as it is there",
      ),
    ),
};

const wayIn = z
  .enum(['gateway', 'service'])
  .optional()
  .describe(
    'How calls enter the mesh. gateway: through its gateway. service: by a load balancer of the ' +
      "borders themselves, past the gateway and the border's sidecar, which is faster; the settings of the " +
      "gateway's load balancer in `meshes` then apply to it. Meshes of the same cluster need neither: they call " +
      "the border's Service, unless this is gateway. Default: service from the same cluster, else gateway. " +
      '[More](federation.md#how-calls-enter-a-mesh).',
  )
  .meta(
    whenChanged(
      'restarts-pods',
      'the borders of both meshes: without a failed call by inFrom, and refused without it',
    ),
  );

/** What `in` or `out` was, as long as that way stays open. */
function formerWay<const Way extends string>(
  setting: 'in' | 'out',
  ways: readonly Way[],
  restarted: string,
) {
  return z
    .enum(ways)
    .optional()
    .describe(
      `What \`${setting}\` was on the deployed pair: that way stays open beside the new one until this is taken ` +
        'out. So the way changes without a failed call. Default: none. ' +
        '[More](federation.md#changing-how-calls-enter-or-leave-a-mesh).',
    )
    .meta(whenChanged('restarts-pods', `${restarted}; taken out, it removes the former way`));
}

const wayInFrom = formerWay('in', ['gateway', 'service'], 'the borders of the mesh');

/** Of how calls leave an Istio mesh. */
const ANOTHER_WAY_OUT =
  'the borders that admit the callers: without a failed call by outFrom, and refused without it; to sidecar, the ' +
  'pods must have their annotations by then';

const wayOutFrom = formerWay('out', ['sidecar', 'border'], 'the borders that admit the callers');

const istioService = z.strictObject({
  ...service,
  serviceAccount: z
    .string()
    .optional()
    .describe('Service account of its pods, which is its identity. Default: the name.')
    .meta(
      whenChanged('restarts-pods', 'the borders that admit it: its own pods must have it by then'),
    ),
  labels: z
    .record(z.string(), z.string())
    .optional()
    .describe('Labels of its pods, by which policies find them. Default: app: <name>.')
    .meta(whenChanged('in-place', 'its pods must have them by then')),
  out: z
    .enum(['sidecar', 'border'])
    .optional()
    .describe(
      'How its calls leave the mesh. Services of one namespace that call the same service of another ' +
        'mesh do so in the same way. Default: that of the mesh.',
    )
    .meta(whenChanged('restarts-pods', ANOTHER_WAY_OUT)),
  outFrom: wayOutFrom,
});

const owner = (described: string) => z.enum(['create', 'existing']).optional().describe(described);

const consulService = z.strictObject({
  ...service,
  port: service.port.meta(
    whenChanged('in-place', 'of the border too: callers must use it from then on'),
  ),
  serviceDefaults: owner(
    'Who writes its ServiceDefaults, which tell Consul the protocol: `existing` when you have them. ' +
      'Default: create.',
  ).meta(whenChanged('removes', 'to existing: ours, so have yours ready')),
  intentions: owner(
    'Who writes its ServiceIntentions. Consul allows one for each service: set `existing` if you already have ' +
      'it, and add the callers yourself. Default: create.',
  ).meta(
    whenChanged(
      'removes',
      'to existing: ours, so have yours ready; until then the service refuses every call',
    ),
  ),
  intentionsName: z
    .string()
    .optional()
    .describe(
      'Name of its ServiceIntentions. Another name replaces them, and meanwhile nobody may call it. ' +
        'Default: callers-of-<name>.',
    )
    .meta(whenChanged('replaces', 'nobody may call the service for about a second')),
});

const linkerdService = z.strictObject({
  ...service,
  serviceAccount: istioService.shape.serviceAccount,
  labels: istioService.shape.labels,
  podPort: z
    .number()
    .optional()
    .describe('Port of its pods, which policies are about. Default: the port of its Service.')
    .meta(whenChanged('in-place', 'its pods must listen there by then')),
  probePaths: z
    .array(z.string())
    .optional()
    .describe(
      'Paths that the kubelet probes at this port. Where a rule limits requests, Linkerd lets probes ' +
        'through by these only; everybody may ask for them. Default: none.',
    )
    .meta(whenChanged('in-place', 'of a path that is taken out, probes fail')),
  server: owner(
    'Who writes its Server, with routes and policies. Linkerd goes by one Server for a port of a pod: set ' +
      '`existing` if you, or another federation of the mesh, already have it, and admit the callers there. ' +
      'Default: create.',
  ).meta(
    whenChanged(
      'removes',
      'to existing: ours, so have yours ready; until then the default policy of the mesh decides',
    ),
  ),
});

/** Of a namespace in which borders are still, or no longer. */
const MOVED =
  'adds the new borders; those of the other mesh that know their identity restart. Taken out, it removes ' +
  'the old ones';

const borderNamespace = z
  .string()
  .optional()
  .describe(
    'Namespace of the borders, if it is not the same in all ' +
      'meshes. Default: federation.borders.namespace.',
  )
  .meta(
    whenChanged(
      'refused',
      'unless bordersMovedFrom says where the borders are: then new ones come first',
    ),
  );

const bordersMovedFrom = z
  .string()
  .optional()
  .describe(
    'Where deployed borders are, if it is not the same in all meshes. Default: ' +
      'federation.borders.movedFrom.',
  )
  .meta(whenChanged('restarts-pods', MOVED));

/** Of what limits the requests of a rule. */
const NARROWED =
  'of a rule between the meshes the borders on its way, and what is no longer allowed is refused when they are ' +
  'replaced; within one mesh in place';

const request = z.strictObject({
  methods: z
    .array(z.string())
    .optional()
    .describe('Methods in capitals: [GET, HEAD]. Default: every method.')
    .meta(whenChanged('restarts-pods', NARROWED)),
  pathExact: z
    .string()
    .optional()
    .describe('The path, without a query. Not with pathPrefix.')
    .meta(whenChanged('restarts-pods', NARROWED)),
  pathPrefix: z
    .string()
    .optional()
    .describe('The start of the path. Not with pathExact.')
    .meta(whenChanged('restarts-pods', NARROWED)),
  upgrades: z
    .array(z.enum(['websocket']))
    .optional()
    .describe(
      'What the request may become: [websocket], for http between two meshes. Default: nothing.',
    )
    .meta(whenChanged('restarts-pods', NARROWED)),
});

const rule = z.strictObject({
  from: z
    .string()
    .describe('The caller, such as istio/backend; istio/* together with `anyone`.')
    .meta(
      whenChanged(
        'removes',
        'the rule of the former caller, and its border where it calls nothing else',
      ),
    ),
  to: z
    .string()
    .describe('The service called, such as consul/info.')
    .meta(whenChanged('removes', 'the rule for the former service, and the routes to it')),
  allow: z
    .array(request)
    .optional()
    .describe('Requests allowed; one of them is enough. Not for tcp. Default: every request.')
    .meta(whenChanged('restarts-pods', NARROWED)),
  anyone: z
    .boolean()
    .optional()
    .describe(
      'Says that `from: istio/*` is meant: every workload of the mesh, named here or not. Only for a ' +
        'service of the same mesh. Default: false.',
    )
    .meta(whenChanged('replaces', 'the AuthorizationPolicy: callers may be refused for a second')),
  policyName: z
    .string()
    .optional()
    .describe(
      'Name of the AuthorizationPolicy that admits the caller, where the service called is in Istio. Default: ' +
        'allow-<mesh>.<caller>.to.<service>.',
    )
    .meta(
      whenChanged(
        'replaces',
        'the AuthorizationPolicy: the new one is made before the old one goes',
      ),
    ),
});

const policySettings = z.strictObject({
  meshes: z
    .record(
      z.string(),
      z.discriminatedUnion('kind', [
        z.strictObject({
          kind: z.literal('istio').describe('An Istio mesh. As `meshes` says; can be left out.'),
          borderNamespace,
          bordersMovedFrom,
          out: z
            .enum(['sidecar', 'border'])
            .optional()
            .describe(
              "How calls leave the mesh. sidecar: from the caller's own sidecar, for which its pods need " +
                'annotations; its identity crosses from end to end. border: by an outbound border, which ' +
                'speaks for all callers; their pods need nothing. Default: sidecar.',
            )
            .meta(whenChanged('restarts-pods', ANOTHER_WAY_OUT)),
          outFrom: wayOutFrom,
          in: wayIn,
          inFrom: wayInFrom,
          services: z
            .record(z.string(), istioService)
            .default({})
            .describe('By the name that rules use: `backend` is istio/backend.')
            .meta(whenChanged('nothing', 'without a rule; else what its rules make')),
        }),
        z.strictObject({
          kind: z.literal('consul').describe('A Consul mesh. As `meshes` says; can be left out.'),
          borderNamespace,
          bordersMovedFrom,
          gatewayListeners: owner(
            "Who writes the gateway's IngressGateway, or its Gateway and routes. Consul allows only one: set " +
              "`existing` if you already have it, and add the federation's listeners yourself. Default: create.",
          ).meta(whenChanged('removes', 'to existing: ours, so have yours ready')),
          in: wayIn,
          inFrom: wayInFrom,
          services: z
            .record(z.string(), consulService)
            .default({})
            .describe('By the name that rules use: `info` is consul/info.')
            .meta(whenChanged('nothing', 'without a rule; else what its rules make')),
        }),
        z.strictObject({
          kind: z.literal('linkerd').describe('A Linkerd mesh. As `meshes` says; can be left out.'),
          borderNamespace,
          bordersMovedFrom,
          services: z
            .record(z.string(), linkerdService)
            .default({})
            .describe('By the name that rules use: `orders` is linkerd/orders.')
            .meta(whenChanged('nothing', 'without a rule; else what its rules make')),
        }),
      ]),
    )
    .describe('The services of each mesh that rules speak of, by its name in `meshes`.')
    .meta({
      examples: [{ istio: { services: { backend: {} } }, consul: { services: { info: {} } } }],
    }),
  rules: z
    .array(rule)
    .describe('Each allows one caller to call one service.')
    .meta({
      examples: [[{ from: 'istio/backend', to: 'consul/info' }]],
      ...whenChanged(
        'removes',
        'what a rule that is taken out allowed: borders and routes that no other rule needs',
      ),
    }),
});

/** The weather application's policy: frontend asks backend, backend and info ask each other. */
function weatherPolicy(namespace: string): z.input<typeof policySettings> {
  return {
    meshes: {
      istio: { kind: 'istio', services: { frontend: { namespace }, backend: { namespace } } },
      // Names are those of the thesis: by the caller.
      consul: {
        kind: 'consul',
        services: { info: { namespace, intentionsName: 'allow-backend' } },
      },
    },
    rules: [
      { from: 'istio/frontend', to: 'istio/backend', policyName: 'allow-frontend' },
      {
        from: 'istio/backend',
        to: 'consul/info',
        allow: [{ methods: ['GET'], pathPrefix: '/' }],
      },
      {
        from: 'consul/info',
        to: 'istio/backend',
        allow: [{ methods: ['GET'], pathExact: '/weather' }],
        policyName: 'allow-info',
      },
    ],
  };
}

/** The policy where none is written: that of the weather application, as far as it is deployed. */
export function defaultPolicy({
  enabled,
  namespace,
}: Pick<WeatherSettings, 'enabled' | 'namespace'>) {
  return enabled ? weatherPolicy(namespace) : { meshes: {}, rules: [] };
}

/** Settings of the access policy. What is written takes the place of the whole default. */
export const accessPolicySettings = policySettings.prefault(
  weatherPolicy(DEFAULT_WEATHER_NAMESPACE),
) satisfies z.ZodType<AccessPolicy>;

export type PolicySettings = z.output<typeof policySettings>;
