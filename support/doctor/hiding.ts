import type { Hop, PlannedMesh } from '../../constructs/federation/plan';
import { serviceHost } from '../../constructs/kubernetes/cluster-domain';
import { clusterOf, type Deployed, meshOf, rootNamespaceOf } from './deployed';
import { type Finding, findingIn } from './finding';
import { kindOf } from './kinds';
import type { Called } from './kinds/kind';

/** What keeps the next hop, or the name that leads to it, from a proxy of the mesh. */
export async function hidingFindings(deployed: Deployed, hop: Hop, next: Hop): Promise<Finding[]> {
  const { mesh, pods } = hop;
  const planned = meshOf(deployed, mesh);
  const { hiding } = kindOf(planned);
  if (hiding === undefined || pods === undefined) return [];
  const cluster = clusterOf(deployed, mesh);
  const workload = { namespace: pods.namespace, labels: pods.labels ?? {} };
  const findings = await Promise.all(
    calledBy(planned, hop, next).map(async (called) => {
      const found = await hiding(cluster, workload, called, rootNamespaceOf(planned));
      return found === undefined
        ? []
        : [
            findingIn(mesh)(
              'name-hidden',
              `${found.what} hides ${called.host} from ${hop.name}, which calls it.`,
              found.mend,
            ),
          ];
    }),
  );
  return findings.flat();
}

/**
 * What the proxy of a hop must know to get to the next. To borders callers in Istio get by routes, whose
 * destinations their proxies know without being told.
 */
export function calledBy(mesh: PlannedMesh, { resources }: Hop, { service, place }: Hop): Called[] {
  if (place === 'callee' && service !== undefined) {
    const { namespace, name, port } = service;
    const clusterDomain = mesh.kind === 'istio' ? mesh.mesh.clusterDomain : undefined;
    return [{ namespace, host: serviceHost(name, namespace, clusterDomain), port, inMesh: true }];
  }
  return resources.flatMap(({ manifest }) =>
    manifest.kind === 'ServiceEntry'
      ? manifest.spec.hosts.flatMap((host) =>
          manifest.spec.ports.map(({ number: port }) => ({
            namespace: manifest.metadata.namespace,
            host,
            port,
            inMesh: false,
          })),
        )
      : [],
  );
}
