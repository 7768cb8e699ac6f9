import { spawnSync } from 'node:child_process';
import { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { expect, it } from '@jest/globals';
import { TerraformStack, Testing } from 'cdktf';
import { Construct } from 'constructs';
import { shareFiles } from '../../../constructs/federation/deploy/border/common-files';
import { checkTerraform, needed } from '../../../support/programs/prerequisites';
import { filesIn } from '../../helpers/border-files';
import { temporaryFolder, writeFile } from '../../helpers/files';
import { resources, synthesise } from '../../helpers/synth';

const folder = temporaryFolder();

/** Long enough to be worth it. */
const PADDING = Array.from({ length: 300 }, (_, i) => `padding ${i}`);

function text(content: object): string {
  return `${JSON.stringify({ ...content, PADDING }, null, 2)}\n`;
}

function written(files: Readonly<Record<string, Readonly<Record<string, string>>>>) {
  const stack = new TerraformStack(Testing.app(), 'test');
  new KubernetesProvider(stack, 'kubernetes');
  const maps = Object.entries(files).map(
    ([id, data]) => new ConfigMapV1(stack, id, { metadata: { name: id }, data }),
  );
  const common = new Construct(stack, 'common');
  shareFiles(common, maps);
  const file = synthesise(stack);
  return {
    locals: common.node.children.length,
    file,
    data: Object.fromEntries(
      Object.entries(resources(stack, 'kubernetes_config_map_v1')).map(([id, { data }]) => [
        id,
        data as Readonly<Record<string, string>>,
      ]),
    ),
    /** As the tests read it. */
    filled: Object.fromEntries(
      Object.entries(resources(stack, 'kubernetes_config_map_v1')).map(([id, map]) => [
        id,
        filesIn(map, file),
      ]),
    ),
  };
}

/** What the real Terraform makes of it, without the provider. */
function evaluated({ file, data }: ReturnType<typeof written>): unknown {
  const { program } = needed(checkTerraform());
  const { locals } = file as { readonly locals?: object };
  writeFile(folder, 'main.tf.json', JSON.stringify({ locals, output: { all: { value: data } } }));
  const terraform = (...words: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(program, words, {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, CHECKPOINT_DISABLE: '1' },
    });
    if (status !== 0) throw new Error(stdout + stderr);
    return stdout;
  };
  terraform('apply', '-auto-approve', '-input=false', '-no-color');
  return JSON.parse(terraform('output', '-json', 'all'));
}

const ALIKE = {
  a: {
    'envoy.json': text({ node: { id: 'a' }, port: 1, peers: ['x', 'same'], log: '%REQ(:PATH)%' }),
    'same.json': text({ of: 'all' }),
  },
  b: {
    'envoy.json': text({
      node: { id: 'b "\\' },
      port: 20,
      peers: ['y', 'same'],
      log: '%REQ(:PATH)%',
    }),
    'same.json': text({ of: 'all' }),
  },
  'of-another-form': {
    'envoy.json': text({ node: { id: 'c' }, ports: [1], log: '%REQ(:PATH)%' }),
    'same.json': text({ of: 'all' }),
  },
};

it('What files have in common is written once, and Terraform makes the same files of it', () => {
  const made = written(ALIKE);
  expect(made.locals).toBe(2);
  expect(JSON.stringify(made.data).length).toBeLessThan(1.2 * ALIKE.a['envoy.json'].length * 1.1);
  expect(made.data['of-another-form']?.['envoy.json']).toBe(ALIKE['of-another-form']['envoy.json']);
  expect(evaluated(made)).toEqual(ALIKE);
  expect(made.filled).toEqual(ALIKE);
});

it('An expression of Terraform stays with the border that it is of', () => {
  const withAddress = (id: string) => ({ 'envoy.json': text({ id, to: '${upper("x")}' }) });
  const plain = (id: string) => ({ 'envoy.json': text({ id, to: '${sum([1, 2])}' }) });
  // An expression with quotes of its own may end anywhere.
  expect(written({ a: withAddress('a'), b: withAddress('b') }).locals).toBe(0);
  const made = written({ a: plain('a'), b: plain('b') });
  expect(made.locals).toBe(1);
  expect(JSON.stringify((made.file as { locals?: object }).locals)).not.toContain('sum(');
  expect(evaluated(made)).toEqual({
    a: { 'envoy.json': text({ id: 'a', to: '3' }) },
    b: { 'envoy.json': text({ id: 'b', to: '3' }) },
  });
});

it.each(['$${HOME}', '%{ if true }', '%%{x}'])('%s in a file is never read twice', (value) => {
  const files = { a: { f: text({ id: 'a', value }) }, b: { f: text({ id: 'b', value }) } };
  const { locals, data } = written(files);
  expect({ locals, data }).toEqual({ locals: 0, data: files });
  const plain = {
    c: { f: text({ id: 'c', value: 'c' }) },
    d: { f: text({ id: 'd', value: 'd' }) },
  };
  expect(written({ ...plain, ...files })).toMatchObject({ locals: 1, data: files });
});

it('Few or short files stay as they are', () => {
  const short = { a: { f: '{"id": "a"}' }, b: { f: '{"id": "b"}' } };
  expect(written(short)).toMatchObject({ locals: 0, data: short });
  expect(written({ a: ALIKE.a })).toMatchObject({ locals: 0, data: { a: ALIKE.a } });
});
