/**
 * `npm run bench` measures what people wait for, and compares it with the last recorded figures in
 * bench/results.json. `--record` writes them there, `--quick` leaves the deploys out.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { Command } from 'commander';
import { demoPrerequisites } from './support/demo';
import { emulatedStacks } from './support/emulated-stacks';
import { EmulatedWorld } from './support/emulated-world';
import { installEmulator } from './support/emulator';
import { figureTable, lastRecording, missed, record, type Figure } from './support/figures';
import { ROOT } from './support/paths';
import { runProgram, UserError } from './support/user-error';

const RESULTS = path.join(ROOT, 'bench', 'results.json');

interface Options {
  readonly record: boolean;
  readonly quick: boolean;
}

const program = new Command('npm run bench --')
  .description('Measures synthesis, unit tests, and deploy and destroy on the emulator.')
  .option('--record', 'write the figures to bench/results.json', false)
  .option('--quick', 'without deploy and destroy', false)
  .parse();

async function main(): Promise<number> {
  const options = program.opts<Options>();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-'));
  try {
    const figures = [
      ...synthesis(folder),
      unitTests(),
      ...(options.quick ? [] : await deployAndDestroy(folder)),
    ];
    console.log(figureTable(figures, lastRecording(RESULTS)));
    if (options.record) record(RESULTS, figures);
    return missed(figures).length === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** All stacks of the default profile; the best of three, since others use the machine too. */
function synthesis(folder: string): Figure[] {
  const usageFile = path.join(folder, 'usage');
  const runs = [1, 2, 3].map(() => {
    const seconds = timed(process.execPath, ['scripts/synth.mts'], {
      ...process.env,
      // An address for documentation (RFC 5737); the default profile leaves it to its user.
      FEDERATION_CONFIG: path.join(ROOT, 'bench', 'federation.yaml'),
      FEDERATION_PROFILE: 'default',
      CDKTF_OUTDIR: path.join(folder, 'cdktf.out'),
      NODE_OPTIONS: `--max-semi-space-size=4 --require ${path.join(ROOT, 'scripts/support/report-usage.cjs')}`,
      USAGE_FILE: usageFile,
    });
    return { seconds, megabytes: Number(readFileSync(usageFile, 'utf8')) / 1024 };
  });
  return [
    {
      name: 'synthesis of all stacks',
      value: rounded(Math.min(...runs.map(({ seconds }) => seconds))),
      unit: 's',
      target: 1,
    },
    {
      name: 'memory of the synthesis',
      value: Math.round(Math.min(...runs.map(({ megabytes }) => megabytes))),
      unit: 'MB',
      target: 150,
    },
  ];
}

function unitTests(): Figure {
  const seconds = timed('npm', ['run', '--silent', 'test:unit', '--', '--silent']);
  return { name: 'unit tests', value: rounded(seconds), unit: 's', target: 10 };
}

async function deployAndDestroy(folder: string): Promise<Figure[]> {
  const { python } = demoPrerequisites();
  const world = await EmulatedWorld.start(installEmulator(python.program), { folder, port: 0 });
  try {
    const figures: Figure[] = [];
    for (const command of ['deploy', 'destroy'] as const) {
      const began = performance.now();
      const { complete, progress } = await world.run(command, emulatedStacks().deployed);
      if (!complete) throw new UserError(`${command} did not finish: ${progress.errors}`);
      const value = rounded((performance.now() - began) / 1000);
      figures.push({ name: `${command} on the emulator`, value, unit: 's' });
    }
    return figures;
  } finally {
    await EmulatedWorld.end(folder);
  }
}

/** Seconds that a program takes. @throws UserError when it fails */
function timed(command: string, args: readonly string[], env = process.env): number {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    env,
  });
  if (status !== 0) throw new UserError(`${args.join(' ')} failed:\n${stdout}${stderr}`);
  return (performance.now() - began) / 1000;
}

function rounded(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}

void runProgram(main);
