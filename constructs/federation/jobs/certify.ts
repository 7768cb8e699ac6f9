import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { signingRequest } from './csr.ts';
import { decoded, encoded, unary } from './grpc.ts';
import { log, messageOf, required } from './run.ts';

/*
 * Gets a pod its own certificate from Linkerd's identity controller, and the next one in time, for as long as
 * the pod lives. The private key never leaves it.
 */

/** @see https://github.com/linkerd/linkerd2-proxy-api/blob/main/proto/identity.proto */
const METHOD = '/io.linkerd.proxy.identity.Identity/Certify';
const REQUEST = { identity: 1, token: 2, signingRequest: 3 } as const;
const ANSWER = { leaf: 1, intermediate: 2 } as const;

/** As Linkerd's own proxies do: at 70 % of its life. */
const PART = 0.7;
/** A clock that is off, or an authority that is about to end, must not make it ask without a pause. */
const MIN_SECONDS = 60;
/** And as Linkerd's own proxies at least once a day: a timer of Node.js that is too long fires at once. */
const MAX_SECONDS = 24 * 3600;
const FIRST_PAUSE_SECONDS = 1;
const MAX_PAUSE_SECONDS = 60;

/** Settings come as environment variables. */
export async function certify(env: NodeJS.ProcessEnv): Promise<never> {
  // As the first process of a container it would not end otherwise.
  process.on('SIGTERM', () => process.exit(0));
  let pause = FIRST_PAUSE_SECONDS;
  for (;;) {
    try {
      const ends = await renewCertificate(env);
      pause = FIRST_PAUSE_SECONDS;
      log({ job: 'certify', outcome: 'renewed', until: ends.toISOString() });
      await sleep(secondsToNext(ends, new Date()) * 1000);
    } catch (error) {
      log({ job: 'certify', outcome: 'failed', problem: messageOf(error) });
      await sleep(pause * 1000);
      pause = Math.min(pause * 2, MAX_PAUSE_SECONDS);
    }
  }
}

/** When to ask again for one that ends then. */
export function secondsToNext(ends: Date, now: Date): number {
  const left = (ends.getTime() - now.getTime()) / 1000;
  return Math.min(Math.max(left * PART, MIN_SECONDS), MAX_SECONDS);
}

/**
 * One certificate, in the one file that holds chain and key, so that both are replaced at once.
 *
 * @returns When it ends.
 */
export async function renewCertificate(env: NodeJS.ProcessEnv): Promise<Date> {
  const identity = required(env, 'IDENTITY');
  const token = readFileSync(required(env, 'TOKEN_FILE'), 'utf8').trim();
  const keys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const answer = decoded(
    await unary(
      required(env, 'IDENTITY_SERVER'),
      METHOD,
      encoded([
        [REQUEST.identity, Buffer.from(identity)],
        [REQUEST.token, Buffer.from(token)],
        [REQUEST.signingRequest, signingRequest(identity, keys)],
      ]),
    ),
  );
  const [leaf, ...others] = [ANSWER.leaf, ANSWER.intermediate].flatMap((wanted) =>
    // DER, although the definition of the message says PEM.
    answer.flatMap(([field, value]) => (field === wanted ? [new X509Certificate(value)] : [])),
  );
  if (leaf === undefined) throw new Error('the answer has no certificate');
  check(leaf, identity, keys.publicKey);
  const chain = [leaf, ...others].map((certificate) => `${certificate.toString().trim()}\n`);
  const key = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  replace(required(env, 'CERTIFICATE_FILE'), `${chain.join('')}${key}`);
  return new Date(leaf.validTo);
}

/** What else would come would be refused at the other end, in words that are hard to read. */
function check(leaf: X509Certificate, identity: string, publicKey: KeyObject): void {
  if (leaf.subjectAltName !== `DNS:${identity}`) {
    throw new Error(
      `the certificate is for ${leaf.subjectAltName ?? 'nobody'}, not for ${identity}`,
    );
  }
  if (!leaf.publicKey.equals(publicKey)) throw new Error('the certificate is for another key');
}

/** By rename, which Envoy looks for. */
function replace(file: string, text: string): void {
  const next = path.join(path.dirname(file), `.next-${path.basename(file)}`);
  writeFileSync(next, text, { mode: 0o600 });
  renameSync(next, file);
}
