import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { jsonIn } from '../files/json';
import type { Interruption } from '../processes/interrupt';

/** What Terraform would do to one resource: `delete` and `create` in the order in which they come. */
const change = z.object({
  address: z.string(),
  type: z.string(),
  mode: z.string(),
  change: z.object({
    actions: z.array(z.enum(['no-op', 'create', 'read', 'update', 'delete', 'forget'])),
    before: z.unknown(),
    after: z.unknown(),
    replace_paths: z.array(z.array(z.union([z.string(), z.number()]))).optional(),
  }),
});

/** @see https://developer.hashicorp.com/terraform/internals/json-format#plan-representation */
const planFile = z.object({
  resource_changes: z.array(change).default([]),
  configuration: z
    .object({
      root_module: z
        .object({
          resources: z
            .array(z.object({ address: z.string(), provider_config_key: z.string() }))
            .default([]),
        })
        .default({ resources: [] }),
    })
    .default({ root_module: { resources: [] } }),
});

/** What is taken away is in no configuration any more: only the state knows by which provider it was made. */
const stateFile = z.object({
  resources: z
    .array(z.object({ type: z.string(), name: z.string(), provider: z.string() }))
    .default([]),
});

/** @see https://developer.hashicorp.com/terraform/internals/machine-readable-ui#diagnostic */
const diagnostic = z.object({
  type: z.literal('diagnostic'),
  diagnostic: z.object({ severity: z.string(), summary: z.string(), detail: z.string() }),
});

/** What Terraform would do to one resource. */
export interface ResourceChange {
  readonly address: string;
  readonly type: string;
  readonly actions: readonly string[];
  readonly before: unknown;
  readonly after: unknown;
  /** Arguments that cannot be changed, for which it is recreated. */
  readonly because: readonly string[];
  /** Alias of its provider, where the stack reaches several clusters: the mesh or the cluster it belongs to. */
  readonly place?: string;
}

/** What Terraform would do to one stack. */
export interface StackPlan {
  readonly stack: string;
  /** Without what stays as it is. */
  readonly changes: readonly ResourceChange[];
  /** Why it would not: what a condition of ours says. Nothing would be changed then. */
  readonly refusals: readonly string[];
  /** Why it could not be planned. */
  readonly errors: readonly string[];
}

/** How Terraform is called. */
export interface Terraform {
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
  /**
   * How it is asked to end, once: then it unlocks the state first.
   * @default it hears of Ctrl-C as all programs on a terminal do
   */
  readonly interruption?: Interruption;
}

/** @see https://developer.hashicorp.com/terraform/cli/commands/plan#detailed-exitcode */
const UNCHANGED = 0;
const CHANGED = 2;

/** Gets the providers and the state of a synthesised stack ready. */
export async function initStack(folder: string, terraform: Terraform): Promise<string | undefined> {
  const { code, stderr } = await run(folder, terraform, ['init', '-input=false', '-no-color']);
  return code === 0 ? undefined : stderr.trim();
}

/**
 * Plans one stack. Nothing is changed. The plan itself, which may hold secrets, is read and deleted.
 *
 * @param folder its folder below the output folder of cdktf
 * @param options further ones of `terraform plan`
 */
export async function planStack(
  folder: string,
  terraform: Terraform,
  options: readonly string[] = [],
): Promise<StackPlan> {
  const stack = path.basename(folder);
  const kept = mkdtempSync(path.join(tmpdir(), 'plan-'));
  try {
    const file = path.join(kept, 'plan');
    const plan = await run(folder, terraform, [
      ...['plan', '-json', '-input=false', '-detailed-exitcode', `-out=${file}`],
      ...options,
    ]);
    if (plan.code === UNCHANGED) return { stack, changes: [], refusals: [], errors: [] };
    if (plan.code !== CHANGED) return { stack, changes: [], ...problems(plan.stdout, plan.stderr) };
    const shown = await run(folder, terraform, ['show', '-json', file]);
    if (shown.code !== 0) return { stack, changes: [], ...problems(shown.stdout, shown.stderr) };
    const { resource_changes: all, configuration } = planFile.parse(JSON.parse(shown.stdout));
    const aliases = aliasesOf(configuration.root_module.resources);
    const isGone = all.some(
      ({ address, change: { actions } }) => actions.includes('delete') && !aliases.has(address),
    );
    const former = isGone ? await formerAliases(folder, terraform) : undefined;
    const changes = all
      .filter(({ mode, change: { actions } }) => mode === 'managed' && !actions.includes('no-op'))
      .map(({ address, type, change: { actions, before, after, replace_paths: paths = [] } }) => ({
        address,
        type,
        actions,
        before,
        after,
        because: paths.map((steps) => steps.join('.')),
        place: aliases.get(address) ?? former?.get(address),
      }));
    return { stack, changes, refusals: [], errors: [] };
  } finally {
    rmSync(kept, { recursive: true });
  }
}

/**
 * Plans one stack, and gets it ready first only where Terraform asks for that: it would read all of each
 * provider again, which are hundreds of megabytes.
 *
 * @param folder its folder below the output folder of cdktf
 */
export async function planReadyStack(folder: string, terraform: Terraform): Promise<StackPlan> {
  if (existsSync(path.join(folder, '.terraform'))) {
    const plan = await planStack(folder, terraform);
    if (!plan.errors.some((text) => ASKS_FOR_INIT.test(text))) return plan;
    if (terraform.interruption?.stop.aborted) return plan;
  }
  const problem = await initStack(folder, terraform);
  return problem === undefined
    ? planStack(folder, terraform)
    : { stack: path.basename(folder), changes: [], refusals: [], errors: [problem] };
}

/** Of the backend, of providers and of their lock file. */
const ASKS_FOR_INIT = /\b(terraform|tofu) init\b/;

/** `kubernetes.istio` is the provider `kubernetes` with the alias `istio`. */
function aliasesOf(
  resources: readonly { readonly address: string; readonly provider_config_key: string }[],
): Map<string, string | undefined> {
  return new Map(
    resources.map(({ address, provider_config_key: key }) => [address, key.split('.')[1]]),
  );
}

/** The state, which may hold secrets, is read and not kept. */
async function formerAliases(
  folder: string,
  terraform: Terraform,
): Promise<Map<string, string | undefined>> {
  const { code, stdout } = await run(folder, terraform, ['state', 'pull']);
  if (code !== 0 || stdout.trim() === '') return new Map();
  const { resources } = stateFile.parse(JSON.parse(stdout));
  return new Map(
    resources.map(({ type, name, provider }) => [
      `${type}.${name}`,
      /^provider\["[^"]+"\]\.(.+)$/.exec(provider)?.[1],
    ]),
  );
}

/** Conditions of ours speak for themselves. */
function problems(stdout: string, stderr: string): Pick<StackPlan, 'refusals' | 'errors'> {
  const found = stdout.split('\n').flatMap((line) => {
    // Of a Terraform that was killed the last line may be cut off.
    const seen = diagnostic.safeParse(jsonIn(line));
    return seen.success && seen.data.diagnostic.severity === 'error' ? [seen.data.diagnostic] : [];
  });
  const isOurs = ({ summary }: { readonly summary: string }) =>
    /^Resource (pre|post)condition failed$/.test(summary);
  return {
    refusals: unique(found.filter(isOurs).map(({ detail }) => detail)),
    errors:
      found.length === 0
        ? [stderr.trim()]
        : unique(
            found
              .filter((one) => !isOurs(one))
              .map(({ summary, detail }) => (detail === '' ? summary : `${summary}: ${detail}`)),
          ),
  };
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

async function run(
  folder: string,
  { program, env, interruption }: Terraform,
  args: readonly string[],
) {
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...env, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A second Ctrl-C ends Terraform at once, and one in a terminal reaches the whole group.
    detached: interruption !== undefined,
  });
  const stop = () => child.kill('SIGINT');
  const kill = () => {
    // With the providers that it has started.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  interruption?.stop.addEventListener('abort', stop);
  interruption?.kill.addEventListener('abort', kill);
  if (interruption?.stop.aborted) stop();
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (data: Buffer) => out.push(data));
  child.stderr.on('data', (data: Buffer) => err.push(data));
  const [code] = (await once(child, 'close')) as [number | null];
  interruption?.stop.removeEventListener('abort', stop);
  interruption?.kill.removeEventListener('abort', kill);
  return { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
}
