import { TerraformResource, TerraformStack, Token } from 'cdktf';
import type { Construct, IConstruct } from 'constructs';
import { textIn, yamlMap } from './yaml-file';

/** They change what something else has made. */
const ADDED_TO_OBJECTS: ReadonlySet<string> = new Set([
  'kubernetes_annotations',
  'kubernetes_config_map_v1_data',
  'kubernetes_env',
  'kubernetes_labels',
  'kubernetes_secret_v1_data',
]);

/** How many objects a message names. */
const NAMED = 3;

const looked = new WeakSet<IConstruct>();

/**
 * Refuses the synthesis of a stack that makes an object or a Helm release twice by one provider, such as that of two
 * federations without a name in a cluster: Terraform would plan both, and stop in the middle of the deploy. What is
 * made by another stack, or by another provider that reaches the same cluster, is not seen.
 */
export function refuseObjectsMadeTwice(scope: Construct): void {
  const stack = TerraformStack.of(scope);
  if (looked.has(stack)) return;
  looked.add(stack);
  stack.node.addValidation({ validate: () => problems(stack) });
}

function problems(stack: TerraformStack): string[] {
  const makers = new Map<string, TerraformResource>();
  const twice = new Map<string, { readonly owners: string; readonly objects: string[] }>();
  for (const child of stack.node.findAll()) {
    if (!TerraformResource.isTerraformResource(child)) continue;
    const made = objectOf(child);
    if (made === undefined) continue;
    const key = [child.provider?.fqn ?? made.api, made.type, made.name].join(' ');
    const first = makers.get(key);
    if (first === undefined) {
      makers.set(key, child);
      continue;
    }
    const owners = ownersOf(first, child);
    const objects = twice.get(owners)?.objects ?? [];
    twice.set(owners, { owners, objects: [...objects, `${made.title} ${made.name}`] });
  }
  return [...twice.values()].map(({ owners, objects }) => messageOf(owners, objects));
}

function messageOf(owners: string, objects: readonly string[]): string {
  const more = objects.length - NAMED;
  return (
    `${owners} make the same in one cluster: ${objects.slice(0, NAMED).join(', ')}` +
    `${more > 0 ? ` and ${more} more` : ''}; leave one of them out, or give one another provider, or another ` +
    'name or namespace (a Federation has a name for that)'
  );
}

interface MadeObject {
  /** `kubernetes` or `helm`. */
  readonly api: string;
  readonly type: string;
  /** The type, for people. */
  readonly title: string;
  /** With its namespace, if it has one. */
  readonly name: string;
}

/** What a resource makes; nothing where that is no object, or known only when it is deployed. */
function objectOf(resource: TerraformResource): MadeObject | undefined {
  const { terraformResourceType: type, count, forEach } = resource;
  const [api = ''] = type.split('_');
  if (api !== 'kubernetes' && api !== 'helm') return undefined;
  if (ADDED_TO_OBJECTS.has(type) || count !== undefined || forEach !== undefined) return undefined;
  if (type === 'helm_release') {
    const name = nameIn({
      name: 'nameInput' in resource ? resource.nameInput : undefined,
      namespace: 'namespaceInput' in resource ? resource.namespaceInput : undefined,
    });
    return name === undefined ? undefined : { api, type, title: 'Helm release', name };
  }
  if (type === 'kubernetes_manifest') {
    const manifest = yamlMap('manifestInput' in resource ? resource.manifestInput : undefined);
    const [kind, group] = [textIn(manifest, 'kind'), textIn(manifest, 'apiVersion')];
    const name = nameIn(yamlMap(manifest['metadata']));
    if (kind === undefined || name === undefined) return undefined;
    return { api, type: `${group} ${kind}`, title: kind, name };
  }
  const name = nameIn(yamlMap('metadataInput' in resource ? resource.metadataInput : undefined));
  const title = type.replace(/^kubernetes_/, '').replace(/_v\d+$/, '');
  return name === undefined ? undefined : { api, type, title: title.replaceAll('_', ' '), name };
}

function nameIn(metadata: Readonly<Record<string, unknown>>): string | undefined {
  const { name, namespace = '' } = metadata;
  if (typeof name !== 'string' || typeof namespace !== 'string') return undefined;
  if (Token.isUnresolved(name)) return undefined;
  return namespace === '' ? name : `${namespace}/${name}`;
}

/** The constructs that two resources are of, where their ways part. */
function ownersOf(one: IConstruct, other: IConstruct): string {
  const [first, second] = [one.node.scopes, other.node.scopes];
  const parted = first.findIndex((scope, i) => scope !== second[i]);
  return [first[parted] ?? one, second[parted] ?? other]
    .map((owner) => `${owner.constructor.name} ${owner.node.path}`)
    .join(' and ');
}
