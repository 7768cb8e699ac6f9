import { isYamlMap, type YamlMap, yamlMap, yamlMaps } from '../../constructs/kubernetes/yaml-file';

/** Reads from an API server. */
export interface ApiReader {
  /** @throws Error with the server's message, when it does not answer with 2xx. */
  get(path: string, accept?: string): Promise<YamlMap>;
}

/** A kind of object that an API server knows. */
export interface Kind {
  /** Group and version: `apps/v1`, or `v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  /** Plural, as in URLs: `deployments`. */
  readonly resource: string;
  readonly namespaced: boolean;
}

/** An object as it would stand in a YAML file. */
export type Manifest = YamlMap & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
};

const DISCOVERY = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/**
 * Every kind that the server serves.
 * @see https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
 */
export async function servedKinds(server: ApiReader): Promise<Kind[]> {
  const groups = await Promise.all(['/api', '/apis'].map((path) => server.get(path, DISCOVERY)));
  return groups
    .flatMap(({ items }) => yamlMaps(items))
    .flatMap(({ metadata, versions }) => {
      const group = yamlMap(metadata).name;
      return yamlMaps(versions).flatMap(({ version, resources }) =>
        yamlMaps(resources).map(({ resource, responseKind, scope }) => ({
          apiVersion: [group, version].filter((part) => typeof part === 'string').join('/'),
          kind: String(yamlMap(responseKind).kind),
          resource: String(resource),
          namespaced: scope === 'Namespaced',
        })),
      );
    });
}

/**
 * Where an object of a kind lives.
 *
 * @throws Error when the kind is not served, or a namespace is missing.
 */
export function objectPath(
  kinds: readonly Kind[],
  { apiVersion, kind, metadata }: Pick<Manifest, 'apiVersion' | 'kind' | 'metadata'>,
) {
  const known = kinds.find((one) => one.apiVersion === apiVersion && one.kind === kind);
  if (known === undefined) throw new Error(`the server knows no ${kind} of ${apiVersion}`);
  if (known.namespaced !== (metadata.namespace !== undefined)) {
    throw new Error(`${known.namespaced ? 'needs a' : 'has no'} namespace`);
  }
  return [
    groupPath(apiVersion),
    ...(known.namespaced ? ['namespaces', metadata.namespace] : []),
    known.resource,
    metadata.name,
  ].join('/');
}

/** Where the objects of a group's version live. */
export function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** The JSON schema of a kind, as the server publishes it. */
export interface KindSchema {
  readonly schema: YamlMap;
  /** What `$ref` leads to, by name. */
  readonly definitions: YamlMap;
}

/** @see https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3 */
export async function kindSchema(
  server: ApiReader,
  { apiVersion, kind }: Kind,
): Promise<KindSchema> {
  const { components } = await server.get(`/openapi/v3${groupPath(apiVersion)}`);
  const definitions = yamlMap(yamlMap(components).schemas);
  const schema = Object.values(definitions)
    .filter(isYamlMap)
    .find((definition) =>
      yamlMaps(definition['x-kubernetes-group-version-kind']).some(
        (one) =>
          one.kind === kind &&
          `${String(one.group)}/${String(one.version)}`.replace(/^\//, '') === apiVersion,
      ),
    );
  if (schema === undefined) throw new Error(`the server publishes no schema of ${kind}`);
  return { schema, definitions };
}
