import { z } from 'zod';
import { settings } from '../../config/settings';

type Json = z.core.JSONSchema.JSONSchema & { readonly whenChanged?: string };

/** A setting by its path on the page of settings, and what it declares of a change. */
export type Leaf = readonly [path: string, declared: string | undefined];

/** The clusters have these sections once more, to differ from what both share. */
const SHARED = ['clusters.<name>.network', 'clusters.<name>.eks'];

/** Every setting, from the schema: what holds a value, and each list or map with names of the user's own. */
export function settingLeaves(): Leaf[] {
  const root = json(z.toJSONSchema(settings, { io: 'input', unrepresentable: 'any' }));
  const found = Object.entries(root.properties ?? {})
    .flatMap(([name, section]) => leaves(name, json(section)))
    // What is in them declares what changing it does.
    .filter(([path]) => !['clusters', 'meshes', 'accessPolicy.meshes'].includes(path));
  return [...new Map(found)];
}

function leaves(path: string, schema: Json): Leaf[] {
  if (SHARED.includes(path)) return [];
  const { properties, items, additionalProperties, oneOf, anyOf } = schema;
  const own: Leaf = [path, schema.whenChanged];
  if (properties !== undefined) {
    return [
      ...(own[1] === undefined ? [] : [own]),
      ...Object.entries(properties)
        .filter(([, property]) => json(property).const === undefined)
        .flatMap(([name, property]) => leaves(`${path}.${name}`, json(property))),
    ];
  }
  const kinds = (oneOf ?? []).map(json).filter((kind) => kind.properties !== undefined);
  // Where charts come from is one setting, whatever it takes to say it.
  if (kinds.length > 0 && !path.endsWith('.charts')) {
    return [own, ...kinds.flatMap((kind) => leaves(path, { ...kind, whenChanged: undefined }))];
  }
  const entry = [items, ...(anyOf ?? [])].map(json).find(({ properties: of }) => of !== undefined);
  const named = json(additionalProperties);
  return [
    own,
    ...(entry === undefined ? [] : leaves(`${path}[]`, entry)),
    ...(named.properties === undefined && named.oneOf === undefined
      ? []
      : leavesOfNamed(`${path}.<name>`, named)),
  ];
}

/** What has a name of the user's own. On the page a mesh is called like its kind. */
function leavesOfNamed(path: string, named: Json): Leaf[] {
  if (!path.endsWith('meshes.<name>')) return leaves(path, named);
  return (named.oneOf ?? []).map(json).flatMap((variant) => {
    const { const: kind } = json(variant.properties?.['kind']);
    return leaves(path.replace('<name>', String(kind)), variant);
  });
}

function json(schema: unknown): Json {
  return isJson(schema) ? schema : {};
}

function isJson(schema: unknown): schema is Json {
  return typeof schema === 'object' && schema !== null;
}
