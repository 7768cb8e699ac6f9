/** `npm run doctor` walks each call between the meshes, hop by hop in both of its clusters, and names what is broken. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgumentError } from 'commander';
import { type AccessPlan, type CrossCall, crossCalls } from '../constructs/federation/plan';
import { tried } from '../constructs/federation/plan/internal';
import type { Deployed } from '../support/doctor/deployed';
import { exitCodeOf, type Report } from '../support/doctor/finding';
import { probeText, reportText } from '../support/doctor/text';
import { agreed } from '../support/terminal/agreed';
import { withProgress } from '../support/terminal/progress';
import { EXIT, refuseAll, runProgram, UserError } from '../support/terminal/user-error';
import { newCommand } from './command';

interface Options {
  readonly call?: readonly string[];
  readonly json?: true;
  readonly watch?: number | true;
  readonly probe?: true;
  readonly probeId?: string;
  readonly since?: number;
}

/** Seconds between two looks. */
const WATCH_SECONDS = 10;
/** Seconds of the logs that are read for a request, unless told otherwise. */
const SINCE_SECONDS = 900;
/** Longest that it waits, or that it reads logs of. */
const DAY_SECONDS = 24 * 3600;
/** An Envoy writes its log every 10 s. */
const PATIENCE_SECONDS = 15;

export const command = newCommand('doctor', [
  ['', 'every call between the meshes'],
  ['--call istio/backend consul/info', 'one of them'],
  ['--watch', 'again and again, until Ctrl-C'],
  ['--probe', 'one request, which you send, and where it ended'],
  ['--probe-id 4bf92f35-77b3-4da6-a3ce-929d0e0e4736', 'one that was sent already'],
  ['--json', 'for a program'],
])
  .description(
    'Walks each call between the meshes, hop by hop in both of its clusters, and names the first that is ' +
      'broken, why, and what mends it. Reads only: objects by the kubeconfigs, certificates by ' +
      'port-forward, and a TLS handshake with each gateway. With --probe it reads logs, of one request.',
  )
  .option('--call <caller callee...>', 'one call: caller and callee as rules write them')
  .option(
    '--watch [seconds]',
    `look again, every ${WATCH_SECONDS} seconds unless told otherwise`,
    seconds,
  )
  .option(
    '--probe',
    'say how to send a request with an id, and then find that in the log of each hop',
  )
  .option('--probe-id <x-request-id>', 'find a request that was sent, in the log of each hop')
  .option(
    '--since <seconds>',
    `how much of the logs is read for it, ${SINCE_SECONDS} unless told otherwise`,
    seconds,
  )
  .option('--json', 'print it as JSON')
  .action((options: Options) => runProgram(() => main(options)));

function seconds(text: string): number {
  const value = Number(text);
  // A timer of Node.js that is to wait for longer than 24 days does not wait at all.
  if (!(value >= 1 && value <= DAY_SECONDS)) {
    throw new InvalidArgumentError(`must be seconds, 1 to ${DAY_SECONDS}, which is a day`);
  }
  return value;
}

async function main(options: Options): Promise<number> {
  const { call, json, watch } = options;
  if (options.probe || options.probeId !== undefined) return probeMain(options);
  if (options.since !== undefined) {
    throw new UserError('--since: says nothing without --probe or --probe-id; add one of them');
  }
  // All that a synthesis takes, which help and wrong options do not need.
  const [{ examine }, { loadDeployed }] = await Promise.all([
    import('../support/doctor/examine.ts'),
    import('../support/doctor/load.ts'),
  ]);
  let only: readonly string[] | undefined;
  const deployed = await withProgress('Finding the clusters', () =>
    loadDeployed((known) => {
      only = call === undefined ? undefined : [callOf(known, call).id];
    }),
  );
  const look = async () => examine(deployed, only);
  const show = (report: Report) =>
    console.log(json ? JSON.stringify(report, null, 2) : reportText(report));
  let report = await withProgress('Looking at the clusters', look);
  show(report);
  if (watch !== undefined) {
    for (;;) {
      await sleep((watch === true ? WATCH_SECONDS : watch) * 1000);
      Object.values(deployed.clusters).forEach((cluster) => cluster.forget());
      const before = JSON.stringify(report);
      report = await look();
      if (JSON.stringify(report) === before) continue;
      if (!json) console.log(`\n${new Date().toISOString()}`);
      show(report);
    }
  }
  return exitCodeOf(report);
}

/** @throws UserError when no rule has it. */
function callOf({ plan }: Pick<Deployed, 'plan'>, words: readonly string[]): CrossCall {
  const known = crossCalls(plan);
  const found = known.find(
    ({ caller, callee }) =>
      words.length === 2 && caller.ref === words[0] && callee.ref === words[1],
  );
  if (found === undefined) {
    throw new UserError(
      `--call: ${words.length === 0 ? 'which one?' : `no rule lets ${words.join(' call ')}.`} Between the meshes there are:\n` +
        known.map(({ caller, callee }) => `  --call ${caller.ref} ${callee.ref}`).join('\n'),
    );
  }
  return found;
}

/** Follows one request. */
async function probeMain(options: Options): Promise<number> {
  const { call: words, json, since = SINCE_SECONDS } = options;
  const { probeId } = options;
  const { probe, REQUEST_ID } = await import('../support/doctor/probe.ts');
  refuseAll([
    ...(options.watch !== undefined ? ['--watch: leave it out with --probe'] : []),
    ...(options.probe && probeId !== undefined
      ? ['--probe makes an id of its own: leave it out, or --probe-id']
      : []),
    ...(probeId !== undefined && !REQUEST_ID.test(probeId)
      ? [
          '--probe-id must be 8 to 128 letters, digits and . _ : -, to be told from all else in a log',
        ]
      : []),
    ...(probeId === undefined && (json || !process.stdin.isTTY)
      ? [
          '--probe asks on a terminal; send a request with a header x-request-id yourself, and name that id in --probe-id',
        ]
      : []),
  ]);
  const { loadDeployed } = await import('../support/doctor/load.ts');
  const chosen: CrossCall[] = [];
  const deployed = await loadDeployed((known) => {
    const calls = crossCalls(known.plan);
    chosen.push(
      words === undefined && calls[0] && calls.length === 1 ? calls[0] : callOf(known, words ?? []),
    );
  });
  const [call] = chosen;
  if (call === undefined) throw new Error('no call was chosen');
  if (call.callee.protocol === 'tcp') {
    throw new UserError(
      `--call ${call.caller.ref} ${call.callee.ref}: carries TCP, in which there are no requests with an id`,
    );
  }
  const id = probeId ?? randomUUID();
  const unread = 'Nothing was read.';
  if (probeId === undefined && !(await agreed(requestText(deployed.plan, call, id), unread))) {
    console.log(unread);
    return EXIT.couldNotRun;
  }
  const patience = probeId === undefined ? PATIENCE_SECONDS : 0;
  const found = await probe(deployed, call, { id, seconds: since, patience });
  console.log(json ? JSON.stringify(found, null, 2) : probeText(found));
  return { arrived: EXIT.right, ended: EXIT.wrong, unknown: EXIT.couldNotRun }[found.end];
}

/** How a user sends the request: this program starts nothing in a cluster. */
function requestText({ borders }: AccessPlan, call: CrossCall, id: string): string {
  const { caller, callee } = call;
  const [{ method, path } = { method: 'GET', path: '/' }] = tried(call);
  const out = borders.find(
    ({ direction, calls }) => direction === 'out' && calls.some((one) => one.id === call.id),
  );
  const url = `http://${callee.standIn}:${out?.port ?? callee.port}${path}`;
  return (
    `In a pod of ${caller.namespace}/${caller.name}, from a container of the application, send one request:\n\n` +
    `  curl --request ${method} --header 'x-request-id: ${id}' ${url}\n\n` +
    "Then the logs of that service's pods, of the borders, and of the called pods are read for this id, in the clusters that are yours, and nothing else is done.\n" +
    'Type yes when it was sent: '
  );
}
