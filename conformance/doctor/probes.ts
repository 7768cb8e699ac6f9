import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CrossCall, crossCalls } from '../../constructs/federation/plan';
import { probe, type Probe } from '../../support/doctor/probe';
import type { World } from './world';

/** Milliseconds in which the logs have to be written. */
const PATIENCE = 120_000;

/** A request that is sent through the borders of the working pair, and where the doctor must find that it ended. */
interface Case {
  readonly what: string;
  readonly method: string;
  readonly path: string;
  /** Status that the caller gets. */
  readonly status: number;
  /** States of the hops from the caller on. */
  readonly states: string;
  readonly said: RegExp;
}

const CASES: readonly Case[] = [
  {
    // No sidecar of the called pods runs in this world.
    what: 'A request that the rules allow, and whose called pods are not there',
    method: 'GET',
    path: '/weather',
    status: 503,
    states: 'silent seen passes seen silent',
    said: /^It ended at federation-borders\/info-border, which answered with 503 itself: /,
  },
  {
    what: 'A request that no rule allows',
    method: 'DELETE',
    path: '/weather',
    status: 403,
    states: 'silent seen passes unseen silent',
    said: /^It ended at federation-borders\/backend-outbound, which answered with 403 itself: its rules deny it\.$/,
  },
];

/** What was wrong with where a request was found, if anything. */
export interface ProbeResult {
  readonly what: string;
  readonly probe: Probe;
  readonly wrong?: string;
}

/** Sends requests through the borders' real Envoys, and looks for each in their logs. */
export async function checkProbes(world: World): Promise<ProbeResult[]> {
  const call = crossCalls(world.plan).find(({ id }) => id === 'consul/info -> istio/backend');
  const border = world.plan.borders.find(
    ({ direction, calls }) => direction === 'out' && calls.some(({ id }) => id === call?.id),
  );
  const caller = border?.direction === 'out' ? border.crossings[0]?.caller : undefined;
  if (call === undefined || border === undefined || caller === undefined) {
    throw new Error('no call leads out by a border');
  }
  const results: ProbeResult[] = [];
  for (const { what, method, path, status, states, said } of CASES) {
    const id = randomUUID();
    const got = await world.send(border.name, caller, { method, path, id });
    const { found, there } = await written(world, call, id, states);
    const wrong =
      got !== status
        ? `it is answered with ${got}`
        : there !== states
          ? `its hops are ${there}`
          : said.test(found.what)
            ? undefined
            : `it says "${found.what}"`;
    results.push({ what, probe: found, ...(wrong !== undefined && { wrong }) });
  }
  return results;
}

/** What the logs say of a request, once they say what is expected: Envoys write them every 50 ms here. */
async function written(world: World, call: CrossCall, id: string, expected: string) {
  const until = performance.now() + PATIENCE;
  for (;;) {
    Object.values(world.deployed.clusters).forEach((cluster) => cluster.forget());
    const found = await probe(world.deployed, call, { id, seconds: 120 });
    const there = found.hops.map(({ state }) => state).join(' ');
    if (there === expected || performance.now() > until) return { found, there };
    await sleep(100);
  }
}
