import { createHash } from 'node:crypto';
import type { CrossingProtocol } from '../../crossing';
import { type AccessPlan, allBordersOf, callIds, named, type PlannedBorder } from '../../plan';
import type {
  HttpRoute,
  LinkerdAuthorizationPolicy,
  LinkerdServer,
  MeshTlsAuthentication,
  PlannedResource,
} from '../../resources';
import { type Call, grouped, limitsOfMesh } from '../../services';
import { own } from '../kind';
import { linkerdIdentity } from './identity';
import { type Grant, type Part, partsOf } from './paths';
import { internalError } from '../../../../problems';

/** Port on which an outbound border takes its callers' requests, from the proxy. */
export const OUTBOUND_PORT = 8080;

type LinkerdResource = PlannedResource<
  LinkerdServer | MeshTlsAuthentication | LinkerdAuthorizationPolicy | HttpRoute
>;

/**
 * Servers, HTTPRoutes, and who is admitted by each. A Server closes its port to everybody but those, whatever
 * the default policy of the mesh.
 */
export function linkerdAccess(plan: AccessPlan, mesh: string): LinkerdResource[] {
  const borders = allBordersOf(plan, mesh).filter(({ direction }) => direction === 'out');
  return [...borders.flatMap((border) => borderAccess(plan, border)), ...ownServices(plan, mesh)];
}

function ownServices(plan: AccessPlan, mesh: string): LinkerdResource[] {
  const callees = new Set(plan.calls.map(({ callee }) => callee));
  return [...callees].flatMap((callee) => {
    if (callee.mesh !== mesh) return [];
    const { name, namespace, labels, podPort, protocol, probePaths, server } = own(
      callee,
      'linkerd',
    );
    if (server === 'existing') return [];
    return closed({
      plan,
      mesh,
      layer: 'mesh',
      id: `${namespace}.${name}`,
      name: named(name, plan.name, '.'),
      namespace,
      labels,
      port: podPort,
      protocol,
      probePaths,
      calls: plan.calls.filter((call) => call.callee === callee),
    });
  });
}

/**
 * An outbound border takes the calls of the services that a rule names. An inbound one has nothing
 * here: its port is not the proxy's, and it asks for a foreign certificate itself.
 */
function borderAccess(plan: AccessPlan, border: PlannedBorder): LinkerdResource[] {
  const { namespace, name, podLabels, foreign, calls } = border;
  return closed({
    plan,
    mesh: border.mesh,
    layer: 'federation',
    id: `${namespace}.border.${name}`,
    name: `border.${name}`,
    namespace,
    labels: podLabels,
    port: OUTBOUND_PORT,
    protocol: foreign.protocol,
    probePaths: [],
    calls,
  });
}

/** A port of pods, and the calls that it is open to. */
interface Closed {
  readonly plan: AccessPlan;
  readonly mesh: string;
  readonly layer: 'mesh' | 'federation';
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly port: number;
  readonly protocol: CrossingProtocol;
  readonly probePaths: readonly string[];
  readonly calls: readonly Call[];
}

/**
 * The Server comes behind all that it needs and changes with it: so of a former route, and of its policy, nothing
 * goes before each route that is to be is there. What wider groups of callers may send comes first, since it is
 * taken from what smaller ones may. A route comes behind its policy, and goes before it.
 */
function closed(one: Closed): LinkerdResource[] {
  const { plan, mesh, calls, probePaths } = one;
  const limited = calls.some((call) => limitsOfMesh(call).length > 0);
  const groups = limited ? byCallers(partsOf(grantsOf(calls, probePaths))) : [];
  const admitting = limited
    ? groups.flatMap((group) => routed(one, group, groups))
    : admission(
        one,
        'callers',
        { kind: 'Server', name: one.name },
        calls.flatMap((call) => identitiesOf(plan, mesh, call)),
      );
  const routes = groups.map(({ name }) => name).join(' ');
  return [
    ...admitting,
    {
      ...resource(one, 'server', [], {
        apiVersion: 'policy.linkerd.io/v1beta3',
        kind: 'Server',
        metadata: {
          name: one.name,
          namespace: one.namespace,
          ...(limited && { annotations: { [ROUTES]: routes } }),
        },
        spec: {
          podSelector: { matchLabels: one.labels },
          port: one.port,
          proxyProtocol: PROXY_PROTOCOL[one.protocol],
          accessPolicy: 'deny',
        },
      }),
      after: admitting.map(({ id }) => id),
    },
  ];
}

/** Annotation of a Server. Linkerd does not read it. */
const ROUTES = 'mesh-federation/routes';

/** Who may send what to a port of pods. */
export function grantsOf(calls: readonly Call[], probePaths: readonly string[]): Grant[] {
  return [
    ...calls.map((call): Grant => ({ to: call.caller.ref, allow: limitsOfMesh(call) })),
    // Where a Server has routes, Linkerd admits the kubelet's probes by these only.
    ...(probePaths.length === 0
      ? []
      : [{ to: PROBES, allow: probePaths.map((pathExact) => ({ methods: ['GET'], pathExact })) }]),
  ];
}

/** Whoever probes, without a certificate. */
const PROBES = '*';

/** What the same callers may send. */
interface Group {
  /** Made of who they are. */
  readonly name: string;
  readonly callers: readonly string[];
  readonly matches: readonly Part['match'][];
}

function byCallers(parts: readonly Part[]): Group[] {
  return [...grouped(parts, ({ callers }) => callers.join(' ')).values()]
    .map((group): Group => {
      const [{ callers }] = group;
      const hash = createHash('sha256').update(JSON.stringify(callers)).digest('hex');
      return { name: hash.slice(0, 8), callers, matches: group.map(({ match }) => match) };
    })
    .sort((one, other) => other.callers.length - one.callers.length);
}

/**
 * HTTPRoutes, each with its policy, as many as it takes. They are named by who is admitted: while a change is
 * under way, nobody gets what another's route has let through before.
 */
function routed(one: Closed, group: Group, all: readonly Group[]): LinkerdResource[] {
  const { plan, mesh, calls } = one;
  const { callers } = group;
  const open = callers.includes(PROBES);
  const identities = calls
    .filter(({ caller }) => callers.includes(caller.ref))
    .flatMap((call) => identitiesOf(plan, mesh, call));
  const wider = all.filter(
    (other) => other !== group && callers.every((caller) => other.callers.includes(caller)),
  );
  const before = wider.flatMap((other) => routesOf(other).map(({ suffix }) => `route.${suffix}`));
  return routesOf(group).flatMap(({ suffix, rules }) => {
    const name = `${one.name}.${suffix}`;
    const policy = `callers.${suffix}`;
    return [
      ...admission(one, policy, { kind: 'HTTPRoute', name }, open ? undefined : identities),
      resource(one, `route.${suffix}`, [policy, ...before], {
        apiVersion: 'policy.linkerd.io/v1beta3',
        kind: 'HTTPRoute',
        metadata: { name, namespace: one.namespace },
        spec: { parentRefs: [{ group: GROUP, kind: 'Server', name: one.name }], rules },
      }),
    ];
  });
}

/** The HTTPRoutes of a group, by what follows the name of its Server in theirs. */
function routesOf({ name, matches }: Group) {
  const rules = chunks(matches, MATCHES_OF_A_RULE).map((some) => ({ matches: some }));
  return chunks(rules, RULES_OF_A_ROUTE).map((some, index) => ({
    suffix: `${name}${index === 0 ? '' : `.${index + 1}`}`,
    rules: some,
  }));
}

/** Most that its CRD takes. */
const MATCHES_OF_A_RULE = 8;
const RULES_OF_A_ROUTE = 16;

const GROUP = 'policy.linkerd.io';

/** Who is admitted to a Server or to a route, and named like it: these, or everybody. */
function admission(
  one: Closed,
  id: string,
  { kind, name }: { readonly kind: 'Server' | 'HTTPRoute'; readonly name: string },
  identities: readonly string[] | undefined,
): LinkerdResource[] {
  const metadata = { name, namespace: one.namespace };
  const authentication = `${id}.identities`;
  const named = identities === undefined ? [] : [authentication];
  return [
    ...(identities === undefined
      ? []
      : [
          resource(one, authentication, [], {
            apiVersion: 'policy.linkerd.io/v1alpha1',
            kind: 'MeshTLSAuthentication',
            metadata,
            spec: { identities },
          }),
        ]),
    {
      ...resource(one, id, named, {
        apiVersion: 'policy.linkerd.io/v1alpha1',
        kind: 'AuthorizationPolicy',
        metadata,
        spec: {
          targetRef: { group: GROUP, kind, name },
          // All of an empty list are there for everybody.
          requiredAuthenticationRefs: named.map(() => ({
            group: GROUP,
            kind: 'MeshTLSAuthentication' as const,
            name,
          })),
        },
      }),
      enforces: one.calls
        .filter((call) =>
          identitiesOf(one.plan, one.mesh, call).some((identity) => identities?.includes(identity)),
        )
        .map((call) => call.id),
    },
  ];
}

/** Whom a proxy of the mesh sees: the caller itself, or the border that represents it, where it is. */
export function identitiesOf(plan: AccessPlan, mesh: string, { caller }: Call): string[] {
  const member = own(plan.meshes[mesh], 'linkerd');
  if (caller.kind === 'anyone') throw internalError(`${caller.ref} has no identity`);
  if (caller.mesh === mesh) {
    const { namespace, serviceAccount } = own(caller, 'linkerd');
    return [linkerdIdentity(member.mesh, namespace, serviceAccount)];
  }
  return [member.borderNamespace, member.bordersMovedFrom].flatMap((namespace) =>
    namespace === undefined ? [] : [linkerdIdentity(member.mesh, namespace, caller.standIn)],
  );
}

/**
 * `gRPC` would leave HTTPRoutes out; to `HTTP/2` gRPC is what any other request is. `opaque` looks at nothing.
 * @see https://github.com/linkerd/linkerd2/blob/edge-26.8.3/policy-controller/k8s/api/src/policy/server.rs
 */
const PROXY_PROTOCOL = {
  http: 'HTTP/1',
  http2: 'HTTP/2',
  grpc: 'HTTP/2',
  tcp: 'opaque',
} as const satisfies Record<CrossingProtocol, string>;

function resource<Manifest extends LinkerdResource['manifest']>(
  one: Closed,
  part: string,
  after: readonly string[],
  manifest: Manifest,
) {
  const { mesh, id, layer } = one;
  return {
    mesh,
    id: `${part}.${id}`,
    layer,
    manifest,
    // Of two Servers for one port Linkerd takes the older.
    successorFirst: manifest.kind !== 'Server',
    enforces: manifest.kind === 'Server' ? callIds([one]) : [],
    about: callIds([one]),
    after: after.map((other) => `${other}.${id}`),
  };
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return items.length === 0 ? [] : [items.slice(0, size), ...chunks(items.slice(size), size)];
}
