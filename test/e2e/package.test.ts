import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import manifest from '../../package.json';
import type { Report } from '../../rehearsal/report';
import { ROOT } from '../../support/paths';
import { checkTerraform, needed } from '../../support/programs/prerequisites';
import { terraformEnvironment } from '../../support/terraform/cli-config';
import { describeWithEnvoy } from '../helpers/envoy';
import { temporaryFolder, writeFile } from '../helpers/files';
import { shown } from '../helpers/pages';

/** An empty project that has nothing but the package and what it asks for. */
const project = temporaryFolder();

/** The same with less in it. */
const elsewhere = temporaryFolder();

const ENTRIES = Object.keys(manifest.exports)
  .filter((entry) => entry !== './package.json')
  .map((entry) => entry.replace('./', ''));

/** The examples that are programs; the others are settings. */
const EXAMPLES = readdirSync(path.join(ROOT, 'examples')).filter((name) =>
  existsSync(path.join(ROOT, 'examples', name, 'main.ts')),
);

/** Versions that this project is tested with, of what the package leaves to its users. */
const PEERS = Object.entries(manifest.devDependencies).filter(
  ([name]) => name in manifest.peerDependencies,
);

const kubeconfig = writeFile(
  project,
  'kubeconfig',
  JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://192.0.2.1:6443' } }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: ['team-a', 'team-b', 'shop', 'bank'].map((name) => ({
      name,
      context: { cluster: 'c' },
    })),
  }),
);

function run(program: string, args: readonly string[], options: { cwd?: string } = {}): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: project,
    encoding: 'utf8',
    env: {
      ...process.env,
      ...terraformEnvironment(),
      KUBECONFIG: kubeconfig,
      CHECKPOINT_DISABLE: '1',
      NODE_PATH: '',
    },
    ...options,
  });
  if (status !== 0) {
    throw new Error(
      [`${program} ${args.join(' ')}: exit code ${status}`, error?.message, stdout, stderr].join(
        '\n',
      ),
    );
  }
  return stdout;
}

/** What comes of importing an entry alone. */
interface Loaded {
  /** Whether the global variables and the environment stay as they are. */
  readonly clean: boolean;
  readonly files: readonly string[];
}

const loaded = new Map<string, Loaded>();

/** Imports an entry, in one start for all that is asked of it. */
function load(entry: string): Loaded {
  const before = loaded.get(entry);
  if (before !== undefined) return before;
  const script = `
    // These keep their tokens and their registry in global variables.
    require('cdktf');
    require('zod');
    const before = JSON.stringify([Object.keys(globalThis), Object.keys(process.env)]);
    require('${manifest.name}/${entry}');
    const after = JSON.stringify([Object.keys(globalThis), Object.keys(process.env)]);
    console.log(JSON.stringify({ clean: before === after, files: Object.keys(require.cache) }));
  `;
  const now = JSON.parse(run(process.execPath, ['-e', script])) as Loaded;
  loaded.set(entry, now);
  return now;
}

beforeAll(() => {
  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--silent', '--pack-destination', project], { cwd: ROOT }),
  ) as [{ filename: string }];
  writeFileSync(path.join(project, 'package.json'), JSON.stringify({ private: true }));
  run('npm', [
    'install',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    `./${packed.filename}`,
    ...PEERS.map(([name, version]) => `${name}@${version}`),
    ...(['typescript', '@types/node'] as const).map(
      (name) => `${name}@${manifest.devDependencies[name]}`,
    ),
  ]);
  for (const example of EXAMPLES) {
    copyFileSync(
      path.join(ROOT, 'examples', example, 'main.ts'),
      path.join(project, `${example}.ts`),
    );
  }
  copyFileSync(path.join(ROOT, 'examples/constructs.ts'), path.join(project, 'constructs.ts'));
});

describe('The package', () => {
  test('asks for every package that its constructs import', () => {
    const imported = new Set(
      files(path.join(project, 'node_modules', manifest.name, 'dist'))
        // What the program takes from outside is seen below, where it runs without any of it.
        .filter((file) => file.endsWith('.js') && !file.endsWith('mesh-federation.js'))
        .flatMap((file) =>
          [...readFileSync(file, 'utf8').matchAll(/require\("((?:@[^/"]+\/)?[^./"][^/"]*)/g)].map(
            ([, name]) => name,
          ),
        )
        .filter((name) => name?.startsWith('node:') === false),
    );
    const asked = [
      ...Object.keys(manifest.dependencies),
      ...Object.keys(manifest.peerDependencies),
    ];
    expect([...imported].sort()).toEqual(asked.sort());
  });

  test('brings the files that constructs read, with declarations and source maps', () => {
    const dist = path.join(project, 'node_modules', manifest.name, 'dist');
    for (const file of [
      'helm-values/istiod.yaml',
      'constructs/federation/jobs/main.ts',
      'support/terraform/in-cdktf.cjs',
      'constructs/eks/index.d.ts',
      'constructs/eks/index.js.map',
    ]) {
      expect([file, existsSync(path.join(dist, file))]).toEqual([file, true]);
    }
  });

  test.each(ENTRIES)(
    '/%s does nothing when it is imported, and loads no provider whole',
    (entry) => {
      const before = readdirSync(project);
      const { clean, files } = load(entry);
      expect(clean).toBe(true);
      expect(readdirSync(project)).toEqual(before);
      expect(
        files.filter((file) => /provider-\w+\/lib\/(index|lazy-index)\.js$/.test(file)),
      ).toEqual([]);
      const [, place] =
        Object.entries(manifest.exports).find(([name]) => name === `./${entry}`) ?? [];
      const own = typeof place === 'object' ? path.dirname(place.default) : '';
      expect(files.some((file) => file.includes(path.normalize(`${own}/`)))).toBe(true);
    },
  );

  // As examples/README.md says.
  test.each([
    ['plan', []],
    ['guardrails', []],
    ['network', ['aws']],
    ['eks', ['aws']],
    ['kubernetes', ['aws', 'helm', 'kubernetes']],
    ['istio', ['helm', 'kubernetes']],
    ['consul', ['helm', 'kubernetes']],
    ['linkerd', ['helm', 'kubernetes']],
    ['federation', ['helm', 'kubernetes', 'tls']],
  ])('/%s takes the providers %j and no others', (entry, needed) => {
    const files = load(entry).files.join('\n');
    const providers = new Set(
      [...files.matchAll(/@cdktf\/provider-(\w+)/g)].map(([, name]) => name),
    );
    expect([...providers].sort()).toEqual(needed);
  });
});

describe('The program mesh-federation, in an empty project', () => {
  const folder = path.join(project, 'federation');
  const installed = path.join(project, 'node_modules', manifest.name);

  /** As `npx mesh-federation` starts it, without the settings and credentials of whoever runs the tests. */
  function program(
    words: readonly string[],
    bin = path.join(project, 'node_modules/.bin'),
    cwd = folder,
    own: NodeJS.ProcessEnv = {},
  ) {
    const env = Object.entries(process.env).filter(
      ([name]) => !/^(AWS_|FEDERATION_|NODE_OPTIONS|TS_NODE|JEST)/.test(name),
    );
    const { status, stdout, stderr } = spawnSync(path.join(bin, 'mesh-federation'), words, {
      cwd,
      encoding: 'utf8',
      env: { ...Object.fromEntries(env), AWS_EC2_METADATA_DISABLED: 'true', HOME: project, ...own },
    });
    return { status, stdout, stderr };
  }

  beforeAll(() => {
    mkdirSync(folder);
  });

  test('writes settings that work, and lets cdktf find the stacks', () => {
    const { status, stdout, stderr } = program(['init', '--address', '203.0.113.7/32']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('npx mesh-federation check');
    expect(stdout).not.toContain('npm run');
    const [, schema = ''] =
      /\$schema=(\S+)/.exec(readFileSync(path.join(folder, 'federation.yaml'), 'utf8')) ?? [];
    expect(existsSync(path.join(folder, schema))).toBe(true);
    const { app } = JSON.parse(readFileSync(path.join(folder, 'cdktf.json'), 'utf8')) as {
      app: string;
    };
    expect(app).toBe('npx mesh-federation synth');
    expect(program(['synth'])).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(path.join(folder, 'cdktf.out/stacks'))).toContain('federation');
  });

  // Enough for a reader without the rights to deploy.
  test('reads settings with nothing installed but the package and what npm brings with it', () => {
    // Elsewhere, or what is missing would be found in the project.
    const bare = path.join(elsewhere, 'node_modules');
    cpSync(installed, path.join(bare, manifest.name), { recursive: true });
    for (const name of [...Object.keys(manifest.dependencies), 'cdktf', 'constructs']) {
      cpSync(path.join(project, 'node_modules', name), path.join(bare, name), { recursive: true });
    }
    const bin = path.join(bare, '.bin');
    mkdirSync(bin);
    symlinkSync(
      path.join(bare, manifest.name, manifest.bin['mesh-federation']),
      path.join(bin, 'mesh-federation'),
    );
    for (const words of [
      ['policy', '--json'],
      ['images', '--json'],
      ['versions', '--offline', '--json'],
      ['cost', '--json'],
    ]) {
      const { status, stdout, stderr } = program(words, bin);
      expect([words, status, stderr]).toEqual([words, 0, '']);
      expect(() => JSON.parse(stdout) as unknown).not.toThrow();
    }
    expect(program(['diagram'], bin).stdout).toMatch(/^flowchart /);
    expect(program(['rehearse', '--list'], bin).stdout).toContain('http1-to-info');
    const fresh = path.join(elsewhere, 'fresh');
    mkdirSync(fresh);
    const options = ['--region', 'eu-north-1', '--address', '203.0.113.7/32'];
    expect(program(['init', ...options], bin, fresh).stdout).toMatch(
      shown('docs/commands.md', 'federation.yaml is written'),
    );
    const { status, stderr } = program(['plan'], bin);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^@cdktf\/provider-\w+ is not installed.*\nnpm install --save-exact .+\n$/,
    );
  });

  describeWithEnvoy('with Envoy', (envoy) => {
    test('floods a border from a file that the package brings', () => {
      const words = ['rehearse', '--quick', '--only', 'status-flood-silent', '--json', '-'];
      const { status, stdout } = program(words, undefined, folder, { ENVOY: envoy });
      const { rows } = JSON.parse(stdout) as Report;
      expect(rows).toMatchObject([{ id: 'status-flood-silent', passed: true }]);
      expect(status).toBe(0);
    });
  });

  test.each([
    [['check'], 1, 'AWS credentials'],
    [['plan', 'istio-cluster'], 2, 'There are no AWS credentials'],
    [['deploy'], 2, 'cdktf is not installed. npm install --save-exact cdktf-cli@'],
    [['doctor'], 2, 'There are no AWS credentials'],
    [['leftovers'], 2, 'There are no AWS credentials that are taken'],
    [['offer', '--mesh', 'istio'], 2, 'There are no AWS credentials'],
    [['demo'], 2, 'demo works in the repository only: clone it'],
    [['kind', 'up', '--help'], 0, 'Makes the clusters'],
    [['--help'], 0, 'federation/../node_modules/'],
  ])('%j: %i', (words, code, text) => {
    const { status, stdout, stderr } = program(words);
    expect([status, (stdout + stderr).replaceAll(' ../', ' federation/../')]).toEqual([
      code,
      expect.stringContaining(text),
    ]);
    expect(stdout + stderr).not.toMatch(/npm run (?!demo)|^\s+at /m);
  });

  test('brings the licences of the packages that are in it', () => {
    const licences = readFileSync(path.join(installed, 'dist/cli/LICENSES.txt'), 'utf8');
    for (const name of [
      'commander',
      '@aws-sdk/client-ec2',
      '@kubernetes/client-node',
      'cli-table3',
    ]) {
      expect(licences).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+: [A-Z]`, 'm'));
    }
    expect(licences).not.toMatch(/^\S+ \S+: .*GPL/m);
  });
});

describe('The examples, with the package installed', () => {
  const COMPILERS = {
    // What `cdktf init` writes, and what Node.js itself goes by.
    cdktf: ['--module', 'commonjs', '--moduleResolution', 'node10', '--ignoreDeprecations', '5.0'],
    node16: ['--module', 'node16', '--moduleResolution', 'node16'],
  };

  test.each(Object.entries(COMPILERS))('compile strictly (%s)', (_, options) => {
    run(process.execPath, [
      'node_modules/typescript/bin/tsc',
      '--strict',
      '--exactOptionalPropertyTypes',
      '--noUncheckedIndexedAccess',
      '--target',
      'es2022',
      '--skipLibCheck',
      '--esModuleInterop',
      ...options,
      ...EXAMPLES.map((example) => `${example}.ts`),
      // Those of the pages of single constructs.
      'constructs.ts',
    ]);
    for (const example of EXAMPLES) {
      expect(existsSync(path.join(project, `${example}.js`))).toBe(true);
    }
  });

  test.each(EXAMPLES)('%s synthesises', (example) => {
    run(process.execPath, [`${example}.js`]);
    const out = path.join(project, `cdktf.out-${example}`);
    spawnSync('mv', [path.join(project, 'cdktf.out'), out]);
    expect(stacksOf(example).length).toBeGreaterThan(0);
  });

  const terraform = checkTerraform();

  // The AWS provider is pinned and at hand wherever the project's tests run. The others are checked
  // where Terraform can get them; see docs of `npm run conformance` for what stands in their place.
  test.each(['eks-in-existing-vpc', 'third-cluster'])(
    '%s passes terraform validate with the real provider',
    (example) => {
      const { program } = needed(terraform);
      for (const stack of stacksOf(example)) {
        run(program, ['init', '-backend=false', '-input=false'], { cwd: stack });
        const verdict = JSON.parse(run(program, ['validate', '-json'], { cwd: stack })) as {
          valid: boolean;
        };
        expect(verdict).toMatchObject({ valid: true });
      }
    },
  );

  function stacksOf(example: string): string[] {
    const stacks = path.join(project, `cdktf.out-${example}`, 'stacks');
    return readdirSync(stacks).map((name) => path.join(stacks, name));
  }
});

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    return entry.isDirectory() ? files(file) : [file];
  });
}
