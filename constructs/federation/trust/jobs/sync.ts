import { readFileSync } from 'node:fs';
import { BUNDLE, PUBLISHED, STATUS } from './keys.ts';
import {
  getConfigMap,
  ownServer,
  pathOf,
  request,
  type Server,
  StatusError,
  updateConfigMap,
} from './kubernetes.ts';
import {
  examine,
  type Expectations,
  type Merge,
  merge,
  parseOwn,
  type Rejection,
  type Root,
  type Trusted,
} from './roots.ts';
import { log, messageOf, reportsOnly, required } from './run.ts';

/** What a run came to, as it is logged. */
interface Report {
  outcome: 'updated' | 'unchanged' | 'refused' | 'failed';
  readonly problems: string[];
  refused: readonly Rejection[];
  expired: readonly Rejection[];
  /** By namespace. */
  readonly bundles: Record<string, unknown>;
  token: string;
}

/**
 * Brings the roots of one foreign mesh up to date in the namespaces of this cluster. Whatever goes
 * wrong, the roots that are there stay.
 *
 * @returns The exit code.
 */
export async function sync(env: NodeJS.ProcessEnv): Promise<number> {
  const report: Report = {
    outcome: 'failed',
    problems: [],
    refused: [],
    expired: [],
    bundles: {},
    token: 'kept',
  };
  try {
    await run(env, report);
  } catch (error) {
    report.problems.push(messageOf(error));
    report.outcome = 'failed';
  }
  const good = report.outcome === 'updated' || report.outcome === 'unchanged';
  let told = true;
  try {
    await tell(env, good ? undefined : problemOf(report));
  } catch (error) {
    told = false;
    report.problems.push(messageOf(error));
  }
  log({ job: 'sync', mesh: env['MESH'], foreignMesh: env['FOREIGN_MESH'], ...report });
  return told && (good || reportsOnly(env)) ? 0 : 1;
}

function problemOf({ problems, refused }: Report): string {
  return [
    ...problems,
    ...refused.map(
      ({ fingerprint, reason }) =>
        `its bundle is refused${fingerprint === undefined ? '' : ` because of ${fingerprint}`}: ${reason}`,
    ),
  ].join('; ');
}

/** Says how the run went, where people and Terraform look. Nothing is written while it stays the same. */
async function tell(env: NodeJS.ProcessEnv, problem: string | undefined): Promise<void> {
  await updateConfigMap(
    ownServer(env),
    { namespace: required(env, 'NAMESPACE'), name: required(env, 'STATUS') },
    ({ [STATUS.problem]: before, ...others }) =>
      before === problem
        ? undefined
        : { ...others, ...(problem === undefined ? {} : { [STATUS.problem]: problem }) },
  );
}

async function run(env: NodeJS.ProcessEnv, report: Report): Promise<void> {
  const here = ownServer(env);
  const now = new Date();
  const expectations: Expectations = {
    trustDomain: required(env, 'FOREIGN_TRUST_DOMAIN'),
    own: parseOwn(readFileSync(required(env, 'OWN_ROOTS'), 'utf8')),
    now,
  };
  if (expectations.own.length === 0) {
    throw new Error(
      "our own mesh's roots are not published, so nobody could tell them from others",
    );
  }

  const token = readToken(required(env, 'FOREIGN_TOKEN'));
  const there: Server = {
    url: required(env, 'FOREIGN_API_SERVER'),
    // Empty where the server's certificate is signed by an authority that everybody trusts.
    authority: env['FOREIGN_API_SERVER_CA'] || undefined,
    token,
  };
  const life = lifeOf(token);
  if (life !== undefined && life.ends <= now) {
    await giveUp(env, here, report);
    throw new Error(
      `the token for the other cluster expired on ${life.ends.toISOString()} while that could not be ` +
        'reached; its Secret is deleted, and the next "cdktf deploy" makes a new one',
    );
  }

  let shown: readonly Root[] | undefined;
  try {
    const examination = examine(await foreignBundle(there, env), expectations);
    report.refused = examination.refused;
    report.expired = examination.expired;
    shown = examination.refused.length > 0 ? undefined : examination.roots;
  } catch (error) {
    report.problems.push(messageOf(error) + remedyFor(error, env));
  }
  const results = await writeAll(env, here, shown, expectations, report);

  if (life !== undefined && isOld(life, now)) {
    try {
      await renew(env, here, there);
      report.token = 'renewed';
    } catch (error) {
      report.problems.push(`the token cannot be renewed: ${messageOf(error)}`);
      report.token = `kept, until ${life.ends.toISOString()}`;
    }
  }

  report.outcome =
    report.problems.length > 0
      ? 'failed'
      : report.refused.length > 0
        ? 'refused'
        : results.includes('updated')
          ? 'updated'
          : 'unchanged';
}

function remedyFor(error: unknown, env: NodeJS.ProcessEnv): string {
  const { namespace, name } = ownSecret(env);
  return error instanceof StatusError && error.status === 401
    ? `; the token is good no more: "kubectl -n ${namespace} delete secret ${name}", then "cdktf deploy"`
    : '';
}

/** The one object of the other cluster that the token may read. */
async function foreignBundle(there: Server, env: NodeJS.ProcessEnv): Promise<string> {
  const name = {
    namespace: required(env, 'FOREIGN_NAMESPACE'),
    name: required(env, 'FOREIGN_CONFIG_MAP'),
  };
  const { data = {} } = await getConfigMap(there, name);
  const bundle = data[PUBLISHED.roots];
  if (bundle === undefined) {
    throw new Error(
      `the other cluster has published no roots: ${data[PUBLISHED.problem] ?? 'its job has not run'}`,
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
  for (const namespace of required(env, 'NAMESPACES').split(',')) {
    try {
      let merged: Merge | undefined;
      const result = await updateConfigMap(here, { namespace, name }, (data) => {
        merged = merge(trusted(data), shown, expectations, keepDays);
        return merged.changed ? { ...data, ...content(merged) } : undefined;
      });
      results.push(result);
      report.bundles[namespace] = {
        result,
        added: merged?.added,
        kept: merged?.kept,
        dropped: merged?.dropped,
      };
    } catch (error) {
      report.problems.push(messageOf(error));
      report.bundles[namespace] = { result: 'failed' };
    }
  }
  return results;
}

function trusted(data: Readonly<Record<string, string>>): Trusted {
  return {
    bundle: data[BUNDLE.roots] ?? '',
    withdrawn: dates(data[BUNDLE.withdrawn] ?? '{}'),
  };
}

/** What is no date is left out, and counts from now on. */
function dates(text: string): Record<string, string> {
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, unknown>);
    return Object.fromEntries(
      entries.flatMap(([key, value]) =>
        typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? [[key, value]] : [],
      ),
    );
  } catch {
    return {};
  }
}

function content({ bundle, withdrawn }: Merge): Record<string, string> {
  return { [BUNDLE.roots]: bundle, [BUNDLE.withdrawn]: JSON.stringify(withdrawn) };
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new Error('there is no token for the other cluster; the next "cdktf deploy" makes one');
  }
}

interface Life {
  readonly starts: Date;
  readonly ends: Date;
}

/** When a token was made and when it ends, as it says itself; the API server checks it. */
function lifeOf(token: string): Life | undefined {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
      readonly iat?: number;
      readonly exp?: number;
    };
    return claims.iat === undefined || claims.exp === undefined
      ? undefined
      : { starts: new Date(claims.iat * 1000), ends: new Date(claims.exp * 1000) };
  } catch {
    return undefined;
  }
}

/** After a fifth of its life, so that most of it is left for a time when clusters cannot talk. */
function isOld({ starts, ends }: Life, now: Date): boolean {
  return now.getTime() - starts.getTime() > (ends.getTime() - starts.getTime()) / 5;
}

/** Another token for the same account, from the API server that takes it. */
async function renew(env: NodeJS.ProcessEnv, here: Server, there: Server): Promise<void> {
  const account = {
    namespace: required(env, 'FOREIGN_NAMESPACE'),
    name: required(env, 'FOREIGN_SERVICE_ACCOUNT'),
  };
  const answer = JSON.parse(
    await request(there, {
      method: 'POST',
      path: `${pathOf('serviceaccounts', account)}/token`,
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: Number(required(env, 'TOKEN_SECONDS')) },
      },
    }),
  ) as { readonly status?: { readonly token?: string } };
  const token = answer.status?.token;
  if (token === undefined) throw new Error('the answer has no token');
  await request(here, {
    method: 'PATCH',
    path: pathOf('secrets', ownSecret(env)),
    body: { data: { token: Buffer.from(token).toString('base64') } },
  });
}

function ownSecret(env: NodeJS.ProcessEnv) {
  return { namespace: required(env, 'NAMESPACE'), name: required(env, 'TOKEN_SECRET') };
}

/** Terraform makes a Secret that is missing, with a new token; it does not look into one that exists. */
async function giveUp(env: NodeJS.ProcessEnv, here: Server, report: Report): Promise<void> {
  report.token = 'expired';
  try {
    await request(here, { method: 'DELETE', path: pathOf('secrets', ownSecret(env)) });
  } catch (error) {
    if (!(error instanceof StatusError && error.status === 404)) throw error;
  }
}
