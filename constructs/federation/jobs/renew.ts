import { STATUS } from './keys.ts';
import {
  getSecretValue,
  isAnswer,
  ownServer,
  pathOf,
  request,
  type Server,
  updateConfigMap,
} from './kubernetes.ts';
import { log, messageOf, required } from './run.ts';
import { foreignServer, isPast, lifeOf, readToken } from './token.ts';

/** The other cluster issues the next one after a fifth. By now it is overdue, and most of it is left. */
const OVERDUE = 2 / 3;

/**
 * Fetches the next token for the other cluster with the one that there is, on a schedule that nobody
 * sets: a token lives as long as the cluster allows, an hour at least.
 *
 * @returns The exit code.
 */
export async function renew(env: NodeJS.ProcessEnv): Promise<number> {
  const here = ownServer(env);
  let outcome = 'failed';
  let problem: string | undefined;
  let ends: Date | undefined;
  try {
    ({ outcome, ends } = await renewToken(env, here));
  } catch (error) {
    problem = messageOf(error);
  }
  await tell(env, here, problem, ends);
  log({ job: 'renew', outcome, ...(problem === undefined ? {} : { problem }) });
  return problem === undefined ? 0 : 1;
}

async function renewToken(
  env: NodeJS.ProcessEnv,
  here: Server,
): Promise<{ readonly outcome: string; readonly ends?: Date }> {
  const now = new Date();
  const token = readToken(env);
  const life = lifeOf(token);
  if (life !== undefined && life.ends <= now) {
    await deleteSecret(env, here);
    throw new Error(
      `the token for the other cluster expired on ${life.ends.toISOString()} while that could not be ` +
        'reached; its Secret is deleted, and the next "cdktf deploy" makes a new one',
    );
  }
  const next = await nextToken(env, token);
  const until = lifeOf(next)?.ends;
  if (next !== token && until !== undefined && (life === undefined || until > life.ends)) {
    await request(here, {
      method: 'PATCH',
      path: pathOf('secrets', ownSecret(env)),
      body: { data: { token: Buffer.from(next).toString('base64') } },
    });
    return { outcome: 'renewed', ends: until };
  }
  if (life !== undefined && isPast(life, OVERDUE, now)) {
    throw new Error(
      `the token for the other cluster ends on ${life.ends.toISOString()}, and that cluster has issued ` +
        `no other one: look at its CronJob ${required(env, 'FOREIGN_ISSUER')}`,
    );
  }
  return { outcome: 'unchanged', ends: life?.ends };
}

async function nextToken(env: NodeJS.ProcessEnv, token: string): Promise<string> {
  const { namespace, name } = ownSecret(env);
  try {
    return await getSecretValue(
      foreignServer(env, token),
      { namespace: required(env, 'FOREIGN_NAMESPACE'), name: required(env, 'FOREIGN_SECRET') },
      'token',
    );
  } catch (error) {
    throw isAnswer(error, 401)
      ? new Error(
          `${error.message}; the token is good no more: "kubectl -n ${namespace} delete secret ${name}", ` +
            'then "cdktf deploy"',
        )
      : error;
  }
}

/** Terraform makes a Secret that is missing, with a new token; it does not look into one that exists. */
async function deleteSecret(env: NodeJS.ProcessEnv, here: Server): Promise<void> {
  try {
    await request(here, { method: 'DELETE', path: pathOf('secrets', ownSecret(env)) });
  } catch (error) {
    if (!isAnswer(error, 404)) throw error;
  }
}

async function tell(
  env: NodeJS.ProcessEnv,
  here: Server,
  problem: string | undefined,
  ends: Date | undefined,
): Promise<void> {
  await updateConfigMap(
    here,
    { namespace: required(env, 'NAMESPACE'), name: required(env, 'STATUS') },
    (before) => ({
      ...Object.fromEntries(Object.entries(before).filter(([key]) => key !== STATUS.renewal)),
      ...(problem === undefined
        ? { [STATUS.renewed]: new Date().toISOString() }
        : { [STATUS.renewal]: problem }),
      ...(ends === undefined ? {} : { [STATUS.token]: ends.toISOString() }),
    }),
  );
}

function ownSecret(env: NodeJS.ProcessEnv) {
  return { namespace: required(env, 'NAMESPACE'), name: required(env, 'TOKEN_SECRET') };
}
