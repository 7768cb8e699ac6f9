import { z } from 'zod';
import type { Cluster } from '../../cluster/cluster';
import { selects } from '../selector';
import { fitsHost } from './hosts';
import { agedMetadata, oldestFirst } from './istio-age';
import type { Called, Obstacle, Workload } from './kind';

const sidecarSchema = z.object({
  metadata: agedMetadata,
  spec: z
    .object({
      workloadSelector: z
        .object({ labels: z.record(z.string(), z.string()).default({}) })
        .optional(),
      egress: z
        .array(
          z.object({
            hosts: z.array(z.string()).default([]),
            port: z.object({ number: z.number().optional() }).optional(),
          }),
        )
        .default([]),
    })
    .prefault({}),
});

type Sidecar = z.output<typeof sidecarSchema>;

/**
 * Which Sidecar resource keeps a name from the proxies of some pods. There is one for a
 * pod: of its namespace one with a selector before one without, the oldest of several; else that of the root
 * namespace.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/sidecar/
 * @see https://github.com/istio/istio/blob/1.31.4/pilot/pkg/model/push_context.go `getSidecarScope`
 */
export async function hiddenBy(
  cluster: Cluster,
  { namespace, labels }: Workload,
  called: Called,
  { rootNamespace }: { readonly rootNamespace: string },
): Promise<readonly Obstacle[]> {
  const own = await sidecarsIn(cluster, namespace);
  const chosen =
    own.find(
      ({ spec }) =>
        spec.workloadSelector &&
        selects({ matchLabels: spec.workloadSelector.labels, matchExpressions: [] }, labels),
    ) ??
    own.find(({ spec }) => spec.workloadSelector === undefined) ??
    (await sidecarsIn(cluster, rootNamespace)).find(
      ({ spec }) => spec.workloadSelector === undefined,
    );
  if (chosen === undefined) return [];
  const { egress } = chosen.spec;
  // Of an empty one the mesh's defaults hold.
  const shows =
    egress.length === 0 ||
    egress.some(
      ({ hosts, port }) =>
        (port?.number === undefined || port.number === called.port) &&
        imports(hosts, namespace, called),
    );
  const { metadata } = chosen;
  return shows
    ? []
    : [
        {
          what: `Sidecar ${metadata.namespace}/${metadata.name}`,
          mend:
            `add "${called.namespace}/${called.host}" to the hosts of an egress there: ${cluster.kubectl} -n ` +
            `${metadata.namespace} edit sidecars.networking.istio.io ${metadata.name}`,
        },
      ];
}

/** In the order in which they count. */
async function sidecarsIn(cluster: Cluster, namespace: string): Promise<Sidecar[]> {
  const all = await cluster.list('networking.istio.io/v1', 'Sidecar', namespace);
  return oldestFirst(all.flatMap((object) => sidecarSchema.safeParse(object).data ?? []));
}

/** `namespace/name`, where either may be `*`, the namespace also `.` or `~`, and the name `*.domain`. */
function imports(hosts: readonly string[], own: string, { namespace, host }: Called): boolean {
  return hosts.some((entry) => {
    const [where = '', name = ''] = entry.split('/');
    return (where === '*' || (where === '.' ? own : where) === namespace) && fitsHost(name, host);
  });
}
