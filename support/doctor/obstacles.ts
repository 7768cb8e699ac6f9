import type { Hop } from '../../constructs/federation/plan';
import { DEFAULT_CLUSTER_DOMAIN, serviceHost } from '../../constructs/kubernetes/cluster-domain';
import { clusterOf, type Deployed, meshOf, rootNamespaceOf } from './deployed';
import { type Finding, findingIn } from './finding';
import { kindOf } from './kinds';
import type { Called } from './kinds/kind';

/** What keeps the next hop, or the name that leads to it, from a proxy of the mesh. */
export function hidingFindings(deployed: Deployed, hop: Hop, next: Hop): Promise<Finding[]> {
  return obstaclesBefore(deployed, hop, next, 'hiding', ({ host }, what) => [
    'name-hidden',
    `${what} hides ${host} from ${hop.name}, which calls it.`,
  ]);
}

/** What somebody else made in the mesh, by which calls of the next hop fail. */
export function spoilingFindings(deployed: Deployed, hop: Hop, next: Hop): Promise<Finding[]> {
  return obstaclesBefore(deployed, hop, next, 'spoiling', ({ host }, what) => [
    'call-spoiled',
    `Calls of ${hop.name} to ${host} fail: ${what}.`,
  ]);
}

async function obstaclesBefore(
  deployed: Deployed,
  hop: Hop,
  next: Hop,
  which: 'hiding' | 'spoiling',
  said: (called: Called, what: string) => [code: string, what: string],
): Promise<Finding[]> {
  const { mesh, pods } = hop;
  const planned = meshOf(deployed, mesh);
  const obstacles = kindOf(planned)[which];
  if (obstacles === undefined || pods === undefined) return [];
  const workload = { namespace: pods.namespace, labels: pods.labels ?? {} };
  const { clusterDomain = DEFAULT_CLUSTER_DOMAIN } = planned.kind === 'istio' ? planned.mesh : {};
  const findings = await Promise.all(
    calledBy(hop, next, clusterDomain).map(async (called) => {
      const found = await obstacles(clusterOf(deployed, mesh), workload, called, {
        rootNamespace: rootNamespaceOf(planned),
        clusterDomain,
      });
      return found.map(({ what, mend }) => findingIn(mesh)(...said(called, what), mend));
    }),
  );
  return findings.flat();
}

/**
 * What the proxy of a hop must know to get to the next. To borders callers in Istio get by routes, whose
 * destinations their proxies know without being told.
 */
function calledBy({ resources }: Hop, { service, place }: Hop, clusterDomain: string): Called[] {
  if (place === 'callee' && service !== undefined) {
    const { namespace, name, port } = service;
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
