import { z } from 'zod';
import { serviceHost } from '../../../constructs/kubernetes/cluster-domain';
import type { Cluster } from '../../cluster/cluster';
import { fitsHost } from './hosts';
import type { Called, Obstacle, Workload } from './kind';

const API = 'networking.istio.io/v1';

const metadata = z.object({ name: z.string(), namespace: z.string() });

const tls = z.object({ mode: z.string().optional() }).optional();

const ruleSchema = z.object({
  metadata,
  spec: z.object({
    host: z.string(),
    exportTo: z.array(z.string()).default([]),
    workloadSelector: z.unknown().optional(),
    trafficPolicy: z
      .object({
        tls,
        portLevelSettings: z
          .array(z.object({ port: z.object({ number: z.number().optional() }).optional(), tls }))
          .default([]),
      })
      .optional(),
  }),
});

const routesSchema = z.object({
  metadata,
  spec: z.object({
    hosts: z.array(z.string()).default([]),
    gateways: z.array(z.string()).default(['mesh']),
    exportTo: z.array(z.string()).default([]),
    http: z
      .array(z.object({ fault: z.object({ abort: z.unknown().optional() }).optional() }))
      .default([]),
  }),
});

/** Whose names a resource is about. */
interface About {
  readonly namespace: string;
  readonly exportTo: readonly string[];
}

/**
 * DestinationRules by which the caller does not speak the mesh's mutual TLS to pods that take nothing else, and
 * VirtualServices that end calls with a fault.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/destination-rule/
 * @see https://istio.io/latest/docs/reference/config/networking/virtual-service/
 */
export async function spoiledBy(
  cluster: Cluster,
  { namespace }: Workload,
  called: Called,
  {
    rootNamespace,
    clusterDomain,
  }: { readonly rootNamespace: string; readonly clusterDomain: string },
): Promise<readonly Obstacle[]> {
  // The first of these with a rule for the name counts for DestinationRules.
  const namespaces = [...new Set([namespace, called.namespace, rootNamespace])];
  const isAbout = (host: string, about: About) =>
    names(host, about.namespace, clusterDomain, called.host) && reaches(about, namespace);
  const [rules, routes] = await Promise.all([
    Promise.all(
      namespaces.map(async (where) => read(cluster, 'DestinationRule', ruleSchema, where)),
    ),
    Promise.all(
      namespaces.map(async (where) => read(cluster, 'VirtualService', routesSchema, where)),
    ),
  ]);
  const chosen = rules
    .map((all) =>
      all.filter(
        ({ metadata: { namespace: where }, spec }) =>
          spec.workloadSelector === undefined &&
          isAbout(spec.host, { namespace: where, exportTo: spec.exportTo }),
      ),
    )
    .find((all) => all.length > 0);
  return [
    ...(called.inMesh ? (chosen ?? []) : []).flatMap(
      ({ metadata: { name, namespace: where }, spec }) => {
        const mode = modeOf(spec.trafficPolicy, called.port);
        return mode === undefined || mode === 'ISTIO_MUTUAL'
          ? []
          : [
              {
                what: `DestinationRule ${where}/${name} makes them with TLS mode ${mode}, and pods take ISTIO_MUTUAL only`,
                mend: `take tls out of it: ${edit(cluster, where, 'destinationrules', name)}`,
              },
            ];
      },
    ),
    ...routes.flat().flatMap(({ metadata: { name, namespace: where }, spec }) =>
      spec.gateways.includes('mesh') &&
      spec.http.some(({ fault }) => fault?.abort !== undefined) &&
      spec.hosts.some((host) => isAbout(host, { namespace: where, exportTo: spec.exportTo }))
        ? [
            {
              what: `VirtualService ${where}/${name} ends them with a fault`,
              mend: `take the fault out of it: ${edit(cluster, where, 'virtualservices', name)}`,
            },
          ]
        : [],
    ),
  ];
}

async function read<T extends z.ZodType>(
  cluster: Cluster,
  kind: string,
  schema: T,
  namespace: string,
): Promise<z.output<T>[]> {
  const found = await cluster.list(API, kind, namespace);
  return found.flatMap((object) => schema.safeParse(object).data ?? []);
}

/** What is said of the port goes before what is said of all. */
function modeOf(
  policy: z.output<typeof ruleSchema>['spec']['trafficPolicy'],
  port: number,
): string | undefined {
  const ofPort = policy?.portLevelSettings.find((one) => one.port?.number === port);
  return ofPort === undefined ? policy?.tls?.mode : ofPort.tls?.mode;
}

/** Whether a name, short or with a wildcard, is that of a host. */
function names(name: string, namespace: string, clusterDomain: string, host: string): boolean {
  const isShort = name !== '*' && !name.includes('.');
  return fitsHost(isShort ? serviceHost(name, namespace, clusterDomain) : name, host);
}

/** Whether a namespace is among those that a resource is for: all, where it says nothing. */
function reaches({ namespace, exportTo }: About, caller: string): boolean {
  return (
    exportTo.length === 0 ||
    exportTo.some((to) => to === '*' || (to === '.' ? namespace : to) === caller)
  );
}

function edit(cluster: Cluster, namespace: string, kind: string, name: string): string {
  return `${cluster.kubectl} -n ${namespace} edit ${kind}.networking.istio.io ${name}`;
}
