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
import { resolved } from '../../stacks/large-stack';
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
 * The output of settings that are laid over others: as a function of the stacks that are not looked at, for speed.
 * Each stack is looked at once.
 */
export function outputOf(inputs: readonly ConfigInput[]): (skip?: readonly string[]) => Output {
  const app = Testing.app();
  const input = inputs.reduce<ConfigInput>(merge, {});
  addStacks(app, defineConfig(input).config);
  const stacks = app.node.children.filter((child) => TerraformStack.isStack(child));
  const seen = new Map<TerraformStack, Output>();
  const of = (stack: TerraformStack): Output => {
    const output = seen.get(stack) ?? stackOutput(stack);
    seen.set(stack, output);
    return output;
  };
  return (skip = []) => {
    const outputs = stacks.filter(({ node }) => !skip.includes(node.id)).map(of);
    const all = (part: keyof Output) => new Map(outputs.flatMap((output) => [...output[part]]));
    return { places: all('places'), things: all('things'), pods: all('pods') };
  };
}

function stackOutput(stack: TerraformStack): Output {
  const { id } = stack.node;
  const said = new Map<string, string[]>();
  const things = new Map<string, string>();
  const pods = new Map<string, string>();
  const add = (place: string, value: unknown) => {
    if (value === undefined) return;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const lines = said.get(`${id}: ${place}`);
    if (lines === undefined) said.set(`${id}: ${place}`, [text]);
    else lines.push(text);
  };
  const resources = new Map<string, Block>();
  for (const fragment of fragmentsOf(stack)) {
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
  const places = new Map([...said].map(([place, lines]) => [place, lines.join('\n')]));
  return { places, things, pods };
}

/**
 * What each element of a stack says. The stack itself would resolve each of them, merge them, and resolve
 * the whole again, which takes twice as long.
 */
function fragmentsOf(stack: TerraformStack): readonly Fragment[] {
  const elements = () =>
    stack.node.findAll().filter((element) => TerraformElement.isTerraformElement(element));
  const resolve = (value: unknown, preparing: boolean) =>
    resolved(value, (token) =>
      Tokenization.resolve(token, { scope: stack, resolver: RESOLVER, preparing }),
    );
  const said = new Map(elements().map((element) => [element, element.toTerraform() as unknown]));
  // Finds what this stack takes from others, and adds where it reads that.
  const tokens = new Set([...said.values()].filter((value) => resolve(value, true) !== value));
  return elements().map((element) => {
    const value = said.get(element) ?? (element.toTerraform() as unknown);
    return (tokens.has(value) || !said.has(element) ? resolve(value, false) : value) as Fragment;
  });
}

const RESOLVER = new DefaultTokenResolver(new StringConcat());

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
