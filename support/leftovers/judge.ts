import { hasTags, isOfCluster, type Named, type Owner, type Tie, tieOf } from './owner';
import type { Thing } from './kind';
import type { Known } from './state';

/**
 * - `left behind`: nothing uses it, and `--delete` removes it.
 * - `in use`: Terraform or a cluster that is there takes care of it.
 * - `kept`: no state that was read knows it, and it may still be somebody's. Only what names its cluster deletes it.
 * - `ending`: AWS is about to delete it, and it costs nothing.
 */
export type Verdict = 'left behind' | 'in use' | 'kept' | 'ending';

/** What was found, and what is to become of it. */
export interface Judged extends Thing {
  readonly verdict: Verdict;
  readonly why: string;
  /** Name of the cluster that it is of. */
  readonly of: string;
}

/** What one place looks like. */
export interface Facts {
  readonly owner: Owner;
  readonly known: Known;
  readonly things: readonly Thing[];
  /** Other regions that have a cluster of the same name, by that name. */
  readonly elsewhere: ReadonlyMap<string, readonly string[]>;
  /** Clusters that the user has given up, whatever their state is. */
  readonly withoutState: readonly string[];
  /** Kinds that are of the account and not of the region. */
  readonly global: ReadonlySet<string>;
}

const PROTECTED = 'is protected against deletion';

/** States of a cluster or node group in which AWS is not busy with it. */
const SETTLED = ['ACTIVE', 'FAILED', 'CREATE_FAILED', 'DELETE_FAILED', 'DEGRADED'];

/** Judges all that is the federation's; what is not is left out. */
export function judge(facts: Facts): Judged[] {
  const { owner, things } = facts;
  const ownVpcs = vpcsOf(facts);
  const lives = new Map(owner.clusters.map((cluster) => [cluster.name, lifeOf(cluster, facts)]));
  const tied = things.flatMap((thing) => {
    const tie = tieOf(thing, owner, ownVpcs);
    return tie === undefined ? [] : [{ thing, tie }];
  });
  const judged = tied.map(({ thing, tie }): Judged => {
    const [verdict, why] = verdictOf(thing, tie, lives.get(tie.cluster.name), facts);
    return { ...thing, verdict, why, of: tie.cluster.name };
  });
  return withoutUsed(judged, things);
}

/**
 * What something needs that stays, stays as well, whatever the states say: the key of a cluster that is there, the
 * NAT gateway that a route leads to, the VPC that somebody else has put something into.
 */
function withoutUsed(judged: readonly Judged[], things: readonly Thing[]): Judged[] {
  const going = judged.filter(({ verdict }) => verdict === 'left behind');
  const isGoing = (thing: Thing) =>
    going.some(({ kind, id }) => kind === thing.kind && id === thing.id);
  const staying = things.filter((thing) => !isGoing(thing));
  const goingIds = new Set(going.map(({ id }) => id));
  const user = (one: Judged): string | undefined => {
    const holder = one.heldBy?.find((id) => !goingIds.has(id));
    if (holder !== undefined) return holder;
    const other = staying.find(
      ({ kind, uses = [], vpc }) =>
        uses.includes(one.id) ||
        (one.arn !== undefined && uses.includes(one.arn)) ||
        // Interfaces go with what they are of; where one stays, AWS itself refuses to delete subnet and VPC.
        (vpc === one.id && kind !== 'network interface'),
    );
    return other && nameOf(other);
  };
  const next = judged.map((one): Judged => {
    const by = one.verdict === 'left behind' ? user(one) : undefined;
    return by === undefined ? one : { ...one, verdict: 'in use', why: `${by} uses it` };
  });
  const changed = next.some(({ verdict }, i) => verdict !== judged[i]?.verdict);
  return changed ? withoutUsed(next, things) : next;
}

/** `security group sg-1 (nodes)` */
function nameOf({ kind, id, name }: Thing): string {
  return `${kind} ${id}${name === '' || name === id ? '' : ` (${name})`}`;
}

/** VPCs in which what Kubernetes made is the federation's. */
function vpcsOf({ owner, things, known }: Facts): ReadonlySet<string> {
  const given = owner.clusters.flatMap(({ existingVpc }) => existingVpc ?? []);
  const own = things.flatMap((thing) => {
    if (thing.kind !== 'VPC') return [];
    return known.managedBy.has(thing.id) || tieOf(thing, owner, new Set()) !== undefined
      ? thing.id
      : [];
  });
  return new Set([...given, ...own]);
}

/** A cluster that is there and stays, with the verdict on what it has made. */
interface Life {
  readonly verdict: 'in use' | 'kept';
  readonly why: string;
  /** Whether a state that was read has it. */
  readonly known: boolean;
}

/** Nothing where no cluster is there, or it stays only as long as no state of its stack is here. */
function lifeOf({ name, stack }: Named, facts: Facts): Life | undefined {
  const { things, known, owner, withoutState } = facts;
  const found = things.find((thing) => thing.kind === 'EKS cluster' && thing.name === name);
  if (found === undefined) return undefined;
  const managing = known.managedBy.get(found.arn ?? '');
  if (managing !== undefined) {
    return { verdict: 'in use', why: `of ${name}, in the state of ${managing}`, known: true };
  }
  if (stack === undefined || !hasTags(found, owner.tags)) {
    return {
      verdict: 'in use',
      why: `of ${name}, a cluster that Terraform did not make here`,
      known: false,
    };
  }
  const { status = '' } = found;
  if (!SETTLED.includes(status)) {
    return { verdict: 'kept', why: `of ${name}, which is ${status}`, known: false };
  }
  if (found.isProtected === true) {
    return {
      verdict: 'kept',
      why: `of ${name}, which is protected against deletion`,
      known: false,
    };
  }
  if (withoutState.includes(name)) return undefined;
  // A deploy that was killed while it made the cluster had no nodes to make yet. Those of Auto Mode are of no group.
  const nodes = ({ kind }: Thing) => kind === 'node group' || kind === 'EC2 instance';
  if (things.some((thing) => nodes(thing) && isOfCluster(thing, name))) {
    return {
      verdict: 'kept',
      why: `of ${name}, which has nodes and is in no state here`,
      known: false,
    };
  }
  return undefined;
}

function noState(cluster: string): string {
  return `of ${cluster}, of which there is no state here`;
}

function verdictOf(
  thing: Thing,
  { cluster, madeBy }: Tie,
  life: Life | undefined,
  { known, elsewhere, withoutState, global }: Facts,
): [Verdict, string] {
  if (thing.ending !== undefined) return ['ending', thing.ending];
  const managing = known.managedBy.get(thing.id) ?? known.managedBy.get(thing.arn ?? '');
  if (managing !== undefined) return ['in use', `in the state of ${managing}`];
  const { name, stack } = cluster;
  if (thing.isProtected === true) return ['kept', PROTECTED];
  if (thing.status !== undefined && !SETTLED.includes(thing.status)) {
    return ['kept', `is ${thing.status}`];
  }
  // Whoever has the state of a cluster that is there knows what Terraform made for it.
  if (life !== undefined && (madeBy === 'the cluster' || !life.known)) {
    return [life.verdict, life.why];
  }
  const isKnown = stack === undefined || known.stacks.has(stack) || withoutState.includes(name);
  if (madeBy === 'the cluster') {
    return isKnown ? ['left behind', `${name} is gone or goes`] : ['kept', noState(name)];
  }
  if (global.has(thing.kind)) {
    const others = elsewhere.get(name) ?? [];
    if (others.length > 0) return ['kept', `perhaps of the ${name} in ${others.join(', ')}`];
    // What pods take roles for is said in the cluster only.
    if (life !== undefined) return ['kept', `perhaps used by ${name}, which is there`];
  }
  return isKnown ? ['left behind', 'in no state'] : ['kept', noState(name)];
}
