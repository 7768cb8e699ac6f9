import { readFileSync } from 'node:fs';
import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { parseAllDocuments } from 'yaml';
import { isYamlMap, type YamlMap, yamlMap, yamlMaps } from '../../constructs/kubernetes/yaml-file';
import { GATEWAY_API_CRDS, moduleCrdFiles } from './module-crds';
import { crdFiles } from './schemas';

interface Kind {
  readonly namespaced: boolean;
  readonly validate: ValidateFunction;
}

let kinds: Map<string, () => Kind> | undefined;

/** Every served version of every CRD, by `group/version/Kind`; compiled when first asked for. */
function customKinds(): Map<string, () => Kind> {
  if (kinds !== undefined) {
    return kinds;
  }
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  kinds = new Map();
  const files = [
    ...crdFiles('istio'),
    ...crdFiles('consul-k8s'),
    ...crdFiles('linkerd'),
    ...(moduleCrdFiles(GATEWAY_API_CRDS) ?? []),
  ];
  for (const file of files) {
    for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) {
      const spec = yamlMap(yamlMap(document.toJS()).spec);
      for (const version of yamlMaps(spec.versions).filter(({ served }) => served === true)) {
        const key = `${text(spec.group)}/${text(version.name)}/${text(yamlMap(spec.names).kind)}`;
        let kind: Kind | undefined;
        kinds.set(key, () => {
          kind ??= {
            namespaced: spec.scope === 'Namespaced',
            validate: ajv.compile(rootSchema(yamlMap(yamlMap(version.schema).openAPIV3Schema))),
          };
          return kind;
        });
      }
    }
  }
  return kinds;
}

/** `metadata` is bare in a CRD: the API server knows it from elsewhere. */
function rootSchema(schema: YamlMap): YamlMap {
  const texts = { type: 'object', additionalProperties: { type: 'string' } };
  const strictly = yamlMap(strict(schema));
  return {
    ...strictly,
    required: ['apiVersion', 'kind', 'metadata'],
    properties: {
      ...yamlMap(strictly.properties),
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: {
        type: 'object',
        additionalProperties: false,
        required: ['name'],
        properties: {
          name: { type: 'string', pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$', maxLength: 253 },
          namespace: { type: 'string', pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', maxLength: 63 },
          labels: texts,
          annotations: texts,
        },
      },
    },
  };
}

/**
 * A CRD's schema in which a field that it does not name is an error. The API server would prune such
 * a field without a word.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning
 */
function strict(schema: unknown): unknown {
  if (!isYamlMap(schema)) {
    return schema;
  }
  const { type, ...rest } = schema;
  const result: Record<string, unknown> = { ...schema };
  if (schema['x-kubernetes-int-or-string'] === true) {
    return { ...rest, type: ['integer', 'string'] };
  }
  if (isYamlMap(schema.properties)) {
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [name, strict(property)]),
    );
  }
  if (schema.items !== undefined) {
    result.items = strict(schema.items);
  }
  if (isYamlMap(schema.additionalProperties)) {
    result.additionalProperties = strict(schema.additionalProperties);
  } else if (
    type === 'object' &&
    schema.additionalProperties === undefined &&
    schema['x-kubernetes-preserve-unknown-fields'] !== true
  ) {
    result.additionalProperties = false;
  }
  // oneOf, anyOf and not only say which of the fields go together; they name them once more.
  return result;
}

/**
 * Checks a custom resource strictly against the CRD of the pinned version: unknown fields, wrong
 * types, values outside an enumeration, a missing or superfluous namespace. CEL rules are left to a
 * real API server.
 *
 * @returns One line for each mistake; none when it is valid.
 */
export function customResourceErrors(resource: unknown): string[] {
  if (!isYamlMap(resource)) {
    return ['not an object'];
  }
  const { apiVersion, kind, metadata } = resource;
  const name = `${text(kind)} ${text(yamlMap(metadata).name)}`;
  const found = customKinds().get(`${text(apiVersion)}/${text(kind)}`)?.();
  if (found === undefined) {
    return [`${name}: no CRD of the pinned versions serves ${text(apiVersion)} ${text(kind)}`];
  }
  found.validate(resource);
  const errors = (found.validate.errors ?? []).map((error) => {
    const params = error.params as Record<string, unknown>;
    const detail = params.additionalProperty ?? params.allowedValues;
    return `${name}: ${error.instancePath} ${error.message}${
      detail === undefined ? '' : ` (${JSON.stringify(detail)})`
    }`;
  });
  if (found.namespaced !== (yamlMap(metadata).namespace !== undefined)) {
    errors.push(`${name}: ${found.namespaced ? 'needs a' : 'has no'} namespace`);
  }
  return errors;
}

/** A text as it is, anything else as a question mark. */
function text(value: unknown): string {
  return typeof value === 'string' ? value : '?';
}
