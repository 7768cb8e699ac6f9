import { z } from 'zod';
import { textIn, type YamlMap, yamlMap, yamlMaps } from '../../../constructs/kubernetes/yaml-file';
import type { Cluster } from '../../cluster/cluster';

const API = 'consul.hashicorp.com/v1alpha1';

const metadata = z.object({ name: z.string(), namespace: z.string().default('') });
const destination = z.object({ service: z.string().optional() });

/** What a route or a permission is for. */
export const httpSchema = z.object({
  pathExact: z.string().optional(),
  pathPrefix: z.string().optional(),
  pathRegex: z.string().optional(),
  methods: z.array(z.string()).optional(),
  header: z.array(z.unknown()).optional(),
});

const routerSchema = z.object({
  metadata,
  spec: z.object({
    routes: z
      .array(
        z.object({
          match: z
            .object({ http: httpSchema.extend({ queryParam: z.array(z.unknown()).optional() }) })
            .partial()
            .optional(),
          destination: destination.optional(),
        }),
      )
      .default([]),
  }),
});

const splitterSchema = z.object({
  metadata,
  spec: z.object({
    splits: z.array(destination.extend({ weight: z.number().default(0) })).default([]),
  }),
});

const resolverSchema = z.object({
  metadata,
  spec: z.object({ redirect: destination.optional() }),
});

/** A request that somebody makes of a service. */
export interface Requested {
  readonly method: string;
  readonly path: string;
}

/** Where a request gets to, and by which resources, if it is not the service that it is made of. */
export interface Led {
  readonly service: string;
  readonly by: readonly string[];
}

/**
 * Where Consul leads a request: a ServiceRouter first, then ServiceSplitters, then the redirects of
 * ServiceResolvers, each called like the service that it is about. Of subsets it is not known who is in them.
 *
 * @see https://developer.hashicorp.com/consul/docs/manage-traffic/discovery-chain
 */
export async function leading(
  cluster: Pick<Cluster, 'list'>,
): Promise<(service: string, request?: Requested) => readonly Led[]> {
  const read = async <T extends z.ZodType>(kind: string, schema: T): Promise<z.output<T>[]> =>
    (await cluster.list(API, kind))
      .filter((object) => notSynced(object) === undefined)
      .flatMap((object) => schema.safeParse(object).data ?? []);
  const [routers, splitters, resolvers] = await Promise.all([
    read('ServiceRouter', routerSchema),
    read('ServiceSplitter', splitterSchema),
    read('ServiceResolver', resolverSchema),
  ]);

  const resolved = ({ service, by }: Led): Led => {
    const resolver = resolvers.find((one) => one.metadata.name === service);
    const next = resolver?.spec.redirect?.service;
    return resolver === undefined || !leadsOn(next, service, by)
      ? { service, by }
      : resolved({ service: next, by: [...by, named('ServiceResolver', resolver)] });
  };
  const split = (led: Led): Led[] => {
    const splitter = splitters.find((one) => one.metadata.name === led.service);
    return splitter === undefined
      ? [led]
      : splitter.spec.splits
          .filter(({ weight }) => weight > 0)
          .flatMap(({ service }) =>
            leadsOn(service, led.service, led.by)
              ? split({ service, by: [...led.by, named('ServiceSplitter', splitter)] })
              : [led],
          );
  };
  return (service, request) => {
    const router = routers.find((one) => one.metadata.name === service);
    const route =
      request &&
      router?.spec.routes.find(
        ({ match }) => mayFit(match?.http, request) && (match?.http?.queryParam ?? []).length === 0,
      );
    // Where it leads is not known.
    if (!isReadable(route?.match?.http)) return [];
    const next = route?.destination?.service;
    const routed: Led =
      router !== undefined && leadsOn(next, service, [])
        ? { service: next, by: [named('ServiceRouter', router)] }
        : { service, by: [] };
    return split(routed).map(resolved);
  };
}

/** Why Consul does not go by a config entry, by what its controller wrote into the status. */
export function notSynced(object: YamlMap): string | undefined {
  const synced = yamlMaps(yamlMap(object['status'])['conditions']).find(
    ({ type }) => type === 'Synced',
  );
  return synced !== undefined && synced['status'] !== 'True'
    ? textIn(synced, 'message') || textIn(synced, 'reason') || 'it is not synced'
    : undefined;
}

/** Whether a permission or a route is about a request, or cannot be read here. */
export function mayFit(
  { pathExact, pathPrefix, pathRegex, methods, header }: z.output<typeof httpSchema> = {},
  { method, path }: Requested,
): boolean {
  return (
    (pathExact === undefined || path === pathExact) &&
    (pathPrefix === undefined || path.startsWith(pathPrefix)) &&
    (pathRegex === undefined || (expression(pathRegex)?.test(path) ?? true)) &&
    (methods === undefined || methods.includes(method)) &&
    (header ?? []).length === 0
  );
}

export function isReadable({ pathRegex }: z.output<typeof httpSchema> = {}): boolean {
  return pathRegex === undefined || expression(pathRegex) !== undefined;
}

/** Consul's are those of RE2, of which JavaScript does not have all, such as `(?i)`. */
function expression(pattern: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch {
    return undefined;
  }
}

/** Whether there is a next service; Consul takes no circles. */
function leadsOn(next: string | undefined, service: string, by: readonly string[]): next is string {
  return next !== undefined && next !== '' && next !== service && by.length < 10;
}

function named(
  kind: string,
  { metadata: { name, namespace } }: { metadata: z.output<typeof metadata> },
) {
  return `${kind} ${namespace}/${name}`;
}
