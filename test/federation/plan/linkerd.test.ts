import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type AccessPolicy, compilePolicy } from '../../../constructs/federation';
import type { HttpPermission } from '../../../constructs/federation/plan/crossing';
import { LINKERD } from '../../../constructs/federation/plan/meshes/linkerd';
import { type Grant, partsOf } from '../../../constructs/federation/plan/meshes/linkerd/paths';
import { istioMember, linkerdMember } from '../../../support/policy/installed-meshes';
import { differences } from './admitted';
import { compile, manifests, mistakes, ofKind, planned } from './fixtures';
import { World } from './world';

const get: HttpPermission = { methods: ['GET'], pathPrefix: '/weather' };

/** Two meshes of Linkerd with different roots. */
const policy: AccessPolicy = {
  meshes: {
    linkerd: {
      kind: 'linkerd',
      borderNamespace: 'borders',
      services: {
        orders: { podPort: 8080, probePaths: ['/healthz'] },
        shop: {},
        prices: { protocol: 'grpc' },
      },
    },
    other: {
      kind: 'linkerd',
      borderNamespace: 'borders',
      services: { web: {}, mail: { protocol: 'tcp' } },
    },
  },
  rules: [
    { from: 'other/web', to: 'linkerd/orders', allow: [get] },
    { from: 'linkerd/shop', to: 'linkerd/orders' },
    { from: 'other/web', to: 'linkerd/prices' },
    { from: 'linkerd/shop', to: 'other/mail' },
  ],
};

describe('Linkerd with Linkerd', () => {
  const plan = compile(policy);

  it('lets exactly those in whom the policy names', () => {
    expect(mistakes(policy)).toEqual([]);
    expect(differences(policy, plan, new World(plan, planned(plan)))).toEqual([]);
  });

  it('knows services and borders by DNS names of their accounts', () => {
    expect(plan.borders.map(({ identity }) => identity)).toContain(
      'orders-outbound.borders.serviceaccount.identity.linkerd.other.example.com',
    );
    const [border] = plan.borders.filter(({ direction }) => direction === 'out');
    expect(border).toMatchObject({ callerHeader: 'l5d-client-id' });
  });

  it("is about the pods' own port, and closes it whatever the mesh allows by default", () => {
    const servers = ofKind(manifests(plan, 'linkerd'), 'Server');
    expect(
      servers.map(({ metadata, spec }) => [metadata.name, spec.port, spec.accessPolicy]),
    ).toEqual([
      ['border.mail-outbound', 8080, 'deny'],
      ['orders', 8080, 'deny'],
      ['prices', 80, 'deny'],
    ]);
    // HTTPRoutes would not be asked about gRPC.
    expect(servers.at(-1)?.spec.proxyProtocol).toBe('HTTP/2');
  });

  it('lets probes through where a rule limits requests, and there only', () => {
    const open = manifests(plan, 'linkerd').flatMap((one) =>
      one.kind === 'AuthorizationPolicy' &&
      one.apiVersion === 'policy.linkerd.io/v1alpha1' &&
      one.spec.requiredAuthenticationRefs.length === 0
        ? [one.spec.targetRef.name]
        : [],
    );
    const routes = ofKind(manifests(plan, 'linkerd'), 'HTTPRoute');
    expect(
      routes
        .filter(({ metadata }) => open.includes(metadata.name))
        .flatMap(({ spec }) => spec.rules.flatMap(({ matches }) => matches)),
    ).toEqual([{ path: { type: 'Exact', value: '/healthz' }, method: 'GET' }]);
  });

  it('has the Server behind all that it needs, a route behind its policy, and that behind whom it names', () => {
    const all = planned(plan).filter(({ mesh }) => mesh === 'linkerd');
    const kindsBefore = (ids: readonly string[]) =>
      all.flatMap(({ id, manifest }) => (ids.includes(id) ? [manifest.kind] : []));
    for (const { manifest, after } of all) {
      const before = kindsBefore(after);
      if (manifest.kind === 'Server') {
        const { name } = manifest.metadata;
        expect(after).toEqual(
          all
            .filter(({ manifest: { kind, metadata } }) =>
              kind === 'Server' ? false : `${metadata.name}.`.startsWith(`${name}.`),
            )
            .map(({ id }) => id),
        );
      }
      if (manifest.kind === 'HTTPRoute') {
        const { name } = manifest.metadata;
        expect(
          all.flatMap(({ id, manifest: { kind, metadata } }) =>
            after.includes(id) && metadata.name === name ? [kind] : [],
          ),
        ).toEqual(['AuthorizationPolicy']);
      }
      if (manifest.apiVersion !== 'policy.linkerd.io/v1alpha1') continue;
      if (manifest.kind !== 'AuthorizationPolicy') continue;
      const named = manifest.spec.requiredAuthenticationRefs.map(({ kind }) => kind);
      expect(before).toEqual(named);
    }
  });

  it('names policies after whom they admit, so that a change never opens a route to others', () => {
    const named = (one: AccessPolicy) =>
      new Map(
        ofKind(manifests(compile(one), 'linkerd'), 'MeshTLSAuthentication').map(
          ({ metadata, spec }) => [metadata.name, spec.identities.join()],
        ),
      );
    const rules = policy.rules.map((rule) =>
      rule.from === 'linkerd/shop' && rule.to === 'linkerd/orders'
        ? { ...rule, allow: [{ methods: ['POST'] }] }
        : rule,
    );
    const [before, after] = [named(policy), named({ ...policy, rules })];
    for (const [name, identities] of after) {
      expect(before.get(name) ?? identities).toBe(identities);
    }
  });

  it('needs no other trust domain where the control planes have other namespaces', () => {
    const meshes = {
      linkerd: linkerdMember('cluster.local', 'linkerd'),
      other: linkerdMember('cluster.local', 'linkerd-two'),
    };
    expect(() => compilePolicy({ policy, meshes })).not.toThrow();
    expect(() =>
      compilePolicy({ policy, meshes: { ...meshes, other: linkerdMember('cluster.local') } }),
    ).toThrow('has the trust domain cluster.local');
  });

  it('is never taken for Istio, whose identities have another form', () => {
    const withIstio: AccessPolicy = {
      meshes: {
        linkerd: { kind: 'linkerd', services: { orders: {} } },
        istio: { kind: 'istio', services: { web: {} } },
      },
      rules: [{ from: 'istio/web', to: 'linkerd/orders' }],
    };
    const meshes = { linkerd: linkerdMember('cluster.local'), istio: istioMember() };
    expect(() => compilePolicy({ policy: withIstio, meshes })).not.toThrow();
  });
});

describe('a service with a Server of its owner', () => {
  const base = policy.meshes['linkerd'];
  const existing: AccessPolicy = {
    ...policy,
    meshes: {
      ...policy.meshes,
      linkerd: {
        ...base,
        kind: 'linkerd',
        services: { orders: { server: 'existing' }, shop: {}, prices: {} },
      },
    },
  };

  it('has none of ours, and the owner is told whom to admit', () => {
    const plan = compile(existing);
    const names = planned(plan).map(({ manifest }) => manifest.metadata.name);
    expect(names).toContain('prices');
    expect(names.filter((name) => /^orders(\.|$)/.test(name))).toEqual([]);
    expect(LINKERD.owners(plan, 'linkerd')).toEqual([
      {
        mesh: 'linkerd',
        resource: 'Server of orders',
        needs: [
          'allow web.borders.serviceaccount.identity.linkerd.linkerd.example.com: GET /weather*',
          'allow shop.default.serviceaccount.identity.linkerd.linkerd.example.com: * /*',
        ],
      },
    ]);
  });
});

describe('refused', () => {
  const refusing = (
    services: Extract<AccessPolicy['meshes'][string], { kind: 'linkerd' }>['services'],
    ...rules: AccessPolicy['rules']
  ) => mistakes({ meshes: { linkerd: { kind: 'linkerd', services } }, rules });

  it.each([
    [
      { a: {}, b: {} },
      [{ from: 'linkerd/*', to: 'linkerd/a', anyone: true }],
      'rules[0].from: is every workload of a Linkerd mesh',
    ],
    [{ a: { serviceAccount: 'default' } }, [], 'serviceAccount: is "default"'],
    [{ a: { serviceAccount: 'a.b' } }, [], 'serviceAccount: is "a.b"'],
    [{ a: { labels: {} } }, [], 'labels: is empty'],
    [{ a: { podPort: 0 } }, [], 'podPort: is 0'],
    [{ a: { probePaths: ['healthz?x'] } }, [], 'is "healthz?x"; must be a path'],
    [{ a: { protocol: 'tcp', probePaths: ['/'] } }, [], 'probePaths: is for HTTP'],
    [{ a: {}, b: { labels: { app: 'a' } } }, [], 'for the same port of the same pods'],
    [{ a: {}, b: { serviceAccount: 'a' } }, [], 'nobody can tell the two apart'],
  ] satisfies [Parameters<typeof refusing>[0], AccessPolicy['rules'], string][])(
    '%j %j',
    (services, rules, message) => {
      expect(refusing(services, ...rules).join('\n')).toContain(message);
    },
  );

  const long = `/${'a'.repeat(1100)}`;

  it.each([
    ['of the mesh', 'linkerd/b', 'linkerd/a'],
    ['behind a border', 'linkerd/b', 'istio/web'],
  ])('a path longer than an HTTPRoute takes, to a service %s', (_, from, to) => {
    const rules = [{ from, to, allow: [{ pathPrefix: long }] }];
    const meshes: AccessPolicy['meshes'] = {
      linkerd: { kind: 'linkerd', services: { a: {}, b: {} } },
      istio: { kind: 'istio', services: { web: {} } },
    };
    expect(mistakes({ meshes, rules }).join('\n')).toContain(
      'make a path of 1105 characters for an HTTPRoute of Linkerd, which takes 1024',
    );
  });
});

describe('more than one HTTPRoute takes', () => {
  /** Servers, and what the CRD limits: 16 rules of 8 matches each, a path of 1024 characters. */
  const limits = (of: AccessPolicy) => {
    const routes = ofKind(manifests(compile(of), 'linkerd'), 'HTTPRoute');
    const rules = routes.flatMap(({ spec }) => spec.rules);
    return {
      routes: routes.length,
      rules: Math.max(...routes.map(({ spec }) => spec.rules.length)),
      matches: Math.max(...rules.map(({ matches }) => matches.length)),
      path: Math.max(
        ...rules.flatMap(({ matches }) => matches.map(({ path }) => path.value.length)),
      ),
    };
  };
  const many = Array.from({ length: 150 }, (_, index) => ({ pathExact: `/item-${index}/` }));
  const isRight = (of: AccessPolicy) => {
    expect(mistakes(of)).toEqual([]);
    const plan = compile(of);
    expect(differences(of, plan, new World(plan, planned(plan)))).toEqual([]);
  };

  it.each([
    ['for a service of the mesh', 'other/web', 'linkerd/orders', {}],
    ['for a service of another mesh, at the border', 'linkerd/shop', 'other/web', {}],
    [
      'for probes',
      'other/web',
      'linkerd/orders',
      { probePaths: many.map(({ pathExact }) => pathExact) },
    ],
  ])('is cut into several, %s', (_, from, to, orders) => {
    const allow = 'probePaths' in orders ? [{ pathExact: '/' }] : many;
    const of: AccessPolicy = {
      meshes: {
        linkerd: { kind: 'linkerd', services: { orders, shop: {} } },
        other: { kind: 'linkerd', services: { web: {} } },
      },
      rules: [{ from, to, allow }],
    };
    isRight(of);
    const { routes, rules, matches } = limits(of);
    expect(routes).toBeGreaterThanOrEqual(2);
    expect([rules, matches]).toEqual([16, 8]);
    const names = ofKind(manifests(compile(of), 'linkerd'), 'HTTPRoute').map(
      ({ metadata }) => metadata.name,
    );
    expect(new Set(names).size).toBe(names.length);
  });

  it('and paths within each other into short ones', () => {
    const path = (one: string) => `/${one.repeat(60)}`;
    const of: AccessPolicy = {
      meshes: {
        linkerd: { kind: 'linkerd', services: { a: {}, b: {}, c: {} } },
        other: { kind: 'linkerd', services: { web: {} } },
      },
      rules: [
        { from: 'linkerd/b', to: 'linkerd/a', allow: [{ pathPrefix: '/' }] },
        {
          from: 'linkerd/c',
          to: 'linkerd/a',
          allow: ['a', 'b', 'c'].map((one) => ({ pathExact: path(one) })),
        },
        { from: 'other/web', to: 'linkerd/a', allow: [{ pathExact: `${path('a')}b` }] },
      ],
    };
    isRight(of);
    expect(limits(of).path).toBeLessThanOrEqual(1024);
  });
});

describe('parts of who may send what', () => {
  const permission = fc
    .record(
      {
        methods: fc.subarray(['GET', 'POST'], { minLength: 1 }),
        pathExact: fc.constantFrom('/', '/a', '/a/', '/a/b', '/a-b', '/a.b'),
        pathPrefix: fc.constantFrom('/', '/a', '/a/', '/a-', '/a/b'),
      },
      { requiredKeys: [] },
    )
    .map(({ pathPrefix, ...one }): HttpPermission =>
      one.pathExact === undefined && pathPrefix !== undefined ? { ...one, pathPrefix } : one,
    );
  const grants = fc.array(
    fc.record({
      to: fc.constantFrom('x', 'y', 'z'),
      allow: fc.array(permission, { maxLength: 3 }),
    }),
    { maxLength: 4 },
  );
  const PATHS = [
    '/',
    '/a',
    '/a/',
    '/a/b',
    '/a/bc',
    '/a-b',
    '/a-',
    '/a.b',
    '/axb',
    '/ab',
    '/b',
    '/a/c',
  ];

  const permits = (
    { methods, pathExact, pathPrefix }: HttpPermission,
    method: string,
    at: string,
  ) =>
    (methods?.includes(method) ?? true) &&
    (pathExact ?? at) === at &&
    at.startsWith(pathPrefix ?? '');

  it.each([
    ['whole', undefined],
    ['cut short', 1],
  ])('admit exactly who was granted it, by one part for each request, %s', (_, length) => {
    fc.assert(
      fc.property(grants, (all: readonly Grant[]) => {
        const parts = partsOf(all, length);
        for (const method of ['GET', 'POST', 'PUT']) {
          for (const at of PATHS) {
            const wanted = all
              .filter(
                ({ allow }) => allow.length === 0 || allow.some((one) => permits(one, method, at)),
              )
              .map(({ to }) => to);
            const matching = parts.filter(
              ({ match: { path, method: only } }) =>
                (only ?? method) === method &&
                (path.type === 'Exact' ? path.value === at : new RegExp(path.value).test(at)),
            );
            const chosen = matching.find(({ match }) => match.method !== undefined) ?? matching[0];
            expect(chosen?.callers ?? []).toEqual([...new Set(wanted)].sort());
            expect(matching.filter(({ match }) => match.method === undefined).length).toBeLessThan(
              2,
            );
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});
