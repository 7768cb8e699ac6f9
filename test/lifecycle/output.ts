import { TerraformStack, Testing } from 'cdktf';
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

interface File {
  readonly terraform?: { readonly backend?: Block };
  readonly provider?: Readonly<Record<string, readonly Block[]>>;
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Block>>>>;
  readonly data?: Readonly<Record<string, Readonly<Record<string, Block>>>>;
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
    const file = stack.toTerraform() as File;
    for (const [kind, block] of Object.entries(file.terraform?.backend ?? {})) {
      add(`backend.${kind}`, block);
    }
    for (const [type, blocks] of Object.entries(file.provider ?? {})) {
      for (const block of blocks) {
        for (const [key, value] of Object.entries(block)) add(`provider.${type}.${key}`, value);
      }
    }
    for (const [prefix, byType] of [
      ['', file.resource],
      ['data.', file.data],
    ] as const) {
      for (const [type, byId] of Object.entries(byType ?? {})) {
        for (const [name, block] of Object.entries(byId)) {
          for (const [key, value] of Object.entries(block)) add(`${prefix}${type}.${key}`, value);
          if (prefix !== '') continue;
          const address = `${id}: ${type}.${name}`;
          things.set(address, JSON.stringify(identity(type, block)));
          if (type === 'kubernetes_deployment_v1') {
            pods.set(address, JSON.stringify(podsOf(block, file)));
          }
        }
      }
    }
  }
  const places = new Map([...said].map(([place, lines]) => [place, lines.join('\n')]));
  return { places, things, pods };
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
function podsOf({ spec }: Block, { resource }: File): unknown {
  const template = isYamlMap(spec) ? spec['template'] : undefined;
  const hashed = [...JSON.stringify(template).matchAll(/jsonencode\(([\w-]+)\.([\w-]+)\.data\)/g)];
  return [template, ...hashed.map(([, type = '', id = '']) => resource?.[type]?.[id]?.['data'])];
}
