import fc from 'fast-check';
import type {
  AccessPolicy,
  AccessRule,
  PolicyMesh,
  WayIn,
  WayOut,
} from '../../../constructs/federation';
import type { HttpPermission } from '../../../constructs/federation/plan/crossing';

const KEYS = {
  istio: ['frontend', 'backend', 'cart'],
  consul: ['info', 'stock', 'mail'],
  linkerd: ['orders', 'prices', 'search'],
} as const;
const PROTOCOLS = ['http', 'http', 'http2', 'grpc', 'tcp'] as const;

type Protocol = (typeof PROTOCOLS)[number];
interface Candidate {
  readonly from: string;
  readonly to: string;
  readonly protocol: Protocol;
}

/** Services of one mesh; those of several meshes of a kind need other names abroad. */
function services(mesh: string, kind: keyof typeof KEYS, several: boolean) {
  return fc.subarray([...KEYS[kind]], { minLength: 1 }).chain((keys) =>
    fc.record(
      Object.fromEntries(
        keys.map((key) => [
          key,
          fc.record({
            protocol: fc.constantFrom(...PROTOCOLS),
            namespace: fc.constantFrom('default', 'default', 'shop'),
            port: fc.constantFrom(80, 8080),
            standIn: fc.constant(several ? `${key}-${mesh}` : key),
          }),
        ]),
      ),
    ),
  );
}

function kindIn(name: string): keyof typeof KEYS {
  const found = Object.keys(KEYS).find((kind): kind is keyof typeof KEYS => name.startsWith(kind));
  if (found === undefined) throw new Error(`no kind of mesh for ${name}`);
  return found;
}

function mesh(name: string, all: readonly string[]): fc.Arbitrary<PolicyMesh> {
  const kind = kindIn(name);
  const several = all.filter((other) => kindIn(other) === kind).length > 1;
  return fc
    .record({
      borderNamespace: fc.constantFrom('default', 'borders'),
      services: services(name, kind, several),
      out: fc.constantFrom<WayOut>('sidecar', 'border'),
      in: fc.option(fc.constantFrom<WayIn>('gateway', 'service'), { nil: undefined }),
      changed: fc.boolean(),
    })
    .map(({ out, in: way, changed, ...settings }): PolicyMesh => {
      if (kind === 'linkerd') return { kind, ...settings };
      const inFrom = changed ? (way === 'service' ? 'gateway' : 'service') : undefined;
      const ways = { in: way, inFrom } as const;
      if (kind === 'consul') return { kind, ...settings, ...ways };
      // Among the callers a border would have the name that they call.
      const isApart = settings.borderNamespace === 'borders';
      const outFrom = changed && isApart ? (out === 'border' ? 'sidecar' : 'border') : undefined;
      return { kind, ...settings, ...ways, out, outFrom };
    });
}

/** The first two in one cluster, each with namespaces of its own, where they differ in kind. */
function inOneCluster(all: AccessPolicy['meshes']): AccessPolicy['meshes'] {
  const [one, other] = Object.entries(all);
  if (one === undefined || other === undefined || one[1].kind === other[1].kind) return all;
  return {
    ...all,
    [one[0]]: { ...one[1], cluster: 'shared' },
    [other[0]]: { ...elsewhere(other[1]), cluster: 'shared' },
  };
}

function elsewhere(settings: PolicyMesh): PolicyMesh {
  const services = Object.fromEntries(
    Object.entries<PolicyMesh['services'][string]>(settings.services).map(([key, service]) => [
      key,
      { ...service, namespace: `${service.namespace ?? ''}-${settings.kind}` },
    ]),
  );
  const borderNamespace = `${settings.borderNamespace ?? ''}-${settings.kind}`;
  return { ...settings, services, borderNamespace };
}

const meshes: fc.Arbitrary<AccessPolicy['meshes']> = fc
  .constantFrom(
    ['istio', 'consul'],
    ['istio', 'istio2'],
    ['consul', 'consul2'],
    ['istio', 'istio2', 'istio3'],
    ['consul', 'consul2', 'consul3'],
    ['istio', 'consul', 'consul2'],
    ['istio', 'consul', 'istio2'],
    ['istio', 'consul', 'istio2', 'consul2'],
    ['linkerd', 'istio'],
    ['linkerd', 'consul'],
    ['linkerd', 'linkerd2'],
    ['istio', 'consul', 'linkerd'],
    ['linkerd', 'consul', 'linkerd2'],
  )
  .chain((names) =>
    fc.tuple(
      fc.record(Object.fromEntries(names.map((name) => [name, mesh(name, names)]))),
      fc.boolean(),
    ),
  )
  .map(([all, shared]) => (shared ? inOneCluster(all) : all));

const permission: fc.Arbitrary<HttpPermission> = fc
  .record(
    {
      methods: fc.subarray(['GET', 'POST', 'HEAD'], { minLength: 1 }),
      path: fc.record({
        exact: fc.boolean(),
        path: fc.constantFrom('/', '/weather', '/weather/', '/api', '/api/v1'),
      }),
    },
    { requiredKeys: [] },
  )
  .filter(({ methods, path }) => methods !== undefined || path !== undefined)
  .map(({ methods, path }) => ({
    ...(methods && { methods }),
    ...(path && { [path.exact ? 'pathExact' : 'pathPrefix']: path.path }),
  }));

/** Requests that a rule may be limited to, with what the protocol can say. */
function allow(protocol: Protocol) {
  if (protocol === 'tcp') return fc.constant(undefined);
  const permissions = fc.uniqueArray(permission, {
    minLength: 1,
    maxLength: 3,
    selector: (one) => JSON.stringify(protocol === 'grpc' ? forGrpc(one) : one),
  });
  return fc.option(
    permissions.map((all) => (protocol === 'grpc' ? all.map(forGrpc) : all)),
    { nil: undefined },
  );
}

/** Every gRPC call is a POST. */
function forGrpc({ methods, ...path }: HttpPermission): HttpPermission {
  return methods === undefined ? path : { methods: ['POST'], ...path };
}

/** Every rule that could be written about these meshes, one for each caller and callee. */
function candidates(policyMeshes: AccessPolicy['meshes']): Candidate[] {
  const all = Object.entries(policyMeshes).flatMap(([mesh, { services: map }]) =>
    Object.entries<{ readonly protocol?: Protocol }>(map).map(([key, { protocol = 'http' }]) => ({
      mesh,
      ref: `${mesh}/${key}`,
      protocol,
    })),
  );
  return all.flatMap(({ mesh, ref: to, protocol }) => [
    // Linkerd's policies cannot say that.
    ...(kindIn(mesh) === 'linkerd' ? [] : [{ from: `${mesh}/*`, to, protocol }]),
    ...all.map(({ ref: from }) => ({ from, to, protocol })),
  ]);
}

/** Of rules that contradict each other the first. */
function consistent(rules: readonly Candidate[], byBorder: ReadonlySet<string>): Candidate[] {
  const kept: Candidate[] = [];
  for (const rule of rules) {
    const [mesh] = rule.from.split('/');
    const rivals = kept.filter(({ from, to }) => to === rule.to && from.startsWith(`${mesh}/`));
    const wide = [rule, ...rivals].some(({ from }) => from.endsWith('/*'));
    // A border cannot tell two callers on tcp apart.
    const tcp = rule.protocol === 'tcp' && byBorder.has(mesh ?? '');
    const crosses = !rule.to.startsWith(`${mesh}/`);
    if (rivals.length > 0 && (wide || (tcp && crosses))) continue;
    kept.push(rule);
  }
  return kept;
}

/** Policies without mistakes, of two to four meshes and mostly with calls between them. */
export const randomPolicy: fc.Arbitrary<AccessPolicy> = meshes.chain((policyMeshes) => {
  const byBorder = new Set(
    Object.entries(policyMeshes).flatMap(([name, settings]) =>
      settings.kind !== 'istio' || settings.out === 'border' || settings.outFrom === 'border'
        ? [name]
        : [],
    ),
  );
  const all = candidates(policyMeshes);
  return fc
    .shuffledSubarray(all, {
      minLength: Math.min(Math.ceil(all.length / 3), 16),
      maxLength: Math.min(all.length, 24),
    })
    .map((rules) => consistent(rules, byBorder))
    .chain((rules) =>
      fc
        .tuple(
          ...rules.map(({ from, to, protocol }): fc.Arbitrary<AccessRule> =>
            allow(protocol).map((limits) => ({
              from,
              to,
              ...(limits && { allow: limits }),
              ...(from.endsWith('/*') && { anyone: true }),
            })),
          ),
        )
        .map((written): AccessPolicy => ({ meshes: policyMeshes, rules: written })),
    );
});
