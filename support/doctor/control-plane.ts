import { z } from 'zod';
import { clusterOf, type Deployed, meshOf, rootNamespaceOf } from './deployed';
import { type Finding, findingIn } from './finding';
import { kindOf } from './kinds';
import { endpointSliceSchema, metadata, SERVICE_LABEL } from './objects';
import { selectorSchema, selects } from './selector';
import { orUnread } from './unread';

const serviceSchema = z.object({
  metadata,
  spec: z.object({ type: z.string().default('ClusterIP') }).prefault({}),
});

/**
 * What of a mesh's control plane is down: calls get by without it for a while. What is not in the cluster is looked
 * for where our stacks have installed it, since it may run elsewhere.
 *
 * @returns nothing for who may not read it all, where what may be read is there
 */
export async function controlPlaneFindings(
  deployed: Deployed,
  mesh: string,
): Promise<Finding[] | undefined> {
  return orUnread(partFindings(deployed, mesh));
}

async function partFindings(deployed: Deployed, mesh: string): Promise<Finding[] | undefined> {
  const planned = meshOf(deployed, mesh);
  const namespace = rootNamespaceOf(planned);
  const cluster = clusterOf(deployed, mesh);
  const [services, slices] = await Promise.all([
    cluster.list('v1', 'Service', namespace),
    orUnread(cluster.list('discovery.k8s.io/v1', 'EndpointSlice', namespace)),
  ]);
  const up = slices
    ?.map((slice) => endpointSliceSchema.parse(slice))
    // Of a Service that publishes addresses before they are ready, as Consul's servers do, all are "ready".
    .filter(({ endpoints }) =>
      endpoints.some(({ conditions: { ready, serving = ready } }) => serving),
    )
    .map((slice) => slice.metadata.labels[SERVICE_LABEL]);
  const own = services
    .map((service) => serviceSchema.parse(service))
    // One which runs elsewhere.
    .filter(({ spec }) => spec.type !== 'ExternalName');
  const findings = kindOf(planned).controlPlane.flatMap(({ name, labels, lost }) => {
    const selector = selectorSchema.parse({ matchLabels: labels });
    const parts = own.filter(({ metadata: { labels: has } }) => selects(selector, has));
    if (parts.length === 0 && deployed.installed?.includes(mesh)) {
      return [
        findingIn(mesh, 'warning')(
          'control-plane-missing',
          `${name} of ${mesh} is gone: there is no Service of it in the namespace ${namespace}. Calls go on for now, ` +
            `but ${lost}.`,
          `helm --namespace ${namespace} list; where its chart is there, "helm rollback" to its own revision makes ` +
            `what is missing anew, which no deploy does; else npx cdktf deploy ${mesh}-mesh`,
        ),
      ];
    }
    const down = parts
      .filter((service) => up?.includes(service.metadata.name) === false)
      .map((service) => `${namespace}/${service.metadata.name}`);
    return down.length === 0
      ? []
      : [
          findingIn(mesh, 'warning')(
            'control-plane-down',
            `${name} of ${mesh} is down: no pod behind Service ${down.join(', ')} is ready. Calls go on for now, ` +
              `but ${lost}.`,
            `${cluster.kubectl} -n ${namespace} get deployments,statefulsets,pods,events`,
          ),
        ];
  });
  // What is gone is known without them, and what is down is not.
  return up === undefined && findings.length === 0 ? undefined : findings;
}
