import { z } from 'zod';
import { SUBDOMAIN, subdomainRule } from '../../constructs/dns-names';
import { DEFAULT_LINKERD_VERSION, INBOUND_POLICIES } from '../../constructs/linkerd/props';
import { linkerdValues } from '../../constructs/linkerd/values';
import { whenChanged } from '../change';
import { exactVersion, imageReference, registry } from '../formats';
import { namespaces } from '../namespaces';
import * as common from './common';

/** Settings of a Linkerd mesh. */
export const linkerdMeshSettings = z
  .strictObject({
    kind: z.literal('linkerd').describe('A Linkerd mesh.'),
    ...common.everyMesh,
    version: exactVersion(DEFAULT_LINKERD_VERSION)
      .default(DEFAULT_LINKERD_VERSION)
      .describe(
        "Version of Linkerd's charts, an edge release: 2026.8.3 is edge-26.8.3. Since 2.15 the project itself " +
          'publishes no others.',
      )
      .meta(
        whenChanged(
          'restarts-pods',
          'the control plane; proxies at the next start of their pods, see [Linkerd](linkerd.md#upgrades)',
        ),
      ),
    charts: common.chartsOf("Linkerd's own, of edge releases"),
    images: z
      .strictObject({
        registry: registry
          .optional()
          .describe('Mirror of controller and proxy.')
          .meta(
            whenChanged(
              'restarts-pods',
              'the control plane; proxies at the next start of their pods',
            ),
          ),
        controller: imageReference
          .optional()
          .describe('Image of the control plane.')
          .meta(whenChanged('restarts-pods', 'the control plane')),
        proxy: imageReference
          .optional()
          .describe('Image of proxies and of the init containers that redirect to them.')
          .meta(
            whenChanged(
              'restarts-pods',
              'the control plane; proxies at the next start of their pods',
            ),
          ),
      })
      .prefault({}),
    trustDomain: z
      .string()
      .regex(SUBDOMAIN, subdomainRule())
      .default('cluster.local')
      .describe('Trust domain, the end of every identity. Changing it changes them all.')
      .meta(whenChanged('refused')),
    authority: z
      .enum(['own', 'existing'])
      .default('own')
      .describe(
        'Whose the trust anchor and the issuer are. own: a job makes them in the cluster, and the next issuer ' +
          'in time. existing: the namespace linkerd has them already, by cert-manager and trust-manager for ' +
          'example. [More](linkerd.md#trust-anchor-and-issuer).',
      )
      .meta(
        whenChanged('refused', 'trust anchor and issuer would go, and the namespace with them'),
      ),
    defaultInboundPolicy: z
      .enum(INBOUND_POLICIES)
      .default('deny')
      .describe(
        'What pods accept on ports that no Server covers. deny: nothing but probes of the kubelet. ' +
          'cluster-authenticated and all-authenticated: whatever comes from a workload of the mesh.',
      )
      .meta(whenChanged('in-place', 'pods at their next start')),
    gatewayApiCrds: z
      .enum(['install', 'existing'])
      .default('install')
      .describe(
        "Who brings the CRDs of the Gateway API: Linkerd's chart, in release 1.1 of the experimental channel, or " +
          'somebody else, in release 1.1 or later. The plan stops if they are missing or older.',
      )
      .meta(
        whenChanged(
          'in-place',
          'to existing the CRDs stay. Refused: to install, where somebody else brought them',
        ),
      ),
    namespaces: namespaces
      .describe('Namespaces whose pods get a proxy.')
      .meta(
        whenChanged(
          'in-place',
          'pods of a new one join at their next start. Refused: to leave out one that was made here',
        ),
      ),
    gateway: z
      .strictObject({
        ...common.loadBalancer,
        addressPort: common.loadBalancer.addressPort.meta(
          whenChanged('restarts-pods', 'borders that lead to it, one by one'),
        ),
        address: common.loadBalancer.address.meta(
          whenChanged('restarts-pods', 'borders that lead to it, one by one'),
        ),
      })
      .prefault({}),
    values: z
      .strictObject({
        crds: common.valuesFiles.describe('For the CRDs.'),
        controlPlane: common.valuesFiles.describe('For the control plane.'),
      })
      .prefault({})
      .describe(
        'Paths of your own values files for each chart, merged last and read as Helm reads them. What ' +
          'other parts rely on cannot be changed there.',
      ),
  })
  .superRefine((mesh, context) => {
    const { charts, version, values } = mesh;
    common.reportCharts(context, ['linkerd-crds', 'linkerd-control-plane'], version, charts);
    const layers = linkerdValues({ ...mesh, valuesFiles: values });
    for (const [chart, ofChart] of Object.entries(layers)) {
      common.reportValues(context, ['values', chart], ofChart);
    }
  });

export type LinkerdMeshSettings = z.output<typeof linkerdMeshSettings>;
