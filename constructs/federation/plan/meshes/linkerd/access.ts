import { createHash } from 'node:crypto';
import type { CrossingProtocol } from '../../crossing';
import { type AccessPlan, callIds, named, type PlannedBorder } from '../../plan';
import type {
  HttpRoute,
  LinkerdAuthorizationPolicy,
  LinkerdServer,
  MeshTlsAuthentication,
  PlannedResource,
} from '../../resources';
import { type Call, limitsOfMesh } from '../../services';
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
  const borders = [...plan.borders, ...plan.formerBorders].filter(
    (border) => border.mesh === mesh && border.direction === 'out',
  );
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

function closed(one: Closed): LinkerdResource[] {
  const { plan, mesh, calls, probePaths } = one;
  const limited = calls.some((call) => limitsOfMesh(call).length > 0);
  const server = resource(one, 'server', [], {
    apiVersion: 'policy.linkerd.io/v1beta3',
    kind: 'Server',
    metadata: { name: one.name, namespace: one.namespace },
    spec: {
      podSelector: { matchLabels: one.labels },
      port: one.port,
      proxyProtocol: PROXY_PROTOCOL[one.protocol],
      accessPolicy: 'deny',
    },
  });
  if (!limited) {
    const identities = calls.flatMap((call) => identitiesOf(plan, mesh, call));
    return [server, ...admission(one, 'callers', { kind: 'Server', name: one.name }, identities)];
  }
  const parts = partsOf(grantsOf(calls, probePaths));
  return [server, ...byCallers(parts).flatMap((group) => routed(one, group))];
}

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
  readonly callers: readonly string[];
  readonly matches: readonly Part['match'][];
}

function byCallers(parts: readonly Part[]): Group[] {
  const groups = new Map<string, Part[]>();
  for (const part of parts) {
    const key = part.callers.join(' ');
    groups.set(key, [...(groups.get(key) ?? []), part]);
  }
  return [...groups.values()].map((group) => ({
    callers: group[0]?.callers ?? [],
    matches: group.map(({ match }) => match),
  }));
}

/**
 * HTTPRoutes, each with its policy, as many as it takes. They are named by who is admitted: while a change is
 * under way, nobody gets what another's route has let through before.
 */
function routed(one: Closed, { callers, matches }: Group): LinkerdResource[] {
  const { plan, mesh, calls } = one;
  const open = callers.includes(PROBES);
  const identities = calls
    .filter(({ caller }) => callers.includes(caller.ref))
    .flatMap((call) => identitiesOf(plan, mesh, call));
  const hash = createHash('sha256').update(JSON.stringify(callers)).digest('hex');
  const rules = chunks(matches, MATCHES_OF_A_RULE).map((some) => ({ matches: some }));
  return chunks(rules, RULES_OF_A_ROUTE).flatMap((some, index) => {
    const suffix = `${hash.slice(0, 8)}${index === 0 ? '' : `.${index + 1}`}`;
    const name = `${one.name}.${suffix}`;
    return [
      resource(one, `route.${suffix}`, ['server'], {
        apiVersion: 'policy.linkerd.io/v1beta3',
        kind: 'HTTPRoute',
        metadata: { name, namespace: one.namespace },
        spec: { parentRefs: [{ group: GROUP, kind: 'Server', name: one.name }], rules: some },
      }),
      ...admission(
        one,
        `callers.${suffix}`,
        { kind: 'HTTPRoute', name },
        open ? undefined : identities,
      ),
    ];
  });
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
      ...resource(one, id, ['server', ...named], {
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
    enforces: manifest.kind === 'Server' ? callIds([one]) : [],
    about: callIds([one]),
    after: after.map((other) => `${other}.${id}`),
  };
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return items.length === 0 ? [] : [items.slice(0, size), ...chunks(items.slice(size), size)];
}
