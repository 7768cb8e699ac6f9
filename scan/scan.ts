/**
 * `npm run scan` has checkov judge what the default profile deploys. It ends with 0 when nothing failed
 * but what is waived with a reason.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { App } from 'cdktf';
import { GUARDRAIL_RULES } from '../constructs/guardrails';
import { namesOf } from '../constructs/guardrails/rule';
import { isWaived } from '../constructs/guardrails/waiver';
import { addDefaultPair } from '../support/synth/default-pair';
import { CACHE } from '../support/paths';
import { runProgram } from '../support/terminal/user-error';
import { runCheckov, type ScanFinding } from './checkov';
import { CHECKOV_WAIVERS, WAIVERS } from './waivers';

const waivers = [...WAIVERS, ...CHECKOV_WAIVERS];

function waiverOf({ check, path: at }: ScanFinding) {
  const names = [
    check,
    ...GUARDRAIL_RULES.map(namesOf)
      .filter((known) => known.includes(check))
      .flat(),
  ];
  return waivers.find((waiver) => isWaived(waiver, names, at));
}

function scan(): number {
  const output = path.join(CACHE, 'scan', 'out');
  mkdirSync(output, { recursive: true });
  const app = new App({ outdir: output });
  addDefaultPair(app);
  app.synth();
  console.log('Running checkov on the stacks of the default profile ...');
  const { passed, findings } = runCheckov(app);

  for (const waiver of waivers) {
    const waived = findings.filter((finding) => waiverOf(finding) === waiver);
    if (waived.length === 0) continue;
    const checks = [...new Set(waived.map(({ check }) => check))].join(', ');
    console.log(`waived ${waived.length} x ${checks} at ${waiver.at}: ${waiver.reason}`);
  }
  const failed = findings.filter((finding) => waiverOf(finding) === undefined);
  for (const { check, asks, path: at } of failed) console.log(`FAILED ${check} at ${at}: ${asks}`);
  console.log(
    `checkov: ${passed} passed, ${failed.length} failed, ${findings.length - failed.length} waived`,
  );
  return passed > 0 && failed.length === 0 ? 0 : 1;
}

void runProgram(scan);
