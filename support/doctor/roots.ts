import { foreignBundle, type Hop } from '../../constructs/federation/plan';
import {
  JOB_NAMES,
  jobsNamespaceOf,
  shareCluster,
  AUTHORITY,
  PUBLISHED,
  STATUS,
  examine,
  parseOwn,
  type Root,
  lifeOf,
} from '../../constructs/federation/plan/internal';
import { ApiError } from './cluster';
import {
  clusterOf,
  deployCommand,
  type Deployed,
  isOurs,
  meshOf,
  rootNamespaceOf,
} from './deployed';
import { DEPLOY_ALL, type Finding, findingIn } from './finding';
import { kindOf } from './kinds';
import { configMapSchema, cronJobSchema, secretSchema } from './objects';

const DAY = 24 * 3600 * 1000;
/** Time before the end of a root at which it is told; of a short-lived one, a fifth of its life. */
const NOTICE = 30 * DAY;

/** Days after which a job that runs once a day is overdue. */
const AUTHORITY_STALE_DAYS = 2;

/** The foreign roots of a hop. */
export interface HopRoots {
  readonly findings: readonly Finding[];
  /** PEM; nothing where nothing good is there. */
  readonly bundle: string | undefined;
}

/** What is wrong with the foreign roots of a hop, and with what keeps them up to date. */
export async function rootsFindings(deployed: Deployed, hop: Hop): Promise<HopRoots> {
  if (hop.roots === undefined) return { findings: [], bundle: undefined };
  const { mesh } = hop;
  const { mesh: foreign, namespace } = hop.roots;
  const own = await bundleFindings(deployed, mesh, foreign, namespace);
  const exchange = deployed.givenRoots.includes(foreign)
    ? []
    : await exchangeFindings(deployed, mesh, foreign, own.roots);
  const authority = await authorityFindings(deployed, foreign);
  return { findings: [...own.findings, ...exchange, ...authority], bundle: own.bundle };
}

/** The roots that are there, looked at as the jobs do. */
export async function bundleFindings(
  deployed: Deployed,
  mesh: string,
  foreign: string,
  namespace: string,
): Promise<HopRoots & { readonly roots: readonly Root[] }> {
  const cluster = clusterOf(deployed, mesh);
  const now = deployed.now ?? new Date();
  const { configMap, key } = foreignBundle(foreign);
  const place = `ConfigMap ${namespace}/${configMap}`;
  const sync = `${cluster.kubectl} -n ${jobsNamespaceOf(deployed.plan, mesh)} create job --from=cronjob/${JOB_NAMES.sync(foreign)} sync-now`;
  const mend = deployed.givenRoots.includes(foreign) ? deployCommand(deployed) : sync;
  const nothing = (code: string, what: string, how = mend) => ({
    findings: [findingIn(mesh)(code, what, how)],
    bundle: undefined,
    roots: [],
  });
  const found = await cluster.read({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace,
    name: configMap,
  });
  if (found === undefined) {
    return nothing(
      'roots-missing',
      `There is no ${place}, so nobody there can verify the mesh ${foreign}.`,
      deployCommand(deployed),
    );
  }
  const bundle = configMapSchema.parse(found).data[key] ?? '';
  if (bundle.trim() === '') {
    return nothing('roots-empty', `${place} has no roots of ${foreign} in its key ${key}.`);
  }
  const { trustDomain } = meshOf(deployed, foreign).mesh;
  const { roots, refused, expired } = examine(bundle, { trustDomain, own: [], now });
  const [reason] = refused;
  if (expired.length > 0 && roots.length === 0) {
    return nothing(
      'roots-expired',
      `Every root of ${foreign} in ${place} has expired: ${expired[0]?.reason ?? ''}.`,
    );
  }
  if (reason !== undefined) {
    return nothing('roots-unusable', `${place} holds no roots of ${foreign}: ${reason.reason}.`);
  }
  if (parseOwn(bundle).length === 0) {
    return nothing(
      'roots-distrusted',
      `${place} trusts no root of ${foreign}: all that there were are distrusted or withdrawn.`,
      'docs/trust-bundles.md; federation.trust.distrusted lists what is never trusted',
    );
  }
  const [last] = [...roots].sort((one, other) => other.expires.getTime() - one.expires.getTime());
  const left = (last?.expires.getTime() ?? Infinity) - now.getTime();
  const ending: Finding[] =
    last === undefined || left > Math.min(NOTICE, lifeTime(last) / 5)
      ? []
      : [
          {
            code: 'roots-ending',
            level: 'warning',
            mesh,
            what:
              `The last root of ${foreign} in ${place} expires on ${last.expires.toISOString()}, in ` +
              `${Math.floor(left / DAY)} days.`,
            mend: `rotate the root of ${foreign}: docs/trust-bundles.md`,
          },
        ];
  return { findings: ending, bundle, roots };
}

/** The jobs in the clusters that bring roots from the one to the other. */
async function exchangeFindings(
  deployed: Deployed,
  mesh: string,
  foreign: string,
  trusted: readonly Root[],
): Promise<Finding[]> {
  return [
    ...(isOurs(deployed, foreign) ? await publisherFindings(deployed, mesh, foreign, trusted) : []),
    ...(await syncFindings(deployed, mesh, foreign)),
  ];
}

/** In the cluster whose roots they are. */
async function publisherFindings(
  deployed: Deployed,
  mesh: string,
  foreign: string,
  trusted: readonly Root[],
): Promise<Finding[]> {
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
  if (late !== undefined) {
    return [
      warn(
        'publisher-overdue',
        `CronJob ${namespace}/${name} last succeeded ${late}, so a new root of ${foreign} would reach nobody.`,
        `${cluster.kubectl} -n ${namespace} get cronjobs,jobs,events`,
      ),
    ];
  }
  const shown = parseOwn(data[PUBLISHED.roots] ?? '');
  const unpublished = (await rootsOfMesh(deployed, foreign)).find(
    ({ fingerprint }) =>
      !parseOwn(data[PUBLISHED.inside] ?? data[PUBLISHED.roots] ?? '').some(
        (root) => root.fingerprint === fingerprint,
      ),
  );
  if (unpublished !== undefined) {
    return [
      warn(
        'roots-unpublished',
        `${foreign} has the root ${short(unpublished.fingerprint)}, which CronJob ${namespace}/${name} has not ` +
          'published yet: what that root signs is refused by the other mesh.',
        `${cluster.kubectl} -n ${namespace} create job --from=cronjob/${name} roots-now`,
      ),
    ];
  }
  const untrusted = shown.find(
    ({ fingerprint }) => !trusted.some((root) => root.fingerprint === fingerprint),
  );
  const own = clusterOf(deployed, mesh);
  return trusted.length === 0 || untrusted === undefined
    ? []
    : [
        {
          code: 'roots-differ',
          level: 'broken',
          mesh,
          what:
            `${foreign} publishes the root ${short(untrusted.fingerprint)}, which the cluster of ${mesh} does ` +
            'not trust: what that root signs is refused there.',
          mend: `${own.kubectl} -n ${namespace} create job --from=cronjob/${JOB_NAMES.sync(foreign)} sync-now`,
        },
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
    const code = data[STATUS.problem] === undefined ? 'renewal-problem' : 'sync-problem';
    return [
      warn(
        code,
        `The roots of ${foreign} are not kept up to date in the cluster of ${mesh}: ${problem}.`,
        'docs/trust-bundles.md',
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
  const run = `${cluster.kubectl} -n ${namespace} create job --from=cronjob/${name} now; then ${cluster.kubectl} -n ${namespace} logs job/now`;
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

async function cronJobFindings(
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

function lifeTime({ certificate, expires }: Root): number {
  return expires.getTime() - Date.parse(certificate.validFrom);
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
