import { z } from 'zod';
import { isYamlMap } from '../constructs/kubernetes/yaml-file';

/*
 * What a schema has where a setting is, or could be.
 */

/** A number or the like as it is written, `1.30`, where it is known. */
export type Written = (path: readonly PropertyKey[]) => string | undefined;

/** What was checked, and against what. */
export interface Checked {
  readonly schema: z.ZodType;
  readonly value: unknown;
  readonly written: Written;
}

/** One of several kinds of a map. */
export interface Variant {
  readonly kind: string;
  readonly object: z.core.$ZodObject;
  readonly keys: readonly string[];
  /** What it is, `A new EKS cluster.` */
  readonly description?: string;
}

export function variantsAt(checked: Checked, path: readonly PropertyKey[]): Variant[] {
  return objectsAt(checked, path, unwrap).flatMap((object) => {
    const { shape } = object._zod.def;
    const [kind] = [...(shape['kind']?._zod.values ?? [])];
    const description = z.globalRegistry.get(shape['kind'] ?? object)?.description;
    return typeof kind === 'string'
      ? [{ kind, object, keys: Object.keys(shape), description }]
      : [];
  });
}

/** Names of the settings that the schema has at this place. */
export function keysAt(checked: Checked, path: readonly PropertyKey[]): string[] {
  const objects = objectsAt(checked, path, variantsOf);
  return [...new Set(objects.flatMap((object) => Object.keys(object._zod.def.shape)))];
}

/** The maps that the schema has at this place. */
export function objectsAt(
  { schema, value }: Checked,
  path: readonly PropertyKey[],
  last: (schema: z.core.$ZodType, value: unknown) => z.core.$ZodType[],
): z.core.$ZodObject[] {
  const variants = (inner: z.core.$ZodType, at: unknown, depth: number) =>
    depth === path.length ? last(inner, at) : variantsOf(inner, at);
  let schemas = variants(schema, value, 0);
  let here = value;
  for (const [depth, key] of path.entries()) {
    here = entryOf(here, key);
    schemas = schemas.flatMap((outer) =>
      below(outer, key).flatMap((one) => variants(one, here, depth + 1)),
    );
  }
  return schemas.filter(isObject);
}

/** What the schema has at an entry. */
export function below(schema: z.core.$ZodType, key: PropertyKey): z.core.$ZodType[] {
  const { def } = schema._zod;
  const found = isObject(schema)
    ? schema._zod.def.shape[String(key)]
    : def.type === 'array'
      ? (schema as z.core.$ZodArray)._zod.def.element
      : def.type === 'record'
        ? (schema as z.core.$ZodRecord)._zod.def.valueType
        : undefined;
  return found === undefined ? [] : [found];
}

/** Without defaults and the like; where there are several kinds, the one of the value. */
function variantsOf(schema: z.core.$ZodType, value: unknown): z.core.$ZodType[] {
  const variants = unwrap(schema);
  const kind = entryOf(value, 'kind');
  return variants.filter(isObject).length < 2
    ? variants
    : variants.filter((variant) => {
        const kinds = isObject(variant) ? variant._zod.def.shape['kind']?._zod.values : undefined;
        return kinds === undefined || kinds.has(kind as string);
      });
}

export function entryOf(value: unknown, key: PropertyKey): unknown {
  if (Array.isArray(value)) return (value as unknown[])[Number(key)];
  return isYamlMap(value) && Object.hasOwn(value, key) ? value[String(key)] : undefined;
}

export function isObject(schema: z.core.$ZodType): schema is z.core.$ZodObject {
  return schema._zod.def.type === 'object';
}

/** The schemas below defaults, optional and unions. */
export function unwrap(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(unwrap);
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional
  ) {
    return unwrap(schema.unwrap());
  }
  return [schema];
}

/** Paths of all settings of a name, anywhere below a schema. */
export function settingsCalled(key: string, schema: z.core.$ZodType, path: string): string[] {
  return [
    ...new Set(
      unwrap(schema).flatMap((one): string[] => {
        const { def } = one._zod;
        if (isObject(one)) {
          return Object.entries(one._zod.def.shape).flatMap(([name, inner]) => {
            const here = path === '' ? name : `${path}.${name}`;
            return [...(name === key ? [here] : []), ...settingsCalled(key, inner, here)];
          });
        }
        if (def.type === 'array') {
          return settingsCalled(key, (one as z.core.$ZodArray)._zod.def.element, `${path}[]`);
        }
        return def.type === 'record'
          ? settingsCalled(key, (one as z.core.$ZodRecord)._zod.def.valueType, `${path}.<name>`)
          : [];
      }),
    ),
  ];
}
