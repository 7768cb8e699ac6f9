import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { crossCalls } from '../../constructs/federation/plan';
import { probe, type Probe } from '../../support/doctor/probe';
import type { World } from './world';

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
    // Envoys write their logs every 50 ms here.
    await sleep(300);
    const found = await probe(world.deployed, call, { id, seconds: 60 });
    const there = found.hops.map(({ state }) => state).join(' ');
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
