import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { defineConfig } from '../../config';
import type { Inventory } from '../aws/inventory';
import { costly } from '../aws/left-behind';
import { emulatedStacks } from '../demo/emulated-stacks';
import { EmulatedWorld } from '../demo/emulated-world';
import { emulatorEnvironment } from '../demo/emulator';
import { planReadyStack } from '../terraform/plan';
import { terraformEnvironment } from '../terraform/cli-config';
import { UserError } from '../terminal/user-error';
import { CountedTerraform, type TerraformUsage } from './counted-terraform';
import type { Figure } from './figures';
import { type ModulesForm, modulesFolder, writeModulesPeer } from './modules-peer';

/** What a user does with the clusters of the pair, in this order. */
const STEPS = ['deploy', 'plan without a change', 'deploy without a change', 'destroy'] as const;

type Step = (typeof STEPS)[number];

/** Of CPU of the same by terraform-aws-modules. */
const OF_MODULES = 0.85;

type Usages = Readonly<Record<Step, TerraformUsage>>;

/** One way to have the clusters of the pair on the emulated AWS. */
type Way = Readonly<Record<Step, () => Promise<void>>>;

/** The clusters of the default pair, as the peers are told. */
const CLUSTERS = {
  istio: { name: 'mesh-istio', cidr: '10.10.0.0/16', webhook_port: 15017 },
  consul: { name: 'mesh-consul', cidr: '10.20.0.0/16', webhook_port: 8080 },
};

/** The emulator's. Users name theirs: without it each stack asks for it, by a provider of its own. */
const EMULATED_ACCOUNT = '123456789012';

/** What only ours has, which its peer does not need. */
const OWN_STACK = 'nat-addresses';

/** What a synthesised stack says of the AWS provider. */
const synthesised = z.object({
  provider: z.object({ aws: z.tuple([z.record(z.string(), z.unknown())]) }),
  terraform: z.object({ required_providers: z.record(z.string(), z.unknown()) }),
});

export interface PairOptions {
  /** How often each is deployed and destroyed. */
  readonly runs: number;
  /** For the state, the configuration and the logs. */
  readonly folder: string;
  /** Terraform. */
  readonly terraform: string;
}

/**
 * Deploys the clusters of the default pair and the same by terraform-aws-modules, in one root module and in one
 * for each cluster, to one emulated AWS, in turns, and compares what Terraform and its providers take.
 *
 * @throws NoModules
 */
export async function besideModules({ runs, folder, terraform }: PairOptions): Promise<Figure[]> {
  const modules = modulesFolder();
  const counted = new CountedTerraform(terraform, folder);
  const world = await EmulatedWorld.start({ folder: path.join(folder, 'world'), port: 0 });
  try {
    const all: Record<'ours' | ModulesForm, Usages[]> = { ours: [], together: [], apart: [] };
    for (let run = 0; run < runs; run++) {
      const ours = await through(ourWay(world, counted), world, counted);
      all.ours.push(ours.usages);
      const peers = path.join(folder, `peers-${run}`);
      const ways = {
        together: inOneModule(world, counted, modules, path.join(peers, 'together')),
        apart: inOneModuleEach(world, counted, modules, path.join(peers, 'apart')),
      };
      for (const form of ['together', 'apart'] as const) {
        const theirs = await through(ways[form], world, counted);
        requireSame(ours.made, theirs.made);
        all[form].push(theirs.usages);
      }
    }
    return STEPS.flatMap((step) => figuresOf(step, all));
  } finally {
    await EmulatedWorld.end(world.folder);
  }
}

function figuresOf(
  step: Step,
  { ours, together, apart }: Readonly<Record<'ours' | ModulesForm, readonly Usages[]>>,
): Figure[] {
  const one = `beside terraform-aws-modules: ${step}`;
  const each = `beside a root module for each cluster: ${step}`;
  const values = (all: readonly Usages[], of: (usage: TerraformUsage) => number) =>
    all.map((usages) => of(usages[step]));
  const cpu = ({ cpuSeconds }: TerraformUsage) => cpuSeconds;
  const runsOf = ({ runs }: TerraformUsage) =>
    Object.values(runs).reduce((sum, count) => sum + count, 0);
  const cpuOfClusters = ({ cpuSeconds, cpuSecondsOf }: TerraformUsage) =>
    cpuSeconds - (cpuSecondsOf[OWN_STACK] ?? 0);
  const figure = (
    name: string,
    theirs: readonly Usages[],
    unit: Figure['unit'],
    of: typeof cpu,
  ) => ({
    name,
    unit,
    now: values(ours, of),
    before: values(theirs, unit === 's' ? cpu : of),
  });
  return [
    { ...figure(`${one}: CPU`, together, 's', cpu), target: OF_MODULES },
    { ...figure(`${each}: CPU`, apart, 's', cpu), target: OF_MODULES },
    figure(`${each}: CPU without ${OWN_STACK}`, apart, 's', cpuOfClusters),
    figure(`${one}: runs of Terraform`, together, 'runs', runsOf),
    figure(`${each}: runs of Terraform`, apart, 'runs', runsOf),
  ];
}

/** Takes one way through all steps. @returns what each took, and what AWS had in the middle */
async function through(way: Way, world: EmulatedWorld, counted: CountedTerraform) {
  counted.take();
  const take = async (step: Step) => {
    await way[step]();
    return counted.take();
  };
  const deployed = {
    deploy: await take('deploy'),
    'plan without a change': await take('plan without a change'),
    'deploy without a change': await take('deploy without a change'),
  };
  const made = await world.inventory();
  const usages: Usages = { ...deployed, destroy: await take('destroy') };
  const left = costly(await world.inventory()).map(({ kind, name }) => `${kind} ${name}`);
  if (left.length > 0) throw new UserError(`The destroy has left ${left.join(', ')}`);
  return { usages, made };
}

/** Neither may get away with less. */
function requireSame(ours: Inventory, theirs: Inventory): void {
  const [own, peer] = [ours, theirs].map((inventory) => JSON.stringify(billed(inventory)));
  if (own !== peer) throw new UserError(`AWS bills ${own} of ours, and ${peer} of the peer`);
}

function billed(inventory: Inventory): Record<string, number> {
  const found = costly(inventory).map(({ kind }) => kind);
  const kinds = [...new Set(found)].sort();
  return Object.fromEntries(
    kinds.map((kind) => [kind, found.filter((other) => other === kind).length]),
  );
}

function environment(world: EmulatedWorld): NodeJS.ProcessEnv {
  return { ...emulatorEnvironment(world.emulator), ...terraformEnvironment() };
}

function failed(what: string, said: string): UserError {
  return new UserError(`${what} failed:\n${said.slice(-4000)}`);
}

/** As a user of this project has them. */
function ourWay(world: EmulatedWorld, { program }: CountedTerraform): Way {
  const { deployed } = emulatedStacks();
  const run = async (command: 'deploy' | 'destroy') => {
    const { complete, logFile } = await world.run(command, deployed, {
      terraform: program,
      settings: { aws: { accountId: EMULATED_ACCOUNT } },
    });
    if (!complete) throw failed(`cdktf ${command}`, readFileSync(logFile, 'utf8'));
  };
  return {
    deploy: () => run('deploy'),
    'plan without a change': async () => {
      const env = environment(world);
      for (const stack of deployed) {
        const folder = path.join(world.output, 'stacks', stack);
        const plan = await planReadyStack(folder, { program, env });
        const problems = [...plan.refusals, ...plan.errors, ...plan.changes];
        if (problems.length > 0) throw failed(`the plan of ${stack}`, JSON.stringify(problems));
      }
    },
    'deploy without a change': () => run('deploy'),
    destroy: () => run('destroy'),
  };
}

/** As one has them who writes them with terraform-aws-modules, in one root module. */
function inOneModule(
  world: EmulatedWorld,
  counted: CountedTerraform,
  modules: string,
  folder: string,
): Way {
  writePeer(world, modules, folder, 'together', { clusters: CLUSTERS });
  const { run, unchanged } = terraformIn(folder, world, counted);
  return {
    deploy: async () => {
      await run('init');
      await run('apply', '-auto-approve');
    },
    'plan without a change': () => unchanged('plan'),
    'deploy without a change': () => unchanged('apply', '-auto-approve'),
    destroy: async () => {
      await run('destroy', '-auto-approve');
    },
  };
}

/**
 * In a root module for each cluster, with a state of its own, as two teams have them: with the commands that
 * cdktf runs for each of our stacks. Each is told an address of the other team's cluster: the second deploy that
 * it would take to learn the real one is not counted.
 */
function inOneModuleEach(
  world: EmulatedWorld,
  counted: CountedTerraform,
  modules: string,
  folder: string,
): Way {
  const roots = Object.entries(CLUSTERS).map(([name, cluster]) => {
    const root = path.join(folder, name);
    writePeer(world, modules, root, 'apart', { ...cluster, other_address: '192.0.2.7/32' });
    return terraformIn(root, world, counted);
  });
  const each = async (act: (root: (typeof roots)[number]) => Promise<unknown>) => {
    for (const root of roots) await act(root);
  };
  return {
    deploy: () =>
      each(async ({ run }) => {
        await run('init');
        await run('apply', '-auto-approve');
        await run('output', '-json');
      }),
    'plan without a change': () => each(({ unchanged }) => unchanged('plan')),
    'deploy without a change': () =>
      each(async ({ run, unchanged }) => {
        await run('init');
        await unchanged('apply', '-auto-approve');
        await run('output', '-json');
      }),
    destroy: () =>
      each(async ({ run }) => {
        await run('init');
        await run('destroy', '-auto-approve');
      }),
  };
}

/** Writes a root module of theirs, for the same AWS. */
function writePeer(
  world: EmulatedWorld,
  modules: string,
  folder: string,
  form: ModulesForm,
  variables: object,
): void {
  const stack = path.join(world.output, 'stacks', OWN_STACK, 'cdk.tf.json');
  const { provider, terraform } = synthesised.parse(JSON.parse(readFileSync(stack, 'utf8')));
  const { config } = defineConfig({ profile: 'emulated' });
  // The account and the region are resources of ours there.
  const aws = Object.fromEntries(
    Object.entries(provider.aws[0]).filter(([name]) => name !== 'allowed_account_ids'),
  );
  writeModulesPeer(folder, modules, form, {
    provider: { ...aws, region: config.aws.region },
    required: terraform.required_providers,
    variables: {
      admitted_cidrs: config.eks.endpoint.publicCidrs,
      kubernetes_version: config.eks.version,
      ...variables,
    },
  });
}

/** Runs Terraform in a root module of theirs. */
function terraformIn(folder: string, world: EmulatedWorld, { program }: CountedTerraform) {
  const run = (...words: readonly string[]) => {
    const options = words[0] === 'output' ? [] : ['-input=false'];
    const { status, stdout, stderr } = spawnSync(program, [...words, ...options, '-no-color'], {
      cwd: folder,
      env: environment(world),
      encoding: 'utf8',
      maxBuffer: Infinity,
    });
    if (status !== 0) throw failed(`terraform ${words.join(' ')}`, `${stdout}${stderr}`);
    return Promise.resolve(stdout);
  };
  const unchanged = async (...words: readonly string[]) => {
    const said = await run(...words);
    if (!said.includes('No changes.')) throw failed(`the peer has changes: ${words[0]}`, said);
  };
  return { run, unchanged };
}
