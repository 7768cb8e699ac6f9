/**
 * `npm run offer` writes what the owner of a mesh sends to the owner of another, who deploys the other half
 * of a federation.
 */
import { readFileSync } from 'node:fs';
import { writeWhole } from '../support/files/whole-file';
import type { Config } from '../config';
import { newClusters, recordOf, waysOf } from '../config/crossing';
import {
  awaitedConnections,
  connectionOf,
  needsAddress,
  offersConnection,
} from '../config/partner-crossing';
import { federationStack } from '../config/partners';
import { placedMeshes } from '../config/placed-meshes';
import {
  type Offer,
  offerFingerprint,
  offerText,
  type SpireOptions,
} from '../constructs/federation/plan';
import { makeOffer, readRoots, spireBundle } from '../constructs/federation/plan/internal';
import { authoritiesIn } from '../constructs/kubernetes/certificates';
import { environmentProblem } from '../constructs/environment-problem';
import { ownEntry } from '../constructs/own-entry';
import { formatPath, messageOf, type Problem } from '../constructs/problems';
import { policyAndPlan } from '../support/policy/access-plan';
import { foundEnd } from '../support/policy/own-end';
import { noAddress, shownBy } from '../support/policy/own-offer';
import { withProgress } from '../support/terminal/progress';
import { EXIT, orMistake, refuseAll, runProgram, UserError } from '../support/terminal/user-error';
import { newCommand } from './command';

interface Options {
  readonly mesh?: string;
  readonly partner?: readonly string[];
  readonly gateway?: string;
  readonly roots?: string;
  readonly endpoint?: string;
  readonly endpointAuthority?: string;
  readonly sources?: readonly string[];
  readonly output?: string;
}

export const command = newCommand('offer', [
  [
    '--output shop.offer.json',
    'for the partners in federation.yaml, with what the cluster publishes',
  ],
  [
    '--mesh istio --gateway mesh.example.com --roots roots.pem --output istio.offer.json',
    'without asking the cluster',
  ],
])
  .description(
    'Writes what the owner of a mesh sends to the owner of the other one, so that each deploys its half: ' +
      'facts, roots, address, what its end of a private connection is, and what the access policy says about ' +
      'calls between the two. Nothing in it is secret. Deploys nothing.',
  )
  .option(
    '--mesh <mesh>',
    'the mesh that is yours, by its name in `meshes` (default: the only one)',
  )
  .option(
    '--partner <mesh...>',
    'the meshes of whoever gets it: it says nothing about calls with others (default: those of partners, ' +
      'or all others)',
  )
  .option(
    '--gateway <address>',
    'host name or IP address by which others reach its gateway (default: gateway.address of the mesh, or ' +
      'what its cluster says)',
  )
  .option(
    '--roots <file>',
    'PEM file with its roots (default: federation.trust.roots of the mesh, or what its cluster publishes)',
  )
  .option(
    '--endpoint <url>',
    'https address of a SPIFFE bundle endpoint, or of PEM, with its roots',
  )
  .option(
    '--endpoint-authority <file>',
    "PEM file with the authority of that address's server, where not everybody trusts it",
  )
  .option('--sources <cidr...>', 'CIDR blocks from which its calls come, as others see them')
  .option('--json', 'print it as JSON, which it is unless a file says otherwise')
  .option('--output <file>', 'write it there, as YAML where it ends in .yaml or .yml')
  .action((options: Options) =>
    runProgram(async () => {
      const { offer, config } = await offered(options);
      const { output } = options;
      const form = /\.ya?ml$/.test(output ?? '') ? 'yaml' : 'json';
      if (output === undefined) process.stdout.write(offerText(offer, form));
      else writeWhole(output, offerText(offer, form));
      // What is written may go to a pipe.
      for (const step of nextSteps(config, offer, output ?? 'it')) console.error(step);
      return EXIT.right;
    }),
  );

async function offered(options: Options): Promise<{ offer: Offer; config: Config }> {
  const settings = policyAndPlan();
  const { config, plan } = settings;
  const given = givenBy(options, settings);
  const { mesh, member } = given;
  const placed = placedMeshes(config).find(({ name }) => name === mesh);
  const needsGateway = placed === undefined || needsAddress(config, placed);
  const asked =
    (needsGateway && given.gateway === undefined) || given.roots === undefined
      ? await withProgress(`Looking at the cluster of ${mesh}`, () => shownBy(mesh, plan))
      : {};
  const { gateway = needsGateway ? asked.gateway : undefined, roots = asked.roots } = given;
  const missing = [
    ...(needsGateway && gateway === undefined
      ? [`--gateway: ${noAddress(mesh, member, federationStack(config))}`]
      : []),
    ...(roots === undefined
      ? [
          member.spire === undefined
            ? `--roots: the API server of ${mesh}'s cluster does not have its roots before the federation is ` +
              'deployed; name a PEM file with them: docs/two-organisations.md has the command'
            : `--roots: the SPIRE of ${mesh} publishes no roots in ${placeOf(member.spire)}; say in spire.bundle where ` +
              'it does, or name a PEM file with them: spire-server bundle show',
        ]
      : []),
  ];
  if (roots === undefined || missing.length > 0) throw new UserError(missing.join('\n'));
  const made = makeOffer({
    ...given,
    gateway,
    connection: await connection(config, mesh, placed?.clusterName),
    roots,
  });
  if ('problems' in made) throw new UserError(made.problems.map(inOptions).join('\n'));
  return { offer: made.offer, config };
}

/**
 * What an offer is made of, as far as the options and the settings say it.
 *
 * @throws UserError listing every mistake in the options, before a cluster is asked
 */
function givenBy(options: Options, { config, policy, plan }: ReturnType<typeof policyAndPlan>) {
  const { endpoint: url, endpointAuthority, sources } = options;
  const mistakes =
    endpointAuthority !== undefined && url === undefined
      ? ['--endpoint-authority: says nothing without --endpoint; add it']
      : [];
  const mesh = orMistake(mistakes, () => ownMesh(config, options.mesh));
  const file = options.roots ?? ownEntry(config.federation.trust.roots, mesh ?? '');
  const roots = orMistake(mistakes, () =>
    file === undefined ? undefined : orUserError('--roots', () => readRoots(file)),
  );
  const authority = orMistake(mistakes, () =>
    endpointAuthority === undefined ? undefined : authorityIn(endpointAuthority),
  );
  const partners = Object.keys(config.partners);
  // Of a mesh that is wrong all is looked at that does not depend on which it is.
  const [anyMesh = ''] = Object.keys(config.meshes);
  const member = plan.meshes[mesh ?? anyMesh];
  if (member === undefined) throw new Error(`the plan has no mesh ${mesh}`);
  const given = {
    policy,
    member,
    partners: options.partner ?? (partners.length > 0 ? partners : undefined),
    sources,
    received: Object.fromEntries(
      Object.entries(config.partners).flatMap(([name, partner]) =>
        partner.offer === undefined ? [] : [[name, partner.offer] as const],
      ),
    ),
    endpoint:
      url === undefined ? undefined : { url, ...(authority !== undefined && { authority }) },
    gateway: options.gateway ?? addressIn(config.meshes[mesh ?? anyMesh]),
  };
  const tried = makeOffer({ ...given, mesh: mesh ?? anyMesh, roots: roots ?? '' });
  const open = [
    ...(mesh === undefined ? ['partners', 'roots'] : []),
    ...(roots === undefined ? ['roots'] : []),
  ];
  refuseAll([
    ...mistakes,
    ...('problems' in tried ? tried.problems : [])
      .filter(({ path: [prop] }) => !open.includes(String(prop)))
      .map(inOptions),
  ]);
  if (mesh === undefined) throw new Error('what is wrong with the mesh was not told');
  return { ...given, mesh, roots };
}

/** By which option each prop of an offer may be given. */
const OPTIONS: Readonly<Record<string, string>> = {
  mesh: '--mesh',
  partners: '--partner',
  gateway: '--gateway',
  roots: '--roots',
  'endpoint.url': '--endpoint',
  'endpoint.authority': '--endpoint-authority',
  sources: '--sources',
};

/** A mistake in what an offer is made of, by the option that it came by or could come by. */
function inOptions({ path, message }: Problem): string {
  const names = path.filter((key) => typeof key !== 'number');
  const place = formatPath(names);
  return `${ownEntry(OPTIONS, place) ?? place}: ${message}`;
}

/** Our end of a private connection, where there is to be one with a partner. */
async function connection(
  config: Config,
  mesh: string,
  clusterName: string | undefined,
): Promise<Offer['connection']> {
  const owner = newClusters(config).find(({ name }) => name === clusterName);
  if (owner === undefined || !offersConnection(config)) return undefined;
  const found = await withProgress('Looking in AWS', () => foundEnd(config, mesh, owner));
  if (waysOf(config).includes('peering') && found.vpc === undefined) {
    throw new UserError(
      `The VPC of ${owner.name}, which partners need for the peering, is not there yet: deploy ${owner.name}-cluster.`,
    );
  }
  return connectionOf(config, owner, found);
}

function ownMesh({ meshes, partners }: Config, named: string | undefined): string {
  const own = Object.keys(meshes);
  const [only] = own;
  if (named === undefined && own.length === 1 && only !== undefined) return only;
  if (named !== undefined && own.includes(named)) return named;
  const there = `there are: ${own.join(', ')}`;
  if (named === undefined)
    throw new UserError(`--mesh: is missing, and several are yours; ${there}`);
  throw new UserError(
    Object.hasOwn(partners, named)
      ? `--mesh: ${named} is a partner's, who writes that offer; yours are: ${own.join(', ')}`
      : `--mesh: there is no mesh "${named}"; ${there}`,
  );
}

/** Who has to do what now; nothing is known of whoever is no partner in the settings. */
function nextSteps(config: Config, offer: Offer, file: string): string[] {
  const { partners } = config;
  const waits = awaitedConnections(config);
  const fingerprint = offerFingerprint(offer);
  const stack = federationStack(config);
  return Object.entries(partners).flatMap(([name, { offer: theirs, file: place }]) => {
    const mine = ownEntry(offer.policy, name);
    if (mine === undefined) return [];
    const has = theirs?.seen?.[offer.mesh] === fingerprint;
    const agreed =
      theirs !== undefined && theirs.policy[offer.mesh]?.fingerprint === mine.fingerprint;
    const [wait] = waits.filter(({ partner }) => partner === name);
    if (has && agreed && wait === undefined)
      return [`${name} has this offer, and both policies are the same: deploy ${stack}.`];
    if (has && agreed) return [`${name} has this offer.`, `${wait?.message ?? ''}.`];
    const had = theirs?.seen?.[offer.mesh] === undefined ? 'none' : 'another';
    return [
      has
        ? `Send ${file} to ${name}: it has all of it but your policy, which is not the same.`
        : `Send ${file} to ${name}${theirs === undefined ? '' : `, which had ${had} of yours when it wrote its own`}.`,
      `Compare by another way than the one it goes: offer ${fingerprint}, policy ${mine.fingerprint}.`,
      theirs === undefined
        ? `Save the offer of ${name} as ${place ?? 'meshes.' + name + '.partner'}. Until then ` +
          (config.federation.name === undefined
            ? `all but the stack ${stack} can be deployed.`
            : `there is nothing to deploy: the stack ${stack} waits for it.`)
        : agreed
          ? wait !== undefined
            ? `The policy of ${name} is the same. Deploy all but ${stack}. ${wait.message}.`
            : `The policy of ${name} is the same: deploy ${stack}. Calls get through when ${name} has deployed its half.`
          : `Its policy is not the same: "npx cdktf synth" says where. Deploy ${stack} when ${name} has sent a new offer.`,
    ];
  });
}

function placeOf(spire: SpireOptions): string {
  const { namespace, configMap, key } = spireBundle(spire);
  return `"${key}" of the ConfigMap ${namespace}/${configMap}`;
}

function authorityIn(file: string): string {
  const authority = orUserError('--endpoint-authority', () => authoritiesIn(readFileSync(file)));
  if (authority === undefined) {
    throw new UserError(`--endpoint-authority: ${file} has no certificate; must be a PEM file`);
  }
  return authority;
}

function orUserError<Result>(option: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new UserError(`${option}: ${environmentProblem(error) ?? messageOf(error)}`);
  }
}

/** By which the settings say that others reach a gateway. */
function addressIn(mesh: Config['meshes'][string] | undefined) {
  return mesh && (mesh.gateway.address ?? recordOf(mesh)?.name);
}
