import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { rootsAt } from './endpoint.ts';
import { BUNDLE, PUBLISHED, STATUS } from './keys.ts';
import {
  getConfigMap,
  isAnswer,
  type ObjectName,
  ownServer,
  type Server,
  updateConfigMap,
} from './kubernetes.ts';
import {
  inStableOrder,
  namesakes,
  parseFingerprints,
  parseOwn,
  pemOf,
  type Root,
  unique,
} from './roots.ts';
import { log, messageOf, reportsOnly, required } from './run.ts';
import { summaryOf } from './summary.ts';
import { printable } from './text.ts';
import { foreignServer, lifeOf, readToken } from './token.ts';
import {
  examine,
  type Examination,
  type Expectations,
  type Merge,
  merge,
  type Rejection,
  type Trusted,
} from './trust.ts';

/** What a run came to, as it is logged. */
interface Report {
  outcome: 'updated' | 'unchanged' | 'refused' | 'failed';
  readonly problems: string[];
  readonly warnings: string[];
  refused: readonly Rejection[];
  expired: readonly Rejection[];
  distrusted: readonly Rejection[];
  /** By namespace. */
  readonly bundles: Record<string, unknown>;
  /** Trusted in some namespace, by fingerprint. */
  trusted: Map<string, Root> | undefined;
  /** On the list of distrusted ones, and seen at some time. */
  listed: readonly Root[];
}

/**
 * Brings the roots of one foreign mesh up to date in the namespaces of this cluster. Whatever goes
 * wrong, the roots that are there stay, apart from those that must not be trusted any longer.
 *
 * @returns The exit code.
 */
export async function sync(env: NodeJS.ProcessEnv): Promise<number> {
  const report: Report = {
    outcome: 'failed',
    problems: [],
    warnings: [],
    refused: [],
    expired: [],
    distrusted: [],
    bundles: {},
    trusted: undefined,
    listed: [],
  };
  const now = new Date();
  try {
    await run(env, report, now);
  } catch (error) {
    report.problems.push(messageOf(error));
    report.outcome = 'failed';
  }
  const good = report.outcome === 'updated' || report.outcome === 'unchanged';
  let written = true;
  try {
    await tell(env, report, good, now);
  } catch (error) {
    written = false;
    report.problems.push(messageOf(error));
  }
  const { trusted, listed, ...told } = report;
  log({
    job: 'sync',
    mesh: env['MESH'],
    foreignMesh: env['FOREIGN_MESH'],
    ...told,
    trusted: trusted && [...trusted.keys()],
    listed: listed.map(({ fingerprint }) => fingerprint),
  });
  return written && (good || reportsOnly(env)) ? 0 : 1;
}

/** As long as a paragraph: a few sentences, of which each is short already. */
const MAX_PROBLEM = 1000;

function problemOf({ problems, refused }: Report): string {
  return printable(
    [
      ...problems,
      ...refused.map(
        ({ fingerprint, reason }) =>
          `its bundle is refused${fingerprint === undefined ? '' : ` because of ${fingerprint}`}: ${reason}`,
      ),
    ].join('; '),
    MAX_PROBLEM,
  );
}

/** Says how the run went, where people and Terraform look. */
async function tell(
  env: NodeJS.ProcessEnv,
  report: Report,
  good: boolean,
  now: Date,
): Promise<void> {
  const time = now.toISOString();
  await updateConfigMap(ownServer(env), statusName(env), (before) => ({
    ...Object.fromEntries(
      Object.entries(before).filter(([key]) => key !== STATUS.problem && key !== STATUS.warning),
    ),
    // Never less: a run with a former list may end later.
    ...(report.listed.length === 0
      ? {}
      : { [STATUS.distrusted]: pemOf(unique([...listedBefore(before), ...report.listed])) }),
    ...(good ? {} : { [STATUS.problem]: problemOf(report) }),
    ...(report.warnings.length === 0
      ? {}
      : { [STATUS.warning]: printable(report.warnings.join('; '), MAX_PROBLEM) }),
    // Where nothing could be read, what was said before may still be so.
    ...(report.trusted === undefined
      ? {}
      : { [STATUS.roots]: summaryOf(inStableOrder([...report.trusted.values()])) }),
    // A run that a deploy waits for says nothing about the schedule.
    ...(reportsOnly(env)
      ? { [STATUS.first]: before[STATUS.first] ?? time }
      : good
        ? { [STATUS.success]: time }
        : {}),
  }));
}

async function run(env: NodeJS.ProcessEnv, report: Report, now: Date): Promise<void> {
  const own = ownRoots(env, report);
  const here = ownServer(env);
  const status = await getConfigMap(here, statusName(env));
  const known = listedBefore(status.data ?? {});
  const expectations: Expectations = {
    trustDomain: required(env, 'FOREIGN_TRUST_DOMAIN'),
    own,
    distrusted: distrusted(env, report),
    known,
    now,
  };
  // Nobody could tell a foreign root from one of ours: what is trusted stays as it is, and can lose roots.
  const shown = own.length > 0 ? await shownRoots(env, expectations, report) : undefined;
  report.listed = shown?.listed ?? known;
  const results = await writeAll(env, here, shown?.roots, expectations, report);
  report.outcome =
    report.problems.length > 0
      ? 'failed'
      : report.refused.length > 0
        ? 'refused'
        : results.includes('updated')
          ? 'updated'
          : 'unchanged';
}

function statusName(env: NodeJS.ProcessEnv): ObjectName {
  return { namespace: required(env, 'NAMESPACE'), name: required(env, 'STATUS') };
}

function listedBefore(status: Readonly<Record<string, string>>): Root[] {
  return parseOwn(status[STATUS.distrusted] ?? '');
}

function ownRoots(env: NodeJS.ProcessEnv, report: Report): readonly Root[] {
  let own: readonly Root[] = [];
  try {
    own = parseOwn(readFileSync(required(env, 'OWN_ROOTS'), 'utf8'));
  } catch {
    // They are in a ConfigMap of this cluster; a missing one and an empty one come to the same.
  }
  const inside = own.length === 0 ? undefined : env['OWN_MESH_ROOTS'];
  if (inside !== undefined && existsSync(inside)) {
    own = [...own, ...parseOwn(readFileSync(inside, 'utf8'))];
  }
  if (own.length === 0) {
    report.problems.push(
      "our own mesh's roots are not published, so nobody could tell them from others: look at this " +
        `cluster's CronJob roots-${required(env, 'MESH')}`,
    );
  }
  return own;
}

/** Those of the settings, and those that somebody wrote into a ConfigMap of this cluster. */
function distrusted(env: NodeJS.ProcessEnv, report: Report): readonly string[] {
  const { fingerprints, wrong } = parseFingerprints(
    [env['DISTRUSTED'] ?? '', ...filesIn(required(env, 'DISTRUSTED_BY_HAND'))].join('\n'),
  );
  if (wrong.length > 0) {
    report.problems.push(
      `"${wrong[0] ?? ''}" is no SHA-256 fingerprint and distrusts nothing: "openssl x509 -noout ` +
        '-fingerprint -sha256" prints one',
    );
  }
  return fingerprints;
}

/** Of a ConfigMap that is mounted, or not there. */
function filesIn(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  // The kubelet keeps its own links beside the files.
  return names
    .filter((name) => !name.startsWith('..'))
    .map((name) => readFileSync(path.join(folder, name), 'utf8'));
}

/** What the other mesh shows; `undefined` where nothing good came, and the report says why. */
async function shownRoots(
  env: NodeJS.ProcessEnv,
  expectations: Expectations,
  report: Report,
): Promise<Pick<Examination, 'roots' | 'listed'> | undefined> {
  try {
    const url = env['FOREIGN_URL'];
    const bundle =
      url !== undefined
        ? await rootsAt(url, env['FOREIGN_URL_CA'])
        : env['FOREIGN_API_SERVER'] === undefined
          ? // In this cluster.
            await foreignBundle(ownServer(env), env, expectations.now, report)
          : await publishedBundle(env, expectations.now, report);
    const examination = examine(bundle, expectations);
    report.refused = examination.refused;
    report.expired = examination.expired;
    report.distrusted = examination.distrusted;
    return examination.refused.length > 0 ? undefined : examination;
  } catch (error) {
    report.problems.push(messageOf(error) + remedyFor(error, env));
    return undefined;
  }
}

function remedyFor(error: unknown, env: NodeJS.ProcessEnv): string {
  return isAnswer(error, 401) && env['TOKEN_SECRET'] !== undefined
    ? `; the token is good no more: "kubectl -n ${required(env, 'NAMESPACE')} delete secret ` +
        `${required(env, 'TOKEN_SECRET')}", then "cdktf deploy"`
    : '';
}

/** What the other cluster shows to whom has a token for it. */
async function publishedBundle(env: NodeJS.ProcessEnv, now: Date, report: Report): Promise<string> {
  const token = readToken(env);
  const life = lifeOf(token);
  if (life !== undefined && life.ends <= now) {
    throw new Error(`the token for the other cluster expired on ${life.ends.toISOString()}`);
  }
  return foreignBundle(foreignServer(env, token), env, now, report);
}

/**
 * What the other cluster shows. That its own job has a problem is one here as well: the roots may be old
 * ones.
 */
async function foreignBundle(
  there: Server,
  env: NodeJS.ProcessEnv,
  now: Date,
  report: Report,
): Promise<string> {
  const name = {
    namespace: required(env, 'FOREIGN_NAMESPACE'),
    name: required(env, 'FOREIGN_CONFIG_MAP'),
  };
  const { data = {} } = await getConfigMap(there, name);
  const bundle = data[PUBLISHED.roots];
  const problem = data[PUBLISHED.problem];
  const success = data[PUBLISHED.success];
  if (bundle === undefined) {
    throw new Error(
      `the other cluster has published no roots: ${printable(problem ?? 'its job has not run')}`,
    );
  }
  const staleSeconds = Number(required(env, 'STALE_SECONDS'));
  if (problem !== undefined) {
    report.problems.push(
      `the other cluster publishes roots that may be old, for its own job says: ${printable(problem)}`,
    );
  } else if (
    success !== undefined &&
    !(Date.parse(success) > now.getTime() - staleSeconds * 1000)
  ) {
    report.problems.push(
      `the other cluster's job has not looked at its roots since ${printable(success, 40)}: look at its ` +
        `CronJob ${name.name}`,
    );
  }
  return bundle;
}

async function writeAll(
  env: NodeJS.ProcessEnv,
  here: Server,
  shown: readonly Root[] | undefined,
  expectations: Expectations,
  report: Report,
): Promise<string[]> {
  const name = required(env, 'CONFIG_MAP');
  const keepDays = Number(required(env, 'KEEP_WITHDRAWN_DAYS'));
  const results: string[] = [];
  const warnings = new Set<string>();
  for (const namespace of required(env, 'NAMESPACES').split(',')) {
    try {
      let merged: Merge | undefined;
      const result = await updateConfigMap(here, { namespace, name }, (data) => {
        const known = report.listed;
        merged = merge(trusted(data, expectations), shown, { ...expectations, known }, keepDays);
        return merged.changed ? { ...data, ...content(merged) } : undefined;
      });
      results.push(result);
      const { added, kept, dropped, roots = [], listed, problem } = merged ?? {};
      if (problem !== undefined) report.problems.push(problem);
      report.listed = listed ?? report.listed;
      report.trusted ??= new Map();
      for (const root of roots) report.trusted.set(root.fingerprint, root);
      report.bundles[namespace] = { result, added, kept, dropped };
      for (const warning of namesakes(roots)) warnings.add(warning);
      if (roots.length === 0)
        warnings.add('no root of it is trusted any more, so no call gets through');
    } catch (error) {
      report.problems.push(messageOf(error));
      report.bundles[namespace] = { result: 'failed' };
    }
  }
  report.warnings.push(...warnings);
  return results;
}

function trusted(
  data: Readonly<Record<string, string>>,
  { now }: Pick<Expectations, 'now'>,
): Trusted {
  return {
    bundle: data[BUNDLE.roots] ?? '',
    withdrawn: dates(data[BUNDLE.withdrawn] ?? '{}', now),
  };
}

/** What is no date, or one to come, as by a clock that was wrong, is left out, and counts from now on. */
function dates(text: string, now: Date): Record<string, string> {
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, unknown>);
    return Object.fromEntries(
      entries.flatMap(([key, value]) =>
        typeof value === 'string' && Date.parse(value) <= now.getTime() ? [[key, value]] : [],
      ),
    );
  } catch {
    return {};
  }
}

function content({ bundle, withdrawn }: Merge): Record<string, string> {
  return { [BUNDLE.roots]: bundle, [BUNDLE.withdrawn]: JSON.stringify(withdrawn) };
}
