/*
 * The stacks of the default pair as they would be without this project: plain cdktf, the providers imported by
 * their index, started by ts-node. What the resources are it reads from the stacks in PLAIN_STACKS, so that
 * both make the same; working them out would take it longer.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { App, TerraformElement, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';

type Block = Readonly<Record<string, unknown>>;
type Blocks = Readonly<Record<string, Readonly<Record<string, Block>>>>;
type Binding = new (scope: Construct, id: string, config: object) => TerraformElement;

interface StackFile extends Block {
  readonly provider: Readonly<Record<string, readonly Block[]>>;
  readonly resource?: Blocks;
  readonly data?: Blocks;
}

const load = createRequire(__filename);

/** A provider by its index, without its types, which would take every check of this repository minutes. */
function byIndex(provider: string): object {
  const loaded: unknown = load(`@cdktf/provider-${provider}`);
  if (typeof loaded !== 'object' || loaded === null) throw new Error(`no module for ${provider}`);
  return loaded;
}

const PROVIDERS: Readonly<Record<string, object>> = {
  aws: byIndex('aws'),
  helm: byIndex('helm'),
  kubernetes: byIndex('kubernetes'),
};
/** Written by cdktf itself. */
const OF_CDKTF = ['//', 'terraform', 'provider', 'resource', 'data'];

function isBinding(value: unknown): value is Binding {
  return typeof value === 'function' && value.prototype instanceof TerraformElement;
}

/** The class of a provider's index: `aws.vpcEndpoint.VpcEndpoint`. */
function bindingOf(provider: string, snakeCase: string): Binding | undefined {
  const name = snakeCase.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const module: unknown = Reflect.get(PROVIDERS[provider] ?? {}, name);
  const found: unknown =
    typeof module === 'object' && module !== null
      ? Reflect.get(module, name.charAt(0).toUpperCase() + name.slice(1))
      : undefined;
  return isBinding(found) ? found : undefined;
}

/** @param scopedId Its id within the stack, where another kind of thing may have the same logical id. */
function add(stack: TerraformStack, binding: Binding, scopedId: string, id: string, block: Block) {
  const element = new binding(stack, scopedId, {});
  element.overrideLogicalId(id);
  for (const [argument, value] of Object.entries(block)) element.addOverride(argument, value);
}

function addStack(app: App, name: string, file: StackFile): void {
  const stack = new TerraformStack(app, name);
  for (const [provider, blocks] of Object.entries(file.provider)) {
    const binding: unknown = Reflect.get(
      Object(Reflect.get(PROVIDERS[provider] ?? {}, 'provider')),
      `${provider.charAt(0).toUpperCase()}${provider.slice(1)}Provider`,
    );
    if (!isBinding(binding)) throw new Error(`There is no provider ${provider} in its package`);
    blocks.forEach((block, i) => {
      add(stack, binding, `${provider}_${i}`, `${provider}_${i}`, block);
    });
  }
  for (const kind of ['resource', 'data'] as const) {
    for (const [type, blocks] of Object.entries(file[kind] ?? {})) {
      const [provider = ''] = type.split('_');
      const own = kind === 'data' ? `data_${type}` : type.slice(provider.length + 1);
      const binding = bindingOf(provider, own);
      // Of Terraform itself: cdktf has nothing quicker.
      if (binding === undefined) stack.addOverride(`${kind}.${type}`, blocks);
      else {
        for (const [id, block] of Object.entries(blocks)) {
          add(stack, binding, `${kind}_${id}`, id, block);
        }
      }
    }
  }
  for (const [key, value] of Object.entries(file)) {
    if (!OF_CDKTF.includes(key)) stack.addOverride(key, value);
  }
}

const folder = process.env['PLAIN_STACKS'] ?? '';
const app = new App();
for (const name of readdirSync(folder)) {
  const text = readFileSync(path.join(folder, name, 'cdk.tf.json'), 'utf8');
  addStack(app, name, JSON.parse(text) as StackFile);
}
app.synth();
