import { DataKubernetesResources } from '@cdktf/provider-kubernetes/lib/data-kubernetes-resources';
import type { Construct } from 'constructs';
import { mustHold } from '../constructs/must-hold';

/**
 * Before the weather application had a namespace of its own it ran in `default`. A deploy elsewhere would
 * take it away there first, with the identities that both meshes admit. So the plan stops as long as it is
 * there.
 *
 * @param services Names of its Deployments in this cluster.
 */
export function refuseToMoveWeather(
  scope: Construct,
  namespace: string,
  services: readonly string[],
): void {
  if (namespace === 'default') return;
  const left = `setintersection(self.objects[*].metadata.name, ${JSON.stringify(services)})`;
  const selector = 'app.kubernetes.io/part-of=weather';
  new DataKubernetesResources(scope, 'weather-in-default', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: 'default',
    labelSelector: selector,
    lifecycle: mustHold(
      `length(${left}) == 0`,
      `The weather application runs in the namespace default (\${join(", ", ${left})}), and is to be in ` +
        `${namespace}: this deploy would take it away before the other one is there, and its calls would ` +
        'fail meanwhile. Nothing was changed. To leave it where it is, set weather.namespace: default. To ' +
        'move it, delete it in both clusters and deploy again: kubectl -n default delete deployment -l ' +
        `${selector}.`,
    ),
  });
}
