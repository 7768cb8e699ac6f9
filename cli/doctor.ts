/** `npm run doctor` walks each call between the meshes, hop by hop in both of its clusters, and names what is broken. */
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgumentError } from 'commander';
import { crossCalls } from '../constructs/federation/plan';
import type { Deployed } from '../support/doctor/deployed';
import { examine } from '../support/doctor/examine';
import { exitCodeOf, type Report } from '../support/doctor/finding';
import { loadDeployed } from '../support/doctor/load';
import { reportText } from '../support/doctor/text';
import { runProgram, UserError } from '../support/terminal/user-error';
import { newCommand } from './command';

interface Options {
  readonly call?: readonly string[];
  readonly json?: true;
  readonly watch?: number | true;
}

/** Seconds between two looks. */
const WATCH_SECONDS = 10;

export const command = newCommand('doctor', [
  ['', 'every call between the meshes'],
  ['--call istio/backend consul/info', 'one of them'],
  ['--watch', 'again and again, until Ctrl-C'],
  ['--json', 'for a program'],
])
  .description(
    'Walks each call between the meshes, hop by hop in both of its clusters, and names the first that is ' +
      'broken, why, and what mends it. Reads only: objects by the kubeconfigs, certificates by ' +
      'port-forward, and a TLS handshake with each gateway.',
  )
  .option('--call <caller callee...>', 'one call: caller and callee as rules write them')
  .option(
    '--watch [seconds]',
    `look again, every ${WATCH_SECONDS} seconds unless told otherwise`,
    seconds,
  )
  .option('--json', 'print it as JSON')
  .action((options: Options) => runProgram(() => main(options)));

function seconds(text: string): number {
  const value = Number(text);
  if (!(value >= 1)) throw new InvalidArgumentError('must be seconds, 1 or more');
  return value;
}

async function main({ call, json, watch }: Options): Promise<number> {
  let only: readonly string[] | undefined;
  const deployed = await loadDeployed((known) => {
    only = call === undefined ? undefined : [callId(known, call)];
  });
  const look = async () => examine(deployed, only);
  const show = (report: Report) =>
    console.log(json ? JSON.stringify(report, null, 2) : reportText(report));
  let report = await look();
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
function callId({ plan }: Pick<Deployed, 'plan'>, words: readonly string[]): string {
  const known = crossCalls(plan);
  const found = known.find(
    ({ caller, callee }) =>
      words.length === 2 && caller.ref === words[0] && callee.ref === words[1],
  );
  if (found === undefined) {
    throw new UserError(
      `--call: no rule lets ${words.join(' call ')}. Between the meshes there are:\n` +
        known.map(({ caller, callee }) => `  --call ${caller.ref} ${callee.ref}`).join('\n'),
    );
  }
  return found.id;
}
