import type { Config } from '../../config';
import { accessTo, type AwsAccess, enter, type Place, placesOf } from '../aws/access';
import { awsReason } from '../aws/trouble';
import { bucketAccess, bucketClient } from '../aws/state-bucket';
import { unwatched, type Watch } from '../terminal/progress';
import { refuseAll, UserError } from '../terminal/user-error';
import { agreedNow, type Failure, leftBehind, type Unseen } from './agreed';
import { type Facts, judge, type Judged } from './judge';
import { look } from './look';
import { removeAll, type RemoveOptions } from './remove';
import { CLUSTERS, NODE_GROUPS } from './compute';
import { KINDS } from './kinds';
import { ROUTE_TABLES, VPCS } from './network';
import { ownerOf } from './owner';
import { clientsOf, clustersElsewhere } from './clients';
import { type Known, knownStates } from './state';

export { type Failure, leftBehind } from './agreed';
export { titleOf } from './remove';

/** One region of one account, as it was found. */
export interface Found {
  readonly place: Place;
  /** Its 12 digits. */
  readonly account: string;
  readonly things: readonly Judged[];
  /** What could not be looked for, with the reason. */
  readonly unseen: readonly Unseen[];
  /** States that somebody is changing right now. */
  readonly locked: readonly string[];
}

/** What is not from the settings. */
export interface FindOptions {
  /** Clusters of the settings that may be deleted although no state here knows them. @default none */
  readonly withoutState?: readonly string[];
  /** Is given each list that is asked for. @default nobody looks */
  readonly watch?: Watch;
}

/**
 * Looks for what is left of the federation of these settings, in every region and account that they name.
 * Changes nothing.
 *
 * @throws UserError when a state cannot be read, or the credentials are of another account
 */
export async function findLeftovers(config: Config, options: FindOptions = {}): Promise<Found[]> {
  const known = await statesOf(config, options);
  const mistakes: string[] = [];
  const found = await Promise.all(
    placesOf(config).map((place) =>
      findIn(config, place, known, options).catch((error: unknown) => {
        if (!(error instanceof UserError)) throw error;
        mistakes.push(error.message);
        return [];
      }),
    ),
  );
  refuseAll([...new Set(mistakes)]);
  return found.flat();
}

function statesOf(config: Config, { watch = unwatched }: FindOptions): Promise<Known> {
  const states = knownStates(config, () => bucketClient(bucketAccess(config)));
  return watch('the states', states);
}

/** Names of clusters that the settings do not have. */
export function withoutStateProblems(
  config: Config,
  withoutState: readonly string[] = [],
): string[] {
  const names = placesOf(config).flatMap(({ clusters }) => clusters);
  const unknown = withoutState.filter((name) => !names.includes(name));
  return unknown.length === 0
    ? []
    : [
        `--without-state: there is no cluster ${unknown.join(', ')} in the settings; there are: ${names.join(', ')}`,
      ];
}

async function findIn(
  config: Config,
  place: Place,
  known: Known,
  { withoutState = [], watch = unwatched }: FindOptions,
): Promise<Found> {
  const { region } = place;
  const { access, account } = await watch(
    `the account (${region})`,
    enter(accessTo(config, region), place),
  );
  const aws = clientsOf(access);
  const looked = await Promise.all(
    KINDS.map((kind) => watch(`${kind.name} (${region})`, look(kind, aws, place.clusters))),
  );
  const blind = looked.filter(({ kind, reason }) => reason !== undefined && DECISIVE.has(kind));
  if (blind.length > 0) {
    const lines = blind.map(({ kind, reason = '' }) => `  ${kind}: ${reason}`);
    throw new UserError(
      `In ${place.region} these could not be listed, and without them nothing can be told from what is in ` +
        `use, and nothing is deleted:\n${lines.join('\n')}`,
    );
  }
  const facts: Facts = {
    owner: ownerOf(config, place.clusters),
    known,
    things: looked.flatMap(({ things }) => things),
    elsewhere: new Map(),
    withoutState,
    global: new Set(KINDS.flatMap(({ name, global }) => (global ? name : []))),
  };
  return {
    place,
    account,
    things: await watch('other regions', judgeGlobal(facts, access, place)),
    unseen: looked.flatMap(({ kind, reason }) => (reason === undefined ? [] : { kind, reason })),
    locked: known.locked,
  };
}

/** Other regions are asked only where it matters: there are many of them. */
async function judgeGlobal(
  facts: Facts,
  access: AwsAccess,
  { clusters }: Place,
): Promise<Judged[]> {
  const things = judge(facts);
  const doubtful = things.some(
    ({ kind, verdict }) => verdict === 'left behind' && facts.global.has(kind),
  );
  if (!doubtful) return things;
  const elsewhere = await clustersElsewhere(access, clusters).catch((error: unknown) => {
    const reason = `another region, as the clusters of others could not be listed (${awsReason(error)})`;
    return new Map(clusters.map((name) => [name, [reason]]));
  });
  return judge({ ...facts, elsewhere });
}

/** By these it is told what is in use. */
const DECISIVE: ReadonlySet<string> = new Set(
  [CLUSTERS, NODE_GROUPS, VPCS, ROUTE_TABLES].map(({ name }) => name),
);

/**
 * Deletes what is left behind in a place, and no more than what was shown: what has come since, and what is in
 * use by now, stays.
 */
export async function removeLeftovers(
  config: Config,
  { place, things: shown }: Found,
  options: RemoveOptions & FindOptions = {},
): Promise<Failure[]> {
  const again = await findIn(config, place, await statesOf(config, options), options);
  if (again.locked.length > 0) throw new UserError(lockedText(again.locked));
  const { going, failures } = agreedNow(leftBehind(shown), again);
  const { access } = await enter(accessTo(config, place.region), place);
  const removed = await removeAll(KINDS, clientsOf(access), going, {
    ...options,
    clusters: place.clusters,
  });
  return [...failures, ...removed];
}

export function lockedText(locked: readonly string[]): string {
  return (
    `Somebody is deploying or destroying: ${locked.join(', ')} is locked, and nothing is deleted meanwhile. Wait for ` +
    'the end of it; the lock of a run that was killed is removed by "terraform force-unlock" in the folder of the stack.'
  );
}
