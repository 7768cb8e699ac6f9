import { AUTHORITY } from '../../constructs/federation/plan/internal';
import { cronJobFindings } from './cron-jobs';
import { clusterOf, type Deployed, meshOf, rootNamespaceOf, runNow } from './deployed';
import { DAY, DEPLOY_ALL, type Finding, findingIn, NOTICE } from './finding';
import { kindOf } from './kinds';
import { configMapSchema } from './objects';

/** Days after which a job that runs once a day is overdue. */
const AUTHORITY_STALE_DAYS = 2;

/** What is wrong with the job that keeps trust anchor and issuer of a mesh, or with these. */
export async function authorityFindings(deployed: Deployed, mesh: string): Promise<Finding[]> {
  const member = meshOf(deployed, mesh);
  const { authorityJob: name } = kindOf(member);
  if (name === undefined || !(deployed.ownAuthorities ?? []).includes(mesh)) return [];
  const cluster = clusterOf(deployed, mesh);
  const namespace = rootNamespaceOf(member);
  const now = deployed.now ?? new Date();
  const job = await cronJobFindings(deployed, mesh, name, {
    namespace,
    mend: DEPLOY_ALL,
    then: `the issuer of ${mesh} is not renewed`,
  });
  const found = await cluster.read({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
  const data = configMapSchema.parse(found ?? {}).data;
  const logs = `${cluster.kubectl} -n ${namespace} logs -l job-name --prefix --tail 20`;
  const run = `${runNow(cluster, { namespace, name }, 'authority')}; then ${logs}`;
  const said = findingIn(mesh);
  const past = ([AUTHORITY.anchorEnds, AUTHORITY.issuerEnds] as const).find(
    (key) => data[key] !== undefined && Date.parse(data[key]) < now.getTime(),
  );
  if (past !== undefined) {
    const what = past === AUTHORITY.anchorEnds ? 'trust anchor' : 'issuer';
    return [
      said(
        'authority-expired',
        `The ${what} of ${mesh} ended on ${data[past]}: no pod there gets a certificate.`,
        `${run}; docs/linkerd.md`,
      ),
    ];
  }
  if (job.length > 0) return job;
  const ends = data[AUTHORITY.issuerEnds];
  const until = ends === undefined ? '' : ` (it ends on ${ends})`;
  const problem = data[AUTHORITY.problem];
  if (problem !== undefined) {
    return [
      said(
        'authority-problem',
        `Trust anchor and issuer of ${mesh} are not kept up to date: ${problem}.`,
        `${run}; docs/linkerd.md`,
        'warning',
      ),
    ];
  }
  const success = data[AUTHORITY.success];
  if (success === undefined || Date.parse(success) < now.getTime() - AUTHORITY_STALE_DAYS * DAY) {
    return [
      said(
        'authority-overdue',
        `CronJob ${namespace}/${name}, which runs once a day, last succeeded ${success === undefined ? 'never' : `on ${success}`}, so the issuer of ${mesh}${until} would not be renewed.`,
        `${cluster.kubectl} -n ${namespace} get cronjobs,jobs,events`,
        'warning',
      ),
    ];
  }
  const warning = data[AUTHORITY.warning];
  if (ends !== undefined && Date.parse(ends) < now.getTime() + NOTICE) {
    return [
      said(
        'authority-ending',
        `The issuer of ${mesh} ends on ${ends}, and has not been renewed` +
          `${warning === undefined ? '' : `: ${warning}`}.`,
        `${run}; docs/linkerd.md`,
        'warning',
      ),
    ];
  }
  return warning === undefined
    ? []
    : [said('authority-warning', `${mesh}: ${warning}.`, 'docs/linkerd.md', 'warning')];
}
