import { z } from 'zod';
import { serviceHost } from '../../../constructs/kubernetes/cluster-domain';
import type { Cluster } from '../../cluster/cluster';
import { fitsHost } from './hosts';
import { agedMetadata, oldestFirst } from './istio-age';
import type { Called, Obstacle, Workload } from './kind';

const API = 'networking.istio.io/v1';

const metadata = z.object({ name: z.string(), namespace: z.string() });

const tls = z.object({ mode: z.string().optional() }).optional();

const ruleSchema = z.object({
  metadata: agedMetadata,
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

type Rule = z.output<typeof ruleSchema>;

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
  const chosen = ruleOf(rules.flat(), {
    client: namespace,
    service: called.namespace,
    root: rootNamespace,
    full: ({ metadata: { namespace: where }, spec }) => fullName(spec.host, where, clusterDomain),
    host: called.host,
  });
  return [
    ...(called.inMesh && chosen !== undefined ? [chosen] : []).flatMap(
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

/**
 * The rule by which a caller makes its connections to a host: what says so of those that Istio takes as one.
 *
 * It goes by the first of the namespaces of caller, service and mesh in which the most specific rule for the host
 * is for the caller; in its own, whatever that is exported to, unless that is the mesh's. Of several for the same
 * host the oldest says how, and where they are exported elsewhere than each other the last of these. Rules that
 * are for some workloads count in the choice, and nothing is known here of whom they are for.
 *
 * @see https://github.com/istio/istio/blob/1.31.4/pilot/pkg/model/push_context.go `destinationRule`
 * @see https://github.com/istio/istio/blob/1.31.4/pilot/pkg/model/destination_rule.go `mergeDestinationRule`
 * @see https://github.com/istio/istio/blob/1.31.4/pilot/pkg/model/sidecar.go `DestinationRule`
 */
function ruleOf(
  rules: readonly Rule[],
  {
    client,
    service,
    root,
    full,
    host,
  }: {
    readonly client: string;
    readonly service: string;
    readonly root: string;
    readonly full: (rule: Rule) => string;
    readonly host: string;
  },
): Rule | undefined {
  const isPrivate = ({ metadata: { namespace }, spec: { exportTo } }: Rule) =>
    exportTo.length === 1 && (exportTo[0] === '.' || exportTo[0] === namespace);
  const isFor = ({ metadata: { namespace }, spec: { exportTo } }: Rule) =>
    reaches({ namespace, exportTo }, client);
  const of = (namespace: string) =>
    oldestFirst(rules).filter(
      (rule) => rule.metadata.namespace === namespace && fitsHost(full(rule), host),
    );
  const exported = (namespace: string) =>
    mostSpecific(
      of(namespace).filter((rule) => !isPrivate(rule)),
      full,
    ).filter(isFor);
  const own = of(client);
  const [first] = [
    mostSpecific(client === root ? own.filter(isPrivate) : own, full),
    exported(service),
    exported(root),
  ].filter((some) => some.length > 0);
  const forAll = first?.filter(({ spec }) => spec.workloadSelector === undefined) ?? [];
  const exportOf = ({ spec }: Rule) => [...spec.exportTo].sort().join(' ');
  const last = [...new Set(forAll.map(exportOf))].at(-1);
  return forAll.find((rule) => exportOf(rule) === last && rule.spec.trafficPolicy !== undefined);
}

/** A name goes before a wildcard, and a longer one before a shorter one. */
function mostSpecific(rules: readonly Rule[], full: (rule: Rule) => string): readonly Rule[] {
  const rank = (rule: Rule) => (full(rule).startsWith('*') ? 0 : 1000) + full(rule).length;
  const most = Math.max(...rules.map(rank));
  return rules.filter((rule) => rank(rule) === most);
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
  return fitsHost(fullName(name, namespace, clusterDomain), host);
}

function fullName(name: string, namespace: string, clusterDomain: string): string {
  const isShort = name !== '*' && !name.includes('.');
  return isShort ? serviceHost(name, namespace, clusterDomain) : name;
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
