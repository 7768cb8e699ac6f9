import { performance } from 'node:perf_hooks';
import { checkEnvoy } from '../support/programs/envoy';
import { isMissing } from '../support/programs/prerequisites';
import { UserError } from '../support/terminal/user-error';
import type { AccessPlan } from '../constructs/federation/plan';
import { messageOf } from '../constructs/problems';
import { authentication } from './cases/authentication';
import { GROUPS, type Case, type Effort, type Group, type Outcome } from './cases/case';
import { confidentiality } from './cases/confidentiality';
import { cost } from './cases/cost';
import { exposure } from './cases/exposure';
import { faults } from './cases/faults';
import { rotation } from './cases/rotation';
import { works } from './cases/works';
import type { Report, Row } from './report';
import { ownCaseIds, ownCases } from './own-cases';
import { PolicyWorld } from './own-policy';
import { watches, watchesProblem } from './watches';
import { World } from './world';

export const CASES: Readonly<Record<Group, readonly Case[]>> = {
  works,
  authentication,
  confidentiality,
  exposure,
  rotation,
  faults,
  cost,
};

export interface RehearsalOptions {
  /** Short loads and streams, for the test command. @default false */
  readonly quick?: boolean;
  /** Groups, ids of cases or beginnings of ids. @default all */
  readonly only?: readonly string[];
  /** Called before each case. */
  readonly onStart?: (group: Row['group'], rehearsed: Pick<Case, 'id' | 'title'>) => void;
  /** Called after each case. */
  readonly onRow?: (row: Row) => void;
}

type Chosen = readonly [Group, Case];

/** What this machine lacks or cannot do, or is asked for and unknown. */
export class RehearsalError extends UserError {}

/** @throws RehearsalError */
function envoyHere() {
  const envoy = checkEnvoy();
  if (isMissing(envoy)) {
    throw new RehearsalError(`${envoy.name} ${envoy.problem}.\n${envoy.remedy}`);
  }
  return envoy;
}

function report(rows: readonly Row[], envoy: string, began: number, quick: boolean): Report {
  return {
    passed: rows.every(({ passed }) => passed),
    envoy,
    quick,
    seconds: Math.round((performance.now() - began) / 100) / 10,
    rows,
  };
}

/**
 * Runs the federation's data path on this machine and attacks it.
 *
 * @throws RehearsalError when there is no Envoy, it does not run here or refuses its configuration, or `only`
 * names no case
 */
export async function rehearse(options: RehearsalOptions = {}): Promise<Report> {
  const { quick = false, only = [], onStart, onRow } = options;
  const chosen = choose(only).filter(([, { slow }]) => !(quick && slow));
  const envoy = envoyHere();
  const tooFew = watchesProblem(watches());
  if (tooFew !== undefined) throw new RehearsalError(tooFew);
  const effort: Effort = { quick, seconds: (full, short) => (quick ? short : full) };
  const began = performance.now();
  const rows: Row[] = [];
  const world = await started(World.start(envoy.program));
  try {
    const begun = new Map<Case, Promise<Row>>();
    const begin = ([group, rehearsed]: Chosen): void => {
      begun.set(
        rehearsed,
        run(world, group, rehearsed, () => rehearsed.run(world, effort)),
      );
    };
    chosen.filter(([, { background }]) => background).forEach(begin);
    for (const [index, each] of chosen.entries()) {
      const [group, rehearsed] = each;
      onStart?.(group, rehearsed);
      if (!begun.has(rehearsed)) {
        const rest = chosen.slice(index);
        const apart = rest.findIndex(([, { together }]) => !together);
        rest.slice(0, apart === 0 ? 1 : apart < 0 ? rest.length : apart).forEach(begin);
      }
      const row = await begun.get(rehearsed);
      if (row === undefined) continue;
      rows.push(row);
      onRow?.(row);
    }
  } finally {
    await world.end();
  }
  return report(rows, envoy.version, began, quick);
}

/**
 * Runs a user's own policy in the same way: each call as the rule admits it and as it does not, and
 * strangers at the gateways.
 *
 * @throws RehearsalError when there is no Envoy or it does not run here, nothing can be called, or `only` names
 * no case
 */
export async function rehearsePolicy(
  plan: AccessPlan,
  { onStart, onRow, only = [] }: RehearsalOptions = {},
): Promise<Report> {
  const ids = ownCaseIds(plan);
  if (ids.length === 0) {
    throw new RehearsalError('The policy lets nobody call anything: there is nothing to rehearse.');
  }
  const unknown = only.filter((word) => !ids.some((id) => id.startsWith(word)));
  if (unknown.length > 0) {
    throw new RehearsalError(
      `No case is called ${unknown.join(', ')}. There are\n  ${ids.join('\n  ')}`,
    );
  }
  const envoy = envoyHere();
  const began = performance.now();
  const rows: Row[] = [];
  const world = await started(PolicyWorld.start(envoy.program, plan));
  try {
    const chosen = ownCases(world).filter(
      ({ id }) => only.length === 0 || only.some((word) => id.startsWith(word)),
    );
    for (const rehearsed of chosen) {
      onStart?.('policy', rehearsed);
      const row = await run(world, 'policy', rehearsed, () => rehearsed.run(world));
      rows.push(row);
      onRow?.(row);
    }
  } finally {
    await world.end();
  }
  return report(rows, envoy.version, began, false);
}

async function started<Running>(world: Promise<Running>): Promise<Running> {
  try {
    return await world;
  } catch (error) {
    throw new RehearsalError(messageOf(error));
  }
}

/** The cases that some words choose. @throws RehearsalError for a word that chooses none */
export function choose(only: readonly string[]): Chosen[] {
  const all = GROUPS.flatMap((group) => CASES[group].map((each) => [group, each] as const));
  const matches = (word: string, [group, { id }]: Chosen): boolean =>
    word === group || id.startsWith(word);
  const unknown = only.filter((word) => !all.some((each) => matches(word, each)));
  if (unknown.length > 0) {
    throw new RehearsalError(
      `No case is called ${unknown.join(', ')}. There are the groups ${GROUPS.join(', ')} and the cases\n  ${all.map(([, { id }]) => id).join('\n  ')}`,
    );
  }
  return only.length === 0 ? all : all.filter((each) => only.some((word) => matches(word, each)));
}

async function run(
  world: Pick<World, 'envoys'>,
  group: Row['group'],
  { id, title, expected }: Pick<Case, 'id' | 'title' | 'expected'>,
  rehearsed: () => Promise<Outcome>,
): Promise<Row> {
  const envoys = [...world.envoys.values()];
  await Promise.all(envoys.map((envoy) => envoy.mark()));
  const began = performance.now();
  let outcome: Outcome;
  try {
    outcome = await rehearsed();
  } catch (error) {
    outcome = {
      passed: false,
      seen: `error: ${messageOf(error)}`,
    };
  }
  const milliseconds = Math.round(performance.now() - began);
  const explanation = outcome.passed
    ? []
    : (await Promise.all(envoys.map((envoy) => envoy.explain()))).flat();
  return { group, id, title, expected, ...outcome, milliseconds, explanation };
}
