import { z } from 'zod';
import { DEFAULT_BORDER_NAMESPACE } from '../constructs/federation/plan';
import { LIMIT_RANGES, REPLICAS } from '../constructs/federation/plan/internal';
import type { Range } from '../constructs/kubernetes/name-problems';
import { whenChanged } from './change';
import { CROSSINGS } from './ways';
import { dnsLabel, imageReference } from './formats';
import { observabilitySettings } from './observability';
import { trustSettings } from './trust';

/** A whole number from the one to the other. */
const within = ({ min, max }: Range, tooMany?: string) => z.int().min(min).max(max, tooMany);

const limit = (name: keyof typeof LIMIT_RANGES, tooMany?: string) =>
  within(LIMIT_RANGES[name], tooMany);

/** Settings of what stands between the meshes: borders, and the exchange of roots. */
export const federationSettings = z
  .strictObject({
    name: z
      .string()
      .regex(
        /^[a-z0-9]([-a-z0-9]{0,18}[a-z0-9])?$/,
        'must be at most 20 lower case letters, digits and "-", with a letter or digit at both ends',
      )
      .optional()
      .describe(
        'For a further federation of meshes that another file deploys, with a partner of its own: a part of the ' +
          'names of its objects and of its stack, `federation-<name>`, which is then the only one. Default: none, ' +
          'the meshes are deployed with it.',
      )
      .meta(
        whenChanged(
          'nothing',
          'to what is deployed: the stack of the former name stays until it is destroyed with it',
        ),
      ),
    crossing: z
      .enum(CROSSINGS)
      .default('internet')
      .describe(
        'The way between clusters: `internet`, by load balancers that admit the other clusters only; ' +
          '`peering` of their VPCs, or `privatelink`, both made here, for clusters of the kind eks, each end by its ' +
          'owner where one is of a partner; ' +
          '`given`, a way of yours (peering, transit gateway, VPN) by which internal gateways, private ' +
          'APIs and each `gateway.address` are reached. [What each means and costs](crossings.md).',
      )
      .meta(
        whenChanged(
          'restarts-pods',
          'outbound borders, one by one: without a failed call by crossingFrom, and refused without it',
        ),
      ),
    crossingFrom: z
      .enum(CROSSINGS)
      .optional()
      .describe(
        'What `crossing` was on the deployed pair: that way stays beside the new one until this is taken ' +
          'out. So the way changes without a failed call. Default: none.',
      )
      .meta(whenChanged('in-place', 'taken out, it removes the former way')),
    borders: z
      .strictObject({
        replicas: within(REPLICAS)
          .default(2)
          .describe('Pods of each border. With one, each change interrupts.')
          .meta(whenChanged('in-place', 'without a failed request from two on')),
        headersWithUnderscores: z
          .enum(['drop', 'refuse', 'pass'])
          .default('drop')
          .describe(
            'What becomes of request headers whose name has an underscore, which many frameworks read ' +
              'as a hyphen: drop takes the header away, refuse answers with 400, pass lets it through.',
          )
          .meta(whenChanged('restarts-pods', 'the borders')),
        ipv6: z
          .boolean()
          .default(true)
          .describe(
            'Whether borders listen on IPv6 too. Turn it off for nodes whose kernel has none ' +
              '(ipv6.disable=1), where Envoy would not start.',
          )
          .meta(whenChanged('restarts-pods', 'the borders')),
        namespace: dnsLabel
          .default(DEFAULT_BORDER_NAMESPACE)
          .describe(
            'Namespace of the borders in all clusters, made unless it is one of `namespaces` of the ' +
              'mesh. Who may run pods in it can speak for the services of other meshes: let nothing ' +
              'else live there. Another one for a deployed pair: with `movedFrom`.',
          )
          .meta(
            whenChanged(
              'refused',
              'unless movedFrom says where the borders are: then new ones come first',
            ),
          ),
        movedFrom: dnsLabel
          .optional()
          .describe(
            'The namespace in which the borders of a deployed pair are, when `namespace` changes. New ' +
              'ones are made beside them and both are admitted; take it out with the next deploy, and ' +
              'the old ones go. Default: none.',
          )
          .meta(
            whenChanged(
              'restarts-pods',
              'adds the new borders; those of the other mesh that know their identity restart. Taken out, it ' +
                'removes the old ones',
            ),
          ),
        images: z
          .strictObject({
            envoy: imageReference
              .optional()
              .describe('Image of Envoy.')
              .meta(whenChanged('restarts-pods', 'the borders')),
            shell: imageReference
              .optional()
              .describe(
                'Image with a shell and wget, of borders in Istio and with SPIRE; in Linkerd with Node.js too. Default: that of the jobs.',
              )
              .meta(
                whenChanged(
                  'restarts-pods',
                  'the borders in Istio and Linkerd, and those with SPIRE',
                ),
              ),
            consul: imageReference
              .optional()
              .describe("Image with the consul program. Default: that of the mesh's servers.")
              .meta(whenChanged('restarts-pods', 'the borders in Consul')),
            consulTemplate: imageReference
              .optional()
              .describe('Image of consul-template.')
              .meta(whenChanged('restarts-pods', 'the borders in Consul')),
          })
          .prefault({})
          .describe('Images other than the public ones, for a mirror.'),
        limits: z
          .strictObject({
            connections: limit(
              'connections',
              `must be ${LIMIT_RANGES.connections.max} at most, for one pod; federation.borders.replicas adds pods`,
            )
              .optional()
              .describe('Open at once. Default: 1000.')
              .meta(whenChanged('restarts-pods', 'the borders')),
            requests: limit('requests')
              .optional()
              .describe(
                'Under way at once for each crossing; further ones are answered with 503. ' +
                  'Default: ten for each of `connections`.',
              )
              .meta(whenChanged('restarts-pods', 'the borders')),
            connectionSeconds: limit(
              'connectionSeconds',
              `must be ${LIMIT_RANGES.connectionSeconds.max} at most, which is 30 days`,
            )
              .optional()
              .describe(
                'Longest life of a connection between the meshes, after which a withdrawn root or ' +
                  'rule binds it too. Default: 3600.',
              )
              .meta(whenChanged('restarts-pods', 'the borders')),
            idleSeconds: limit(
              'idleSeconds',
              'must be less than 350, after which AWS forgets a connection',
            )
              .optional()
              .describe(
                'After which a silent connection is ended, and a stream in which nothing is sent, as of gRPC or ' +
                  'a WebSocket. Default: 300.',
              )
              .meta(whenChanged('restarts-pods', 'the borders')),
            heapMebibytes: limit(
              'heapMebibytes',
              `must be ${LIMIT_RANGES.heapMebibytes.max} at most: a node must hold the pod`,
            )
              .optional()
              .describe('Heap at which requests are refused. Default: 192.')
              .meta(whenChanged('restarts-pods', 'the borders')),
            drainSeconds: limit('drainSeconds')
              .optional()
              .describe('That a pod which goes away takes to end its connections. Default: 20.')
              .meta(whenChanged('restarts-pods', 'the borders')),
          })
          .prefault({})
          .describe('Bounds on what one pod of a border takes on.'),
      })
      .prefault({})
      .describe('The local workloads that represent services of other meshes.'),
    admission: z
      .boolean()
      .default(true)
      .describe(
        'Whether admission policies keep everybody but administrators of the clusters from what the ' +
          'federation relies on: the accounts of borders and jobs, roots, configurations ' +
          '(docs/security.md). Needs Kubernetes 1.30. With false, whoever may run pods in a namespace ' +
          'with a border can be the foreign service.',
      )
      .meta(whenChanged('removes', 'the admission policies')),
    observability: observabilitySettings.describe(
      'Metrics, alerts, a dashboard and traces: [what they say](observability.md).',
    ),
    trust: trustSettings.describe("How each mesh's public roots get to the other."),
  })
  .prefault({});

type FederationSettings = z.output<typeof federationSettings>;

/** What must be said where nobody guards what the federation relies on. */
export function admissionNotices({ admission }: Pick<FederationSettings, 'admission'>): string[] {
  return admission
    ? []
    : [
        'federation.admission is false: whoever may run pods in a namespace with a border can act as the ' +
          'foreign service, and whoever may write ConfigMaps there can have it trust any root.',
      ];
}
