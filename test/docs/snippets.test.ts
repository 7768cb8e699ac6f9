import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import type { Command } from 'commander';
import ts from 'typescript';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { devDependencies, name as packageName, scripts, version } from '../../package.json';
import { COMMANDS } from '../../cli/mesh-federation';
import { CONFIG_FILE, loadConfig } from '../../config';
import { ROOT } from '../../support/paths';
import * as consul from '../../constructs/consul';
import * as eks from '../../constructs/eks';
import * as federation from '../../constructs/federation';
import * as istio from '../../constructs/istio';
import * as kubernetes from '../../constructs/kubernetes';
import * as linkerd from '../../constructs/linkerd';
import * as network from '../../constructs/network';
import { yamlMap } from '../../constructs/kubernetes/yaml-file';
import * as weather from '../../constructs/weather';
import { emulatedStacks } from '../../support/demo/emulated-stacks';
import { SAMPLE } from '../../support/settings/page';
import { customResourceErrors } from '../../support/upstream/custom-resources';
import { undeployed } from '../../support/settings/undeployed';
import { addStacks } from '../../stacks';
import { temporaryFolder, writeFile } from '../helpers/files';
import { JUDGED, OUTSIDE, pageCommands } from '../helpers/page-commands';
import { PAGES_BY_HAND, type Snippet, snippetsOf } from '../helpers/pages';
import { record } from '../helpers/shell';
import { describeWithSchemas } from '../helpers/suites';
import { type Block, synthesise } from '../helpers/synth';
import { typeErrors } from '../helpers/typecheck';

/*
 * What the pages show in blocks of code, as it stands: settings are loaded, programs are type-checked
 * and run where they are whole, commands are run where that is quick and needs nothing but this machine,
 * and else held to what the programs take.
 */

const SNIPPETS = PAGES_BY_HAND.flatMap(snippetsOf);

const inLanguage = (language: string) => SNIPPETS.filter((one) => one.language === language);

const { DEFAULT_CONSUL_CHART_VERSION } = consul;
const { DEFAULT_ISTIO_VERSION } = istio;

const folder = temporaryFolder();

interface Tree {
  readonly [key: string]: unknown;
}

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One file of two, the second over the first. */
function mergeWith(under: Tree, over: Tree): Tree {
  const merged = Object.entries(over).map(([key, value]): [string, unknown] => {
    const below = under[key];
    return [key, isTree(below) && isTree(value) ? mergeWith(below, value) : value];
  });
  return { ...under, ...Object.fromEntries(merged) };
}

it('Each block says what language it is in, and these are all that there are', () => {
  const languages = SNIPPETS.map(({ language }) => language);
  // `text` is what a program prints, `mermaid` a drawing, `hcl` a file of Terraform's own.
  expect([...new Set(languages)].sort()).toEqual(['hcl', 'mermaid', 'sh', 'text', 'ts', 'yaml']);
  expect(SNIPPETS.length).toBeGreaterThan(40);
});

/** Whether it is an object of Kubernetes, not settings. */
function isObject({ text }: Snippet): boolean {
  return text.startsWith('apiVersion:');
}

describeWithSchemas('Objects, by the CRDs of the pinned versions', () => {
  it.each(inLanguage('yaml').filter(isObject))('of $where are right', ({ text }) => {
    expect(customResourceErrors(yamlMap(parse(text)))).toEqual([]);
  });
});

describe('Settings', () => {
  // What is carried over to a machine without internet.
  for (const [name, chart] of [
    ...['base', 'istiod', 'gateway', 'cni'].map((name) => [name, DEFAULT_ISTIO_VERSION] as const),
    ['consul', DEFAULT_CONSUL_CHART_VERSION] as const,
  ]) {
    writeFile(folder, `carry/charts/${name}/Chart.yaml`, `name: ${name}\nversion: ${chart}\n`);
  }

  /** What settings stand on that are a part of others: on the file that init writes, and on the first of the page. */
  function base({ page, text }: Snippet): Tree {
    const [first] = inLanguage('yaml').filter((one) => one.page === page && !isObject(one));
    return first === undefined || first.text === text
      ? (parse(SAMPLE) as Tree)
      : mergeWith(parse(SAMPLE) as Tree, parse(first.text) as Tree);
  }

  it.each(inLanguage('yaml').filter((one) => !isObject(one)))('of $where are right', (snippet) => {
    const whole = mergeWith(base(snippet), parse(snippet.text) as Tree);
    writeFile(folder, CONFIG_FILE, stringify(whole));
    // Their clusters are not there.
    expect(() => loadConfig({ folder, env: {}, undeployed: undeployed(folder) })).not.toThrow();
  });

  it('that the README writes by a command are right', () => {
    const written = inLanguage('sh').filter(({ text }) => text.includes(`> ${CONFIG_FILE}`));
    expect(written.map(({ page }) => page)).toEqual(['README.md']);
    const [{ text } = { text: '' }] = written;
    const ran = record(text, folder, OUTSIDE);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    const { config } = loadConfig({ folder, env: {} });
    expect(config.eks.endpoint.publicCidrs).toEqual(['203.0.113.7/32']);
    expect(config.aws.accountId).toBe('111122223333');
  });
});

describe('Programs', () => {
  const shown = inLanguage('ts');

  it('are what the compiler takes', () => {
    const programs = shown.map(({ where, text }): [string, string] => [where, completed(text)]);
    expect(typeErrors(new Map(programs))).toEqual([]);
  });

  const whole = shown.filter(({ text }) => text.includes('app.synth()'));

  it('that are whole are there', () => {
    expect(whole).not.toEqual([]);
  });

  /** Runs one in the project's root, with its output elsewhere. */
  function synthesised(text: string) {
    const outdir = path.join(folder, 'cdktf.out');
    const program = text.replace('new App()', `new App({ outdir: ${JSON.stringify(outdir)} })`);
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', program],
      { cwd: ROOT, encoding: 'utf8' },
    );
    return {
      status,
      stderr,
      stacks: existsSync(outdir) ? readdirSync(path.join(outdir, 'stacks')) : [],
    };
  }

  it.each(whole)('$where synthesises', ({ text }) => {
    expect(synthesised(text)).toMatchObject({ status: 0, stacks: [expect.any(String)] });
  });

  it('the guardrails say what their page says', () => {
    const [program, ...prints] = SNIPPETS.filter(
      ({ page }) => page === 'constructs/guardrails/README.md',
    );
    const changed = program?.text.replace('retentionInDays: 365', 'retentionInDays: 7') ?? '';
    const { status, stderr } = synthesised(changed);
    expect(status).toBe(1);
    expect(prints).toHaveLength(1);
    for (const { text } of prints) expect(stderr).toContain(text.trim());
  });
});

/** What a part of a program takes from around it, by the name that it has there. */
const AROUND: Readonly<Record<string, string>> = {
  app: "import('cdktf').App",
  connection: "import('cdktf-mesh-federation/kubernetes').ClusterConnection",
  consul: "import('cdktf-mesh-federation/kubernetes').ClusterProviders",
  consulStack: "import('cdktf').TerraformStack",
  istio: "import('cdktf-mesh-federation/kubernetes').ClusterProviders",
  istioStack: "import('cdktf').TerraformStack",
  mesh: "import('cdktf-mesh-federation/consul').ConsulMesh",
  meshStack: "import('cdktf').TerraformStack",
  network: "import('cdktf-mesh-federation/network').Network",
  plan: "import('cdktf-mesh-federation/federation').AccessPlan",
  scope: "import('cdktf').TerraformStack",
  stack: "import('cdktf').TerraformStack",
  border: "import('cdktf-mesh-federation/federation').PlannedBorder",
  trust: "import('cdktf-mesh-federation/federation').TrustBundleExchange",
};

/** Where the names of constructs come from. */
const ENTRIES = { consul, eks, federation, istio, kubernetes, linkerd, network, weather };

/** A part of a program with what it takes from around it; a whole one as it is. */
function completed(text: string): string {
  if (/^import /m.test(text)) return text;
  const uses = (name: string) => new RegExp(`(?<![.\\w'])${name}\\b(?!:|')`).test(text);
  const makes = (name: string) => new RegExp(`\\bconst ${name}\\b`).test(text);
  const imports = Object.entries(ENTRIES).flatMap(([entry, exported]) => {
    const names = Object.keys(exported).filter(uses);
    return names.length === 0
      ? []
      : [`import { ${names.join(', ')} } from 'cdktf-mesh-federation/${entry}';`];
  });
  const around = Object.entries(AROUND)
    .filter(([name]) => uses(name) && !makes(name))
    .map(([name, type]) => `declare const ${name}: ${type};`);
  return ["import { TerraformStack } from 'cdktf';", ...imports, ...around, text].join(' ');
}

describe('Commands', () => {
  const { blocks, inline } = pageCommands(PAGES_BY_HAND, folder);

  it.each(blocks)('of $where are what bash takes, and judged or not run for a reason', (block) => {
    const { calls, exitCode, stderr, notRun } = block;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(calls).not.toEqual([]);
    const outside = calls.some(([program]) => !JUDGED.includes(program));
    expect(notRun !== undefined).toBe(outside);
  });

  const calls = [
    ...blocks.flatMap(({ where, calls }) => calls.map((call) => ({ where, call }))),
    ...inline,
  ];
  /** Each call of a program once, with the places where it is. */
  const of = (program: string) => {
    const places = new Map<string, { words: string[]; where: Set<string> }>();
    for (const { where, call } of calls) {
      const [called, ...words] = call;
      if (called !== program) continue;
      const one = places.get(words.join('\0')) ?? { words, where: new Set() };
      places.set(words.join('\0'), { ...one, where: one.where.add(where) });
    }
    return [...places.values()].map(({ words, where }) => ({
      words,
      where: [...where].join(', '),
    }));
  };

  it('are found, in blocks and between backticks', () => {
    expect(blocks.length).toBeGreaterThan(20);
    expect(inline.length).toBeGreaterThan(30);
  });

  it.each(of('npm'))('npm $words ($where)', async ({ words }) => {
    expect(await npmProblem(words)).toBeUndefined();
  });

  it.each(of('npx'))('npx $words ($where)', async ({ words }) => {
    expect(await npxProblem(words)).toBeUndefined();
  });

  it('of Terraform and kubectl name what is deployed', () => {
    const stacks = pair();
    const imports = of('terraform').filter(({ words: [, command] }) => command === 'import');
    const imported = imports.map(({ words: [chdir = '', , address = ''] }) => {
      const [type = '', id = ''] = address.replace(/\[\d+\]$/, '').split('.');
      const stack = stacks.get(path.basename(chdir));
      return { chdir, address, there: stack?.resource?.[type]?.[id] !== undefined };
    });
    expect(imported.length).toBeGreaterThan(1);
    expect(imported.filter(({ there }) => !there)).toEqual([]);

    const maps = new Set(
      [...stacks.values()].flatMap(({ resource = {} }) =>
        Object.values(resource).flatMap((blocks) => Object.values(blocks).map(objectOf)),
      ),
    );
    const read = of('kubectl').flatMap(({ words }) => {
      const [, namespace, name] = /-n (\S+) get configmap (\S+)/.exec(words.join(' ')) ?? [];
      return name === undefined ? [] : [`${namespace}/${name}`];
    });
    expect(read.length).toBeGreaterThan(2);
    expect(read.filter((name) => !maps.has(name))).toEqual([]);
  });
});

/** `namespace/name` of what a resource of the Kubernetes provider makes. */
function objectOf({ metadata, manifest }: Block): string {
  const parts = z.object({ name: z.string(), namespace: z.string().optional() });
  const found = parts.safeParse(
    Array.isArray(metadata) ? metadata[0] : (metadata ?? (manifest as Block | undefined)?.metadata),
  );
  return found.success ? `${found.data.namespace}/${found.data.name}` : '';
}

/** The stacks of the sample, as Terraform reads them. */
function pair() {
  writeFile(folder, CONFIG_FILE, SAMPLE);
  const app = Testing.app();
  addStacks(app, loadConfig({ folder, env: {} }).config);
  const stacks = app.node.children.filter((child) => TerraformStack.isStack(child));
  return new Map(stacks.map((stack) => [stack.node.id, synthesise(stack)]));
}

/** What npm, or the program behind a script, would not take. */
async function npmProblem(words: readonly string[]): Promise<string | undefined> {
  const [command, ...rest] = words;
  switch (command) {
    case 'ci':
      return rest.length === 0 || rest[0] === '--registry' ? undefined : 'npm ci takes no more';
    case 'test':
      return 'test' in scripts ? undefined : 'there is no test';
    case 'install':
      return rest.map(installProblem).find((problem) => problem !== undefined);
    case 'pack':
    case 'version':
      return undefined;
    case 'run':
      return scriptProblem(rest.filter((word) => !/^(-s|--silent)$/.test(word)));
    default:
      return `no page needs npm ${command}`;
  }
}

/** A package is installed in the version that this project is tested with. */
function installProblem(word: string): string | undefined {
  if (word.startsWith('-')) return undefined;
  if (word === `${packageName}@latest` || word === 'tsx') return undefined;
  if (word === `./${packageName}-${version}.tgz`) return undefined;
  const [, name = '', wanted] = /^(.+)@(.+)$/.exec(word) ?? [];
  const pins: Readonly<Record<string, string>> = devDependencies;
  return pins[name] === wanted ? undefined : `${name} is ${pins[name]} here`;
}

async function scriptProblem([script = '', dashes, ...options]: readonly string[]) {
  // By itself it lists them.
  if (script === '') return undefined;
  const known: Readonly<Record<string, string>> = scripts;
  const source = known[script];
  if (source === undefined) return 'there is no such script';
  if (dashes !== undefined && dashes !== '--') return 'npm keeps options that stand before --';
  const cli = /^node -r \S+ scripts\/cli\.mjs (.*)$/.exec(source)?.[1];
  if (cli !== undefined) return commandProblem(cli.split(' '), options);
  const [, file] = /^node --import tsx (\S+)$/.exec(source) ?? [];
  const text = file === undefined ? '' : readFileSync(path.join(ROOT, file), 'utf8');
  const unknown = options.filter((word) => word.startsWith('-') && !text.includes(word));
  return unknown.length === 0 ? undefined : `unknown: ${unknown.join(' ')}`;
}

/** What the command's own parser says. */
async function commandProblem(words: readonly string[], options: readonly string[]) {
  const [file, below] = [words[0], words[1]];
  const { command } = (await import(`../../cli/${file}.ts`)) as { command: Command };
  const one = command.commands.find((each) => each.name() === below) ?? command;
  one.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  const action = one.action(() => undefined);
  try {
    await action.parseAsync(options, { from: 'user' });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function npxProblem([program, ...words]: readonly string[]) {
  if (program === 'mesh-federation') return programProblem(words);
  if (program === 'jest' || program === 'tsx') return missing(words);
  if (program === 'tsc') {
    const [unknown] = ts.parseCommandLine(words).errors;
    return unknown && ts.flattenDiagnosticMessageText(unknown.messageText, ' ');
  }
  if (program !== 'cdktf') return `no page needs ${program}`;
  const [command = '', ...rest] = words;
  const help = cdktfHelp(command);
  const unknown = rest.filter((word) => word.startsWith('-') && !help.includes(` ${word} `));
  if (unknown.length > 0) return `cdktf does not know ${unknown.join(' ')}`;
  const at = rest.indexOf('--app');
  const app = at < 0 ? undefined : rest[at + 1]?.replace(/^npx tsx /, '');
  const stacks = rest.filter((word, i) => !word.startsWith('-') && (at < 0 || i !== at + 1));
  if (app === undefined) return stackProblem(stacks, PAIR);
  // In a project of one's own.
  if (app === 'main.ts') return undefined;
  if (!existsSync(path.join(ROOT, app))) return `there is no ${app}`;
  const source = readFileSync(path.join(ROOT, app), 'utf8');
  const made = [...source.matchAll(/new TerraformStack\(app, '([^']+)'\)/g)].map(([, id]) => id);
  return stackProblem(stacks, made);
}

const { deployed, leftOut } = emulatedStacks();
/** The stacks of the pair, with those that a setting adds. */
const PAIR = [...deployed, ...leftOut, 'image-cache', 'shared-root', 'crossing'];

function stackProblem(stacks: readonly string[], made: readonly (string | undefined)[]) {
  const unknown = stacks.filter((one) => one !== '*' && one !== 'STACK' && !made.includes(one));
  return unknown.length === 0 ? undefined : `there is no stack ${unknown.join(', ')}`;
}

/** Of the program by its own name, as who installs the package has it. */
async function programProblem([command = '', ...options]: readonly string[]) {
  if (command === '--help') return undefined;
  return Object.hasOwn(COMMANDS, command)
    ? commandProblem([command], options)
    : `mesh-federation has no command ${command}`;
}

function missing(files: readonly string[]): string | undefined {
  const gone = files.filter((file) => !file.startsWith('-') && !existsSync(path.join(ROOT, file)));
  return gone.length === 0 ? undefined : `there is no ${gone.join(', ')}`;
}

const helps = new Map<string, string>();

function cdktfHelp(command: string): string {
  const known = helps.get(command);
  if (known !== undefined) return known;
  // As npx does, which takes longer than the program.
  const cdktf = path.join(ROOT, 'node_modules', '.bin', 'cdktf');
  const { stdout, status } = spawnSync(cdktf, [command, '--help'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const help = status === 0 ? stdout : '';
  helps.set(command, help);
  return help;
}
