import {
  findSecretValue,
  type ObjectName,
  ownServer,
  pathOf,
  request,
  type Server,
} from './kubernetes.ts';
import { log, required } from './run.ts';
import { isPast, lifeOf } from './token.ts';

/** After a fifth of its life, so that most of it is left for a time when clusters cannot talk. */
const PART = 1 / 5;

/**
 * Puts the next token of another cluster's reader where that reader finds it. The reader may get it and
 * cannot ask for one: whoever holds a token of it has no say in what the next one is for.
 *
 * @returns The exit code.
 */
export async function issue(env: NodeJS.ProcessEnv): Promise<number> {
  const server = ownServer(env);
  const reader = { namespace: required(env, 'NAMESPACE'), name: required(env, 'READER') };
  // There is none yet in the first run.
  const life = lifeOf((await findSecretValue(server, reader, 'token')) ?? '');
  const old = life === undefined || isPast(life, PART, new Date());
  if (old) {
    const token = await tokenFor(server, reader, Number(required(env, 'TOKEN_SECONDS')));
    await request(server, {
      method: 'PATCH',
      path: pathOf('secrets', reader),
      body: { data: { token: Buffer.from(token).toString('base64') } },
    });
  }
  log({ job: 'issue', reader: reader.name, outcome: old ? 'issued' : 'unchanged' });
  return 0;
}

/** For the API server: it is asked for no audience, and names its own. */
async function tokenFor(
  server: Server,
  account: ObjectName,
  expirationSeconds: number,
): Promise<string> {
  const answer = JSON.parse(
    await request(server, {
      method: 'POST',
      path: `${pathOf('serviceaccounts', account)}/token`,
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds },
      },
    }),
  ) as { readonly status?: { readonly token?: string } };
  const token = answer.status?.token;
  if (token === undefined) throw new Error('the answer to a request for a token has none');
  return token;
}
