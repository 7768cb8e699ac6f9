import { z } from 'zod';
import { CLUSTER_ID_PATTERN } from '../../constructs/consul/cluster-id';
import { API_GATEWAY_PORTS } from '../../constructs/consul/gateway';
import { CONSUL_PROXY_PORTS, DEFAULT_CONSUL_CHART_VERSION } from '../../constructs/consul/props';
import { consulValues } from '../../constructs/consul/values';
import { whenChanged } from '../change';
import { exactVersion, imageReference, port, registry } from '../formats';
import { namespaces } from '../namespaces';
import * as common from './common';

/** Major version of the first chart whose CRDs and labels of the Gateway API are those that are written. */
const FIRST_WITH_API_GATEWAY = 2;

/** Settings of a Consul mesh. */
export const consulMeshSettings = z
  .strictObject({
    kind: z.literal('consul').describe('A Consul mesh.'),
    ...common.everyMesh,
    version: exactVersion(DEFAULT_CONSUL_CHART_VERSION)
      .default(DEFAULT_CONSUL_CHART_VERSION)
      .describe('Version of the Consul chart.')
      .meta(
        whenChanged(
          'restarts-pods',
          'the servers one by one, the gateway, the borders; sidecars at the next start of their pods; one minor version at a time, see [upgrades](upgrades.md)',
        ),
      ),
    charts: common.chartsOf("HashiCorp's own"),
    images: z
      .strictObject({
        registry: registry
          .optional()
          .describe('Mirror of consul, consul-k8s-control-plane and consul-dataplane.')
          .meta(
            whenChanged(
              'restarts-pods',
              'servers one by one, injector and gateway; sidecars at the next start of their pods',
            ),
          ),
        consul: imageReference
          .optional()
          .describe('Image of the servers.')
          .meta(whenChanged('restarts-pods', 'the servers one by one, and the borders')),
        controlPlane: imageReference
          .optional()
          .describe("Image of injector and chart's jobs.")
          .meta(whenChanged('restarts-pods', 'the injector')),
        dataplane: imageReference
          .optional()
          .describe('Image of sidecars and gateways.')
          .meta(
            whenChanged('restarts-pods', 'the gateway; sidecars at the next start of their pods'),
          ),
      })
      .prefault({}),
    datacenter: z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9_]*[a-z0-9])?$/, 'must be lower case letters, digits, "-" and "_"')
      .default('dc1')
      .describe('Name of the datacenter, part of every identity.')
      .meta(whenChanged('refused')),
    clusterId: z
      .string()
      .regex(CLUSTER_ID_PATTERN, 'must be a UUID in lower case; "uuidgen" makes one')
      .optional()
      .describe(
        'UUID that makes the trust domain. Set when the mesh is made and never again. ' +
          "Default: worked out from the cluster's name.",
      )
      .meta(whenChanged('refused')),
    servers: z
      .int()
      .min(1)
      .refine((servers) => servers % 2 === 1, 'must be odd, so that a majority exists')
      .default(1)
      .describe('Number of servers; each needs a node of its own.')
      .meta(
        whenChanged(
          'restarts-pods',
          'the servers one by one. With fewer, those that go take their volumes with them',
        ),
      ),
    storageClass: z
      .string()
      .optional()
      .describe(
        "Class of the servers' volumes, one that the cluster has. Default: see ownStorageClass; without " +
          "one of its own, the cluster's default.",
      )
      .meta(whenChanged('refused')),
    ownStorageClass: z
      .boolean()
      .optional()
      .describe(
        "Whether the servers' volumes have a storage class of their own, mesh-federation-gp3, of " +
          'encrypted gp3 disks with the tags of all else; EKS with the EBS CSI driver only. Not where ' +
          'storageClass names one. Default: in clusters that are made here.',
      )
      .meta(whenChanged('refused', 'where that is another class')),
    gatewayApiCrds: z
      .enum(['install', 'existing'])
      .default('install')
      .describe('Who brings the CRDs of the Gateway API, which Consul does not start without.')
      .meta(whenChanged('refused')),
    namespaces: namespaces
      .describe('Namespaces whose pods may join the mesh.')
      .meta(
        whenChanged(
          'in-place',
          'pods of a new one join at their next start. Refused: to leave out one that was made here',
        ),
      ),
    gateway: z
      .strictObject({
        kind: z
          .enum(['ingress', 'api'])
          .default('ingress')
          .describe(
            'What it is: an ingress gateway of the chart, which Consul has deprecated since 1.16, or an API ' +
              'gateway, which Consul makes of a Gateway of the Kubernetes Gateway API: it needs version 2.0.0 ' +
              'of the chart and the CRD of TCPRoute. [More](federation.md#consuls-gateway).',
          )
          .meta(
            whenChanged(
              'refused',
              'unless the new one is there by `beside`, so that no call fails: see there',
            ),
          ),
        beside: z
          .enum(['ingress', 'api'])
          .optional()
          .describe(
            'A second gateway of the other kind, for moving from one kind to the other without a failed call. It ' +
              'leads to the same borders, but other meshes do not get its address. Deploy with the new kind here, ' +
              'then with the two swapped, then without this setting. Default: none.',
          )
          .meta(
            whenChanged(
              'in-place',
              'one more gateway with a load balancer of its own; taken out, both go',
            ),
          ),
        ports: z
          .array(port)
          .default([])
          .describe(
            'Ports for anything but the federation, for listeners of yours; with an API gateway they need ' +
              '`gatewayListeners: existing`.',
          )
          .meta(whenChanged('in-place', 'connections by a port that goes end')),
        ...common.loadBalancer,
        record: common.gatewayRecord,
      })
      .prefault({})
      .superRefine(({ kind, beside, ports }, context) => {
        const isApi = kind === 'api' || beside === 'api';
        common.reportPorts(
          context,
          ports.map((number, index) => ({ name: `ports[${index}]`, port: number })),
          { ...CONSUL_PROXY_PORTS, ...(isApi ? API_GATEWAY_PORTS : {}) },
        );
        if (beside === kind) {
          context.addIssue({
            code: 'custom',
            path: ['beside'],
            message: `is ${kind}, as kind is: name the other kind, or leave it out`,
          });
        }
      }),
    values: common.valuesFiles.describe(
      'Paths of your own values files, merged last and read as Helm reads them. Entries of yours in ' +
        'a list that has some of ours come behind these; what other parts rely on cannot be changed ' +
        'there.',
    ),
  })
  .superRefine(({ charts, version, datacenter, namespaces, gateway, values }, context) => {
    common.reportCharts(context, ['consul'], version, charts);
    const setting = [gateway.kind, gateway.beside].indexOf('api');
    if (setting >= 0 && Number(version.split('.')[0]) < FIRST_WITH_API_GATEWAY) {
      context.addIssue({
        code: 'custom',
        path: ['gateway', setting === 0 ? 'kind' : 'beside'],
        message:
          `is api, which needs version ${FIRST_WITH_API_GATEWAY}.0.0 of the chart or later, and ` +
          `version is ${version}`,
      });
    }
    const layers = consulValues({
      datacenter,
      workloadNamespaces: namespaces,
      gateway,
      valuesFiles: values,
    });
    common.reportValues(context, ['values'], layers);
  });

export type ConsulMeshSettings = z.output<typeof consulMeshSettings>;
