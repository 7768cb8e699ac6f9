import {
  DefaultTokenResolver,
  StringConcat,
  TerraformElement,
  TerraformStack,
  Testing,
  Tokenization,
} from 'cdktf';
import { type ConfigInput, defineConfig } from '../../config';
import { merge } from '../../config/merge';
import { isYamlMap } from '../../constructs/kubernetes/yaml-file';
import { addStacks } from '../../stacks';
import type { Block } from '../helpers/synth';

/** What all stacks say. */
export interface Output {
  /** By `stack: type.argument`, all resources of a type together. */
  readonly places: ReadonlyMap<string, string>;
  /** By `stack: type.id`, what makes it the thing that it is: with another one it is another thing. */
  readonly things: ReadonlyMap<string, string>;
  /** By `stack: type.id`, what the pods of a Deployment are made of. */
  readonly pods: ReadonlyMap<string, string>;
}

type ById = Readonly<Record<string, Readonly<Record<string, Block>>>>;

/** What one element of a stack adds to its file. */
interface Fragment {
  readonly terraform?: { readonly backend?: Block };
  readonly provider?: Readonly<Record<string, readonly Block[]>>;
  readonly resource?: ById;
  readonly data?: ById;
}

/**
 * The output of settings that are laid over others.
 *
 * @param skip Stacks that are not looked at, for speed.
 */
export function outputOf(inputs: readonly ConfigInput[], skip: readonly string[] = []): Output {
  const app = Testing.app();
  const input = inputs.reduce<ConfigInput>(merge, {});
  addStacks(app, defineConfig(input).config);
  const said = new Map<string, string[]>();
  const things = new Map<string, string>();
  const pods = new Map<string, string>();
  for (const stack of app.node.children) {
    if (!TerraformStack.isStack(stack)) continue;
    const { id } = stack.node;
    if (skip.includes(id)) continue;
    const add = (place: string, value: unknown) => {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      const lines = said.get(`${id}: ${place}`);
      if (lines === undefined) said.set(`${id}: ${place}`, [text]);
      else lines.push(text);
    };
    // It finds what a stack takes from another one, which this one does not, and takes as long again.
    if (id !== 'federation') stack.prepareStack();
    const fragments = fragmentsOf(stack);
    const resources = new Map<string, Block>();
    for (const fragment of fragments) {
      for (const [kind, block] of Object.entries(fragment.terraform?.backend ?? {})) {
        add(`backend.${kind}`, block);
      }
      for (const [type, blocks] of Object.entries(fragment.provider ?? {})) {
        for (const [key, value] of blocks.flatMap(Object.entries)) {
          add(`provider.${type}.${key}`, value);
        }
      }
      for (const [type, byId] of Object.entries(fragment.data ?? {})) {
        for (const [key, value] of Object.values(byId).flatMap(Object.entries)) {
          add(`data.${type}.${key}`, value);
        }
      }
      for (const [type, byId] of Object.entries(fragment.resource ?? {})) {
        for (const [name, block] of Object.entries(byId)) {
          for (const [key, value] of Object.entries(block)) add(`${type}.${key}`, value);
          resources.set(`${type}.${name}`, block);
          things.set(`${id}: ${type}.${name}`, JSON.stringify(identity(type, block)));
        }
      }
    }
    for (const [address, block] of resources) {
      if (address.startsWith('kubernetes_deployment_v1.')) {
        pods.set(`${id}: ${address}`, JSON.stringify(podsOf(block, resources)));
      }
    }
  }
  const places = new Map([...said].map(([place, lines]) => [place, lines.join('\n')]));
  return { places, things, pods };
}

/**
 * What each element of a stack says. The stack itself would resolve each of them, merge them, and resolve
 * the whole again, which takes twice as long.
 */
function fragmentsOf(stack: TerraformStack): readonly Fragment[] {
  const resolver = new DefaultTokenResolver(new StringConcat());
  return stack.node
    .findAll()
    .filter((element) => TerraformElement.isTerraformElement(element))
    .map((element): unknown => element.toTerraform())
    .map((said) => Tokenization.resolve(said, { scope: stack, resolver }) as Fragment);
}

/**
 * What Kubernetes and Helm cannot change of an object: another value makes another object of it. What AWS
 * cannot change Terraform's own plan says.
 */
function identity(type: string, { metadata, manifest, name, namespace, spec }: Block): unknown {
  const of = (value: unknown, ...keys: readonly string[]) =>
    isYamlMap(value) ? keys.map((key) => value[key]) : undefined;
  return [
    of(metadata, 'name', 'namespace'),
    of(manifest, 'apiVersion', 'kind'),
    isYamlMap(manifest) ? of(manifest['metadata'], 'name', 'namespace') : undefined,
    type === 'kubernetes_deployment_v1' ? of(spec, 'selector') : undefined,
    type === 'helm_release' ? [name, namespace] : undefined,
  ];
}

/** A pod template, and the configuration by whose hash its pods are recreated. */
function podsOf({ spec }: Block, resources: ReadonlyMap<string, Block>): unknown {
  const template = isYamlMap(spec) ? spec['template'] : undefined;
  const hashed = [...JSON.stringify(template).matchAll(/jsonencode\(([\w-]+)\.([\w-]+)\.data\)/g)];
  return [
    template,
    ...hashed.map(([, type = '', id = '']) => resources.get(`${type}.${id}`)?.['data']),
  ];
}
