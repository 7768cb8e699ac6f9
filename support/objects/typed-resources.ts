import { isYamlMap, type YamlMap, yamlMap } from '../../constructs/kubernetes/yaml-file';
import type { Kind, KindSchema } from './kinds';

/*
 * Typed resources (`kubernetes_deployment_v1`) say in snake case, with singular names for the blocks of
 * a list and all numbers as text, what Kubernetes has a schema for. So the schema that the server itself
 * publishes tells how to turn the one into the other.
 */

/** Arguments of Terraform's, and those by which the provider waits. */
const NOT_OF_THE_OBJECT =
  /^(\/\/|count|connection|data_wo_revision|depends_on|for_each|lifecycle|provider|provisioner|timeouts|wait_.*)$/;

/** Names that no rule finds. Write-only data is as good as any for the server. */
const RENAMED: Readonly<Record<string, string>> = {
  data_wo: 'data',
  storage_provisioner: 'provisioner',
};

/** The kind that a type of the provider is about: `kubernetes_cron_job_v1` is CronJob of batch/v1. */
export function typedKind(type: string, kinds: readonly Kind[]): Kind | undefined {
  const name = plain(type.replace(/^kubernetes_/, ''));
  return kinds.find(({ apiVersion, kind }) => {
    const version = apiVersion.split('/').at(-1) ?? '';
    return name === `${plain(kind)}${version}`;
  });
}

/**
 * The object that a typed resource makes. An argument whose field is not found keeps a name that the
 * server does not know either, so that nothing is left out in silence.
 */
export function typedManifest(
  { apiVersion, kind }: Kind,
  { schema, definitions }: KindSchema,
  block: YamlMap,
): YamlMap {
  const ofTheObject = Object.entries(block).filter(([name]) => !NOT_OF_THE_OBJECT.test(name));
  const object = convert(Object.fromEntries(ofTheObject), schema, definitions);
  return { apiVersion, kind, ...yamlMap(object) };
}

function convert(value: unknown, unresolved: unknown, definitions: YamlMap): unknown {
  const schema = resolve(unresolved, definitions);
  if (schema.type === 'array') {
    const items: unknown[] = Array.isArray(value) ? value : [value];
    return items.map((item) => convert(item, schema.items, definitions));
  }
  // A block that can be there once may be written as a list of one.
  const one: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (isYamlMap(one)) {
    return isYamlMap(schema.properties)
      ? fields(one, schema.properties, definitions)
      : mapValues(one, (entry) => convert(entry, schema.additionalProperties, definitions));
  }
  if (typeof one !== 'string') return one;
  if (schema.format === 'byte') return Buffer.from(one).toString('base64');
  if (schema.type === 'integer') {
    // A file's mode is written as in chmod.
    return /^0[0-7]+$/.test(one) ? Number.parseInt(one, 8) : Number(one);
  }
  return schema.format === 'int-or-string' && /^\d+$/.test(one) ? Number(one) : one;
}

function fields(block: YamlMap, properties: YamlMap, definitions: YamlMap): YamlMap {
  return Object.fromEntries(
    Object.entries(block)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([argument, value]) => {
        const name = fieldName(argument, Object.keys(properties));
        return name === undefined
          ? [argument, value]
          : [name, convert(value, properties[name], definitions)];
      }),
  );
}

function fieldName(argument: string, names: readonly string[]): string | undefined {
  const single = plain(RENAMED[argument] ?? argument);
  const plurals = [`${single}s`, `${single}es`, single.replace(/y$/, 'ies')];
  return [single, ...plurals].flatMap((form) => names.filter((name) => plain(name) === form))[0];
}

/** What is left of `cluster_ip` and `clusterIP` alike. */
function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

/** Follows references, which the server wraps in an `allOf` to put a default beside them. */
function resolve(schema: unknown, definitions: YamlMap): YamlMap {
  if (!isYamlMap(schema)) return {};
  const { $ref, allOf } = schema;
  if (typeof $ref === 'string')
    return resolve(definitions[$ref.split('/').at(-1) ?? ''], definitions);
  return Array.isArray(allOf) && allOf.length === 1 ? resolve(allOf[0], definitions) : schema;
}

function mapValues(value: YamlMap, change: (entry: unknown) => unknown): YamlMap {
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, change(entry)]));
}
