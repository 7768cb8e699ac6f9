/**
 * `npm run bench` measures what people wait for in this build and in an earlier one, which it checks out
 * beside it, in turns: on a busy machine both are slow. `-- --peers` measures it beside what a user would take
 * in its place: the synthesis beside plain cdktf, and the deploy of the clusters to the emulated AWS beside one
 * by terraform-aws-modules. It ends with 0 when no target is missed. `-- --record` keeps the ratios in
 * bench/history.json, and draws bench/history.svg of them.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { historyPicture, keep } from '../support/bench/history';
import { figureTable, missed, type Figure } from '../support/bench/figures';
import { measured, type Usage } from '../support/bench/measure';
import { MODULES_VARIABLE, NoModules } from '../support/bench/modules-peer';
import { besideModules } from '../support/bench/pair';
import { demoPrerequisites } from '../support/demo/prerequisites';
import { ROOT } from '../support/paths';
import { EXIT, runProgram, UserError } from '../support/terminal/user-error';

const BENCH = path.join(ROOT, 'bench');

/** Less than a tenth is noise. */
const NOT_SLOWER = 1.1;

/** Of CPU and memory of a synthesis of the same resources by plain cdktf. */
const OF_PLAIN = 0.25;

/** What is synthesised. */
const SETTINGS = {
  FEDERATION_CONFIG: path.join(BENCH, 'federation.yaml'),
  FEDERATION_PROFILE: 'default',
};

/** In place of the commit of an earlier build. */
const PLAIN = 'plain cdktf';

const options = z
  .object({
    against: z.string(),
    runs: z.coerce.number().int().min(1),
    tests: z.boolean(),
    peers: z.boolean(),
    record: z.boolean(),
  })
  .refine(({ peers, record }) => peers || !record, {
    path: ['record'],
    message: 'only with --peers: an earlier build is another one each time',
  });

const program = new Command('npm run bench --')
  .description('Measures synthesis, a command that reads the settings, and the unit tests.')
  .option('--against <ref>', 'the build to compare with', 'HEAD^')
  .option('--runs <number>', 'how often each is run', '5')
  .option('--tests', 'the unit tests too, once in each', false)
  .option('--peers', 'beside plain cdktf and terraform-aws-modules, which make the same', false)
  .option('--record', 'with --peers: keep the ratios, and draw them', false)
  .parse();

/** A build of the project, in a folder of its own. */
interface Build {
  readonly root: string;
  readonly commit: string;
}

function git(...words: readonly string[]): string {
  return execFileSync('git', words, { cwd: ROOT, encoding: 'utf8' }).trim();
}

/** An earlier build beside this one, with the packages that it asks for. */
function checkOut(ref: string, folder: string): Build {
  const root = path.join(folder, 'before');
  git('worktree', 'add', '--detach', root, ref);
  const lock = (at: string) => readFileSync(path.join(at, 'package-lock.json'), 'utf8');
  if (lock(root) === lock(ROOT)) {
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'));
  } else {
    console.error('Its packages are other ones: installing them ...');
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: root });
  }
  return { root, commit: git('rev-parse', '--short', ref) };
}

/** Something to measure, in either build. */
interface Task {
  readonly name: string;
  readonly words: (build: Build) => readonly string[];
  readonly runs: number;
  /**
   * How many times of before CPU and memory may be at most.
   * @default NOT_SLOWER
   */
  readonly target?: number;
  /** Besides what all runs get. */
  readonly env?: NodeJS.ProcessEnv;
}

const cdktfJson = z.object({ app: z.string() });
const packageJson = z.object({ scripts: z.record(z.string(), z.string()) });

/** Commands of which the start alone is measured, since what they do is up to AWS and the clusters. */
const STARTED = ['check', 'doctor'];

function read(root: string, file: string): unknown {
  return JSON.parse(readFileSync(path.join(root, file), 'utf8'));
}

/** A script without npm, which takes as long again. */
function script(root: string, name: string): readonly string[] {
  const { scripts } = packageJson.parse(read(root, 'package.json'));
  const words = scripts[name];
  if (words === undefined)
    throw new UserError(`There is no script ${name} in ${root}: choose a later build`);
  return words.split(' ');
}

/** How cdktf starts the synthesis. */
function synthesis(root: string): readonly string[] {
  return cdktfJson.parse(read(root, 'cdktf.json')).app.split(' ');
}

/**
 * The synthesis beside what one writes by the documentation of cdktf: providers imported by their index, and
 * ts-node. The types of the providers are not checked, which takes it minutes and gigabytes.
 */
function besidePlainCdktf(runs: number, folder: string): Task {
  const stacks = path.join(folder, 'stacks-of-this-build');
  const [node = '', ...words] = synthesis(ROOT);
  execFileSync(node, words, {
    cwd: ROOT,
    env: { ...process.env, ...SETTINGS, CDKTF_OUTDIR: stacks },
  });
  const compilerOptions = { module: 'commonjs', target: 'es2022', esModuleInterop: true };
  return {
    name: 'synthesis of all stacks, beside plain cdktf',
    words: ({ commit }) =>
      commit === PLAIN
        ? [
            node,
            path.join(ROOT, 'node_modules', 'ts-node', 'dist', 'bin.js'),
            '--transpile-only',
            '--skip-project',
            '--compiler-options',
            JSON.stringify(compilerOptions),
            path.join(BENCH, 'peers', 'plain.ts'),
          ]
        : [node, ...words],
    runs,
    target: OF_PLAIN,
    env: { PLAIN_STACKS: path.join(stacks, 'stacks') },
  };
}

function tasks({ runs, tests }: z.infer<typeof options>): Task[] {
  return [
    {
      name: 'synthesis of all stacks',
      // As cdktf starts it.
      words: ({ root }) => synthesis(root),
      runs,
    },
    { name: 'npm run policy', words: ({ root }) => script(root, 'policy'), runs },
    ...STARTED.map((command) => ({
      name: `start of npm run ${command}`,
      words: ({ root }: Build) => [...script(root, command), '--help'],
      runs,
    })),
    ...(tests
      ? [{ name: 'unit tests', words: () => ['npm', 'run', '--silent', 'test:unit'], runs: 1 }]
      : []),
  ];
}

function compare(
  task: Task,
  builds: readonly [now: Build, before: Build],
  folder: string,
): Figure[] {
  const usages = builds.map((): Usage[] => []);
  // The first run of each fills its caches.
  for (let run = task.runs > 1 ? -1 : 0; run < task.runs; run++) {
    for (const [i, build] of builds.entries()) {
      const usage = measured({
        words: task.words(build),
        cwd: build.root,
        folder,
        env: { ...SETTINGS, ...task.env, CDKTF_OUTDIR: path.join(folder, 'cdktf.out') },
      });
      if (run >= 0) usages[i]?.push(usage);
    }
  }
  const figure = (name: string, unit: Figure['unit'], of: keyof Usage) => {
    const [now = [], before = []] = usages.map((all) => all.map((usage) => usage[of]));
    return { name: `${task.name}: ${name}`, unit, now, before };
  };
  return [
    { ...figure('CPU', 's', 'cpuSeconds'), target: task.target ?? NOT_SLOWER },
    figure('wall time', 's', 'wallSeconds'),
    { ...figure('memory', 'MB', 'megabytes'), target: task.target ?? NOT_SLOWER },
  ];
}

/** Figures beside one other build or peer. */
interface Comparison {
  readonly before: string;
  readonly figures: readonly Figure[];
}

/** The deploys take minutes, and their CPU time varies little. */
async function besideTerraformAwsModules(folder: string): Promise<Comparison | undefined> {
  const { terraform } = demoPrerequisites();
  console.error('deploy and destroy on the emulated AWS, beside terraform-aws-modules ...');
  try {
    const figures = await besideModules({
      runs: 1,
      folder,
      terraform: terraform.program,
    });
    return { before: 'terraform-aws-modules', figures };
  } catch (error) {
    if (!(error instanceof NoModules)) throw error;
    console.error(
      `Left out, since terraform-aws-modules cannot be had here: ${error.message}\n` +
        `${MODULES_VARIABLE} may name a folder with copies.`,
    );
    return undefined;
  }
}

async function comparisons(
  chosen: z.infer<typeof options>,
  now: Build,
  folder: string,
): Promise<Comparison[]> {
  const beside = (before: Build, all: readonly Task[]): Comparison => ({
    before: before.commit,
    figures: all.flatMap((task) => {
      console.error(`${task.name} ...`);
      return compare(task, [now, before], folder);
    }),
  });
  if (!chosen.peers) return [beside(checkOut(chosen.against, folder), tasks(chosen))];
  const plain = beside({ root: ROOT, commit: PLAIN }, [besidePlainCdktf(chosen.runs, folder)]);
  const modules = await besideTerraformAwsModules(folder);
  return modules === undefined ? [plain] : [plain, modules];
}

async function main(): Promise<number> {
  const chosen = options.safeParse(program.opts());
  if (!chosen.success) throw new UserError(z.prettifyError(chosen.error));
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-'));
  try {
    const now = { root: ROOT, commit: git('rev-parse', '--short', 'HEAD') };
    const all = await comparisons(chosen.data, now, folder);
    for (const { before, figures } of all) console.log(figureTable(figures, before));
    if (chosen.data.record) {
      const run = { date: new Date().toISOString().slice(0, 10), commit: now.commit };
      const figures = all.flatMap((one) => one.figures);
      const kept = keep(path.join(BENCH, 'history.json'), figures, run);
      writeFileSync(path.join(BENCH, 'history.svg'), historyPicture(kept));
    }
    return all.every(({ figures }) => missed(figures).length === 0) ? EXIT.right : EXIT.wrong;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    git('worktree', 'prune');
  }
}

void runProgram(main);
