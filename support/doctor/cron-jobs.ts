import { jobsNamespaceOf } from '../../constructs/federation/plan/internal';
import { clusterOf, deployCommand, type Deployed } from './deployed';
import { type Finding, findingIn } from './finding';
import { cronJobSchema } from './objects';

/** Whether a job of ours is there, and runs. */
export async function cronJobFindings(
  deployed: Deployed,
  mesh: string,
  name: string,
  { namespace, mend, then } = {
    namespace: jobsNamespaceOf(deployed.plan, mesh),
    mend: deployCommand(deployed),
    then: 'roots and tokens become outdated',
  },
): Promise<Finding[]> {
  const cluster = clusterOf(deployed, mesh);
  const found = await cluster.read({ apiVersion: 'batch/v1', kind: 'CronJob', namespace, name });
  const warn = findingIn(mesh, 'warning');
  if (found === undefined) {
    return [warn('job-missing', `There is no CronJob ${namespace}/${name}.`, mend)];
  }
  return cronJobSchema.parse(found).spec.suspend
    ? [
        warn(
          'job-suspended',
          `CronJob ${namespace}/${name} is suspended, so ${then}.`,
          `${cluster.kubectl} -n ${namespace} patch cronjob ${name} -p '{"spec":{"suspend":false}}'`,
        ),
      ]
    : [];
}
