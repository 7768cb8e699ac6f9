import { z } from 'zod';
import { DEFAULT_ISTIO_VERSION, ISTIO_PROXY_PORTS } from '../../constructs/istio/props';
import { canaryProblems } from '../../constructs/istio/revision';
import { istioValues, portNameProblems } from '../../constructs/istio/values';
import { TRUST_DOMAIN, TRUST_DOMAIN_RULE } from '../../constructs/trust-domain';
import { compareVersions } from '../../versions/verdicts';
import { whenChanged } from '../change';
import { dnsLabel, exactVersion, imageReference, port, registry } from '../formats';
import { namespaces } from '../namespaces';
import { report } from '../problems';
import * as common from './common';

/** The first minor version in whose sources it was read that istiod takes TLS listeners and TLSRoutes as they are written. */
const FIRST_WITH_TLS_ROUTES = '1.31';

/** Settings of an Istio mesh. */
export const istioMeshSettings = z
  .strictObject({
    kind: z.literal('istio').describe('An Istio mesh.'),
    ...common.everyMesh,
    version: exactVersion(DEFAULT_ISTIO_VERSION)
      .default(DEFAULT_ISTIO_VERSION)
      .describe('Version of Istio and of its charts.')
      .meta(
        whenChanged(
          'restarts-pods',
          'istiod and the gateway, sidecars at the next start of their pods; one minor version at a time, see [upgrades](upgrades.md)',
        ),
      ),
    revision: dnsLabel
      .optional()
      .describe(
        'Name of the control plane after an upgrade by revisions: that of the canary which took ' +
          'over. docs/upgrades.md has the order. Default: none, the one of a new mesh.',
      )
      .meta(
        whenChanged(
          'removes',
          'the former control plane, only where the canary of this name took over, see [upgrades](upgrades.md)',
        ),
      ),
    canary: z
      .strictObject({
        revision: dnsLabel
          .describe('Its name, such as 1-32-0.')
          .meta(whenChanged('removes', 'the canary of the former name')),
        version: exactVersion(DEFAULT_ISTIO_VERSION)
          .describe('Version of Istio, and of its charts.')
          .meta(whenChanged('restarts-pods', 'its own, and the gateway if that is its')),
        namespaces: z
          .array(dnsLabel)
          .default([])
          .describe('Namespaces of the mesh whose pods it injects, at their next start.')
          .meta(whenChanged('in-place', 'their pods move at the next start')),
        gateway: z
          .boolean()
          .default(false)
          .describe('Whether the gateway is its own, in its version.')
          .meta(
            whenChanged(
              'restarts-pods',
              'those of the gateway; its load balancer and address stay',
            ),
          ),
      })
      .optional()
      .describe(
        'A second control plane beside the first, during an upgrade by revisions. Default: none.',
      )
      .meta(
        whenChanged(
          'in-place',
          'taken out, it removes that control plane: move namespaces and gateway back first',
        ),
      ),
    charts: common.chartsOf("Istio's own"),
    images: z
      .strictObject({
        registry: registry
          .optional()
          .describe('Mirror of pilot, proxyv2 and install-cni.')
          .meta(
            whenChanged(
              'restarts-pods',
              'istiod and the gateway; sidecars at the next start of their pods',
            ),
          ),
        pilot: imageReference
          .optional()
          .describe('Image of istiod.')
          .meta(whenChanged('restarts-pods', 'istiod')),
        proxy: imageReference
          .optional()
          .describe('Image of sidecars and gateways.')
          .meta(
            whenChanged('restarts-pods', 'the gateway; sidecars at the next start of their pods'),
          ),
      })
      .prefault({}),
    trustDomain: z
      .string()
      .regex(TRUST_DOMAIN, TRUST_DOMAIN_RULE)
      .refine((domain) => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.consul$/.test(domain), {
        error: 'must not be <UUID>.consul, as the trust domains of Consul are called',
      })
      .default('cluster.local')
      .describe('SPIFFE trust domain. Changing it changes every identity.')
      .meta(whenChanged('refused')),
    cni: z
      .boolean()
      .default(false)
      .describe("Whether the node redirects the pods' traffic in place of an init container.")
      .meta(whenChanged('in-place', 'pods at their next start')),
    namespaces: namespaces
      .describe('Namespaces whose pods get a sidecar.')
      .meta(
        whenChanged(
          'in-place',
          'pods of a new one join at their next start. Refused: to leave out one that was made here',
        ),
      ),
    gateway: z
      .strictObject({
        tlsPort: port
          .default(8443)
          .describe('Port through which the federation passes.')
          .meta(
            whenChanged(
              'restarts-pods',
              'the borders of the other mesh. Refused without previousTlsPort',
            ),
          ),
        kind: z
          .enum(['istio', 'gateway-api'])
          .default('istio')
          .describe(
            "By which resources it passes TLS on: Istio's Gateway and VirtualServices, or Gateway and TLSRoutes of " +
              'the Kubernetes Gateway API, whose CRDs you install (release 1.5 or later; version 1.31 of Istio ' +
              'or later reads them). The gateway and its load balancer are the same. ' +
              '[More](federation.md#istio-by-the-gateway-api).',
          )
          .meta(
            whenChanged(
              'refused',
              'while others enter by the gateway: let them enter by `in: service` meanwhile',
            ),
          ),
        previousTlsPort: port
          .optional()
          .describe(
            'What tlsPort was before, open until this is taken out: so the port of a deployed pair ' +
              'changes without a failed call. Default: none.',
          )
          .meta(whenChanged('in-place', 'the former port is open as long as it is there')),
        ports: z
          .array(
            z.strictObject({
              name: dnsLabel.describe('Name of the port.').meta(whenChanged('in-place')),
              port: port
                .describe('Its number.')
                .meta(whenChanged('in-place', 'connections by the former port end')),
            }),
          )
          .default([])
          .describe('Further ports, for Gateways of yours.')
          .meta(whenChanged('in-place', 'connections by a port that goes end')),
        ...common.loadBalancer,
        record: common.gatewayRecord,
        addressPort: common.loadBalancer.addressPort.meta(
          whenChanged('restarts-pods', 'borders that lead to it out of Consul, one by one'),
        ),
        address: common.loadBalancer.address.meta(
          whenChanged('restarts-pods', 'borders that lead to it out of Consul, one by one'),
        ),
      })
      .prefault({})
      .superRefine(({ tlsPort, previousTlsPort, ports }, context) => {
        report(context, portNameProblems(ports));
        common.reportPorts(
          context,
          [
            ...ports,
            { name: 'tlsPort', port: tlsPort },
            ...(previousTlsPort === undefined
              ? []
              : [{ name: 'previousTlsPort', port: previousTlsPort }]),
          ],
          ISTIO_PROXY_PORTS,
        );
      }),
    values: z
      .strictObject({
        base: common.valuesFiles.describe('For the CRDs.'),
        istiod: common.valuesFiles.describe('For the control plane.'),
        gateway: common.valuesFiles.describe('For the ingress gateway.'),
        cni: common.valuesFiles.describe('For the node agent, where `cni` is true.'),
      })
      .prefault({})

      .describe(
        'Paths of your own values files for each chart, merged last and read as Helm reads them. ' +
          'Entries of yours in a list that has some of ours come behind these; what other parts ' +
          'rely on cannot be changed there.',
      ),
  })
  .superRefine((mesh, context) => {
    const { charts, version, canary, cni, trustDomain, gateway, values } = mesh;
    // Which namespaces the mesh has is known with all settings.
    const anyNamespace = (canary?.namespaces ?? []).map((name) => ({ name }));
    report(context, canaryProblems({ ...mesh, workloadNamespaces: anyNamespace }));
    const isOld = compareVersions(version, FIRST_WITH_TLS_ROUTES) < 0;
    if (gateway.kind === 'gateway-api' && isOld) {
      context.addIssue({
        code: 'custom',
        path: ['gateway', 'kind'],
        message:
          `is gateway-api, which is known to work from version ${FIRST_WITH_TLS_ROUTES} of Istio on, and version ` +
          `is ${version}; leave it out`,
      });
    }
    if (canary !== undefined) {
      common.reportCharts(context, ['base', 'istiod'], canary.version, charts);
    }
    common.reportCharts(
      context,
      ['base', 'istiod', 'gateway', ...(cni ? ['cni'] : [])],
      version,
      charts,
    );
    const layers = istioValues({ trustDomain, cni, gateway, valuesFiles: values });
    for (const [chart, ofChart] of Object.entries(layers)) {
      common.reportValues(context, ['values', chart], ofChart);
    }
  });

export type IstioMeshSettings = z.output<typeof istioMeshSettings>;
