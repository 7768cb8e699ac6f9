import { z } from 'zod';
import type { Hop, PlannedBorder } from '../../constructs/federation/plan';
import { textIn, yamlMap, yamlMaps } from '../../constructs/kubernetes/yaml-file';
import { nameOf } from '../cluster/cluster';
import { clusterOf, deployCommand, type Deployed, type Gateway, gatewayOf } from './deployed';
import { type Finding, findingIn } from './finding';
import { serviceSchema } from './objects';

/*
 * The addresses by which calls get to a gateway: what leads there has them, and what they should be is the
 * load balancer's to say, or the settings'.
 */

/** What leads to a gateway, and where it leads. */
interface Leading {
  /** Name of the object. */
  readonly what: string;
  readonly address: string;
}

/** Where a gateway is called, and what is wrong with that. */
export interface Called {
  /** Host names or IP addresses; none where they cannot be known. */
  readonly hosts: readonly string[];
  readonly findings: readonly Finding[];
}

/**
 * Where callers get to a gateway, and whether what leads there has that address.
 *
 * @param before The hop before, from whose cluster they come.
 */
export async function calledAddresses(
  deployed: Deployed,
  gateway: Hop,
  before: Hop,
): Promise<Called> {
  const { mesh } = gateway;
  const { by, hosts } = gatewayOf(deployed, mesh);
  // Those that are given are compared with all else that is configured.
  if (by === 'given') return { hosts, findings: [] };
  const leading = await leadingFrom(deployed, before);
  const there = [...new Set(leading.map(({ address }) => address))];
  if (by === 'endpoint') return { hosts: there, findings: [] };
  const now = by === 'record' ? hosts[0] : await balancerAddress(deployed, gateway);
  if (now === undefined) return { hosts: [], findings: [] };
  const stale = leading.find(({ address }) => !isFor(by, now, address));
  const where = by === 'record' ? `is called at ${now}` : `has ${now} now`;
  return {
    hosts: stale === undefined && there.length > 0 ? there : [now],
    findings:
      stale === undefined
        ? []
        : [
            findingIn(before.mesh)(
              'address-stale',
              `${stale.what} leads to ${stale.address}, and the gateway of ${mesh} ${where}.`,
              deployCommand(deployed),
            ),
          ],
  };
}

/** Of a record the settings may leave out the domain of its zone. */
function isFor(by: Gateway['by'], now: string, address: string): boolean {
  if (by !== 'record') return address === now;
  const [name, called] = [now, address].map((one) => one.toLowerCase().replace(/\.$/, ''));
  return called === name || called?.startsWith(`${name}.`) === true;
}

/** As the cloud gave it. */
async function balancerAddress(
  deployed: Deployed,
  { mesh, service }: Hop,
): Promise<string | undefined> {
  if (service === undefined) return undefined;
  const { namespace, name } = service;
  const cluster = clusterOf(deployed, mesh);
  const found = await cluster.read({ apiVersion: 'v1', kind: 'Service', namespace, name });
  if (found === undefined) return undefined;
  const [first] = serviceSchema.parse(found).status.loadBalancer.ingress;
  return first?.hostname ?? first?.ip;
}

/** What in the cluster of a caller leads to the gateway. */
async function leadingFrom(deployed: Deployed, hop: Hop): Promise<Leading[]> {
  const { mesh, resources, pods } = hop;
  const cluster = clusterOf(deployed, mesh);
  const refs = resources
    .filter(({ manifest }) => manifest.kind === 'ServiceEntry')
    .map(({ manifest: { apiVersion, kind, metadata } }) => ({ apiVersion, kind, ...metadata }));
  const entries = await Promise.all(
    refs.map(async (ref) => {
      const spec = yamlMap((await cluster.read(ref))?.['spec']);
      return yamlMaps(spec['endpoints']).map((one): Leading => ({
        what: nameOf(ref),
        address: textIn(one, 'address') ?? '',
      }));
    }),
  );
  const border = deployed.plan.borders.find(
    (one) => one.mesh === mesh && one.namespace === pods?.namespace && one.name === pods.border,
  );
  return [...entries.flat(), ...(border === undefined ? [] : await fromBorder(deployed, border))];
}

const clusters = z.object({
  static_resources: z.object({
    clusters: z.array(
      z.object({
        name: z.string(),
        load_assignment: z
          .object({
            endpoints: z.array(
              z.object({
                lb_endpoints: z.array(
                  z.object({
                    endpoint: z.object({
                      address: z.object({
                        socket_address: z.object({ address: z.string() }).optional(),
                      }),
                    }),
                  }),
                ),
              }),
            ),
          })
          .optional(),
      }),
    ),
  }),
});

/** What a border's Envoy is told. */
async function fromBorder(deployed: Deployed, border: PlannedBorder): Promise<Leading[]> {
  const { mesh, namespace, name } = border;
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
  const found = await clusterOf(deployed, mesh).read(ref);
  const text = textIn(yamlMap(found?.['data']), 'envoy.json') ?? '';
  const ids = border.crossings.map(({ id }) => id);
  return clustersIn(text)
    .filter((one) => ids.includes(one.name))
    .flatMap(({ load_assignment: { endpoints } = { endpoints: [] } }) =>
      endpoints.flatMap(({ lb_endpoints }) =>
        lb_endpoints.flatMap(({ endpoint }) => endpoint.address.socket_address ?? []),
      ),
    )
    .map(({ address }) => ({ what: nameOf(ref), address }));
}

/** None of what is no configuration: it is another than the wanted one, and that is said. */
function clustersIn(text: string) {
  try {
    return clusters.parse(JSON.parse(text)).static_resources.clusters;
  } catch {
    return [];
  }
}
