import { describe, expect, it } from '@jest/globals';
import {
  type AccessPolicy,
  compilePolicy,
  consulGatewayPorts,
  consulServiceAccounts,
} from '../../../constructs/federation';
import { consulMember, istioMember } from '../../../support/policy/installed-meshes';
import { differences } from './admitted';
import { compile, manifests, membersFor, mistakes, ofKind, pair, planned } from './fixtures';
import { World } from './world';

/** Compiles, and tries everything. */
function tried(policy: AccessPolicy, meshes = membersFor(policy)) {
  expect(mistakes(policy)).toEqual([]);
  const plan = compilePolicy({ policy, meshes });
  expect(differences(policy, plan, new World(plan, planned(plan)))).toEqual([]);
  return plan;
}

const get = [{ methods: ['GET'], pathPrefix: '/' }];

describe('several pairs of services', () => {
  const policy = pair(
    { frontend: {}, backend: {}, cart: {} },
    { info: {}, stock: {}, mail: {} },
    { from: 'istio/backend', to: 'consul/info', allow: get },
    { from: 'istio/backend', to: 'consul/stock' },
    { from: 'istio/cart', to: 'consul/stock', allow: get },
    { from: 'consul/info', to: 'istio/backend', allow: get },
    { from: 'consul/mail', to: 'istio/backend' },
    { from: 'consul/mail', to: 'istio/cart', allow: get },
    { from: 'istio/frontend', to: 'istio/backend' },
    { from: 'consul/info', to: 'consul/stock' },
  );

  it('share the borders of a service, each with a name of its own on the wire', () => {
    const plan = tried(policy);
    expect(plan.borders.map(({ mesh, name }) => `${mesh} ${name}`)).toEqual([
      'consul backend-inbound',
      'consul cart-inbound',
      'consul backend-outbound',
      'consul cart-outbound',
      'istio info-border',
      'istio mail-border',
    ]);
    const inbound = plan.borders.filter(({ direction }) => direction === 'in');
    const names = inbound.flatMap(({ crossings }) => crossings.map((one) => one.serverName));
    expect(new Set(names).size).toBe(6);
  });

  it('have a port of the gateway for each calling service, which stays when others come', () => {
    const ports = consulGatewayPorts(policy, 'consul');
    expect(ports).toHaveLength(2);
    const [one] = consulGatewayPorts({ ...policy, rules: policy.rules.slice(0, 1) }, 'consul');
    expect(ports).toContain(one);
    expect(ports.every((port) => port >= 10000 && port < 19000)).toBe(true);
  });

  it('have upstreams of their own in a border', () => {
    const [border] = compile(policy).borders;
    expect(border).toMatchObject({
      crossings: [
        { callee: { authority: 'info', address: { host: '127.0.0.1', port: 9191 } } },
        { callee: { authority: 'stock', address: { host: '127.0.0.1', port: 9192 } } },
      ],
    });
  });
});

describe('several namespaces', () => {
  const policy: AccessPolicy = {
    meshes: {
      istio: {
        kind: 'istio',
        borderNamespace: 'borders',
        services: { a: { namespace: 'one' }, b: { namespace: 'two' }, c: { namespace: 'two' } },
      },
      consul: {
        kind: 'consul',
        borderNamespace: 'edge',
        services: { x: { namespace: 'three' }, y: { namespace: 'four' } },
      },
    },
    rules: [
      { from: 'istio/a', to: 'consul/x', allow: get },
      { from: 'istio/b', to: 'consul/x' },
      { from: 'consul/x', to: 'istio/c', allow: get },
      { from: 'consul/y', to: 'istio/c' },
    ],
  };

  it('have a host each, where the callers are', () => {
    const plan = tried(policy);
    expect(
      ofKind(manifests(plan, 'istio'), 'ServiceEntry').map(({ metadata, spec }) => [
        metadata.namespace,
        ...spec.hosts,
      ]),
    ).toEqual([
      ['one', 'x.one.svc.cluster.local'],
      ['two', 'x.two.svc.cluster.local'],
    ]);
  });

  it('have the borders in one, and the name that Consul services call in each of theirs', () => {
    const plan = compile(policy);
    expect(plan.borders.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual([
      'edge/a-inbound',
      'edge/b-inbound',
      'edge/c-outbound',
      'borders/x-border',
      'borders/y-border',
    ]);
    expect(plan.borders.find(({ direction }) => direction === 'out')).toMatchObject({
      kubernetesService: 'c',
      aliasNamespaces: ['three', 'four'],
    });
    const policies = ofKind(manifests(plan, 'istio'), 'AuthorizationPolicy');
    expect(policies.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual([
      'istio-ingress/federation',
      'borders/border.x',
      'borders/border.y',
      'two/allow-consul.x.to.c',
      'two/allow-consul.y.to.c',
    ]);
  });

  it('may have services of the same name', () => {
    tried(
      pair(
        { shop: { name: 'web', namespace: 'shop' }, blog: { name: 'web', namespace: 'blog' } },
        { info: {} },
        { from: 'istio/shop', to: 'consul/info' },
        { from: 'istio/blog', to: 'consul/info', allow: get },
        { from: 'consul/info', to: 'istio/blog' },
      ),
    );
  });
});

describe('a second data centre of Consul', () => {
  const policy: AccessPolicy = {
    meshes: {
      istio: { kind: 'istio', services: { backend: {} } },
      berlin: { kind: 'consul', services: { info: { standIn: 'info-berlin' } } },
      oslo: { kind: 'consul', services: { info: { standIn: 'info-oslo' } } },
    },
    rules: [
      { from: 'istio/backend', to: 'berlin/info', allow: get },
      { from: 'istio/backend', to: 'oslo/info' },
      { from: 'berlin/info', to: 'istio/backend', allow: get },
      { from: 'oslo/info', to: 'istio/backend' },
    ],
  };
  // Of one cluster of Consul: the same trust domain, another datacenter in each identity.
  const meshes = {
    istio: istioMember(),
    berlin: consulMember('berlin'),
    oslo: consulMember('oslo'),
  };

  it('is a mesh of its own, with its own host, borders and bundle', () => {
    const plan = tried(policy, meshes);
    expect(ofKind(manifests(plan, 'istio'), 'ServiceEntry').map(({ spec }) => spec.hosts)).toEqual([
      ['info-berlin.default.svc.cluster.local'],
      ['info-oslo.default.svc.cluster.local'],
    ]);
    const tls = ofKind(manifests(plan, 'istio'), 'DestinationRule').flatMap(({ spec }) =>
      spec.workloadSelector && spec.trafficPolicy.tls ? [spec.trafficPolicy.tls] : [],
    );
    expect(tls.map(({ caCertificates }) => caCertificates)).toEqual([
      '/etc/federation/roots/berlin/roots.pem',
      '/etc/federation/roots/oslo/roots.pem',
    ]);
    expect(tls.flatMap(({ subjectAltNames }) => subjectAltNames)).toEqual([
      expect.stringMatching(/\/dc\/berlin\/svc\/backend$/),
      expect.stringMatching(/\/dc\/oslo\/svc\/backend$/),
    ]);
  });

  it('cannot use what is meant for the first one', () => {
    const plan = compilePolicy({
      policy: { ...policy, rules: policy.rules.filter(({ from }) => from !== 'oslo/info') },
      meshes,
    });
    const border = plan.borders.find(
      ({ direction, mesh }) => direction === 'in' && mesh === 'istio',
    );
    expect(border?.crossings.map(({ peer }) => peer)).toEqual([
      expect.stringMatching(/\/dc\/berlin\/svc\/backend-outbound$/),
    ]);
  });
});

describe('meshes beside each other', () => {
  it('two of Istio call one of Consul, and are called by it', () => {
    tried({
      meshes: {
        one: { kind: 'istio', services: { backend: { standIn: 'backend-one' } } },
        two: { kind: 'istio', services: { backend: { standIn: 'backend-two' } } },
        consul: { kind: 'consul', services: { info: {} } },
      },
      rules: [
        { from: 'one/backend', to: 'consul/info', allow: get },
        { from: 'two/backend', to: 'consul/info' },
        { from: 'consul/info', to: 'one/backend' },
        { from: 'consul/info', to: 'two/backend', allow: get },
      ],
    });
  });

  it('two pairs do not see each other', () => {
    const plan = tried({
      meshes: {
        istio: { kind: 'istio', services: { backend: {} } },
        consul: { kind: 'consul', services: { info: {} } },
        istio2: { kind: 'istio', services: { backend: {} } },
        consul2: { kind: 'consul', services: { info: {} } },
      },
      rules: [
        { from: 'istio/backend', to: 'consul/info' },
        { from: 'consul2/info', to: 'istio2/backend' },
      ],
    });
    expect(plan.borders.map(({ mesh, foreignMesh }) => `${mesh} ${foreignMesh}`)).toEqual([
      'consul istio',
      'consul2 istio2',
      'istio2 consul2',
    ]);
  });
});

it('the longest names make a host name that is not too long', () => {
  const [istio, consul] = [`i${'0'.repeat(45)}`, `c${'0'.repeat(45)}`];
  const [caller, callee] = ['a'.repeat(63), 'b'.repeat(63)];
  const plan = tried({
    meshes: {
      [istio]: { kind: 'istio', services: { [caller]: { standIn: 'a'.repeat(54) } } },
      [consul]: { kind: 'consul', services: { [callee]: { standIn: 'b'.repeat(54) } } },
    },
    rules: [
      { from: `${istio}/${caller}`, to: `${consul}/${callee}` },
      { from: `${consul}/${callee}`, to: `${istio}/${caller}` },
    ],
  });
  const names = plan.borders.flatMap(({ crossings }) => crossings.map((one) => one.serverName));
  expect(Math.max(...names.map(({ length }) => length))).toBeLessThanOrEqual(253);
});

describe('meshes of one kind', () => {
  it('that are Istio: each caller by SNI, with its own certificate, to a border behind the other gateway', () => {
    const policy: AccessPolicy = {
      meshes: {
        shop: { kind: 'istio', services: { checkout: {} } },
        bank: { kind: 'istio', services: { payments: { port: 8080 } } },
      },
      rules: [{ from: 'shop/checkout', to: 'bank/payments' }],
    };
    expect(mistakes(policy)).toEqual([]);
    const plan = compile(policy);
    expect(plan.borders).toEqual([
      expect.objectContaining({
        direction: 'in',
        mesh: 'bank',
        foreignMesh: 'shop',
        identity: 'spiffe://bank.example.com/ns/federation-borders/sa/checkout',
        gatewayPorts: [8443],
        crossings: [
          expect.objectContaining({
            peer: 'spiffe://cluster.local/ns/default/sa/checkout',
            serverName: 'payments.bank.checkout.shop.federation.internal',
            callee: {
              authority: 'payments.default.svc.cluster.local',
              address: { host: 'payments.default.svc.cluster.local', port: 8080 },
            },
          }),
        ],
      }),
    ]);
    const [rule] = ofKind(manifests(plan, 'shop'), 'DestinationRule').filter(
      ({ spec }) => spec.workloadSelector !== undefined,
    );
    expect(rule?.spec.trafficPolicy.tls).toMatchObject({
      sni: 'payments.bank.checkout.shop.federation.internal',
      caCertificates: '/etc/federation/roots/bank/roots.pem',
      subjectAltNames: ['spiffe://bank.example.com/ns/federation-borders/sa/checkout'],
    });
    const [entry] = ofKind(manifests(plan, 'shop'), 'ServiceEntry');
    expect(entry?.spec.endpoints).toMatchObject([{ ports: { http: 8443 } }]);
  });

  it('that are Istio: callers accept a border that moves at both places', () => {
    const policy: AccessPolicy = {
      meshes: {
        shop: { kind: 'istio', services: { checkout: {} } },
        bank: { kind: 'istio', bordersMovedFrom: 'default', services: { payments: {} } },
      },
      rules: [{ from: 'shop/checkout', to: 'bank/payments' }],
    };
    const [rule] = ofKind(manifests(compile(policy), 'shop'), 'DestinationRule').filter(
      ({ spec }) => spec.workloadSelector !== undefined,
    );
    expect(rule?.spec.trafficPolicy.tls?.subjectAltNames).toEqual([
      'spiffe://bank.example.com/ns/federation-borders/sa/checkout',
      'spiffe://bank.example.com/ns/default/sa/checkout',
    ]);
  });

  it('that are Consul: a border out, and each caller by a port of its own to a border in', () => {
    const policy: AccessPolicy = {
      meshes: {
        shop: { kind: 'consul', services: { checkout: { gatewayPort: 12001 }, basket: {} } },
        bank: { kind: 'consul', services: { payments: {} } },
      },
      rules: [
        { from: 'shop/checkout', to: 'bank/payments' },
        { from: 'shop/basket', to: 'bank/payments' },
      ],
    };
    expect(mistakes(policy)).toEqual([]);
    const plan = compile(policy);
    const [checkout = 0, basket = 0] = [12001, consulGatewayPorts(policy, 'bank')[0]];
    expect(consulGatewayPorts(policy, 'bank').sort()).toEqual([basket, checkout].sort());
    const id = (mesh: string, name: string) =>
      plan.borders.find((one) => one.mesh === mesh && one.name === name)?.identity;
    expect(plan.borders).toEqual([
      expect.objectContaining({
        direction: 'out',
        mesh: 'shop',
        name: 'payments-outbound',
        crossings: [
          expect.objectContaining({
            gatewayPort: checkout,
            peer: id('bank', 'checkout-inbound'),
            authority: 'payments',
          }),
          expect.objectContaining({ gatewayPort: basket, peer: id('bank', 'basket-inbound') }),
        ],
      }),
      expect.objectContaining({
        direction: 'in',
        mesh: 'bank',
        name: 'checkout-inbound',
        gatewayPorts: [checkout],
        crossings: [expect.objectContaining({ peer: id('shop', 'payments-outbound') })],
      }),
      expect.objectContaining({ direction: 'in', mesh: 'bank', name: 'basket-inbound' }),
    ]);
    expect(consulServiceAccounts(policy, 'bank')).toEqual({
      payments: ['default'],
      checkout: ['federation-borders'],
      basket: ['federation-borders'],
    });
  });

  it('that have the same names need other ones abroad', () => {
    const policy: AccessPolicy = {
      meshes: {
        one: { kind: 'istio', services: { backend: {} } },
        two: { kind: 'istio', services: { backend: {} } },
      },
      rules: [{ from: 'one/backend', to: 'two/backend' }],
    };
    expect(mistakes(policy)).toEqual([
      'meshes.two.services.backend.standIn: is "backend", and the Service default/backend in one is ' +
        'one/backend; take another name, such as "backend-two"',
    ]);
  });
});
