import { z } from 'zod';
import type { ChartSource, ServicePort, ValuesLayers } from '../../constructs/kubernetes';
import { chartSourceProblems } from '../../constructs/kubernetes/chart-source';
import { readHelmValues } from '../../constructs/kubernetes/helm-yaml';
import { valuesProblems } from '../../constructs/kubernetes/helm-values';
import { gatewayPortProblems } from '../../constructs/kubernetes/load-balancer';
import { RECORD_TYPES, recordProblem } from '../../constructs/network/record';
import { within } from '../../constructs/problems';
import { whenChanged } from '../change';
import { checked, objection } from '../checked';
import { fileNameProblem } from '../file-name';
import { cidr, port } from '../formats';
import { offerMistakes } from '../offers';
import { report } from '../problems';
import { gatewayAddress } from '../ways';
import { spire } from './spire';

/*
 * What the settings of every kind of mesh have in common.
 */

const chartSourceSettings = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('repository'),
    url: z.string().regex(/^https?:\/\//, 'must start with https://'),
  }),
  z.strictObject({
    kind: z.literal('oci'),
    url: z.string().regex(/^oci:\/\//, 'must start with oci://'),
  }),
  z.strictObject({ kind: z.literal('local'), path: z.string().min(1) }),
]);

/** A values file is read at once, so that a mistake in it is reported with all others. */
export const valuesFiles = z
  .array(
    checked(
      (path) => fileNameProblem(path, 'values.yaml') ?? objection(() => readHelmValues(path)),
    ),
  )
  .default([])
  .meta(whenChanged('in-place', 'as far as what the chart makes of them differs'));

/** The record of a gateway in Route 53. */
export const gatewayRecord = z
  .strictObject({
    zoneId: checked((text) => recordProblem({ zoneId: text }))
      .describe('Id of the hosted zone, which exists, in the account of the cluster.')
      .meta(whenChanged('in-place', 'a record in the other zone; the former one goes')),
    name: checked((text) => recordProblem({ name: text }))
      .describe("Name of the record, in the zone's domain.")
      .meta(
        whenChanged(
          'in-place',
          'the former name is gone at once; borders that lead to it out of Consul restart, one by one',
        ),
      ),
    type: z
      .enum(RECORD_TYPES)
      .default('alias')
      .describe(
        '`alias`: an A record that leads to the load balancer, at the apex of a zone too; or `CNAME`.',
      )
      .meta(whenChanged('in-place', 'the record is made anew: the name leads nowhere meanwhile')),
  })
  .optional()
  .describe(
    'A record in Route 53 by whose name the other meshes reach the gateway. When the load balancer is ' +
      'replaced, the record leads to the next one with the next deploy, and callers keep the name. EKS only. ' +
      'Default: none, they call the load balancer by its own name.',
  );

/** Settings of the load balancer of a gateway. */
export const loadBalancer = {
  internal: z
    .boolean()
    .default(false)
    .describe('Whether the load balancer is reachable from inside the VPC only. EKS only.')
    .meta(
      whenChanged(
        'refused',
        'EKS keeps a load balancer as it was made; the message says how to have it recreated',
      ),
    ),
  allowedSources: z
    .array(cidr)
    .min(1)
    .optional()
    .describe(
      'CIDR blocks that may connect to the load balancer, of IPv6 too where it has such addresses. Those of the clusters that call ' +
        'are added where they are known: NAT gateways made here and egressCidrs, or the VPC if the load ' +
        'balancer is internal. Default: these only, or everybody where some are not known.',
    )
    .meta(whenChanged('in-place')),
  address: gatewayAddress
    .optional()
    .describe(
      'Host name or IP address by which the other meshes reach the gateway, where it is another than that ' +
        'of its load balancer: a DNS name of your own, or what stands before it. Or a list of several, each ' +
        'of which leads to the gateway: calls take turns. Default: the address of the load balancer.',
    )
    .meta(
      whenChanged(
        'in-place',
        "new connections take it at once; keep the former one while it's used",
      ),
    ),
  addressPort: port
    .optional()
    .describe(
      "Port at `address`, if it differs from the gateway's: for example 443 of a firewall that forwards to " +
        "tlsPort. Consul's gateway has a port for each calling service, so there it works only with a single " +
        'calling service. Default: the ports of the gateway.',
    )
    .meta(whenChanged('in-place', 'new connections take it at once')),
  annotations: z
    .record(z.string(), z.string())
    .default({})
    .describe("Annotations of the gateway's Service, over those for the cloud's load balancer.")
    .meta(whenChanged('in-place', "what the cloud's controller makes of them")),
};

const cluster = z
  .string()
  .describe(
    'Its cluster, by its name in `clusters`. Default: the one that is called like the mesh.',
  )
  .meta(whenChanged('refused', 'a mesh does not move to another cluster'));

const partner = z
  .union([
    z.string('must be the path of a file, such as bank.offer.json, or what is in it'),
    z.record(z.string(), z.unknown()),
  ])
  .superRefine((offer, context) => {
    for (const { path, message } of offerMistakes(offer)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  })
  .optional()
  .describe(
    'Set this if a partner owns the mesh and deploys the other half. It is the offer of the partner: the path of ' +
      'the file that "npm run offer" wrote there, or its content. Nothing of the mesh is then deployed here, and ' +
      '`kind` is its only other setting. Until the file exists, everything is deployed except the ' +
      'federation. Default: none, the mesh is yours. [How](two-organisations.md).',
  )
  .meta(
    whenChanged(
      'restarts-pods',
      'what of the offer differs: identities and addresses the borders, roots nothing',
    ),
  );

const allowUnsupported = z
  .boolean()
  .default(false)
  .describe(
    'Allows a version that is out of support, and one that its vendor does not support on the ' +
      'Kubernetes version of its cluster. Nothing here was tried with such a pair.',
  )
  .meta(whenChanged('nothing'));

/** What is said of every mesh, beside its kind. */
export const everyMesh = { partner, cluster, spire, allowUnsupported };

/**
 * Where the charts of a mesh come from.
 *
 * @param usual Whose they are where nothing is said.
 */
export function chartsOf(usual: string) {
  return chartSourceSettings
    .optional()
    .describe(
      'Where the charts come from: { kind: repository, url }, { kind: oci, url } or ' +
        `{ kind: local, path }. Default: ${usual}.`,
    )
    .meta(whenChanged('in-place', 'as far as the charts differ'));
}

/** What is wrong with the numbers of a gateway's ports. */
export function reportPorts(
  context: z.RefinementCtx,
  ports: readonly ServicePort[],
  reserved: Readonly<Record<number, string>>,
): void {
  report(
    context,
    // One out of range has been told at its own place.
    gatewayPortProblems(
      [],
      ports.filter(({ port: number }) => port.safeParse(number).success),
      reserved,
    ),
  );
}

/** A local chart is looked for at once, so that a missing one is reported with all other mistakes. */
export function reportCharts(
  context: z.RefinementCtx,
  names: readonly string[],
  version: string,
  source: ChartSource | undefined,
): void {
  // What is wrong with a URL its own schema says.
  if (source?.kind !== 'local') return;
  const charts = names.map((chart) => ({ chart, version }));
  report(
    context,
    chartSourceProblems(source, charts).map((problem) => within(['charts'], problem)),
  );
}

/** What would be taken away from under the others' feet; a file that cannot be read is another mistake. */
export function reportValues(
  context: z.RefinementCtx,
  path: readonly string[],
  layers: ValuesLayers,
): void {
  let problems: readonly string[];
  try {
    problems = valuesProblems(layers);
  } catch {
    return;
  }
  report(
    context,
    problems.map((message) => ({ path, message })),
  );
}
