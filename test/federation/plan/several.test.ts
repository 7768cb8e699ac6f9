import { describe, expect, it } from '@jest/globals';
import {
  type AccessPolicy,
  compilePolicy,
  consulGatewayPorts,
} from '../../../constructs/federation';
import { consulMember, istioMember } from '../../../scripts/support/installed-meshes';
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
    expect(plan.standIns.map(({ mesh, name }) => `${mesh} ${name}`)).toEqual([
      'consul backend-inbound',
      'consul cart-inbound',
      'consul backend-outbound',
      'consul cart-outbound',
      'istio info-border',
      'istio mail-border',
    ]);
    const inbound = plan.standIns.filter(({ kind }) => kind !== 'consul-outbound');
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
    const [border] = compile(policy).standIns;
    expect(border).toMatchObject({
      upstreams: [
        { service: 'info', port: 9191 },
        { service: 'stock', port: 9192 },
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
    expect(plan.standIns.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual([
      'edge/a-inbound',
      'edge/b-inbound',
      'edge/c-outbound',
      'borders/x-border',
      'borders/y-border',
    ]);
    expect(plan.standIns.find(({ kind }) => kind === 'consul-outbound')).toMatchObject({
      kubernetesService: 'c',
      aliasNamespaces: ['three', 'four'],
    });
    const policies = ofKind(manifests(plan, 'istio'), 'AuthorizationPolicy');
    expect(policies.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual([
      'istio-ingress/federation',
      'borders/border.x',
      'borders/border.y',
      'two/allow-x',
      'two/allow-y',
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
      spec.workloadSelector ? [spec.trafficPolicy.tls] : [],
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
    const border = plan.standIns.find(({ kind }) => kind === 'istio-inbound');
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
    expect(plan.standIns.map(({ mesh, foreignMesh }) => `${mesh} ${foreignMesh}`)).toEqual([
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
  const names = plan.standIns.flatMap(({ crossings }) => crossings.map((one) => one.serverName));
  expect(Math.max(...names.map(({ length }) => length))).toBeLessThanOrEqual(253);
});
