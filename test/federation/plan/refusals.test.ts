import { describe, expect, it } from '@jest/globals';
import {
  type AccessPolicy,
  compilePolicy,
  policyProblems,
  type PolicyMesh,
} from '../../../constructs/federation';
import { formatProblem } from '../../../constructs/problems';
import { consulMember, istioMember } from '../../../support/policy/installed-meshes';
import { compile, mistakes, pair } from './fixtures';

type Refusal = readonly [what: string, policy: AccessPolicy, messages: readonly string[]];

const toConsul = { from: 'istio/backend', to: 'consul/info' };
const toIstio = { from: 'consul/info', to: 'istio/backend' };

/** backend and info, with this between them. */
function limited(allow: AccessPolicy['rules'][number]['allow'], protocol?: 'grpc' | 'tcp') {
  return pair({ backend: {} }, { info: { protocol } }, { ...toConsul, allow });
}

function meshes(all: Record<string, PolicyMesh>, ...rules: AccessPolicy['rules']): AccessPolicy {
  return { meshes: all, rules };
}

const shared = { cluster: 'shared' } as const;

const names: readonly Refusal[] = [
  [
    'two meshes of a kind in one cluster',
    meshes({
      one: { kind: 'istio', ...shared, borderNamespace: 'a', services: {} },
      other: { kind: 'istio', ...shared, borderNamespace: 'b', services: {} },
    }),
    [
      "meshes.other.cluster: is shared, which already has one, a mesh of the same kind (istio): Istio's CRDs and " +
        'webhooks exist once per cluster; put one of the two meshes into another cluster',
    ],
  ],
  [
    'a namespace with pods of two meshes',
    meshes({
      istio: { kind: 'istio', ...shared, services: { backend: { namespace: 'shop' } } },
      consul: { kind: 'consul', ...shared, services: { info: { namespace: 'shop' } } },
    }),
    [
      'meshes.consul.services.info.namespace: is shop, where istio/backend is in the same ' +
        'cluster, and the pods of a namespace are of one mesh; take another namespace',
      'meshes.consul.borderNamespace: is federation-borders, where the borders of istio are in the same ' +
        'cluster, and the pods of a namespace are of one mesh; take another namespace',
    ],
  ],
  [
    'two callers by one port of the load balancer of borders',
    meshes(
      {
        istio: { kind: 'istio', in: 'service', services: { backend: {} } },
        consul: {
          kind: 'consul',
          services: { info: { gatewayPort: 9001 }, mail: { gatewayPort: 9001 } },
        },
      },
      { from: 'consul/info', to: 'istio/backend' },
      { from: 'consul/mail', to: 'istio/backend' },
    ),
    [
      'meshes.consul.services.mail.gatewayPort: is 9001, by which consul/info enters istio, and a port ' +
        "of the borders' load balancer carries one service; set another one",
    ],
  ],
  [
    'a way that was the same before',
    meshes(
      {
        istio: {
          kind: 'istio',
          inFrom: 'gateway',
          outFrom: 'sidecar',
          services: { backend: { out: 'border', outFrom: 'border' } },
        },
        consul: { kind: 'consul', in: 'service', inFrom: 'service', services: { info: {} } },
      },
      { from: 'istio/backend', to: 'consul/info' },
    ),
    [
      'meshes.istio.inFrom: is gateway, as in is; take it out, or say what in was before',
      'meshes.istio.outFrom: is sidecar, as out is; take it out, or say what out was before',
      'meshes.consul.inFrom: is service, as in is; take it out, or say what in was before',
      'meshes.istio.services.backend.outFrom: is border, as out is; take it out, or say what out was before',
    ],
  ],
  [
    'two ways by one name, in the namespace of the borders',
    meshes(
      {
        istio: {
          kind: 'istio',
          borderNamespace: 'shop',
          out: 'border',
          outFrom: 'sidecar',
          services: { backend: { namespace: 'shop' } },
        },
        consul: { kind: 'consul', services: { info: {} } },
      },
      { from: 'istio/backend', to: 'consul/info' },
    ),
    [
      'meshes.istio.services.backend.outFrom: is sidecar, but its namespace shop is that of the borders too, where ' +
        'one name cannot lead both ways; move the borders first (federation.borders.movedFrom)',
    ],
  ],
  [
    'a service that the policy does not have',
    pair({ backend: {} }, { info: {} }, { from: 'istio/bakend', to: 'consul/infos' }),
    [
      'rules[0].to: is "consul/infos", but consul has no service "infos"; there are: info',
      'rules[0].from: is "istio/bakend", but istio has no service "bakend"; there are: backend',
    ],
  ],
  [
    'a mesh that the policy does not have',
    pair({ backend: {} }, { info: {} }, { from: 'linkerd/backend', to: 'constructor/info' }),
    [
      'rules[0].to: is "constructor/info", but there is no mesh "constructor"; there are: istio, consul',
      'rules[0].from: is "linkerd/backend", but there is no mesh "linkerd"; there are: istio, consul',
    ],
  ],
  [
    'a name without a mesh, and one with too much',
    pair({ backend: {} }, { info: {} }, { from: 'backend', to: 'consul/default/info' }),
    [
      'rules[0].to: is "consul/default/info"; must be <mesh>/<service>',
      'rules[0].from: is "backend"; must be <mesh>/<service>',
    ],
  ],
  [
    'every service as the one called',
    pair({ backend: {} }, { info: {} }, { from: 'istio/backend', to: 'consul/*' }),
    ['rules[0].to: is "consul/*", which is no service; write a rule for each service called'],
  ],
];

const wildcards: readonly Refusal[] = [
  [
    'every workload without saying so',
    pair({ backend: {} }, {}, { from: 'istio/*', to: 'istio/backend' }),
    [
      'rules[0].from: is every workload of istio; name the calling service, or add "anyone: true" if ' +
        'that is what you mean',
    ],
  ],
  [
    'every workload of the other mesh',
    pair({ backend: {} }, { info: {} }, { from: 'istio/*', to: 'consul/info', anyone: true }),
    [
      'rules[0].from: is every workload of istio, and a border admits one known identity; name the ' +
        'calling service',
    ],
  ],
  [
    'one service as anyone',
    pair({ backend: {} }, { info: {} }, { ...toConsul, anyone: true }),
    [
      'rules[0].anyone: contradicts "from: istio/backend", which is one service; leave it out, or ' +
        'write "from: istio/*"',
    ],
  ],
  [
    'a service account that every pod has',
    pair({ backend: { serviceAccount: 'default' } }, { default: {} }),
    [
      'meshes.istio.services.backend.serviceAccount: is "default", the service account of every pod ' +
        'that names none, and so the identity of no service; take another name, and a service account ' +
        'of that name',
      'meshes.consul.services.default.standIn: is "default", the service account of every pod that ' +
        'names none, and so the identity of no service; take another name, and a service account of ' +
        'that name',
      'meshes.consul.services.default.name: is "default", the service account of every pod that ' +
        'names none, and so the identity of no service; take another name, and a service account of ' +
        'that name',
    ],
  ],
  [
    'a pattern as a name',
    pair({ backend: { serviceAccount: '*' } }, { info: { name: '*' } }),
    [
      'meshes.istio.services.backend.serviceAccount: is "*"; must be at most 63 lower case letters, ' +
        'digits and "-", with a letter or digit at both ends',
      'meshes.consul.services.info.name: is "*"; must be at most 63 lower case letters, digits and ' +
        '"-", with a letter or digit at both ends',
    ],
  ],
  [
    'a mesh whose account for roots would be the one that reads those of another',
    meshes(
      {
        x: { kind: 'istio', services: { a: {} } },
        'reader-x': { kind: 'istio', services: { b: {} } },
      },
      { from: 'x/a', to: 'reader-x/b' },
    ),
    [
      'meshes.reader-x: would have the service account roots-reader-x, by which the mesh x reads its ' +
        'roots; take another name',
    ],
  ],
];

const contradictions: readonly Refusal[] = [
  [
    'two rules that say otherwise',
    pair({ backend: {} }, { info: {} }, toConsul, { ...toConsul, allow: [{ methods: ['GET'] }] }),
    [
      'rules[1]: contradicts rules[0], which limits the same caller and callee otherwise; write one ' +
        'rule that allows it all',
    ],
  ],
  [
    'a rule twice, its parts in another order',
    pair(
      { backend: {} },
      { info: {} },
      { ...toConsul, allow: [{ methods: ['GET', 'HEAD'] }, { pathExact: '/' }] },
      { ...toConsul, allow: [{ pathExact: '/' }, { methods: ['HEAD', 'GET'] }] },
    ),
    ['rules[1]: repeats rules[0]; delete one of them'],
  ],
  [
    'a service beside everybody of its mesh',
    pair(
      { a: {}, b: {} },
      {},
      { from: 'istio/a', to: 'istio/b' },
      { from: 'istio/*', to: 'istio/b', anyone: true },
    ),
    ['rules[1]: contradicts rules[0]: istio/a is one of istio/*; delete one of them'],
  ],
];

const requests: readonly Refusal[] = [
  [
    'methods and paths of a service that speaks tcp',
    limited([{ methods: ['GET'] }], 'tcp'),
    [
      'rules[0].allow: consul/info speaks tcp, which has no methods and paths; leave "allow" out, or ' +
        'set the protocol to http, http2 or grpc',
    ],
  ],
  [
    'another method than POST for gRPC',
    limited([{ methods: ['GET'], pathPrefix: '/weather.Weather/' }], 'grpc'),
    ['rules[0].allow: consul/info speaks gRPC, where every call is a POST; limit the path'],
  ],
  [
    'two Consul services that call the same foreign tcp service',
    pair(
      { db: { protocol: 'tcp' } },
      { info: {}, stock: {} },
      { from: 'consul/info', to: 'istio/db' },
      { from: 'consul/stock', to: 'istio/db' },
    ),
    [
      "rules[1].from: consul/info calls istio/db from consul already, and Consul's sidecar tells the " +
        'border who calls for HTTP only, not for tcp; let one service call it, or set its protocol to ' +
        'http, http2 or grpc',
    ],
  ],
  [
    'nothing allowed',
    limited([]),
    ['rules[0].allow: is empty and allows nothing; leave it out for every request, or the rule'],
  ],
  [
    'an entry that limits nothing',
    limited([{}]),
    [
      'rules[0].allow[0]: limits nothing; give methods, pathExact, pathPrefix or upgrades, or leave "allow" out',
    ],
  ],
  [
    'upgrades that nothing could tell apart or that are none',
    limited([{ upgrades: [] }, { methods: ['POST'], upgrades: ['websocket'] }]),
    [
      'rules[0].allow[0].upgrades: is empty; leave it out for requests that stay what they are',
      'rules[0].allow[1].upgrades: needs the method GET, which a request to upgrade has; add it',
    ],
  ],
  [
    'an upgrade of gRPC',
    limited([{ upgrades: ['websocket'] }], 'grpc'),
    ['rules[0].allow[0].upgrades: consul/info speaks grpc; only http can be upgraded'],
  ],
  [
    'an upgrade within one mesh',
    pair(
      { frontend: {}, backend: {} },
      { info: {} },
      { from: 'istio/frontend', to: 'istio/backend', allow: [{ upgrades: ['websocket'] }] },
      toConsul,
    ),
    [
      'rules[0].allow[0].upgrades: is for calls from one mesh to another: within one, whoever may ' +
        'call may also upgrade; leave it out',
    ],
  ],
  [
    'an entry twice',
    limited([{ methods: ['GET'] }, { pathExact: '/' }, { methods: ['GET'] }]),
    ['rules[0].allow[2]: repeats allow[0]; delete one of them'],
  ],
  [
    'both kinds of path',
    limited([{ pathExact: '/a', pathPrefix: '/a' }]),
    ['rules[0].allow[0]: has both pathExact and pathPrefix; keep one, or write two entries'],
  ],
  [
    'methods that there are not, are none, or are twice',
    limited([{ methods: ['get', 'FETCH'] }, { methods: [] }, { methods: ['GET', 'GET'] }]),
    [
      'rules[0].allow[0].methods[0]: is "get"; must be in capitals: GET',
      'rules[0].allow[0].methods[1]: is "FETCH"; must be one of GET, HEAD, POST, PUT, PATCH, DELETE, ' +
        'CONNECT, OPTIONS, TRACE',
      'rules[0].allow[1].methods: is empty and allows nothing; leave it out for every method',
      'rules[0].allow[2].methods[1]: is "GET" once more; delete one of them',
    ],
  ],
  [
    'paths that the meshes read in different ways',
    limited([
      { pathExact: 'weather' },
      { pathPrefix: '/weather/*' },
      { pathExact: '/weather?now' },
      { pathExact: '/%2e%2e/admin' },
      { pathPrefix: '/a//b' },
      { pathPrefix: '/a/../b' },
      { pathExact: '/a/.' },
    ]),
    [
      'rules[0].allow[0].pathExact: is "weather"; must start with "/"',
      ...[
        '[1].pathPrefix: is "/weather/*"',
        '[2].pathExact: is "/weather?now"',
        '[3].pathExact: is "/%2e%2e/admin"',
      ].map(
        (start) =>
          `rules[0].allow${start}; must be letters, digits and / _ . ~ : @ , = - only, without ` +
          'patterns, escapes and query',
      ),
      ...[
        '[4].pathPrefix: is "/a//b"',
        '[5].pathPrefix: is "/a/../b"',
        '[6].pathExact: is "/a/."',
      ].map(
        (start) =>
          `rules[0].allow${start}, which no request has: "//", "/./" and "/../" are resolved first; ` +
          'write the resolved path',
      ),
    ],
  ],
];

const twins: readonly Refusal[] = [
  [
    'two Istio services that are one',
    pair(
      {
        a: { name: 'web', serviceAccount: 'web', labels: { app: 'web' } },
        b: { name: 'web', serviceAccount: 'web', labels: { app: 'web', v: '2' } },
        c: { name: 'web', serviceAccount: 'web', labels: { app: 'web' }, namespace: 'elsewhere' },
      },
      {},
    ),
    [
      'meshes.istio.services.b.name: istio/a is the Service default/web too; each needs its own',
      'meshes.istio.services.b.serviceAccount: istio/a runs as default/web too, so nobody can tell ' +
        'the two apart; give each a service account of its own',
      'meshes.istio.services.b.labels: a policy for istio/a (app=web) and one for istio/b ' +
        '(app=web,v=2) would apply to the same pods; give each a label that the other does not have',
    ],
  ],
  [
    'two Consul services of one name, whatever their namespaces',
    pair({}, { a: { name: 'web' }, b: { name: 'web', namespace: 'elsewhere' } }),
    [
      'meshes.consul.services.b.name: consul/a is "web" too, and Consul knows a service by its name ' +
        'alone, in every namespace; each needs its own',
    ],
  ],
  [
    'a policy on the pods of a whole namespace',
    pair({ a: { labels: {} } }, {}),
    [
      'meshes.istio.services.a.labels: is empty, and a policy without labels applies to the whole ' +
        'namespace; name at least one',
    ],
  ],
  [
    'numbers that are no ports',
    pair({ a: { port: 0, gatewayPort: 70000 } }, { b: { port: 80.5 } }),
    [
      'meshes.istio.services.a.port: is 0; must be a whole number from 1 to 65535',
      'meshes.istio.services.a.gatewayPort: is 70000; must be a whole number from 1 to 65535',
      'meshes.consul.services.b.port: is 80.5; must be a whole number from 1 to 65535',
    ],
  ],
  [
    'names that Kubernetes does not take',
    meshes({
      [`m${'0'.repeat(46)}`]: { kind: 'istio', services: { Backend: { name: 'Also_Wrong' } } },
      consul: {
        kind: 'consul',
        borderNamespace: 'Borders',
        services: { info: { namespace: '-a', standIn: 'x'.repeat(55) } },
      },
    }),
    [
      [`meshes.m${'0'.repeat(46)}`, `m${'0'.repeat(46)}`, 46],
      ['meshes.consul.borderNamespace', 'Borders', 63],
      // The rest of a service is said when its key is right.
      [`meshes.m${'0'.repeat(46)}.services.Backend`, 'Backend', 63],
      ['meshes.consul.services.info.namespace', '-a', 63],
      ['meshes.consul.services.info.standIn', 'x'.repeat(55), 54],
    ].map(
      ([path, value, length]) =>
        `${path}: is "${value}"; must be at most ${length} lower case letters, digits and "-", with a ` +
        'letter or digit at both ends',
    ),
  ],
];

const clashes: readonly Refusal[] = [
  [
    'a stand-in that is called like a service that is there already',
    pair({ backend: {} }, { info: {}, backend: {} }, toConsul),
    [
      'meshes.istio.services.backend.standIn: is "backend", and the Consul service backend in consul ' +
        'is consul/backend; take another name, such as "backend-istio"',
    ],
  ],
  [
    'a stand-in with the service account of a service that is there already',
    pair({ backend: {}, other: { serviceAccount: 'info' } }, { info: {} }, toIstio),
    [
      'meshes.consul.services.info.standIn: is "info", and the service account default/info in istio ' +
        'is istio/other; take another name, such as "info-consul"',
    ],
  ],
  [
    "a host that is a Service in the caller's namespace",
    pair({ backend: {}, other: { name: 'info' } }, { info: {} }, toConsul),
    [
      'meshes.consul.services.info.standIn: is "info", and the Service default/info in istio is ' +
        'istio/other; take another name, such as "info-consul"',
    ],
  ],
  [
    'two foreign services of one name',
    meshes(
      {
        istio: { kind: 'istio', services: { backend: {} } },
        one: { kind: 'consul', services: { info: {} } },
        two: { kind: 'consul', services: { info: {} } },
      },
      { from: 'istio/backend', to: 'one/info' },
      { from: 'istio/backend', to: 'two/info' },
    ),
    [
      'meshes.two.services.info.standIn: is "info", and the foreign service info in istio is one/info; ' +
        'take another name, such as "info-two"',
    ],
  ],
  [
    'a stand-in that is called like what the platform has',
    pair(
      { consul: {}, kubernetes: {} },
      { info: {} },
      { from: 'istio/consul', to: 'consul/info' },
      {
        from: 'consul/info',
        to: 'istio/kubernetes',
      },
    ),
    [
      'meshes.istio.services.kubernetes.name: is "kubernetes", and the Service default/kubernetes in ' +
        'istio is the API server; take another name, such as "kubernetes-istio"',
      'meshes.istio.services.consul.standIn: is "consul", and the Consul service consul in consul is ' +
        'its servers; take another name, such as "consul-istio"',
    ],
  ],
  [
    "a stand-in that is called like the border of another's",
    pair(
      { backend: {} },
      { info: {}, 'backend-outbound': {} },
      { from: 'consul/info', to: 'istio/backend' },
    ),
    [
      'meshes.istio.services.backend.standIn: is "backend", and the Consul service backend-outbound in ' +
        'consul is consul/backend-outbound; take another name, such as "backend-istio"',
    ],
  ],
  [
    "two services that enter by the same port of Consul's gateway",
    pair(
      { a: { gatewayPort: 9000 }, b: { gatewayPort: 9000 }, c: { gatewayPort: 9000 } },
      { info: {} },
      { from: 'istio/a', to: 'consul/info' },
      { from: 'istio/b', to: 'consul/info' },
    ),
    [
      'meshes.istio.services.b.gatewayPort: is 9000, by which istio/a enters consul, and a port of ' +
        "Consul's gateway carries one service; set another one",
    ],
  ],
  [
    'two services of one Consul mesh that enter another by the same port',
    meshes(
      {
        one: { kind: 'consul', services: { a: { gatewayPort: 9000 }, b: { gatewayPort: 9000 } } },
        two: { kind: 'consul', services: { c: {} } },
      },
      { from: 'one/a', to: 'two/c' },
      { from: 'one/b', to: 'two/c' },
    ),
    [
      'meshes.one.services.b.gatewayPort: is 9000, by which one/a enters two, and a port of ' +
        "Consul's gateway carries one service; set another one",
    ],
  ],
  [
    'two services of one namespace that call a foreign one in two ways',
    pair(
      { a: {}, b: { out: 'border' }, c: { out: 'border', namespace: 'web' } },
      { info: {} },
      { from: 'istio/a', to: 'consul/info' },
      { from: 'istio/b', to: 'consul/info' },
      { from: 'istio/c', to: 'consul/info' },
    ),
    [
      'rules[1].from: calls consul/info by its border, and istio/a in the same namespace default by its ' +
        'sidecar: one name cannot lead both ways; give them the same "out" and "outFrom", or namespaces of their own',
    ],
  ],
  [
    'two services of an Istio mesh that call a foreign tcp service by a border',
    pair(
      { a: { out: 'border' }, b: { out: 'border' } },
      { info: { protocol: 'tcp' } },
      { from: 'istio/a', to: 'consul/info' },
      { from: 'istio/b', to: 'consul/info' },
    ),
    [
      "rules[1].from: istio/a calls consul/info from istio already, and Istio's sidecar tells the border " +
        'who calls for HTTP only, not for tcp; let one service call it, or set its protocol to http, http2 ' +
        'or grpc',
    ],
  ],
  [
    'two services of one Consul mesh that call a tcp service of another',
    meshes(
      {
        one: { kind: 'consul', services: { a: {}, b: {} } },
        two: { kind: 'consul', services: { c: { protocol: 'tcp' } } },
      },
      { from: 'one/a', to: 'two/c' },
      { from: 'one/b', to: 'two/c' },
    ),
    [
      "rules[1].from: one/a calls two/c from one already, and Consul's sidecar tells the border who calls " +
        'for HTTP only, not for tcp; let one service call it, or set its protocol to http, http2 or grpc',
    ],
  ],
];

describe.each([
  ['names', names],
  ['identities', wildcards],
  ['rules beside each other', contradictions],
  ['requests', requests],
  ['services', twins],
  ['what two would claim', clashes],
])('%s: refused is', (_, cases) => {
  it.each(cases)('%s', (_what, policy, messages) => {
    expect(mistakes(policy)).toEqual(messages);
  });
});

describe('everything is refused at once', () => {
  const policy = pair(
    { backend: {} },
    { info: { protocol: 'tcp' } },
    { ...toConsul, allow: [{ methods: ['get'] }] },
    { from: 'istio/*', to: 'istio/nobody' },
  );

  it('by the compiler, which makes no plan', () => {
    expect(() => compile(policy)).toThrow(
      new Error(
        'The plan of the access policy cannot be made:\n' +
          mistakes(policy)
            .map((line) => `  ${line}`)
            .join('\n'),
      ),
    );
    expect(mistakes(policy)).toHaveLength(3);
  });
});

describe('meshes as they are installed', () => {
  const policy = pair({ backend: {} }, { info: {} }, toConsul);

  it('must be those of the policy', () => {
    expect(() =>
      compilePolicy({
        policy,
        meshes: { istio: consulMember(), linkerd: istioMember() },
      }),
    ).toThrow(
      new Error(
        [
          'The plan of the access policy cannot be made:',
          '  meshes.istio.kind: is istio, but the mesh given is consul; change one of them',
          '  meshes.consul: is in the policy, but no such mesh was given; pass it, or take it out',
          '  meshes: has no "linkerd", but such a mesh was given; name it, or leave it out',
        ].join('\n'),
      ),
    );
  });

  it.each(['istoi', 'constructor', ''])('are of a kind that there is, not of %j', (kind) => {
    const said = `the kind of a mesh is ${kind === '' ? 'empty' : `"${kind}"`}; must be istio, consul or linkerd`;
    // A policy may come from a file.
    const text = JSON.stringify(policy).replace('"kind":"istio"', `"kind":"${kind}"`);
    expect(() => policyProblems(JSON.parse(text) as AccessPolicy)).toThrow(new Error(said));
  });

  it('must leave names and ports to the policy', () => {
    const taken = pair(
      { 'ingress-gateway': { gatewayPort: 8080 } },
      { info: {} },
      { from: 'istio/ingress-gateway', to: 'consul/info' },
    );
    const gateways = { consul: { name: 'ingress-gateway', taken: { 8080: 'a web site' } } };
    expect(policyProblems(taken, gateways).map(formatProblem)).toEqual([
      'meshes.istio.services.ingress-gateway.standIn: is "ingress-gateway", and the Consul service ' +
        'ingress-gateway in consul is the gateway; take another name, such as ' +
        '"ingress-gateway-istio"',
      'meshes.istio.services.ingress-gateway.gatewayPort: is 8080, which the gateway of consul has for ' +
        'a web site; set another one',
    ]);
    expect(() => compile(taken)).toThrow('is the gateway');
  });
});
