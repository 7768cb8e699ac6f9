import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { parse, parseAllDocuments } from 'yaml';
import { LINKERD_SCHEMAS, SCHEMAS } from './fetched-schemas';
import { GATEWAY_API_CRDS, moduleCrdFiles } from './module-crds';
import { CONSUL, ISTIO, LINKERD } from '../../versions';

/**
 * The upstream files that the tests hold the project against: CRDs and the charts' own values, of
 * the pinned versions. `npm run upstream` fetches them.
 */

/** The charts whose values the tests know, by the folder that holds them. */
export type Chart =
  | 'istio-base'
  | 'istio-cni'
  | 'istio-gateway'
  | 'istiod'
  | 'consul'
  | 'linkerd-crds'
  | 'linkerd-control-plane';

/** What is looked for together, by its version. */
interface Upstream {
  readonly crds: Readonly<Record<string, string>>;
  readonly charts: Readonly<Record<string, string>>;
}

const PAIR = {
  crds: { istio: ISTIO.version, 'consul-k8s': CONSUL.version },
  charts: {
    'istio-base': ISTIO.version,
    'istio-cni': ISTIO.version,
    'istio-gateway': ISTIO.version,
    istiod: ISTIO.version,
    consul: CONSUL.version,
  },
} satisfies Upstream;

const OF_LINKERD = {
  crds: { linkerd: LINKERD.version },
  charts: { 'linkerd-crds': LINKERD.version, 'linkerd-control-plane': LINKERD.version },
} satisfies Upstream;

const CRDS = { ...PAIR.crds, ...OF_LINKERD.crds };
const CHARTS: Readonly<Record<Chart, string>> = { ...PAIR.charts, ...OF_LINKERD.charts };

/**
 * The folder of a release: of the pinned version, else of the last one there is of its minor version.
 * Older ones do not count: a check against them would say nothing.
 */
function releaseFolder(parent: string, name: string, version: string): string | undefined {
  const line = version.split('.').slice(0, 2).join('.');
  const found = existsSync(parent) ? readdirSync(parent) : [];
  const folder =
    found.find((entry) => entry === `${name}-${version}`) ??
    found
      .filter((entry) => entry.startsWith(`${name}-${line}.`))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .at(-1);
  return folder === undefined ? undefined : join(parent, folder);
}

/** Folder with `crds/` and `chart-values/` of Istio and Consul, or undefined when it is nowhere. */
export function schemasFolder(): string | undefined {
  return folderOf(PAIR);
}

/** The same of Linkerd. */
export function linkerdSchemasFolder(): string | undefined {
  return folderOf(OF_LINKERD);
}

function folderOf({ crds, charts }: Upstream): string | undefined {
  const shared = join(__dirname, '..', '..', '..', 'shared');
  return [process.env.MESH_SCHEMAS, SCHEMAS, LINKERD_SCHEMAS, shared].find(
    (folder) =>
      folder !== undefined &&
      Object.entries(crds).every(([name, version]) =>
        releaseFolder(join(folder, 'crds'), name, version),
      ) &&
      Object.entries(charts).every(([name, version]) =>
        releaseFolder(join(folder, 'chart-values'), name, version),
      ),
  );
}

/** Paths of the CRDs of a mesh; of Linkerd none where they were not fetched. */
export function crdFiles(mesh: keyof typeof CRDS): string[] {
  const root = mesh === 'linkerd' ? linkerdSchemasFolder() : folder();
  if (root === undefined) return [];
  const release = releaseFolder(join(root, 'crds'), mesh, CRDS[mesh]);
  return release === undefined ? [] : readdirSync(release).map((file) => join(release, file));
}

/** What to put into the name of a suite that is skipped for want of the files. */
export const schemasMissing = 'upstream schemas not found: run "npm run upstream"';
export const linkerdSchemasMissing = 'schemas of Linkerd not found: run "npm run upstream"';

type Json = null | boolean | number | string | Json[] | JsonMap;
interface JsonMap {
  readonly [key: string]: Json;
}

function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function map(value: Json | undefined): JsonMap {
  return isMap(value) ? value : {};
}

/** A text as it is, anything else as a question mark. */
function text(value: unknown): string {
  return typeof value === 'string' ? value : '?';
}

function folder(): string {
  const found = schemasFolder();
  if (found === undefined) throw new Error(schemasMissing);
  return found;
}

// ---------------------------------------------------------------------------------- custom resources

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
      const spec = map(map(document.toJS() as Json).spec);
      const versions = Array.isArray(spec.versions) ? spec.versions.map(map) : [];
      for (const version of versions.filter(({ served }) => served === true)) {
        const key = `${text(spec.group)}/${text(version.name)}/${text(map(spec.names).kind)}`;
        let kind: Kind | undefined;
        kinds.set(key, () => {
          kind ??= {
            namespaced: spec.scope === 'Namespaced',
            validate: ajv.compile(rootSchema(map(map(version.schema).openAPIV3Schema))),
          };
          return kind;
        });
      }
    }
  }
  return kinds;
}

/** `metadata` is bare in a CRD: the API server knows it from elsewhere. */
function rootSchema(schema: JsonMap): JsonMap {
  const texts = { type: 'object', additionalProperties: { type: 'string' } };
  const strictly = map(strict(schema));
  return {
    ...strictly,
    required: ['apiVersion', 'kind', 'metadata'],
    properties: {
      ...map(strictly.properties),
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
function strict(schema: Json): Json {
  if (!isMap(schema)) {
    return schema;
  }
  const { type, ...rest } = schema;
  const result: Record<string, Json> = { ...schema };
  if (schema['x-kubernetes-int-or-string'] === true) {
    return { ...rest, type: ['integer', 'string'] };
  }
  if (isMap(schema.properties)) {
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [name, strict(property)]),
    );
  }
  if (schema.items !== undefined) {
    result.items = strict(schema.items);
  }
  if (isMap(schema.additionalProperties)) {
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
  if (!isMap(resource)) {
    return ['not an object'];
  }
  const { apiVersion, kind, metadata } = resource;
  const name = `${text(kind)} ${text(map(metadata).name)}`;
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
  if (found.namespaced !== (map(metadata).namespace !== undefined)) {
    errors.push(`${name}: ${found.namespaced ? 'needs a' : 'has no'} namespace`);
  }
  return errors;
}

// -------------------------------------------------------------------------------------- chart values

/**
 * Mappings with keys of the user's own, that the chart's values show an example or a default of. An
 * empty mapping, `null` or a list in the chart's values takes anything without being named here.
 */
const FREE_KEYS: Readonly<Record<Chart, readonly string[]>> = {
  'istio-base': [],
  'istio-cni': [],
  'istio-gateway': ['labels', 'podAnnotations'],
  // Field names of MeshConfig, which istiod checks: https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/
  istiod: ['meshConfig'],
  consul: ['client.nodeMeta'],
  'linkerd-crds': [],
  'linkerd-control-plane': [],
};

/** Keys of list items and of mappings that the chart's values describe in comments only. */
const DOCUMENTED_KEYS: Readonly<Record<string, readonly string[]>> = {
  'consul:server.extraVolumes[]': ['type', 'name', 'load', 'items'],
  'consul:server.persistentVolumeClaimRetentionPolicy': ['whenDeleted', 'whenScaled'],
  'istio-gateway:service.ports[]': ['name', 'port', 'protocol', 'targetPort', 'nodePort'],
  'istio-gateway:podDisruptionBudget': [
    'minAvailable',
    'maxUnavailable',
    'unhealthyPodEvictionPolicy',
  ],
};

/** Keys that the chart's values describe in comments only, and what they are like: a place in the values. */
const LIKE: Readonly<Record<string, string>> = {
  'linkerd-control-plane:proxy.accessLog': 'proxy.logFormat',
  'linkerd-control-plane:identityResources': 'proxy.resources',
  'linkerd-control-plane:destinationResources': 'proxy.resources',
  'linkerd-control-plane:spValidatorResources': 'proxy.resources',
  'linkerd-control-plane:proxyInjectorResources': 'proxy.resources',
};

interface ChartValues {
  readonly defaults: JsonMap;
  /** The chart's own schema, where it has one. */
  readonly validate?: ValidateFunction;
}

const charts = new Map<Chart, ChartValues>();

function chartValues(chart: Chart): ChartValues {
  const known = charts.get(chart);
  if (known !== undefined) {
    return known;
  }
  const ofMesh = chart in OF_LINKERD.charts ? linkerdSchemasFolder() : folder();
  if (ofMesh === undefined) throw new Error(linkerdSchemasMissing);
  const root = join(ofMesh, 'chart-values');
  const release = releaseFolder(root, chart, CHARTS[chart]);
  if (release === undefined) {
    throw new Error(`no values of chart ${chart} ${CHARTS[chart]} in ${root}`);
  }
  const values = map(parse(readFileSync(join(release, 'values.yaml'), 'utf8')) as Json);
  const schemaFile = join(release, 'values.schema.json');
  let validate: ValidateFunction | undefined;
  if (existsSync(schemaFile)) {
    const schema = map(JSON.parse(readFileSync(schemaFile, 'utf8')) as Json);
    validate = new Ajv({ strict: false, allErrors: true }).compile({
      ...schema,
      // Names no draft that ajv knows.
      $schema: undefined,
    });
  }
  const loaded = {
    // Istio keeps its defaults under a key that users must not set.
    defaults: map(values._internal_defaults_do_not_set ?? values),
    validate,
  };
  charts.set(chart, loaded);
  return loaded;
}

/**
 * Checks that every key of our values exists in the chart's own, that a value is of the kind that
 * the chart has there, and the chart's schema where it has one. Charts without a schema ignore a key
 * that they do not know.
 *
 * @returns One line for each mistake; none when all is well.
 */
export function chartValueErrors(chart: Chart, values: unknown): string[] {
  const { defaults, validate } = chartValues(chart);
  validate?.(values);
  return [
    ...unknownKeys(chart, '', values, defaults),
    ...(validate?.errors ?? []).map(
      ({ instancePath, message }) => `${chart}: ${instancePath} ${message}`,
    ),
  ];
}

function unknownKeys(
  chart: Chart,
  path: string,
  ours: unknown,
  theirs: Json | undefined,
): string[] {
  if (FREE_KEYS[chart].includes(path)) {
    return [];
  }
  if (Array.isArray(ours)) {
    if (theirs !== null && theirs !== undefined && !Array.isArray(theirs)) {
      return [`${chart}: ${path} is a list, the chart has ${kindOf(theirs)}`];
    }
    return ours.flatMap((item: unknown) =>
      unknownKeys(chart, `${path}[]`, item, itemDefaults(chart, path, theirs)),
    );
  }
  if (!isMap(ours)) {
    // "" and "-" stand for "not set" in both projects' charts, null for every type.
    const open = theirs === null || theirs === undefined || theirs === '' || theirs === '-';
    return ours === null || open || kindOf(ours) === kindOf(theirs)
      ? []
      : [`${chart}: ${path} is ${kindOf(ours)}, the chart has ${kindOf(theirs)}`];
  }
  const documented = DOCUMENTED_KEYS[`${chart}:${path}`];
  if (documented !== undefined) {
    return Object.keys(ours)
      .filter((key) => !documented.includes(key))
      .map((key) => `${chart}: ${path}.${key} does not exist`);
  }
  if (theirs === null || theirs === undefined || (isMap(theirs) && isEmpty(theirs))) {
    return [];
  }
  if (!isMap(theirs)) {
    return [`${chart}: ${path} is a mapping, the chart has ${kindOf(theirs)}`];
  }
  return Object.entries(ours).flatMap(([key, value]) => {
    const inner = path === '' ? key : `${path}.${key}`;
    if (key in theirs) {
      return unknownKeys(chart, inner, value, theirs[key]);
    }
    const like = LIKE[`${chart}:${inner}`];
    if (like !== undefined) {
      const defaults: Json = chartValues(chart).defaults;
      const there = like.split('.').reduce<Json | undefined>((at, part) => map(at)[part], defaults);
      return unknownKeys(chart, inner, value, there ?? {});
    }
    return isResourceKey(path, key) ? [] : [`${chart}: ${inner} does not exist`];
  });
}

/** Container resources may name limits where the chart has requests only, and the like. */
function isResourceKey(path: string, key: string): boolean {
  if (/(^|\.)resources$/.test(path)) {
    return ['limits', 'requests'].includes(key);
  }
  return (
    /(^|\.)resources\.(limits|requests)$/.test(path) &&
    ['cpu', 'memory', 'ephemeral-storage'].includes(key)
  );
}

/** What an item of a list may hold: all that the items of the chart's own list hold. */
function itemDefaults(chart: Chart, path: string, theirs: Json | undefined): Json | undefined {
  if (chart === 'consul' && path === 'ingressGateways.gateways') {
    // A gateway takes a name and each key of the gateways' defaults.
    return { name: '', ...map(map(chartValues('consul').defaults.ingressGateways).defaults) };
  }
  const items = Array.isArray(theirs) ? theirs.filter(isMap) : [];
  return items.length === 0 ? undefined : (Object.assign({}, ...items) as JsonMap);
}

function isEmpty(value: JsonMap): boolean {
  return Object.keys(value).length === 0;
}

function kindOf(value: unknown): string {
  if (value === null) {
    return 'null';
  }
  return Array.isArray(value) ? 'a list' : isMap(value) ? 'a mapping' : `a ${typeof value}`;
}
