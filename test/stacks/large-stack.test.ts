import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { App, type IResolvable, Lazy, TerraformLocal, TerraformStack, Token } from 'cdktf';
import { invokeAspects } from 'cdktf/lib/synthesize/synthesizer';
import { type ConfigInput, defineConfig } from '../../config';
import { addStacks } from '../../stacks';
import { temporaryFolder } from '../helpers/files';
import { LargeStack } from '../../stacks/large-stack';
import { TerraformData } from '../../constructs/terraform-data';
import { stackOf } from '../helpers/synth';

const EKS = { endpoint: { publicCidrs: ['203.0.113.7/32'] } };

function appOf(settings: ConfigInput, outdir: string): App {
  const app = new App({ outdir });
  addStacks(app, defineConfig({ eks: EKS, ...settings }).config);
  return app;
}

describe('The stack of the federation', () => {
  const folder = temporaryFolder();

  it.each<[string, ConfigInput]>([
    ['of the default pair', {}],
    ['with addresses that another stack has', { federation: { crossing: 'privatelink' } }],
  ])('%s is what cdktf makes of it', (name, settings) => {
    const outdir = path.join(folder, name.replaceAll(' ', '-'));
    const app = appOf(settings, outdir);
    app.synth();
    const byCdktf = appOf(settings, `${outdir}-by-cdktf`);
    const { prototype } = TerraformStack;
    const stacks = app.node.children.map(({ node }) => node.id);
    expect(stacks).toContain('federation');
    for (const id of stacks) prototype.prepareStack.call(stackOf(byCdktf, id));
    for (const id of stacks) {
      const stack = stackOf(byCdktf, id);
      invokeAspects(stack);
      const file = readFileSync(path.join(outdir, 'stacks', id, 'cdk.tf.json'), 'utf8');
      expect([id, JSON.parse(file)]).toEqual([
        id,
        JSON.parse(
          JSON.stringify(prototype.toTerraform.call(stack)).replaceAll(
            `${outdir}-by-cdktf`,
            outdir,
          ),
        ),
      ]);
    }
  });

  it.each(['federation', 'istio-workloads'])('%s has a line for each resource', (stack) => {
    const outdir = path.join(folder, `lines-of-${stack}`);
    appOf({}, outdir).synth();
    const file = path.join(outdir, 'stacks', stack, 'cdk.tf.json');
    const lines = readFileSync(file, 'utf8').split('\n');
    const { resource } = JSON.parse(lines.join('\n')) as {
      resource: Record<string, Record<string, object>>;
    };
    for (const [id, block] of Object.values(resource).flatMap((all) => Object.entries(all))) {
      expect(lines.map((line) => line.replace(/,$/, ''))).toContain(
        `"${id}": ${JSON.stringify(block)}`,
      );
    }
  });
});

describe('A large stack', () => {
  it.each<[string, (output: IResolvable) => unknown]>([
    ['a text with a token', (output) => `of ${Token.asString(output)}`],
    ['a text with a number that is one', (output) => `${Token.asNumber(output)} of them`],
    ['a number', (output) => [1, Token.asNumber(output), 1e300, -0.5]],
    ['a list', (output) => ({ list: Token.asList(output) })],
    ['a list of numbers', (output) => ({ list: Token.asNumberList(output) })],
    ['a map', (output) => ({ map: Token.asStringMap(output) })],
    ['a key', (output) => ({ [Token.asString(output)]: 1 })],
    [
      'a function',
      () => [
        Lazy.stringValue({ produce: () => 'later' }),
        Lazy.anyValue({ produce: () => ({ a: 1 }) }),
        { creationStack: [], resolve: () => 'later' },
      ],
    ],
    [
      'what is not there',
      () => ({ list: [1, undefined, null, [undefined]], nothing: undefined, no: false }),
    ],
    [
      'braces and escapes',
      (output) => `\${upper("\${"a"}")} $\${x} %{y} ${Token.asString(output)} \${z}`,
    ],
  ])('has cdktf resolve %s', (_, value) => {
    const made = () => {
      const stack = new SmallLargeStack(new App({ skipValidation: true }), 'one');
      const output = new TerraformData(stack, 'one', { input: 'x' }).interpolationForAttribute(
        'output',
      );
      new TerraformData(stack, 'other', { input: value(output) });
      new TerraformLocal(stack, 'local', value(output));
      return stack;
    };
    const byCdktf: unknown = TerraformStack.prototype.toTerraform.call(made());
    expect(made().toTerraform()).toEqual(JSON.parse(JSON.stringify(byCdktf)));
  });
});

describe('An override of a stack', () => {
  it('changes a resource', () => {
    const stack = new SmallLargeStack(new App({ skipValidation: true }), 'one');
    new TerraformData(stack, 'one', { input: { of: 'x' } });
    stack.addOverride('resource.terraform_data.one.input.also', 'y');
    expect(stack.toTerraform()).toMatchObject({
      resource: { terraform_data: { one: { input: { of: 'x', also: 'y' } } } },
    });
  });
});

class SmallLargeStack extends LargeStack {
  public constructor(app: App, id: string) {
    super(app, id);
  }
}
