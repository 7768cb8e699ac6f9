import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { App, TerraformStack } from 'cdktf';
import { invokeAspects } from 'cdktf/lib/synthesize/synthesizer';
import { type ConfigInput, defineConfig } from '../../config';
import { addStacks } from '../../stacks';
import { temporaryFolder } from '../helpers/files';
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

  it('has a line for each resource', () => {
    const outdir = path.join(folder, 'lines');
    appOf({}, outdir).synth();
    const file = path.join(outdir, 'stacks', 'federation', 'cdk.tf.json');
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
