import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { App } from 'cdktf';
import { Construct } from 'constructs';
import * as consul from '../../constructs/consul';
import * as eks from '../../constructs/eks';
import * as federation from '../../constructs/federation';
import * as istio from '../../constructs/istio';
import * as kubernetes from '../../constructs/kubernetes';
import * as linkerd from '../../constructs/linkerd';
import * as network from '../../constructs/network';
import manifest from '../../package.json';
import { ROOT } from '../../support/paths';
import { temporaryFolder } from '../helpers/files';

const ENTRIES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  network,
  eks,
  kubernetes,
  istio,
  consul,
  linkerd,
  federation,
};

type ConstructClass = new (...args: never[]) => Construct;

const isConstruct = (value: unknown): value is ConstructClass =>
  typeof value === 'function' && value.prototype instanceof Construct;

/** Every construct that the package exports. */
const CONSTRUCTS = Object.entries(ENTRIES).flatMap(([entry, exported]) =>
  Object.entries(exported).flatMap(([name, value]) =>
    isConstruct(value) ? [{ entry, name, type: value }] : [],
  ),
);

const source = readFileSync(path.join(ROOT, 'examples', 'constructs.ts'), 'utf8');

/** The examples' lines by their construct. */
const REGIONS = new Map(
  [...source.matchAll(/\/\/ #region (\w+)\n(.*?)\/\/ #endregion \1\n/gs)].map(
    ([, name = '', text = '']) => [name, text.split('\n').map((line) => line.trim())],
  ),
);

const output = temporaryFolder();
let app: App;

beforeAll(async () => {
  // cdktf writes below where it runs; it does not see the environment of one test.
  const before = process.cwd();
  process.chdir(output);
  try {
    ({ app } = await import('../../examples/constructs.ts'));
  } finally {
    process.chdir(before);
  }
});

test('Every entry has constructs', () => {
  expect(new Set(CONSTRUCTS.map(({ entry }) => entry))).toEqual(new Set(Object.keys(ENTRIES)));
});

test('Every construct has an example, and every example a construct', () => {
  expect([...REGIONS.keys()].sort()).toEqual(CONSTRUCTS.map(({ name }) => name).sort());
});

test('The examples synthesise', () => {
  const stacks = app.node.children.map(({ node }) => node.id);
  expect(readdirSync(path.join(output, 'cdktf.out', 'stacks')).sort()).toEqual(stacks.sort());
  expect(stacks.length).toBeGreaterThan(5);
});

describe.each(CONSTRUCTS)('The example of $name', ({ entry, name, type }) => {
  test('makes one', () => {
    const made = app.node.findAll().filter((node) => node instanceof type);
    expect(made.length).toBeGreaterThan(0);
    expect(REGIONS.get(name)?.join('\n')).toContain(`new ${name}(`);
  });

  test('is on its page', () => {
    const page = readFileSync(path.join(ROOT, 'docs/api', entry, 'classes', `${name}.md`), 'utf8');
    const [, example = ''] = /\n## Example\n+```ts\n(.*?)\n```\n/s.exec(page) ?? [];
    const shown = example.split('\n').map((line) => line.trim());
    expect(shown.filter(Boolean)).toEqual(REGIONS.get(name)?.filter(Boolean));
  });
});

test('The page of the examples installs every package that they need, in the version tested here', () => {
  const page = readFileSync(path.join(ROOT, 'examples', 'README.md'), 'utf8');
  const installed = /^npm install (.*?)\.tgz/ms.exec(page)?.[1]?.split(/[\s\\]+/);
  const versions = new Map(Object.entries(manifest.devDependencies));
  const needed = Object.keys(manifest.peerDependencies).map(
    (name) => `${name}@${versions.get(name) ?? ''}`,
  );
  expect(needed.length).toBeGreaterThan(5);
  expect(installed).toEqual(expect.arrayContaining(needed));
});

// Who describes a mesh that is there leaves out what is as usual, and has to know what that is.
test('What is left out of the attributes of something that exists has a default on its page', () => {
  const api = path.join(ROOT, 'docs/api');
  const pages = readdirSync(api, { recursive: true, encoding: 'utf8' }).filter((page) =>
    /interfaces\/\w+Attributes\.md$/.test(page),
  );
  expect(pages.map((page) => path.basename(page, '.md'))).toEqual(
    expect.arrayContaining([
      'ConsulMeshAttributes',
      'IstioMeshAttributes',
      'LinkerdMeshAttributes',
      'NetworkAttributes',
    ]),
  );
  const without = pages.flatMap((page) => {
    const [, ...properties] = readFileSync(path.join(api, page), 'utf8').split(/^### /m);
    return properties
      .filter((text) => /^\w+\?\n/.test(text) && !text.includes('#### Default'))
      .map((text) => `${page}: ${text.split('?')[0]}`);
  });
  expect(without).toEqual([]);
});
