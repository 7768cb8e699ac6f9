import { type Example, PEM, refuseUnlike } from '../../../example';
import { MEMBER_EXAMPLE, POLICY_EXAMPLE } from '../examples';
import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { isYamlMap } from '../../../kubernetes/yaml-file';
import { type Problem, refusal } from '../../../problems';
import { expectation } from '../../../schema-words';
import { toBundle } from '../../jobs/roots';
import { examine } from '../../jobs/trust';
import type { GatewayHosts } from '../crossing';
import { kindOf } from '../meshes';
import type { AccessPolicy, MeshMember, PublishedMesh } from '../model';
import { crossingTrustDomain } from '../spire';
import type { OfferedConnection } from './connection';
import { OFFER, problemsOf, VERSION } from './form';
import { type Terms, termsBetween } from './terms';

/** A root of a mesh: public. */
export interface OfferedRoot {
  /** SHA-256, as `openssl x509 -noout -fingerprint -sha256` prints it, for people to compare. */
  readonly fingerprint: string;
  /** When the certificate expires, ISO 8601. */
  readonly notAfter: string;
  /** The certificate itself, as PEM. */
  readonly pem: string;
}

/** Where a mesh publishes its roots and keeps them up to date. */
export interface RootsEndpoint {
  /**
   * `https://` address of a SPIFFE bundle endpoint (profile `https_web`), or of a PEM file. Redirections are
   * not followed.
   */
  readonly url: string;
  /**
   * PEM of the authority that signed the server's certificate; no other is trusted.
   * @default the public authorities that Node.js trusts
   */
  readonly authority?: string;
}

/**
 * What the owner of a mesh sends to the owner of another, so that each can deploy a half of the federation.
 * Nothing in it is secret, but whoever alters it on the way could get their own roots trusted: compare its
 * `offerFingerprint`.
 *
 * A type alias, so that it can be passed on as plain data: as `partner` of a mesh in the settings.
 */
export type Offer = {
  /** Version of the form. */
  readonly offer: 1;
  /** The policy's name for the mesh. */
  readonly mesh: string;
  /** Facts about the mesh that its partner needs. */
  readonly facts: PublishedMesh;
  /**
   * Host name or IP address of its gateway, or several that all lead to it.
   * @default none: no recipient calls the mesh, or calls go through PrivateLink
   */
  readonly gateway?: GatewayHosts;
  /**
   * What its partner needs for its end of a private connection.
   * @default none: calls come over the internet, or by a connection of yours
   */
  readonly connection?: OfferedConnection;
  /** The mesh's roots at the time of the offer. */
  readonly roots: readonly OfferedRoot[];
  /** Where to fetch its roots later on. */
  readonly endpoint?: RootsEndpoint;
  /**
   * CIDR blocks that its calls come from, for the load balancers of others.
   * @default not said
   */
  readonly sources?: readonly string[];
  /**
   * Fingerprints (`offerFingerprint`) of the offers that its owner had received, by mesh.
   * @default none: its owner had received none
   */
  readonly seen?: Readonly<Record<string, string>>;
  /** What its owner's policy says about it and each of these meshes. */
  readonly policy: Readonly<Record<string, Terms>>;
};

/** Settings of `offerOf`. */
export interface OfferProps {
  /** Who may call what, as the owner of the mesh understands it. */
  readonly policy: AccessPolicy;
  /** The policy's name for the mesh. */
  readonly mesh: string;
  /** The mesh that is offered, as its owner's policy has it. */
  readonly member: MeshMember;
  /**
   * Host name or IP address by which others reach its gateway, or several.
   * @default none: nobody who gets the offer calls the mesh, or they call it through PrivateLink
   */
  readonly gateway?: GatewayHosts;
  /**
   * What the partner needs for its end of a private connection.
   * @default none: calls come over the internet, or by a connection of yours
   */
  readonly connection?: OfferedConnection;
  /** PEM of its roots. */
  readonly roots: string;
  /**
   * Where others can fetch its roots later on.
   * @default nowhere: before the roots change, whoever trusts them needs a new offer
   */
  readonly endpoint?: RootsEndpoint;
  /**
   * CIDR blocks that its calls come from.
   * @default not said
   */
  readonly sources?: readonly string[];
  /**
   * The offers that were received already, by the policy's names. Their owners learn that from this offer.
   * @default none
   */
  readonly received?: Readonly<Record<string, Offer>>;
  /**
   * The meshes whose owners receive it. It says nothing about calls with other meshes.
   * @default every other mesh of the policy
   */
  readonly partners?: readonly string[];
}

/**
 * Writes the offer of one mesh to its partner.
 *
 * @throws Error listing every mistake in what it is made of.
 */
export function offerOf(props: OfferProps): Offer {
  refuseUnlike('The offer', props, EXAMPLE);
  const made = makeOffer(props);
  if ('offer' in made) return made.offer;
  throw refusal(`The offer of ${props.mesh}`, made.problems, 'cannot be made');
}

const EXAMPLE: Example<OfferProps> = {
  policy: POLICY_EXAMPLE,
  mesh: 'bank',
  member: MEMBER_EXAMPLE,
  roots: PEM,
};

/** An offer, or everything that is wrong with what it is made of; paths are those of the props. */
export type MadeOffer = { readonly offer: Offer } | { readonly problems: readonly Problem[] };

/** Writes the offer of one mesh to its partner, or says what is wrong. */
export function makeOffer(props: OfferProps): MadeOffer {
  const { policy, mesh, member, gateway, connection, roots, endpoint, sources } = props;
  const { received = {} } = props;
  const named = Object.keys(policy.meshes);
  const others = named.filter((name) => name !== mesh);
  const partners = props.partners ?? others;
  const unknown = (path: Problem['path'], name: string, known: readonly string[]): Problem[] =>
    named.includes(name)
      ? []
      : [{ path, message: `the policy has no mesh "${name}"; there are: ${known.join(', ')}` }];
  const examined = examine(roots, {
    trustDomain: crossingTrustDomain(member),
    own: [],
    now: new Date(),
  });
  const problems: Problem[] = [
    ...unknown(['mesh'], mesh, named),
    ...partners.flatMap((partner) => unknown(['partners'], partner, others)),
    ...(partners.includes(mesh)
      ? [{ path: ['partners'], message: `has ${mesh}, whose own offer it is; leave it out` }]
      : []),
    ...examined.refused.map(({ reason }) => ({ path: ['roots'], message: reason })),
  ];
  const offer: Offer = {
    offer: VERSION,
    mesh,
    facts: kindOf(member).published(member),
    ...(gateway === undefined ? {} : { gateway }),
    ...(connection === undefined ? {} : { connection }),
    roots: examined.roots.map(({ fingerprint, expires, pem }) => ({
      fingerprint,
      notAfter: expires.toISOString(),
      pem,
    })),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(sources === undefined ? {} : { sources }),
    ...seenOf(received, partners),
    policy: Object.fromEntries(
      partners
        .filter((partner) => named.includes(partner))
        .sort()
        .map((partner) => [partner, termsBetween(policy, mesh, partner)]),
    ),
  };
  const ofForm = problemsOf(OFFER.safeParse(offer, { reportInput: true, error: expectation }));
  // What else is wrong with these has been said.
  const said = new Set(problems.map(({ path: [prop] }) => prop));
  const all = [
    ...problems,
    ...ofForm.filter(({ path: [prop] }) => prop !== undefined && !said.has(prop)),
  ];
  return all.length === 0 ? { offer } : { problems: all };
}

/**
 * As it is sent, for people to read too.
 *
 * @param form JSON, or YAML, in which certificates have lines.
 */
export function offerText(offer: Offer, form: 'json' | 'yaml' = 'json'): string {
  return form === 'json'
    ? `${JSON.stringify(offer, null, 2)}\n`
    : stringify(offer, { lineWidth: 0 });
}

/** What is told of the offers that were there: those of whoever gets it. */
function seenOf(
  received: Readonly<Record<string, Offer>>,
  partners: readonly string[],
): Pick<Offer, 'seen'> {
  const seen = Object.entries(received)
    .filter(([name]) => partners.includes(name))
    .map(([name, offer]): [string, string] => [name, offerFingerprint(offer)]);
  return seen.length === 0 ? {} : { seen: Object.fromEntries(seen) };
}

/**
 * SHA-256 of the parts of an offer that are deployed: the mesh, its gateway and the connection to it, its roots
 * and where to find them. The policy has a fingerprint of its own, and `seen` does not count.
 */
export function offerFingerprint({
  mesh,
  facts,
  gateway = '',
  connection,
  roots,
  endpoint,
  sources,
}: Offer): string {
  const entries = [
    mesh,
    Object.entries(facts).sort(([one], [other]) => (one < other ? -1 : 1)),
    gateway,
    roots.map(({ fingerprint }) => fingerprint).sort(),
    endpoint?.url ?? '',
    endpoint?.authority ?? '',
    [...(sources ?? [])].sort(),
    ...(connection === undefined ? [] : [sorted(connection)]),
  ];
  return `sha256:${createHash('sha256').update(JSON.stringify(entries)).digest('hex')}`;
}

/** With the keys in one order, whoever wrote it. */
function sorted(value: unknown): unknown {
  return isYamlMap(value)
    ? Object.entries(value)
        .filter(([, one]) => one !== undefined)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([key, one]) => [key, sorted(one)])
    : value;
}

/** PEM of the roots of an offer, in the order in which they are trusted. */
export function rootsOf({ roots, facts }: Offer): string {
  const text = roots.map(({ pem }) => pem).join('');
  const { roots: good } = examine(text, {
    trustDomain: trustDomainIn(facts),
    own: [],
    now: new Date(),
  });
  return toBundle(good);
}

/** Whose roots they are. */
export function trustDomainIn({ trustDomain, spire }: PublishedMesh): string {
  return spire?.trustDomain ?? trustDomain;
}

/** When the last of its roots expires. */
export function lastsUntil({ roots }: Pick<Offer, 'roots'>): Date {
  return new Date(Math.max(...roots.map(({ notAfter }) => Date.parse(notAfter))));
}

/** Days before the end of a partner's last root from which on it is said: time to write to somebody, and to deploy. */
export const ROOTS_NOTICE_DAYS = 30;

/** That a partner's last root ends soon. */
export interface EndOfRoots {
  /** Which root ends, when, and what that comes to; without a full stop. */
  readonly what: string;
  /** What brings new roots, without a full stop. */
  readonly remedy: string;
  /** What is so and what to do, in two sentences. */
  readonly message: string;
}

/**
 * Says that a partner's last root ends soon, where nothing but another offer brings new ones.
 *
 * @param end ISO 8601
 */
export function endOfRoots(mesh: string, end: string): EndOfRoots {
  const what =
    `The last root of ${mesh} that is trusted ends on ${end}, in less than ${ROOTS_NOTICE_DAYS} days, and ` +
    'then no call between it and your meshes gets through';
  const remedy = 'Ask its owner for a new offer ("mesh-federation offer"), and deploy with it';
  return { what, remedy, message: `${what}. ${remedy}.` };
}
