import { setTimeout as sleep } from 'node:timers/promises';
import { rootsIn } from './endpoint.ts';
import { AUTHORITY, PUBLISHED, repeated } from './keys.ts';
import {
  getConfigMap,
  getSecretValue,
  isAnswer,
  ownServer,
  request,
  type Server,
  updateConfigMap,
} from './kubernetes.ts';
import { inStableOrder, pemOf, type Root } from './roots.ts';
import { log, messageOf, reportsOnly, required } from './run.ts';
import { summaryOf } from './summary.ts';
import { printable } from './text.ts';
import { audiencesOf } from './token.ts';
import { examine } from './trust.ts';

/** What is wrong stays wrong until somebody changes it. */
class NothingToWaitFor extends Error {}

/** The roots of a mesh. */
interface Roots {
  /** Those by which others verify what it shows them. */
  readonly shown: readonly Root[];
  /** Those of the mesh itself, where these are others. */
  readonly inside?: readonly Root[];
}

/** What a run has found: roots, or why there are none. */
interface Looked {
  readonly roots?: Roots;
  readonly problem?: string;
  /** Whether the next look may find some. */
  readonly waits?: boolean;
}

/** Seconds between two attempts of a run that waits. */
const PAUSE_SECONDS = 5;

/**
 * Writes the mesh's own public roots to one ConfigMap, where other clusters read them. A run that may
 * wait (the first one) tries until the mesh has roots. What is wrong is written there as well: it is
 * where Terraform looks.
 *
 * @returns The exit code.
 */
export async function publish(env: NodeJS.ProcessEnv): Promise<number> {
  const server = ownServer(env);
  const mesh = required(env, 'MESH');
  const target = { namespace: required(env, 'NAMESPACE'), name: required(env, 'CONFIG_MAP') };
  const deadline = Date.now() + Number(env['WAIT_SECONDS'] ?? '0') * 1000;

  while (Date.now() + PAUSE_SECONDS * 1000 <= deadline && (await look(server, env)).waits) {
    await sleep(PAUSE_SECONDS * 1000);
  }

  let looked: Looked = {};
  let changed = false;
  await updateConfigMap(server, target, async (before) => {
    looked = await look(server, env);
    const { roots, problem = '' } = looked;
    const data = {
      ...(roots === undefined
        ? withProblem(withoutAuthority(before), printable(problem))
        : contentOf(roots, new Date())),
      // An admission policy reads it.
      [PUBLISHED.audiences]: audiencesOf(server.token ?? '').join('\n'),
      ...(await authorityStatus(server, env)),
    };
    changed = !same(before, data);
    return data;
  });
  const { roots, problem } = looked;
  log({
    job: 'publish',
    mesh,
    outcome: roots === undefined ? 'failed' : changed ? 'updated' : 'unchanged',
    ...(roots === undefined
      ? { problem }
      : { roots: roots.shown.map(({ fingerprint }) => fingerprint) }),
  });
  return roots !== undefined || reportsOnly(env) ? 0 : 1;
}

async function look(server: Server, env: NodeJS.ProcessEnv): Promise<Looked> {
  try {
    return { roots: await ownRoots(server, env) };
  } catch (error) {
    return { problem: messageOf(error), waits: !(error instanceof NothingToWaitFor) };
  }
}

async function ownRoots(server: Server, env: NodeJS.ProcessEnv): Promise<Roots> {
  const ofMesh = await meshRoots(server, env);
  return env['SPIRE_CONFIG_MAP'] === undefined
    ? { shown: ofMesh }
    : { shown: await spireRoots(server, env), inside: ofMesh };
}

/** SPIRE's server shows its bundle as PEM, or as a SPIFFE bundle. */
async function spireRoots(server: Server, env: NodeJS.ProcessEnv): Promise<readonly Root[]> {
  const bundle = await configMapValue(server, {
    namespace: required(env, 'SPIRE_NAMESPACE'),
    name: required(env, 'SPIRE_CONFIG_MAP'),
    key: required(env, 'SPIRE_KEY'),
  });
  return fit("SPIRE's roots", rootsIn(bundle, 'the ConfigMap of SPIRE'), {
    trustDomain: required(env, 'SPIRE_TRUST_DOMAIN'),
  });
}

async function meshRoots(server: Server, env: NodeJS.ProcessEnv): Promise<readonly Root[]> {
  const trustDomain = required(env, 'TRUST_DOMAIN');
  const bundle =
    required(env, 'SOURCE') === 'consul'
      ? await consulRoots(server, env, trustDomain)
      : await rootsInConfigMap(server, env);
  return fit("the mesh's roots", bundle, { trustDomain });
}

function fit(
  what: string,
  bundle: string,
  { trustDomain }: { readonly trustDomain: string },
): readonly Root[] {
  const { roots, refused } = examine(bundle, { trustDomain, own: [], now: new Date() });
  if (refused.length > 0) {
    throw new Error(`${what} are not fit to be published: ${reasons(refused)}`);
  }
  return roots;
}

function reasons(rejections: readonly { readonly reason: string }[]): string {
  return rejections.map(({ reason }) => reason).join('; ');
}

/** istiod writes its roots to every namespace of its mesh, Linkerd's are in that of its control plane. */
async function rootsInConfigMap(server: Server, env: NodeJS.ProcessEnv): Promise<string> {
  return configMapValue(server, {
    namespace: required(env, 'SOURCE_NAMESPACE'),
    name: required(env, 'SOURCE_CONFIG_MAP'),
    key: env['SOURCE_KEY'] ?? 'root-cert.pem',
  });
}

async function configMapValue(
  server: Server,
  {
    namespace,
    name,
    key,
  }: { readonly namespace: string; readonly name: string; readonly key: string },
): Promise<string> {
  const value = (await getConfigMap(server, { namespace, name })).data?.[key];
  if (value === undefined) throw new Error(`the ConfigMap ${namespace}/${name} has no key ${key}`);
  return value;
}

/**
 * Consul's servers tell their roots to everybody. In JSON and not as PEM, for two reasons: with the PEM
 * come intermediates, which are no trust anchors, and only JSON says whose roots these are.
 * @see https://developer.hashicorp.com/consul/api-docs/connect/ca#list-ca-root-certificates
 */
async function consulRoots(
  server: Server,
  env: NodeJS.ProcessEnv,
  trustDomain: string,
): Promise<string> {
  const url = required(env, 'CONSUL_SERVER');
  const authority = url.startsWith('https:')
    ? await getSecretValue(
        server,
        {
          namespace: required(env, 'SOURCE_NAMESPACE'),
          name: required(env, 'CONSUL_CA_SECRET'),
        },
        'tls.crt',
      )
    : undefined;
  const answer = JSON.parse(
    await request({ url, authority }, { method: 'GET', path: '/v1/connect/ca/roots' }),
  ) as {
    readonly TrustDomain?: string;
    readonly Roots?: readonly { readonly RootCert?: string; readonly Active?: boolean }[] | null;
  };
  if (answer.TrustDomain !== trustDomain) {
    throw new NothingToWaitFor(
      `Consul's trust domain is ${printable(String(answer.TrustDomain), 100)}, and must be ${trustDomain}: is the ` +
        'cluster id in the settings the one that this Consul was made with?',
    );
  }
  // The one that signs first: see `inStableOrder`.
  return [...(answer.Roots ?? [])]
    .sort((one, other) => Number(other.Active ?? false) - Number(one.Active ?? false))
    .map(({ RootCert }) => `${(RootCert ?? '').trim()}\n`)
    .join('');
}

/**
 * What the job `authority` of the mesh says of itself, in a namespace in which metrics cannot look. That it is not
 * to be had is no reason to publish no roots: then nothing is said, and its last success is missed.
 */
async function authorityStatus(
  server: Server,
  env: NodeJS.ProcessEnv,
): Promise<Record<string, string>> {
  const name = env['AUTHORITY_CONFIG_MAP'];
  if (name === undefined) return {};
  try {
    const { data = {} } = await getConfigMap(server, {
      namespace: required(env, 'SOURCE_NAMESPACE'),
      name,
    });
    return Object.fromEntries(
      Object.values(AUTHORITY).flatMap((key) => {
        const value = data[key];
        return value === undefined ? [] : [[repeated(key), printable(value)]];
      }),
    );
  } catch (error) {
    // Somebody else is the authority.
    if (!isAnswer(error, 404)) {
      log({ job: 'publish', outcome: 'authority unknown', problem: messageOf(error) });
    }
    return {};
  }
}

function withoutAuthority(data: Readonly<Record<string, string>>): Record<string, string> {
  const keys = Object.values(AUTHORITY).map(repeated);
  return Object.fromEntries(Object.entries(data).filter(([key]) => !keys.includes(key)));
}

function contentOf({ shown, inside }: Roots, now: Date): Record<string, string> {
  return {
    [PUBLISHED.roots]: pemOf(shown),
    ...(inside === undefined ? {} : { [PUBLISHED.inside]: pemOf(inside) }),
    [PUBLISHED.summary]: summaryOf(inStableOrder(shown)),
    [PUBLISHED.success]: now.toISOString(),
  };
}

/** The roots of the run before stay. */
function withProblem(
  before: Readonly<Record<string, string>>,
  problem: string,
): Record<string, string> {
  return { ...before, [PUBLISHED.problem]: problem };
}

/** Whether two runs came to the same, at different times. */
function same(
  one: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): boolean {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  const times = [PUBLISHED.success, repeated(AUTHORITY.success)];
  return [...keys].every((key) => times.includes(key) || one[key] === other[key]);
}
