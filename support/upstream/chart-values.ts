import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import { isYamlMap, type YamlMap, yamlMap, yamlMaps } from '../../constructs/kubernetes/yaml-file';
import { type Chart, chartFolder } from './schemas';

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
  readonly defaults: YamlMap;
  /** The chart's own schema, where it has one. */
  readonly validate?: ValidateFunction;
}

const charts = new Map<Chart, ChartValues>();

function chartValues(chart: Chart): ChartValues {
  const known = charts.get(chart);
  if (known !== undefined) {
    return known;
  }
  const release = chartFolder(chart);
  const values = yamlMap(parse(readFileSync(join(release, 'values.yaml'), 'utf8')));
  const schemaFile = join(release, 'values.schema.json');
  let validate: ValidateFunction | undefined;
  if (existsSync(schemaFile)) {
    const schema = yamlMap(JSON.parse(readFileSync(schemaFile, 'utf8')));
    validate = new Ajv({ strict: false, allErrors: true }).compile({
      ...schema,
      // Names no draft that ajv knows.
      $schema: undefined,
    });
  }
  const loaded = {
    // Istio keeps its defaults under a key that users must not set.
    defaults: yamlMap(values._internal_defaults_do_not_set ?? values),
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

function unknownKeys(chart: Chart, path: string, ours: unknown, theirs: unknown): string[] {
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
  if (!isYamlMap(ours)) {
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
  if (theirs === null || theirs === undefined || (isYamlMap(theirs) && isEmpty(theirs))) {
    return [];
  }
  if (!isYamlMap(theirs)) {
    return [`${chart}: ${path} is a mapping, the chart has ${kindOf(theirs)}`];
  }
  return Object.entries(ours).flatMap(([key, value]) => {
    const inner = path === '' ? key : `${path}.${key}`;
    if (key in theirs) {
      return unknownKeys(chart, inner, value, theirs[key]);
    }
    const like = LIKE[`${chart}:${inner}`];
    if (like !== undefined) {
      const { defaults } = chartValues(chart);
      const there = like.split('.').reduce<unknown>((at, part) => yamlMap(at)[part], defaults);
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
function itemDefaults(chart: Chart, path: string, theirs: unknown): unknown {
  if (chart === 'consul' && path === 'ingressGateways.gateways') {
    // A gateway takes a name and each key of the gateways' defaults.
    return {
      name: '',
      ...yamlMap(yamlMap(chartValues('consul').defaults.ingressGateways).defaults),
    };
  }
  const items = yamlMaps(theirs);
  return items.length === 0 ? undefined : items.reduce((all, item) => ({ ...all, ...item }));
}

function isEmpty(value: YamlMap): boolean {
  return Object.keys(value).length === 0;
}

function kindOf(value: unknown): string {
  if (value === null) {
    return 'null';
  }
  return Array.isArray(value) ? 'a list' : isYamlMap(value) ? 'a mapping' : `a ${typeof value}`;
}
