import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import {
  consulGatewayPorts,
  type MeshMember,
  plannedResources,
} from '../../../constructs/federation';
import {
  CONSUL_TRUST_DOMAIN,
  consulMember,
  istioMember,
} from '../../../support/policy/installed-meshes';
import { WEATHER } from '../../helpers/plans';
import {
  compile,
  manifests,
  membersFor,
  ofKind,
  pair,
  planned,
  withDefaultDeny,
  withoutAcls,
} from './fixtures';

/** The resources of one mesh in short: `Kind namespace/name`, and the spec. */
function specs(plan: ReturnType<typeof compile>, mesh: string): Record<string, unknown> {
  return Object.fromEntries(
    manifests(plan, mesh).map(({ kind, metadata, spec }) => [
      `${kind} ${metadata.namespace}/${metadata.name}`,
      spec,
    ]),
  );
}

const GATEWAY_PORT = 12000;
const SVC = `spiffe://${CONSUL_TRUST_DOMAIN}/ns/default/dc/dc1/svc`;

describe('a rule within Istio', () => {
  it('becomes an AuthorizationPolicy on the pods of the service called', () => {
    const plan = compile(
      pair(
        {
          frontend: { namespace: 'web', serviceAccount: 'web-sa' },
          backend: { labels: { app: 'weather', tier: 'back' } },
        },
        {},
        { from: 'istio/frontend', to: 'istio/backend' },
      ),
    );
    expect(specs(plan, 'istio')).toEqual(
      parse(`
AuthorizationPolicy default/allow-istio.frontend.to.backend:
  selector: { matchLabels: { app: weather, tier: back } }
  action: ALLOW
  rules:
    - from: [{ source: { principals: [cluster.local/ns/web/sa/web-sa] } }]
`),
    );
    expect(specs(plan, 'consul')).toEqual({});
    expect(plan.borders).toEqual([]);
  });

  it('names methods and paths, a prefix with "*"', () => {
    const plan = compile(
      pair(
        { a: {}, b: {} },
        {},
        {
          from: 'istio/a',
          to: 'istio/b',
          allow: [
            { methods: ['GET', 'HEAD'], pathPrefix: '/api/' },
            { pathExact: '/weather' },
            { methods: ['POST'] },
          ],
        },
      ),
    );
    expect(specs(plan, 'istio')).toEqual(
      parse(`
AuthorizationPolicy default/allow-istio.a.to.b:
  selector: { matchLabels: { app: b } }
  action: ALLOW
  rules:
    - from: [{ source: { principals: [cluster.local/ns/default/sa/a] } }]
      to:
        - operation: { methods: [GET, HEAD], paths: [/api/*] }
        - operation: { paths: [/weather] }
        - operation: { methods: [POST] }
`),
    );
  });

  it('for everybody admits every workload of the mesh, and neither a border nor a job of ours', () => {
    const plan = compile(
      pair(
        { clock: {}, backend: {} },
        { info: {} },
        { from: 'istio/*', to: 'istio/clock', anyone: true },
        { from: 'consul/info', to: 'istio/backend' },
      ),
      { istio: istioMember('example.org'), consul: consulMember() },
    );
    expect(specs(plan, 'istio')).toMatchObject(
      parse(`
AuthorizationPolicy default/allow-istio.anyone.to.clock:
  selector: { matchLabels: { app: clock } }
  action: ALLOW
  rules:
    - from:
        - source:
            principals: [example.org/*]
            notPrincipals:
              - example.org/ns/default/sa/info
              - example.org/ns/mesh-federation/*
              - example.org/ns/mesh-federation-*
              - example.org/ns/federation-borders/*
              - example.org/ns/federation-borders-*
`) as object,
    );
  });
});

describe('a rule within Consul', () => {
  it('becomes ServiceDefaults and the one ServiceIntentions of the service called', () => {
    const plan = compile(
      pair(
        {},
        { web: {}, batch: {}, info: { protocol: 'http2', namespace: 'data' } },
        {
          from: 'consul/web',
          to: 'consul/info',
          allow: [{ methods: ['GET', 'HEAD'], pathPrefix: '/api/' }, { pathExact: '/weather' }],
        },
        { from: 'consul/batch', to: 'consul/info' },
      ),
    );
    // No ServiceDefaults for services that only call.
    expect(specs(plan, 'consul')).toEqual(
      parse(`
ServiceDefaults data/info: { protocol: http2 }
ServiceIntentions data/callers-of-info:
  destination: { name: info }
  sources:
    - name: web
      permissions:
        - { action: allow, http: { methods: [GET, HEAD], pathPrefix: /api/ } }
        - { action: allow, http: { pathExact: /weather } }
    - { name: batch, action: allow }
`),
    );
    expect(specs(plan, 'istio')).toEqual({});
  });

  it('for everybody allows every service, and neither a border nor a job of ours', () => {
    const plan = compile(
      pair(
        { backend: {} },
        { clock: {}, info: {} },
        { from: 'consul/*', to: 'consul/clock', anyone: true },
        { from: 'istio/backend', to: 'consul/info' },
        { from: 'consul/info', to: 'istio/backend' },
      ),
    );
    expect(specs(plan, 'consul')).toMatchObject(
      parse(`
ServiceIntentions default/callers-of-clock:
  destination: { name: clock }
  sources:
    - { name: "*", action: allow }
    - { name: backend, action: deny }
    - { name: backend-outbound, action: deny }
    - { name: roots-consul, action: deny }
    - { name: roots-reader-istio, action: deny }
    - { name: issue-istio, action: deny }
    - { name: sync-istio, action: deny }
    - { name: renew-istio, action: deny }
`) as object,
    );
  });

  it('leaves ServiceDefaults that exist alone', () => {
    const plan = compile(
      pair(
        {},
        { web: {}, info: { serviceDefaults: 'existing' } },
        { from: 'consul/web', to: 'consul/info' },
      ),
    );
    expect(specs(plan, 'consul')).toEqual(
      parse(`
ServiceIntentions default/callers-of-info:
  destination: { name: info }
  sources: [{ name: web, action: allow }]
`),
    );
  });

  it('denies all others by itself in a mesh that allows by default', () => {
    const policy = pair(
      { a: {}, b: {} },
      { web: {}, batch: {}, info: {} },
      { from: 'consul/web', to: 'consul/info', allow: [{ methods: ['GET'] }] },
      { from: 'consul/batch', to: 'consul/info' },
      { from: 'istio/a', to: 'istio/b' },
    );
    const plan = compile(policy, withDefaultDeny(membersFor(policy), false));
    expect(specs(plan, 'consul')).toMatchObject(
      parse(`
ServiceIntentions default/callers-of-info:
  destination: { name: info }
  sources:
    - name: web
      permissions:
        - { action: allow, http: { methods: [GET] } }
        - { action: deny, http: { pathRegex: .* } }
    - { name: batch, action: allow }
    - { name: "*", action: deny }
`) as object,
    );
    // So it is without ACLs, where an intention for all services denies, and limits nobody else.
    expect(specs(compile(policy, withoutAcls(membersFor(policy))), 'consul')).toEqual(
      specs(plan, 'consul'),
    );
    // In Istio one policy on a pod is enough to deny all others.
    expect(specs(plan, 'istio')).toEqual(specs(compile(policy), 'istio'));
  });
});

describe('a rule from Istio to Consul', () => {
  const policy = pair(
    { backend: { gatewayPort: GATEWAY_PORT, namespace: 'web' } },
    { info: { port: 8080, namespace: 'data' } },
    { from: 'istio/backend', to: 'consul/info', allow: [{ methods: ['GET'], pathPrefix: '/' }] },
  );
  const plan = compile(policy);

  it('becomes in Istio a host, the TLS for the caller, and TLS that fails closed for all others', () => {
    expect(specs(plan, 'istio')).toEqual(
      parse(`
DestinationRule web/info.closed:
  host: info.web.svc.cluster.local
  exportTo: ["*"]
  trafficPolicy:
    tls: { mode: SIMPLE, sni: closed.invalid, subjectAltNames: [closed.invalid] }
DestinationRule web/backend.to.info:
  host: info.web.svc.cluster.local
  exportTo: [.]
  workloadSelector: { matchLabels: { app: backend } }
  trafficPolicy:
    connectionPool: { tcp: { tcpKeepalive: { time: 60s }, maxConnectionDuration: 3600s } }
    tls:
      mode: MUTUAL
      clientCertificate: /etc/federation/certificate/cert-chain.pem
      privateKey: /etc/federation/certificate/key.pem
      caCertificates: /etc/federation/roots/consul/roots.pem
      sni: info.consul.backend.istio.federation.internal
      subjectAltNames: [${SVC}/backend]
  subsets: [{ name: backend, labels: { mesh-federation/caller: backend } }]
VirtualService web/federation.info:
  hosts: [info.web.svc.cluster.local]
  exportTo: [.]
  http:
    - match: [{ port: 8080, sourceLabels: { app: backend } }]
      route:
        - destination:
            { host: info.web.svc.cluster.local, subset: backend, port: { number: 8080 } }
ServiceEntry web/federation.info:
  hosts: [info.web.svc.cluster.local]
  exportTo: [.]
  location: MESH_EXTERNAL
  resolution: DNS
  ports: [{ number: 8080, name: http, protocol: HTTP }]
  endpoints:
    - address: gateway.consul.example.com
      ports: { http: ${GATEWAY_PORT} }
      labels: { mesh-federation/caller: backend }
`),
    );
  });

  it('becomes a host of addresses, where one of them is of IPv6, and nothing is looked up', () => {
    const entry = (...hosts: string[]) =>
      ofKind(
        plannedResources(plan, () => hosts).map(({ manifest }) => manifest),
        'ServiceEntry',
      )[0]?.spec;
    const both = entry('2001:db8::1', '192.0.2.1');
    expect(both?.resolution).toBe('STATIC');
    expect(both?.endpoints.map(({ address }) => address)).toEqual(['2001:db8::1', '192.0.2.1']);
    expect(entry('192.0.2.1')?.resolution).toBe('DNS');
  });

  it('becomes in Consul a port of the gateway for the border, and intentions for both', () => {
    expect(specs(plan, 'consul')).toEqual(
      parse(`
ServiceDefaults data/info: { protocol: http }
ServiceIntentions data/callers-of-info:
  destination: { name: info }
  sources:
    - name: backend
      permissions: [{ action: allow, http: { methods: [GET], pathPrefix: / } }]
ServiceDefaults consul/backend:
  protocol: tcp
  maxInboundConnections: 4000
  upstreamConfig:
    defaults:
      limits: { maxConnections: 10000, maxPendingRequests: 10000, maxConcurrentRequests: 10000 }
      connectTimeoutMs: 1000
      passiveHealthCheck: { interval: 10s, maxFailures: 5, maxEjectionPercent: 50 }
ServiceIntentions consul/border.backend:
  destination: { name: backend }
  sources: [{ name: ingress-gateway, action: allow }]
IngressGateway consul/ingress-gateway:
  listeners:
    - port: ${GATEWAY_PORT}
      protocol: tcp
      services:
        - name: backend
          maxConnections: 8000
          maxPendingRequests: 8000
          passiveHealthCheck: { interval: 10s, maxFailures: 2, maxEjectionPercent: 50 }
`),
    );
    expect(consulGatewayPorts(policy, 'consul')).toEqual([GATEWAY_PORT]);
  });

  it('becomes a border in Consul that admits the caller itself', () => {
    expect(plan.borders).toEqual([
      expect.objectContaining(
        parse(`
direction: in
mesh: consul
namespace: default
name: backend-inbound
serviceAccount: backend
identity: ${SVC}/backend
kubernetesService: backend-inbound
port: 8443
gatewayPorts: [${GATEWAY_PORT}]
foreignMesh: istio
crossings:
  - id: backend-to-info
    serverName: info.consul.backend.istio.federation.internal
    caller: spiffe://cluster.local/ns/web/sa/backend
    peer: spiffe://cluster.local/ns/web/sa/backend
    protocol: http
    allow: [{ methods: [GET], pathPrefix: / }]
    callee: { authority: info, address: { host: 127.0.0.1, port: 9191 } }
`) as object,
      ),
    ]);
  });
});

describe('a rule from Consul to Istio', () => {
  const plan = compile(
    pair(
      { backend: { port: 8080, namespace: 'web' } },
      { info: { namespace: 'data' } },
      { from: 'consul/info', to: 'istio/backend', allow: [{ pathExact: '/weather' }] },
    ),
  );
  const SNI = 'backend.istio.info.consul.federation.internal';

  it('becomes in Istio a way through the gateway by SNI, and policies for all on it', () => {
    expect(specs(plan, 'istio')).toEqual(
      parse(`
AuthorizationPolicy istio-ingress/federation:
  selector: { matchLabels: { istio: ingressgateway } }
  action: ALLOW
  rules: [{ when: [{ key: connection.sni, values: [${SNI}] }] }]
AuthorizationPolicy default/border.info:
  selector: { matchLabels: { mesh-federation/border: info-border } }
  action: ALLOW
  rules:
    - from:
        - source: { principals: [cluster.local/ns/istio-ingress/sa/istio-ingressgateway] }
      to: [{ operation: { ports: ["8443"] } }]
AuthorizationPolicy web/allow-consul.info.to.backend:
  selector: { matchLabels: { app: backend } }
  action: ALLOW
  rules:
    - from: [{ source: { principals: [cluster.local/ns/default/sa/info] } }]
      to: [{ operation: { paths: [/weather] } }]
DestinationRule default/federation.borders:
  host: "*-border.default.svc.cluster.local"
  exportTo: ["*"]
  trafficPolicy:
    connectionPool: { tcp: { connectTimeout: 1s } }
    loadBalancer: { localityLbSetting: { enabled: false } }
    outlierDetection:
      splitExternalLocalOriginErrors: true
      consecutiveLocalOriginFailures: 2
      consecutive5xxErrors: 0
      consecutiveGatewayErrors: 0
      interval: 10s
      maxEjectionPercent: 50
Gateway istio-ingress/federation:
  selector: { istio: ingressgateway }
  servers:
    - port: { number: 8443, name: tls-federation, protocol: TLS }
      tls: { mode: PASSTHROUGH }
      hosts: [${SNI}]
VirtualService istio-ingress/border.info:
  hosts: [${SNI}]
  exportTo: [.]
  gateways: [federation]
  tls:
    - match: [{ sniHosts: [${SNI}] }]
      route:
        - destination:
            { host: info-border.default.svc.cluster.local, port: { number: 8443 } }
`),
    );
  });

  it('has the caller in Consul leave out a pod of the outbound border that does not answer', () => {
    const both = compile(
      pair(
        { backend: {} },
        { info: {}, other: {} },
        { from: 'consul/info', to: 'istio/backend' },
        { from: 'consul/other', to: 'consul/info' },
      ),
    );
    expect(specs(both, 'consul')).toMatchObject({
      'ServiceDefaults default/info': {
        protocol: 'http',
        upstreamConfig: {
          overrides: [
            {
              name: 'backend-outbound',
              connectTimeoutMs: 1000,
              passiveHealthCheck: { interval: '10s', maxFailures: 5, maxEjectionPercent: 50 },
            },
          ],
        },
      },
    });
  });

  it('becomes in Consul an intention for the outbound border', () => {
    expect(specs(plan, 'consul')).toEqual(
      parse(`
ServiceDefaults consul/backend-outbound: { protocol: http, maxInboundConnections: 1000 }
ServiceIntentions consul/border.backend-outbound:
  destination: { name: backend-outbound }
  sources:
    - name: info
      permissions: [{ action: allow, http: { pathExact: /weather } }]
`),
    );
  });

  it('becomes a border on each side, each of which admits the other alone', () => {
    const shared = {
      id: 'info-to-backend',
      serverName: SNI,
      caller: `${SVC}/info`,
      protocol: 'http',
      allow: [{ pathExact: '/weather' }],
    };
    expect(plan.borders).toEqual([
      expect.objectContaining({
        direction: 'out',
        mesh: 'consul',
        name: 'backend-outbound',
        serviceAccount: 'backend-outbound',
        identity: `${SVC}/backend-outbound`,
        // Callers in the namespace data call http://backend:8080 too.
        kubernetesService: 'backend',
        namespace: 'default',
        aliasNamespaces: ['data'],
        port: 8080,
        crossings: [
          {
            ...shared,
            gatewayPort: 8443,
            peer: 'spiffe://cluster.local/ns/default/sa/info',
            authority: 'backend.web.svc.cluster.local',
          },
        ],
      }),
      expect.objectContaining({
        direction: 'in',
        mesh: 'istio',
        namespace: 'default',
        name: 'info-border',
        serviceAccount: 'info',
        identity: 'spiffe://cluster.local/ns/default/sa/info',
        crossings: [
          {
            ...shared,
            peer: `${SVC}/backend-outbound`,
            callee: {
              authority: 'backend.web.svc.cluster.local',
              address: { host: 'backend.web.svc.cluster.local', port: 8080 },
            },
          },
        ],
      }),
    ]);
  });

  it('leaves the gateway as open as it is in a mesh that allows by default', () => {
    const open: Record<string, MeshMember> = {
      istio: { ...istioMember(), defaultDeny: false },
      consul: consulMember(),
    };
    const policies = ofKind(manifests(compile(WEATHER, open), 'istio'), 'AuthorizationPolicy');
    expect(policies.map(({ metadata }) => metadata.name)).toEqual([
      'border.info',
      'allow-istio.frontend.to.backend',
      'allow-consul.info.to.backend',
    ]);
  });
});

describe('the protocol of a service', () => {
  const to = (protocol: 'http' | 'http2' | 'grpc' | 'tcp') =>
    compile(
      pair(
        { a: { protocol } },
        { b: { protocol } },
        { from: 'istio/a', to: 'consul/b' },
        { from: 'consul/b', to: 'istio/a' },
      ),
    );

  it.each([
    ['http', { name: 'http', protocol: 'HTTP' }, 'http'],
    ['http2', { name: 'http2', protocol: 'HTTP2' }, 'http2'],
    // Consul tells a border who calls for http2, not for grpc.
    ['grpc', { name: 'grpc', protocol: 'GRPC' }, 'http2'],
    ['tcp', { name: 'tcp', protocol: 'TCP' }, 'tcp'],
  ] as const)('%s is that of the way there', (protocol, port, outbound) => {
    const plan = to(protocol);
    expect(ofKind(manifests(plan, 'istio'), 'ServiceEntry')[0]?.spec.ports).toEqual([
      { number: 80, ...port },
    ]);
    expect(specs(plan, 'consul')).toMatchObject({
      'ServiceDefaults default/b': { protocol },
      'ServiceDefaults consul/a': { protocol: 'tcp' },
      'ServiceDefaults consul/a-outbound': { protocol: outbound },
    });
  });

  it('tcp is routed as such', () => {
    const routes = ofKind(manifests(to('tcp'), 'istio'), 'VirtualService').find(
      ({ metadata }) => metadata.name === 'federation.b',
    );
    expect(routes?.spec).toMatchObject({
      tcp: [{ match: [{ port: 80, sourceLabels: { app: 'a' } }] }],
    });
    expect(routes?.spec).not.toHaveProperty('http');
  });
});

describe('the order', () => {
  it('puts a host behind its rules, and what Consul checks behind what it is checked against', () => {
    const resources = planned(compile(WEATHER));
    const after = (mesh: string, id: string) =>
      resources.find((resource) => resource.mesh === mesh && resource.id === id)?.after;
    const host = 'info.default.svc.cluster.local';
    expect(after('istio', `host.${host}`)).toEqual([
      `closed.${host}`,
      `bound.backend.${host}`,
      `routes.${host}`,
    ]);
    expect(after('consul', 'intentions.info')).toEqual(['defaults.info']);
    expect(after('consul', 'intentions.backend-outbound')).toEqual(['defaults.backend-outbound']);
    expect(after('consul', 'gateway')).toEqual(['defaults.backend']);
  });
});

it('leaves upgrades to the borders: the meshes are told of no limit that they could not keep', () => {
  const upgrades = ['websocket'] as const;
  const plan = compile(
    pair(
      { backend: {} },
      { info: {} },
      { from: 'istio/backend', to: 'consul/info', allow: [{ upgrades }, { pathExact: '/x' }] },
      { from: 'consul/info', to: 'istio/backend', allow: [{ pathExact: '/weather', upgrades }] },
    ),
  );
  expect(plan.borders.flatMap(({ crossings }) => crossings.map(({ allow }) => allow))).toEqual([
    [{ upgrades }, { pathExact: '/x' }],
    [{ pathExact: '/weather', upgrades }],
    [{ pathExact: '/weather', upgrades }],
  ]);
  const written = JSON.stringify(planned(plan));
  expect(written).not.toContain('websocket');
  expect(written).toContain('{"name":"backend","action":"allow"}');
  expect(written).toContain('"operation":{"paths":["/weather"]}');
});
