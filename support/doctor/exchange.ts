import {
  JOB_NAMES,
  jobsNamespaceOf,
  lifeOf,
  parseOwn,
  PUBLISHED,
  type Root,
  shareCluster,
  STATUS,
} from '../../constructs/federation/plan/internal';
import { ApiError } from '../cluster/errors';
import { cronJobFindings } from './cron-jobs';
import {
  clusterOf,
  deployCommand,
  type Deployed,
  isOurs,
  meshOf,
  rootNamespaceOf,
  runNow,
  syncCommand,
} from './deployed';
import { type Finding, findingIn } from './finding';
import { kindOf } from './kinds';
import { configMapSchema, secretSchema } from './objects';

/** The jobs in the clusters that bring roots from the one to the other. */
export async function exchangeFindings(
  deployed: Deployed,
  mesh: string,
  foreign: string,
  trusted: readonly Root[],
): Promise<Finding[]> {
  const fetching = await syncFindings(deployed, mesh, foreign);
  if (!isOurs(deployed, foreign)) return fetching;
  const publishing = await publisherFindings(deployed, foreign);
  return publishing.length > 0
    ? // Of this the job that fetches them only has the same to say.
      [...publishing, ...fetching.filter(({ code }) => code !== 'sync-problem')]
    : [...(await publishedFindings(deployed, mesh, foreign, trusted)), ...fetching];
}

/** The job in the cluster whose roots they are. */
async function publisherFindings(deployed: Deployed, foreign: string): Promise<Finding[]> {
  const cluster = clusterOf(deployed, foreign);
  const namespace = jobsNamespaceOf(deployed.plan, foreign);
  const name = JOB_NAMES.publish(foreign);
  const warn = findingIn(foreign, 'warning');
  const found = await cluster.read({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
  if (found === undefined) {
    return [
      warn(
        'publisher-missing',
        `There is no ConfigMap ${namespace}/${name}: a new root of ${foreign} would reach nobody.`,
        deployCommand(deployed),
      ),
    ];
  }
  const cronJob = await cronJobFindings(deployed, foreign, name);
  if (cronJob.length > 0) return cronJob;
  const { data } = configMapSchema.parse(found);
  const problem = data[PUBLISHED.problem];
  if (problem !== undefined) {
    return [
      warn(
        'publisher-problem',
        `The roots of ${foreign} are not published: ${problem}.`,
        `${cluster.kubectl} -n ${namespace} logs -l job-name --prefix --tail 20`,
      ),
    ];
  }
  const late = overdue(deployed, data[PUBLISHED.success]);
  return late === undefined
    ? []
    : [
        warn(
          'publisher-overdue',
          `CronJob ${namespace}/${name} last succeeded ${late}, so a new root of ${foreign} would reach nobody.`,
          `${cluster.kubectl} -n ${namespace} get cronjobs,jobs,events`,
        ),
      ];
}

/** Roots that a mesh has and does not publish, or that it publishes and the other one does not trust. */
async function publishedFindings(
  deployed: Deployed,
  mesh: string,
  foreign: string,
  trusted: readonly Root[],
): Promise<Finding[]> {
  const cluster = clusterOf(deployed, foreign);
  const namespace = jobsNamespaceOf(deployed.plan, foreign);
  const name = JOB_NAMES.publish(foreign);
  const found = await cluster.read({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
  const { data } = configMapSchema.parse(found ?? {});
  const shown = parseOwn(data[PUBLISHED.roots] ?? '');
  const unpublished = (await rootsOfMesh(deployed, foreign)).find(
    ({ fingerprint }) =>
      !parseOwn(data[PUBLISHED.inside] ?? data[PUBLISHED.roots] ?? '').some(
        (root) => root.fingerprint === fingerprint,
      ),
  );
  if (unpublished !== undefined) {
    return [
      findingIn(foreign, 'warning')(
        'roots-unpublished',
        `${foreign} has the root ${short(unpublished.fingerprint)}, which CronJob ${namespace}/${name} has not ` +
          'published yet: what that root signs is refused by the other mesh.',
        runNow(cluster, { namespace, name }, 'roots'),
      ),
    ];
  }
  const untrusted = shown.find(
    ({ fingerprint }) => !trusted.some((root) => root.fingerprint === fingerprint),
  );
  return trusted.length === 0 || untrusted === undefined
    ? []
    : [
        findingIn(mesh)(
          'roots-differ',
          `${foreign} publishes the root ${short(untrusted.fingerprint)}, which the cluster of ${mesh} does ` +
            'not trust: what that root signs is refused there.',
          syncCommand(deployed, mesh, foreign),
        ),
      ];
}

/** Those by which the pods of a mesh verify each other; none where no object of the cluster says it. */
async function rootsOfMesh(deployed: Deployed, mesh: string): Promise<readonly Root[]> {
  const member = meshOf(deployed, mesh);
  const { roots } = kindOf(member);
  if (roots === undefined) return [];
  const found = await clusterOf(deployed, mesh).read({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace: rootNamespaceOf(member),
    name: roots.configMap,
  });
  return parseOwn(configMapSchema.parse(found ?? {}).data[roots.key] ?? '');
}

/** In the cluster that needs them. */
async function syncFindings(deployed: Deployed, mesh: string, foreign: string): Promise<Finding[]> {
  const cluster = clusterOf(deployed, mesh);
  const namespace = jobsNamespaceOf(deployed.plan, mesh);
  const name = JOB_NAMES.sync(foreign);
  const warn = findingIn(mesh, 'warning');
  const found = await cluster.read({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
  if (found === undefined) {
    return [
      warn(
        'sync-missing',
        `There is no ConfigMap ${namespace}/${name}, in which the job reports.`,
        deployCommand(deployed),
      ),
    ];
  }
  const jobs = (
    await Promise.all([
      cronJobFindings(deployed, mesh, name),
      ...(hasToken(deployed, mesh, foreign)
        ? [
            cronJobFindings(deployed, mesh, JOB_NAMES.renew(foreign)),
            cronJobFindings(deployed, foreign, JOB_NAMES.issue(mesh)),
          ]
        : []),
    ])
  ).flat();
  if (jobs.length > 0) return jobs;
  const token = hasToken(deployed, mesh, foreign)
    ? await tokenFinding(deployed, mesh, foreign)
    : undefined;
  if (token !== undefined) return [token];
  const { data } = configMapSchema.parse(found);
  const problem = data[STATUS.problem] ?? data[STATUS.renewal];
  if (problem !== undefined) {
    const [code, job] =
      data[STATUS.problem] === undefined
        ? ['renewal-problem', JOB_NAMES.renew(foreign)]
        : ['sync-problem', name];
    const again = runNow(cluster, { namespace, name: job }, job === name ? 'sync' : 'renew');
    return [
      warn(
        code,
        `The roots of ${foreign} are not kept up to date in the cluster of ${mesh}: ${problem}.`,
        `docs/trust-bundles.md has what mends each reason; then ${again}`,
      ),
    ];
  }
  const late = overdue(deployed, data[STATUS.success] ?? data[STATUS.first]);
  if (late !== undefined) {
    return [
      warn(
        'sync-overdue',
        `CronJob ${namespace}/${name} last succeeded ${late}, so a new root of ${foreign} would not arrive.`,
        `${cluster.kubectl} -n ${namespace} get cronjobs,jobs,events`,
      ),
    ];
  }
  const word = data[STATUS.warning];
  return word === undefined
    ? []
    : [
        warn(
          'sync-warning',
          `The roots of ${foreign} in ${mesh}: ${word}.`,
          'docs/trust-bundles.md',
        ),
      ];
}

/** Of a token nothing is used here but when it ends. Who may not read Secrets is told nothing of it. */
async function tokenFinding(
  deployed: Deployed,
  mesh: string,
  foreign: string,
): Promise<Finding | undefined> {
  const cluster = clusterOf(deployed, mesh);
  const namespace = jobsNamespaceOf(deployed.plan, mesh);
  const name = JOB_NAMES.sync(foreign);
  try {
    const found = await cluster.read({ apiVersion: 'v1', kind: 'Secret', namespace, name });
    const renew = `${cluster.kubectl} -n ${namespace} delete secret ${name}; then ${deployCommand(deployed)}`;
    const warn = findingIn(mesh, 'warning');
    if (found === undefined) {
      return warn(
        'token-missing',
        `There is no Secret ${namespace}/${name} with the token for ${foreign}.`,
        deployCommand(deployed),
      );
    }
    const { token = '' } = secretSchema.parse(found).data;
    const life = lifeOf(Buffer.from(token, 'base64').toString());
    return life !== undefined && life.ends < (deployed.now ?? new Date())
      ? warn(
          'token-expired',
          `The token in Secret ${namespace}/${name} expired on ${life.ends.toISOString()}, so roots of ` +
            `${foreign} are not fetched any more.`,
          renew,
        )
      : undefined;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return undefined;
    throw error;
  }
}

function overdue(
  { staleSeconds, now = new Date() }: Deployed,
  success?: string,
): string | undefined {
  if (success === undefined) return 'never';
  return Date.parse(success) > now.getTime() - staleSeconds * 1000 ? undefined : `on ${success}`;
}

function short(fingerprint: string): string {
  return `${fingerprint.slice(0, 23)}...`;
}

/** An endpoint of a partner takes no token, and in one cluster there is none. */
function hasToken(deployed: Deployed, mesh: string, foreign: string): boolean {
  const { meshes } = deployed.plan;
  return isOurs(deployed, foreign) && !shareCluster(meshes[mesh], meshes[foreign]);
}
