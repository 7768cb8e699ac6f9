import { z } from 'zod';
import { PROFILE_NAMES } from '../../config';
import { settings } from '../../config/settings';

type Schema = z.core.JSONSchema.JSONSchema;

/** The JSON Schema of `federation.yaml`, for editors; from the same declaration as the checks. */
export function settingsSchema(): Schema {
  const whole = z.toJSONSchema(settings, {
    io: 'input',
    unrepresentable: 'any',
    // Editors show the description, and nothing that they do not know.
    override({ jsonSchema }) {
      const { whenChanged, description } = jsonSchema as Schema & { readonly whenChanged?: string };
      if (whenChanged === undefined) return;
      delete jsonSchema['whenChanged'];
      const words = `When changed on a deployed pair: ${whenChanged}.`;
      jsonSchema.description = description === undefined ? words : `${description} ${words}`;
    },
  });
  const { $schema, ...rest } = partial(whole);
  return {
    $schema,
    title: 'federation.yaml',
    description: 'Settings of the mesh federation, over those of a profile.',
    ...rest,
    properties: {
      profile: {
        description: 'Where to start from.',
        type: 'string',
        enum: [...PROFILE_NAMES],
      },
      ...rest.properties,
      clusters: named('clusters', rest.properties?.['clusters']),
      meshes: named('meshes', rest.properties?.['meshes']),
    },
  };
}

/** What a file leaves out comes from the profile: maps are merged, so that nothing in them is required. */
function partial(schema: Schema): Schema {
  const { oneOf, anyOf, properties, additionalProperties, ...rest } = schema;
  delete rest.required;
  // Names are checked where mistakes can be told in words.
  delete rest.propertyNames;
  // What leaves its kind to the profile fits several.
  const variants = [...(oneOf ?? []), ...(anyOf ?? [])];
  return {
    ...rest,
    ...(variants.length > 0 ? { anyOf: variants.map(partial) } : {}),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, one]) => [name, inner(one)]),
          ),
        }),
    ...(additionalProperties === undefined
      ? {}
      : { additionalProperties: inner(additionalProperties) }),
  };
}

function inner(schema: Schema | boolean): Schema | boolean {
  return typeof schema === 'boolean' ? schema : partial(schema);
}

/**
 * With names of the user's own, each says its kind; with those of the default pair the profile does, or
 * the name of a mesh.
 */
function named(section: 'clusters' | 'meshes', schema: Schema | boolean | undefined): Schema {
  const whole = typeof schema === 'object' ? schema : {};
  const each = typeof whole.additionalProperties === 'object' ? whole.additionalProperties : {};
  const withKind = (variant: Schema) => ({ ...variant, required: ['kind'] });
  const ofPair = (name: string): Schema => ({
    ...each,
    anyOf: each.anyOf?.map((variant) =>
      section === 'clusters' || kindOf(variant) === name ? variant : withKind(variant),
    ),
  });
  return {
    ...whole,
    properties: { istio: ofPair('istio'), consul: ofPair('consul') },
    additionalProperties: { ...each, anyOf: each.anyOf?.map(withKind) },
  };
}

function kindOf({ properties }: Schema): unknown {
  const kind = properties?.['kind'];
  return typeof kind === 'object' ? kind.const : undefined;
}
