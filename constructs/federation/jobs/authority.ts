import { X509Certificate } from 'node:crypto';
import { type Authority, fits, newAuthority } from './certificate.ts';
import { AUTHORITY, LINKERD_NAMES as NAMES } from './keys.ts';
import {
  collectionOf,
  getConfigMap,
  isAnswer,
  type ObjectName,
  ownServer,
  pathOf,
  request,
  type Server,
  updateConfigMap,
} from './kubernetes.ts';
import { certificatesIn } from './pem.ts';
import { log, messageOf, reportsOnly, required } from './run.ts';

/*
 * Trust anchor and issuer of a Linkerd mesh: made in its cluster, where they stay, and the next issuer in time.
 *
 * @see https://linkerd.io/2/tasks/generate-certificates/
 */

/** Key of the ConfigMap. */
const ROOTS = 'ca-bundle.crt';

const DAY = 24 * 3600_000;
/** As the other meshes' own roots have. */
const ANCHOR_DAYS = 3650;
/** As Linkerd's guide has it. */
const ISSUER_DAYS = 365;
/** Half of its life is left for somebody to see that it is not renewed. */
const PART = 1 / 2;
/** Days before an end that nobody here can put off. */
const WARNING_DAYS = 180;
/** Clocks of nodes differ. */
const SKEW = 5 * 60_000;

/**
 * Makes what is not there, and renews the issuer. Whatever it finds of somebody else stays, and is told.
 *
 * @returns The exit code.
 */
export async function authority(env: NodeJS.ProcessEnv): Promise<number> {
  const server = ownServer(env);
  const namespace = required(env, 'NAMESPACE');
  const status = { namespace, name: required(env, 'CONFIG_MAP') };
  const trustDomain = required(env, 'TRUST_DOMAIN');
  let isGood = false;
  await updateConfigMap(server, status, async (before) => {
    try {
      const data = await provide(server, namespace, trustDomain, new Date());
      log({ job: 'authority', ...data, outcome: 'provided' });
      isGood = true;
      return data;
    } catch (error) {
      // Somebody else has changed what it was about to change.
      if (isAnswer(error, 409)) throw error;
      const data = { [AUTHORITY.problem]: messageOf(error) };
      log({ job: 'authority', outcome: 'failed', ...data });
      isGood = false;
      // What was known of before is still there when a run fails.
      return { ...before, ...data };
    }
  });
  return isGood || reportsOnly(env) ? 0 : 1;
}

async function provide(
  server: Server,
  namespace: string,
  trustDomain: string,
  now: Date,
): Promise<Record<string, string>> {
  const at = (name: string): ObjectName => ({ namespace, name });
  const bundle = await rootsIn(server, at(NAMES.roots));
  let anchor = await secret(server, at(NAMES.anchor));
  let issuer = await secret(server, at(NAMES.issuer));
  if (anchor === undefined) {
    if (bundle !== undefined || issuer !== undefined) {
      const found = bundle === undefined ? `Secret ${NAMES.issuer}` : `ConfigMap ${NAMES.roots}`;
      throw new Error(
        `${namespace} has the ${found} and no Secret ${NAMES.anchor}, so somebody else is the mesh's authority: ` +
          'leave it to them (authority: existing), or put the Secret back',
      );
    }
    const made = newAuthority({
      name: `root.${namespace}.${trustDomain}`,
      ...validity(now, ANCHOR_DAYS),
    });
    anchor = await create(server, at(NAMES.anchor), made);
  }
  const root = new X509Certificate(anchor.certificate);
  const unfit = unfitness(root, now);
  if (unfit !== undefined) {
    throw new Error(
      `the trust anchor in Secret ${namespace}/${NAMES.anchor} ${unfit}, so nothing that it signs would be good, and ` +
        'the issuer stays as it is; put another anchor there, as docs/linkerd.md says of its rotation',
    );
  }
  const roots = await showRoot(server, at(NAMES.roots), root);
  const known = issuer && new X509Certificate(issuer.certificate);
  if (known !== undefined && !roots.some((one) => known.verify(one.publicKey))) {
    throw new Error(
      `the Secret ${namespace}/${NAMES.issuer} is signed by none of the roots in ${NAMES.roots}; delete it for a ` +
        'new one',
    );
  }
  // While the roots are rotated its owner says when the next one signs: when all pods trust it.
  const isRenewed =
    known?.verify(root.publicKey) === true &&
    isPast(known, now) &&
    // The next one would end at the same time, with the anchor.
    known.validTo !== root.validTo;
  if (issuer === undefined || isRenewed) {
    const { notBefore, notAfter } = validity(now, ISSUER_DAYS);
    const next = newAuthority({
      name: `identity.${namespace}.${trustDomain}`,
      notBefore,
      notAfter: new Date(Math.min(notAfter.getTime(), Date.parse(root.validTo))),
      signedBy: anchor,
    });
    issuer =
      issuer === undefined
        ? await create(server, at(NAMES.issuer), next)
        : await replace(server, at(NAMES.issuer), next, issuer.resourceVersion);
  }
  const ends = new X509Certificate(issuer.certificate);
  const warning = warningOf({ root, issuer: ends, now, namespace });
  if (Date.parse(ends.validTo) <= now.getTime()) {
    throw new Error(
      `the issuer ended on ${new Date(ends.validTo).toISOString()}${warning === undefined ? '' : `: ${warning}`}`,
    );
  }
  return {
    [AUTHORITY.anchorEnds]: new Date(root.validTo).toISOString(),
    [AUTHORITY.issuerEnds]: new Date(ends.validTo).toISOString(),
    [AUTHORITY.success]: now.toISOString(),
    ...(warning === undefined ? {} : { [AUTHORITY.warning]: warning }),
  };
}

function validity(now: Date, days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  return {
    notBefore: new Date(now.getTime() - SKEW),
    notAfter: new Date(now.getTime() + days * DAY),
  };
}

/** Why nothing can be signed by it now; undefined where it can. */
function unfitness({ validFrom, validTo }: X509Certificate, now: Date): string | undefined {
  const [from, to] = [validFrom, validTo].map((time) => new Date(time));
  if (to !== undefined && to <= now) return `ended on ${to.toISOString()}`;
  return from !== undefined && from.getTime() > now.getTime() + SKEW
    ? `begins on ${from.toISOString()}`
    : undefined;
}

function daysLeft({ validTo }: X509Certificate, now: Date): number {
  return (Date.parse(validTo) - now.getTime()) / DAY;
}

function isPast({ validFrom, validTo }: X509Certificate, now: Date): boolean {
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  return now.getTime() > from + (to - from) * PART;
}

function warningOf({
  root,
  issuer,
  now,
  namespace,
}: {
  readonly root: X509Certificate;
  readonly issuer: X509Certificate;
  readonly now: Date;
  readonly namespace: string;
}): string | undefined {
  if (!issuer.verify(root.publicKey)) {
    return (
      `the issuer is of another root than Secret ${namespace}/${NAMES.anchor}: when all pods have been restarted, ` +
      `delete Secret ${namespace}/${NAMES.issuer} for the next one`
    );
  }
  return daysLeft(root, now) < WARNING_DAYS
    ? `the trust anchor ends on ${new Date(root.validTo).toISOString()}: rotate it`
    : undefined;
}

/** The roots in the ConfigMap; undefined where there is none. */
async function rootsIn(server: Server, name: ObjectName): Promise<X509Certificate[] | undefined> {
  const map = await orNone(getConfigMap(server, name));
  return map && certificatesIn(map.data?.[ROOTS] ?? '');
}

/** Adds the root to those that pods trust. Others stay, until their owner takes them out. */
async function showRoot(
  server: Server,
  name: ObjectName,
  root: X509Certificate,
): Promise<X509Certificate[]> {
  const pem = root.toString();
  if ((await rootsIn(server, name)) === undefined) {
    await orThere(
      request(server, {
        method: 'POST',
        path: collectionOf('configmaps', name.namespace),
        body: { ...named('ConfigMap', name), data: { [ROOTS]: pem } },
      }),
    );
  }
  let all: X509Certificate[] = [];
  await updateConfigMap(server, name, (data) => {
    const before = certificatesIn(data[ROOTS] ?? '');
    const isThere = before.some(({ fingerprint256 }) => fingerprint256 === root.fingerprint256);
    all = isThere ? before : [...before, root];
    return isThere ? undefined : { ...data, [ROOTS]: all.map(String).join('') };
  });
  return all;
}

/** What a Secret holds. */
interface Kept extends Authority {
  readonly resourceVersion?: string;
}

/** What is in a Secret of type kubernetes.io/tls; undefined where there is none. */
async function secret(server: Server, name: ObjectName): Promise<Kept | undefined> {
  const text = await orNone(request(server, { method: 'GET', path: pathOf('secrets', name) }));
  if (text === undefined) return undefined;
  const { metadata, data = {} } = JSON.parse(text) as {
    readonly metadata: { readonly resourceVersion?: string };
    readonly data?: Readonly<Record<string, string>>;
  };
  const [certificate, privateKey] = ['tls.crt', 'tls.key'].map((key) => {
    const value = data[key];
    if (value === undefined) {
      throw new Error(`the Secret ${name.namespace}/${name.name} has no key ${key}`);
    }
    return Buffer.from(value, 'base64').toString();
  });
  const found = { certificate: certificate ?? '', privateKey: privateKey ?? '' };
  if (!fits(found)) {
    throw new Error(
      `the key in Secret ${name.namespace}/${name.name} is not that of the certificate`,
    );
  }
  return { ...found, resourceVersion: metadata.resourceVersion };
}

/** @returns What is there then: whoever was faster has made the one that counts. */
async function create(server: Server, name: ObjectName, made: Authority): Promise<Authority> {
  const isMade = await orThere(
    request(server, {
      method: 'POST',
      path: collectionOf('secrets', name.namespace),
      body: { ...named('Secret', name), type: 'kubernetes.io/tls', data: dataOf(made) },
    }),
  );
  return isMade ? made : ((await secret(server, name)) ?? made);
}

/** @throws StatusError 409, where it is no longer what was read: a new anchor's, made meanwhile, must stay. */
async function replace(
  server: Server,
  name: ObjectName,
  next: Authority,
  resourceVersion: string | undefined,
): Promise<Authority> {
  const body = { metadata: { resourceVersion }, data: dataOf(next) };
  await request(server, { method: 'PATCH', path: pathOf('secrets', name), body });
  return next;
}

function dataOf({ certificate, privateKey }: Authority) {
  const encode = (text: string) => Buffer.from(text).toString('base64');
  return { 'tls.crt': encode(certificate), 'tls.key': encode(privateKey) };
}

function named(kind: 'Secret' | 'ConfigMap', { namespace, name }: ObjectName) {
  const labels = { 'app.kubernetes.io/part-of': 'mesh-federation' };
  return { apiVersion: 'v1', kind, metadata: { namespace, name, labels } };
}

async function orNone<Found>(asked: Promise<Found>): Promise<Found | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isAnswer(error, 404)) return undefined;
    throw error;
  }
}

/** Whether it was made; not where it was there already. */
async function orThere(made: Promise<unknown>): Promise<boolean> {
  try {
    await made;
    return true;
  } catch (error) {
    if (isAnswer(error, 409)) return false;
    throw error;
  }
}
