import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { z } from 'zod';
import { commandLine } from '../../../command-line';
import { isYamlMap } from '../../../kubernetes/yaml-file';
import { parseYaml } from '../../../kubernetes/yaml-mistakes';
import { cidrProblem } from '../../../network/address';
import { ownEntry } from '../../../own-entry';
import { messageOf, type Problem, refusal, refuse } from '../../../problems';
import { described, discriminatorValue, expectation } from '../../../schema-words';
import { certificatesIn } from '../../jobs/pem';
import { examine, toBundle } from '../../jobs/roots';
import { printable } from '../../jobs/text';
import type { GatewayHosts } from '../crossing';
import { gatewayHostsProblem } from '../gateway-hosts';
import { kindOf, PUBLISHED_MESH } from '../meshes';
import type { AccessPolicy, MeshMember, PublishedMesh } from '../model';
import { givenRoots } from '../roots-file';
import { crossingTrustDomain } from '../spire';
import { CONNECTION, type OfferedConnection } from './connection';
import { address, meshName } from './facts';
import { differences, hasCalls, TERMS, type Terms, termsBetween } from './terms';

/** Version of the form. Another one is refused, whatever is in it. */
const VERSION = 1;

/** An offer has a few roots and a few calls; more is no offer. */
export const MAX_OFFER_BYTES = 512 * 1024;

/** A root of a mesh: public. */
export interface OfferedRoot {
  /** SHA-256, as `openssl x509 -noout -fingerprint -sha256` prints it: to be compared by people. */
  readonly fingerprint: string;
  /** When the certificate ends, ISO 8601. */
  readonly notAfter: string;
  /** The certificate itself, as PEM. */
  readonly pem: string;
}

/** Where a mesh publishes its roots, and goes on to. */
export interface RootsEndpoint {
  /**
   * `https://` address of a SPIFFE bundle endpoint (profile `https_web`), or of a PEM file. Nothing
   * behind it is followed to elsewhere.
   */
  readonly url: string;
  /**
   * PEM of the authority that signed its server's certificate, and of no other.
   * @default one that every machine trusts
   */
  readonly authority?: string;
}

/**
 * What the owner of a mesh sends to the owner of another, so that each deploys its half. Nothing in it is
 * secret; but whoever changes it on the way can have his own roots trusted, so compare the fingerprints.
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
   * Host name or IP address of its gateway, or several, each of which leads to it.
   * @default nobody who gets it calls the mesh, or they call it through PrivateLink
   */
  readonly gateway?: GatewayHosts;
  /**
   * What its partner needs for its end of a private connection.
   * @default none: calls come over the internet, or by a connection of yours
   */
  readonly connection?: OfferedConnection;
  /** The mesh's roots at the time of the offer. */
  readonly roots: readonly OfferedRoot[];
  /** Where they are to be had later on. */
  readonly endpoint?: RootsEndpoint;
  /**
   * CIDR blocks from which its calls come, for the load balancers of others.
   * @default not said
   */
  readonly sources?: readonly string[];
  /**
   * Fingerprints of the offers that its owner had of these meshes, as `offerFingerprint` has them.
   * @default none: it was written before any was there
   */
  readonly seen?: Readonly<Record<string, string>>;
  /** What its policy says about it and each of these meshes. */
  readonly policy: Readonly<Record<string, Terms>>;
};

const ENDPOINT = z.strictObject({
  url: z
    .string()
    .max(2000)
    .refine((text) => /^https:\/\/[^\s"'<>\\${}]+$/.test(text) && URL.canParse(text), {
      error: 'must be such as https://spire.example.com:8443/bundle',
    })
    .refine((text) => !URL.canParse(text) || new URL(text).username === '', {
      error: 'must have no user and no password in it: an offer is no place for a secret',
    }),
  authority: z
    .string()
    .max(64 * 1024)
    .refine((text) => certificatesIn(text).length > 0 && !text.includes('PRIVATE KEY'), {
      error: 'must be the PEM of a certificate, and no key',
    })
    .optional(),
});

const CIDR = z.string().superRefine((text, context) => {
  const message = cidrProblem(text);
  if (message !== undefined) context.addIssue({ code: 'custom', message: printable(message) });
});

const OFFER = z.strictObject({
  offer: z.literal(VERSION),
  mesh: meshName,
  facts: PUBLISHED_MESH,
  gateway: z
    .union([address, z.array(address).min(1).max(16)])
    .superRefine((hosts, context) => {
      const message = gatewayHostsProblem(hosts);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .optional(),
  connection: CONNECTION.optional(),
  roots: z
    .array(
      z.strictObject({
        fingerprint: z.string().max(100),
        notAfter: z.iso.datetime(),
        pem: z.string().max(64 * 1024),
      }),
    )
    .min(1, 'must have a root at least: without one nobody of the mesh can be verified')
    .max(16),
  endpoint: ENDPOINT.optional(),
  sources: z
    .array(CIDR)
    .min(1, 'must have a CIDR block at least, or be left out')
    .max(64)
    .optional(),
  seen: z
    .record(meshName, z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 digits'))
    .optional(),
  policy: z.record(meshName, TERMS),
});

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
   * Where its roots are to be had later on.
   * @default nowhere: whoever trusts them gets a new offer before they change
   */
  readonly endpoint?: RootsEndpoint;
  /**
   * CIDR blocks from which its calls come.
   * @default not said
   */
  readonly sources?: readonly string[];
  /**
   * The offers of others that are here already, by the policy's names: their owners are told so.
   * @default none
   */
  readonly received?: Readonly<Record<string, Offer>>;
  /**
   * The meshes of those who get it: it says nothing about calls with others.
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
  const { policy, mesh, member, gateway, connection, roots, endpoint, sources } = props;
  const { received = {} } = props;
  const others = Object.keys(policy.meshes).filter((name) => name !== mesh);
  const partners = props.partners ?? others;
  const named = (name: string) => Object.hasOwn(policy.meshes, name);
  const unknown = [mesh, ...partners].filter((name) => !named(name));
  const examined = examine(roots, {
    trustDomain: crossingTrustDomain(member),
    own: [],
    now: new Date(),
  });
  refuse(`The offer of ${mesh}`, [
    ...unknown.map((name): Problem => ({
      path: ['policy', 'meshes'],
      message: `has no "${name}"; there are: ${Object.keys(policy.meshes).join(', ')}`,
    })),
    ...(partners.includes(mesh)
      ? [{ path: ['partners'], message: `has ${mesh}, whose own offer it is; leave it out` }]
      : []),
    ...examined.refused.map(({ reason }) => ({ path: ['roots'], message: reason })),
  ]);
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
      [...partners].sort().map((partner) => [partner, termsBetween(policy, mesh, partner)]),
    ),
  };
  refuse(
    `The offer of ${mesh}`,
    problemsOf(OFFER.safeParse(offer, { reportInput: true, error: expectation })),
  );
  return offer;
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
 * SHA-256 of what is deployed of an offer: the mesh, its gateway and the connection to it, its roots and where
 * to find them. The policy has a fingerprint of its own, and who had whose offer changes nothing.
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

/**
 * Reads an offer of somebody else.
 *
 * @param text The file: JSON, as `offerText` writes it, or YAML.
 * @param name What it is called in the message: the path of the file.
 * @throws Error listing every mistake in it.
 */
export function readOffer(text: string, name = 'The offer'): Offer {
  const read = parseOffer(text);
  if ('offer' in read) return read.offer;
  throw refusal(name, read.problems, 'is no offer that can be used');
}

/** An offer, or everything that is wrong with it. */
export type ParsedOffer =
  | {
      /** The offer that was read. */
      readonly offer: Offer;
    }
  | {
      /** Every mistake in the file that was read. */
      readonly problems: readonly Problem[];
    };

/**
 * Reads an offer of somebody else, or says what is wrong.
 *
 * @param source The text of the file, or what is in it.
 */
export function parseOffer(source: unknown): ParsedOffer {
  const content = typeof source === 'string' ? contentOf(source) : { value: source };
  if ('problem' in content) return { problems: [{ path: [], message: content.problem }] };
  const { value } = content;
  // Of another form nothing else can be told.
  const form = formProblem(value);
  if (form !== undefined) return { problems: [form] };
  const parsed = OFFER.safeParse(value, { reportInput: true, error: expectation });
  const problems = parsed.success ? rootsProblems(parsed.data) : problemsOf(parsed);
  return parsed.success && problems.length === 0
    ? { offer: parsed.data }
    : // Some of its words are somebody else's.
      {
        problems: problems.map(({ path, message }) => ({
          path: path.map((key) => (typeof key === 'string' ? printable(key) : key)),
          message: printable(message, 600),
        })),
      };
}

const WHOLE = 'must be the whole file that "mesh-federation offer" wrote';

function formProblem(value: unknown): Problem | undefined {
  if (!isYamlMap(value) || !Object.hasOwn(value, 'offer')) {
    return { path: [], message: `it is no offer; ${WHOLE}` };
  }
  const { offer } = value;
  return offer === VERSION
    ? undefined
    : {
        path: ['offer'],
        message: `${shown(offer)}, and this version of the program reads offers of the form ${VERSION}; have it written anew, by the same version of the program`,
      };
}

/** JSON is YAML too. Aliases would let a small file become a large one. */
function contentOf(text: string): { readonly value: unknown } | { readonly problem: string } {
  if (Buffer.byteLength(text) > MAX_OFFER_BYTES) {
    return { problem: `it is larger than ${MAX_OFFER_BYTES} bytes` };
  }
  const { document, mistakes } = parseYaml(text);
  const [mistake] = mistakes;
  if (mistake !== undefined) {
    return { problem: `line ${mistake.line}: ${printable(mistake.message)}; ${WHOLE}` };
  }
  try {
    return { value: document.toJS({ maxAliasCount: 0 }) as unknown };
  } catch (error) {
    return { problem: `${printable(messageOf(error))}; ${WHOLE}` };
  }
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
function trustDomainIn({ trustDomain, spire }: PublishedMesh): string {
  return spire?.trustDomain ?? trustDomain;
}

/** When the first of its roots ends after which none is left: the last of their ends. */
export function lastsUntil({ roots }: Pick<Offer, 'roots'>): Date {
  return new Date(Math.max(...roots.map(({ notAfter }) => Date.parse(notAfter))));
}

/** Each certificate is what is said of it, and may be a root of this mesh. */
function rootsProblems({ roots, facts }: Offer): Problem[] {
  const each = roots.flatMap(({ fingerprint, notAfter, pem }, index): Problem[] => {
    const path = ['roots', index];
    const [certificate, ...more] = certificatesIn(pem);
    if (certificate === undefined || more.length > 0) {
      return [{ path: [...path, 'pem'], message: 'must be the PEM of one certificate' }];
    }
    return [
      ...(certificate.fingerprint256 === fingerprint
        ? []
        : [
            {
              path: [...path, 'fingerprint'],
              message: `is not that of its certificate, which is ${certificate.fingerprint256}`,
            },
          ]),
      ...(Date.parse(certificate.validTo) === Date.parse(notAfter)
        ? []
        : [
            {
              path: [...path, 'notAfter'],
              message: `is not that of its certificate, which ends on ${certificate.validTo}`,
            },
          ]),
    ];
  });
  const given = givenRoots(roots.map(({ pem }) => pem).join('\n'), {
    trustDomain: trustDomainIn(facts),
  });
  return [
    ...each,
    ...('refused' in given ? given.refused : []).map(({ fingerprint, reason }) => ({
      path: ['roots'],
      message: `${fingerprint === undefined ? '' : `${fingerprint}: `}${reason}; ask for a new offer`,
    })),
  ];
}

/**
 * Everything that is wrong between a policy and the offers of the other meshes in it. Nothing should be
 * deployed before both sides say the same.
 *
 * @param own The meshes that are ours.
 * @param offers By the policy's names for the others' meshes.
 */
export function offerProblems(
  policy: AccessPolicy,
  own: readonly string[],
  offers: Readonly<Record<string, Offer>>,
): Problem[] {
  return Object.entries(offers).flatMap(([name, offer]): Problem[] => {
    const path = ['partners', name, 'offer'];
    const settings = ownEntry(policy.meshes, name);
    if (own.includes(name)) {
      return [{ path: ['partners', name], message: 'is one of your own meshes; name it once' }];
    }
    if (settings === undefined) {
      return [
        {
          path: ['partners', name],
          message: `is no mesh of the policy; there are: ${Object.keys(policy.meshes).join(', ')}`,
        },
      ];
    }
    if (offer.mesh !== name) {
      return [
        {
          path: [...path, 'mesh'],
          message: `is ${offer.mesh}, and must be ${name}: both policies call a mesh by the same name`,
        },
      ];
    }
    if (offer.facts.kind !== settings.kind) {
      return [
        {
          path: [...path, 'facts', 'kind'],
          message: `is ${offer.facts.kind}, but your policy says ${settings.kind}; change one of them`,
        },
      ];
    }
    return own.flatMap((mesh) => {
      const mine = termsBetween(policy, mesh, name);
      const theirs = ownEntry(offer.policy, mesh);
      if (theirs === undefined) {
        // Of a mesh that has nothing to do with it, nothing has to be said.
        if (!hasCalls(mine)) return [];
        return [
          {
            path: [...path, 'policy'],
            message: `says nothing about ${mesh}; ask for an offer that was written for it`,
          },
        ];
      }
      const found = differences(mine, theirs, name);
      const at = [...path, 'policy', mesh];
      if (isCalledBy(mesh, name, policy) && hasNoAddress(offer)) {
        return [
          {
            path: [...path, 'gateway'],
            message: `is missing, and ${mesh} calls ${name}; ask for an offer written after ${name} has been deployed`,
          },
        ];
      }
      return [
        // Some of its words are the partner's.
        ...found.map((difference) => ({ path: at, message: printable(difference, 600) })),
        ...(found.length === 0 ? [] : [{ path: at, message: whoIsNext(mine, theirs, name) }]),
      ];
    });
  });
}

/** Whether a rule leads from the one mesh into the other. */
function isCalledBy(caller: string, callee: string, { rules }: AccessPolicy): boolean {
  const meshOf = (service: string) => service.split('/')[0];
  return rules.some(({ from, to }) => meshOf(from) === caller && meshOf(to) === callee);
}

/** Through PrivateLink the callers have an address of their own. */
function hasNoAddress({ gateway, connection }: Offer): boolean {
  return gateway === undefined && connection?.crossing !== 'privatelink';
}

/** Which of two policies is right, only people know. */
function whoIsNext(mine: Terms, theirs: Pick<Terms, 'fingerprint'>, name: string): string {
  return (
    `is ${shortened(mine.fingerprint)} by your policy and ${shortened(theirs.fingerprint)} by its offer; agree on ` +
    `one. If yours is right, send ${name} a new offer ("${commandLine('offer')}"), have it change its policy and send you ` +
    `its own anew. If theirs is right, change your policy, and send ${name} a new offer all the same`
  );
}

/** Enough of a fingerprint to be compared in a message. */
function shortened(fingerprint: string): string {
  return fingerprint.slice(0, 'sha256:'.length + 12);
}

function problemsOf(parsed: z.ZodSafeParseResult<unknown>): Problem[] {
  return (parsed.error?.issues ?? []).flatMap(describe);
}

function describe(issue: z.core.$ZodIssue): Problem[] {
  const { path, message, input } = issue;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: 'is in no offer of this form; have the offer written anew',
      }));
    case 'invalid_key':
      return issue.issues.map((inner) => ({ path, message: inner.message }));
    case 'invalid_union': {
      // One, or a list of them.
      const meant = issue.errors.find(
        (inner) => !inner.some(({ path: at }) => at.length === 0 && Array.isArray(input)),
      );
      return meant === undefined || meant.length === 0
        ? [{ path, message: `${shown(discriminatorValue(issue))}; ${message}` }]
        : meant.flatMap((inner) => describe({ ...inner, path: [...path, ...inner.path] }));
    }
    case 'custom':
      // What was written may be a key that has no place here: it is not said again.
      return [{ path, message }];
    default:
      return [{ path, message: `${shown(input)}; ${message}` }];
  }
}

/** What was written, as far as it leaves room for what is wrong with it. */
function shown(value: unknown): string {
  return printable(described(value), 120);
}
