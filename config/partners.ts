import { commandLine } from '../constructs/command-line';
import {
  lastsUntil,
  type MeshMember,
  offerFingerprint,
  offerProblems,
  termsBetween,
  policyProblems,
} from '../constructs/federation/plan';
import {
  differences,
  type EndOfRoots,
  endOfRoots,
  printable,
  ROOTS_NOTICE_DAYS,
  strangeOffers,
  commonTrustDomainProblems,
} from '../constructs/federation/plan/internal';
import { isYamlMap, type YamlMap } from '../constructs/kubernetes/yaml-file';
import { ownEntry } from '../constructs/own-entry';
import type { Problem } from '../constructs/problems';
import { isPrivateConnection } from './ways';
import { accessPlan, memberOf, partnerMember } from './access-plan';
import { effectivePolicy } from './effective-policy';
import { AWAITED, type PartnerMesh, partnerMesh } from './offers';
import { crossesTo, meshOf, placedMeshes } from './placed-meshes';
import type { Config, Sections, Settings } from './schema';

/*
 * Meshes of partners: `meshes.<name>.partner`. Each organisation deploys its half of the federation.
 */

/** The meshes of others apart from ours. */
export function withPartners<All extends Sections>(
  all: All,
): Omit<All, 'meshes'> & Pick<Config, 'meshes' | 'partners'> {
  const entries = Object.entries(all.meshes);
  return {
    ...all,
    meshes: Object.fromEntries(entries.filter(([, { partner }]) => partner === undefined)),
    partners: Object.fromEntries(
      entries.flatMap(([name, { kind, partner }]) =>
        partner === undefined ? [] : [[name, partnerMesh(kind, partner)] as const],
      ),
    ),
  };
}

/** The meshes of others without what is wrong with their offers, so that the rest can be looked at. */
export function partnersAwaited({ meshes }: YamlMap): YamlMap {
  return Object.fromEntries(
    Object.entries(isYamlMap(meshes) ? meshes : {}).flatMap(([name, mesh]) =>
      isYamlMap(mesh) && mesh['partner'] !== undefined
        ? [[name, { kind: mesh['kind'], partner: AWAITED }] as const]
        : [],
    ),
  );
}

/** What stands beside `partner` and would do nothing; paths in the file. */
export function besidePartner({ meshes }: YamlMap): Problem[] {
  if (!isYamlMap(meshes)) return [];
  return Object.entries(meshes).flatMap(([name, mesh]) =>
    !isYamlMap(mesh) || mesh['partner'] === undefined
      ? []
      : Object.keys(mesh)
          .filter((key) => key !== 'partner' && key !== 'kind')
          .map((key): Problem => ({
            path: ['meshes', name, key],
            message:
              `is said beside partner, but the mesh is its owner's to describe, in the offer; take it out, or ` +
              'partner if the mesh is yours',
          })),
  );
}

/** What is wrong with the meshes of others, beside ours; paths from the root. */
export function partnerProblems(config: Settings): Problem[] {
  const { partners, federation } = config;
  return [
    ...Object.keys(partners)
      .filter((name) => ownEntry(federation.trust.roots, name) !== undefined)
      .map((name): Problem => ({
        path: ['federation', 'trust', 'roots', name],
        message: `are the roots of a partner's mesh, which come with its offer; take them out`,
        comparedWith: [['meshes', name, 'partner']],
      })),
    ...trustDomainsOf(config),
    ...furtherProblems(config),
  ];
}

/** A further federation of a mesh makes nothing but itself. */
function furtherProblems(config: Settings): Problem[] {
  const { name } = config.federation;
  return (['crossing', 'crossingFrom'] as const).flatMap((setting): Problem[] => {
    const way = config.federation[setting];
    if (name === undefined || way === undefined || !isPrivateConnection(way)) return [];
    return [furtherProblem(setting, way)];
  });
}

function furtherProblem(setting: 'crossing' | 'crossingFrom', way: string): Problem {
  return {
    path: ['federation', setting],
    message:
      `is ${way}, which is made together with the meshes, but federation.name says that these are ` +
      (setting === 'crossing'
        ? "another file's; set given, and write each gateway.address"
        : "another file's; take it out"),
    comparedWith: [['federation', 'name']],
  };
}

function trustDomainsOf(config: Settings): Problem[] {
  const own = placedMeshes(config).map(
    (placed) => [placed.name, memberOf(placed, config.aws.region)] as const,
  );
  const foreign = Object.entries(config.partners)
    // An offer in the place of another is told as that: see `strangeOfferProblems`.
    .filter(([name, { offer }]) => offer === undefined || offer.mesh === name)
    .map(([name, partner]) => [name, partnerMember(name, partner)] as const);
  return foreign.flatMap((one) =>
    own.flatMap((mine) =>
      commonTrustDomainProblems(Object.fromEntries<MeshMember>([mine, one])).map(({ message }) => ({
        path: ['meshes', one[0], 'partner'],
        message: `${message.split(';')[0] ?? ''}; agree on who takes another, before the mesh is made`,
        comparedWith: [['meshes', mine[0]]],
      })),
    ),
  );
}

/**
 * Where the policy differs from what a partner understands. Nothing should be deployed before both say the
 * same.
 */
export function termsProblems(config: Settings): Problem[] {
  return ofOffers(config, offerProblems);
}

/** Where the policy differs from that of each partner whose offer is there, a sentence for each difference. */
export function policyDifferences(config: Config): Record<string, readonly string[]> {
  const policy = effectivePolicy(config);
  return Object.fromEntries(
    Object.entries(config.partners).flatMap(([name, { offer }]) => {
      const found = Object.keys(config.meshes)
        .filter((mesh) => offer !== undefined && crossesTo(policy, mesh, name))
        .flatMap((mesh) => {
          const theirs = ownEntry(offer?.policy ?? {}, mesh);
          return theirs === undefined
            ? [`the offer of ${name} says nothing about ${mesh}`]
            : differences(termsBetween(policy, mesh, name), theirs, name);
        });
      return found.length === 0 ? [] : [[name, found.map((one) => printable(one, 600))] as const];
    }),
  );
}

/**
 * The settings as if each partner's policy was ours, for whoever looks at what is deployed of ours: a partner's
 * policy is compared only, and nothing is made of it.
 */
export function asAgreed(config: Config): Config {
  const policy = effectivePolicy(config);
  return {
    ...config,
    partners: Object.fromEntries(
      Object.entries(config.partners).map(([name, partner]) => {
        const { offer } = partner;
        if (offer === undefined) return [name, partner];
        const terms = Object.keys(config.meshes)
          .filter((mesh) => crossesTo(policy, mesh, name) || Object.hasOwn(offer.policy, mesh))
          .map((mesh) => [mesh, termsBetween(policy, mesh, name)] as const);
        return [
          name,
          {
            ...partner,
            offer: { ...offer, policy: { ...offer.policy, ...Object.fromEntries(terms) } },
          },
        ];
      }),
    ),
  };
}

/** Offers in the place of another mesh's: of these no command can use anything. */
export function strangeOfferProblems(config: Settings): Problem[] {
  return ofOffers(config, strangeOffers);
}

function ofOffers(config: Settings, problemsOf: typeof offerProblems): Problem[] {
  const policy = effectivePolicy(config);
  const offers = Object.fromEntries(
    Object.entries(config.partners).flatMap(([name, { offer }]) =>
      offer === undefined ? [] : [[name, offer] as const],
    ),
  );
  // What is wrong with the policy by itself is told there.
  if (Object.keys(offers).length === 0 || policyProblems(policy).length > 0) return [];
  return problemsOf(policy, Object.keys(config.meshes), offers).map(({ path, message }) => {
    const [, name = '', , ...rest] = path;
    const within = rest.length === 0 ? '' : `${rest.map(String).join('.')}: `;
    return {
      path: ['meshes', name, 'partner'],
      message: `${within}${message}`,
      comparedWith: [['accessPolicy'], ['federation', 'borders'], ['meshes']],
    };
  });
}

/** Name of the stack of the federation: a further one of a mesh has a state of its own. */
export function federationStack({ federation: { name } }: Pick<Config, 'federation'>): string {
  return name === undefined ? 'federation' : `federation-${name}`;
}

/** Partners whose offer has not come. */
export function awaited({ partners }: Pick<Config, 'partners'>): string[] {
  return Object.entries(partners).flatMap(([name, { offer }]) =>
    offer === undefined ? [name] : [],
  );
}

/** What a reader must know of a plan while offers are missing; a line for each partner. */
export function awaitedNotes(config: Pick<Config, 'partners'>): string[] {
  return awaited(config).map(
    (name) =>
      `the offer that meshes.${name}.partner names is not there yet; until then what only ${name} knows is written ` +
      `as "awaited" or "(not published)".`,
  );
}

/** What comes from a partner, and what is agreed with it: fingerprints to compare with it by another way. */
export interface Agreement {
  readonly partner: string;
  /**
   * Of its offer as a whole.
   * @default it is not there yet
   */
  readonly offer?: string;
  /**
   * Where later roots of it come from without another offer: whoever answers there says whom we trust.
   * @default with another offer
   */
  readonly laterRoots?: string;
  /** The policy between each of our meshes and the partner, and whether its offer has the same. */
  readonly policies: readonly {
    readonly mesh: string;
    readonly fingerprint: string;
    readonly state: 'as in its offer' | 'not as in its offer' | 'awaited';
  }[];
}

/** What comes from each partner, and what has been agreed with it. */
export function agreements(config: Config): Agreement[] {
  const policy = effectivePolicy(config);
  const own = Object.keys(config.meshes);
  return Object.entries(config.partners).map(([partner, { offer }]) => ({
    partner,
    ...(offer !== undefined && {
      offer: offerFingerprint(offer),
      ...(offer.endpoint !== undefined && { laterRoots: offer.endpoint.url }),
    }),
    policies: own
      .filter((mesh) => crossesTo(policy, mesh, partner))
      .map((mesh) => {
        const { fingerprint } = termsBetween(policy, mesh, partner);
        const theirs = ownEntry(offer?.policy ?? {}, mesh)?.fingerprint;
        const agreed = theirs === fingerprint ? 'as in its offer' : 'not as in its offer';
        return { mesh, fingerprint, state: offer === undefined ? 'awaited' : agreed };
      }),
  }));
}

const WORDS: Readonly<Record<Agreement['policies'][number]['state'], string>> = {
  'as in its offer': 'as in its offer',
  'not as in its offer': 'not as in its offer: "npx cdktf synth" says where',
  awaited: 'its offer is not there yet',
};

/** For whoever compares it by voice; a line each. */
export function agreementLines({ partner, offer, laterRoots, policies }: Agreement): string[] {
  return [
    ...(offer === undefined ? [] : [`offer of ${partner}: ${offer}`]),
    ...(laterRoots === undefined
      ? []
      : [`later roots of ${partner}: from ${laterRoots}, without another offer`]),
    ...policies.map(
      ({ mesh, fingerprint, state }) =>
        `policy of ${mesh} and ${partner}: ${fingerprint}, ${WORDS[state]}`,
    ),
  ];
}

/** Partners whose roots are those of their offer, and end soon. */
export function endingRoots(
  config: Pick<Config, 'partners' | 'meshes' | 'accessPolicy'>,
  now = new Date(),
): (EndOfRoots & { readonly partner: string })[] {
  const { partners, meshes, accessPolicy } = config;
  return Object.entries(partners).flatMap(([partner, { offer }]) => {
    const crosses = Object.keys(meshes).some((mesh) => crossesTo(accessPolicy, mesh, partner));
    if (offer === undefined || offer.endpoint !== undefined || !crosses) return [];
    const until = lastsUntil(offer);
    if (until.getTime() - now.getTime() > ROOTS_NOTICE_DAYS * 24 * 3600_000) return [];
    return [{ partner, ...endOfRoots(partner, until.toISOString()) }];
  });
}

/** What the user should know of partners. */
export function partnerNotices(config: Config): string[] {
  const { partners, meshes, accessPolicy } = config;
  const own = Object.keys(meshes).flatMap((name) => [`${name}-mesh`, `${name}-workloads`]);
  const meanwhile =
    config.federation.name === undefined
      ? `Deploying the others (${own.join(', ')}) need not wait for it. `
      : '';
  return [
    ...furtherNotices(config),
    ...endingRoots(config).map(({ message }) => message),
    ...Object.entries(partners).flatMap(([name, { offer, file = '' }]) => [
      ...(offer !== undefined
        ? []
        : [
            `The offer of ${name} is not there yet (meshes.${name}.partner: ${file}), so the stack ${federationStack(config)} is ` +
              'left out; what is deployed of it stays as it is. ' +
              `${meanwhile}Send ${name} yours (` +
              `"${commandLine('offer', `--partner ${name}`)}"), save theirs there, and deploy again.`,
          ]),
      ...(Object.keys(meshes).some((mesh) => crossesTo(accessPolicy, mesh, name))
        ? []
        : [
            `meshes.${name} is a partner's, and no rule leads from it or to it: nothing is made for it. Its ` +
              `services and your rules belong in accessPolicy (accessPolicy.meshes.${name}).`,
          ]),
    ]),
  ];
}

/** What the file that deploys a mesh has to say of a further federation of it. */
function furtherNotices(config: Config): string[] {
  if (config.federation.name === undefined) return [];
  const { borders } = accessPlan(config);
  return Object.entries(config.meshes).flatMap(([name, { kind }]) => {
    const accounts = borders
      .filter(({ mesh }) => mesh === name && kind === 'consul')
      .map(({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`);
    return accounts.length === 0
      ? []
      : [
          `Consul gives no token to borders that the file which deploys ${name} does not know: list them there, ` +
            `as services of ${name} in a namespace of ${name} (${accounts.join(', ')}), or their pods do not ` +
            'start. See "Several partners of one mesh" in docs/two-organisations.md.',
        ];
  });
}

/** Partners whose services call into a mesh. */
export function callingPartners(
  { partners, accessPolicy }: Pick<Config, 'partners' | 'accessPolicy'>,
  mesh: string,
): (readonly [name: string, partner: PartnerMesh])[] {
  return Object.entries(partners).filter(([name]) =>
    accessPolicy.rules.some(({ from, to }) => meshOf(from) === name && meshOf(to) === mesh),
  );
}
