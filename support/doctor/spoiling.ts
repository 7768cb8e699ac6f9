import type { Hop } from '../../constructs/federation/plan';
import { DEFAULT_CLUSTER_DOMAIN } from '../../constructs/kubernetes/cluster-domain';
import { clusterOf, type Deployed, meshOf, rootNamespaceOf } from './deployed';
import { type Finding, findingIn } from './finding';
import { calledBy } from './hiding';
import { kindOf } from './kinds';

/** What somebody else made in the mesh, by which calls of the next hop fail. */
export async function spoilingFindings(
  deployed: Deployed,
  hop: Hop,
  next: Hop,
): Promise<Finding[]> {
  const { mesh, pods } = hop;
  const planned = meshOf(deployed, mesh);
  const { spoiling } = kindOf(planned);
  if (spoiling === undefined || pods === undefined) return [];
  const workload = { namespace: pods.namespace, labels: pods.labels ?? {} };
  const { clusterDomain = DEFAULT_CLUSTER_DOMAIN } = planned.kind === 'istio' ? planned.mesh : {};
  const findings = await Promise.all(
    calledBy(planned, hop, next).map(async (called) => {
      const found = await spoiling(clusterOf(deployed, mesh), workload, called, {
        rootNamespace: rootNamespaceOf(planned),
        clusterDomain,
      });
      return found.map(({ what, mend }) =>
        findingIn(mesh)(
          'call-spoiled',
          `Calls of ${hop.name} to ${called.host} fail: ${what}.`,
          mend,
        ),
      );
    }),
  );
  return findings.flat();
}
