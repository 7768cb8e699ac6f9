import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  configurationFiles,
  inboundBorderEnvoy,
  outboundBorderEnvoy,
} from '../../../constructs/federation/plan/envoy';
import { AMBIGUOUS_PATH, DECODABLE_PATH } from '../../../constructs/federation/plan/envoy/paths';
import { POD_CONNECT_SECONDS } from '../../../constructs/federation/plan/envoy';
import { ENVOY_IMAGE } from '../../../constructs/federation/plan/border-images';
import type { HttpConnectionManager } from '../../../constructs/federation/plan/envoy/http';
import type {
  Bootstrap,
  Cluster,
  CommonTlsContext,
  Extension,
  Listener,
} from '../../../constructs/federation/plan/envoy/types';
import type { BorderLimits } from '../../../constructs/federation/plan/border-limits';
import type {
  BorderPlacement,
  HttpPermission,
  InboundCrossing,
  OutboundCrossing,
} from '../../../constructs/federation/plan/crossing';
import { MeshCa } from '../../../rehearsal/certificates';
import { describeWithEnvoy, envoyComplaints } from '../../helpers/envoy';
import { temporaryFolder, writeFile } from '../../helpers/files';

const BACKEND = 'spiffe://cluster.local/ns/default/sa/backend';
const CONSUL = 'spiffe://11111111-2222-4333-8444-555555555555.consul/ns/default/dc/dc1/svc';

const LINKERD = 'default.serviceaccount.identity.linkerd.mesh.example.com';

const placement: BorderPlacement = {
  configDirectory: '/etc/border',
  listen: { host: '127.0.0.1', port: 8443 },
  status: { host: '0.0.0.0', port: 8080 },
  metrics: { host: '0.0.0.0', port: 8081 },
  admin: { host: '127.0.0.1', port: 9901 },
  certificate: {
    source: 'files',
    certificateChain: '/certificate/cert-chain.pem',
    privateKey: '/certificate/key.pem',
    watchedDirectory: '/certificate',
  },
  foreignBundle: { source: 'files', path: '/bundle/roots.pem', watchedDirectory: '/bundle' },
};

const sdsPlacement: BorderPlacement = {
  ...placement,
  certificate: {
    source: 'sds',
    socketPath: '/var/run/secrets/workload-spiffe-uds/socket',
    resourceName: 'default',
  },
};

const spirePlacement: BorderPlacement = {
  ...placement,
  certificate: {
    source: 'sds',
    socketPath: '/var/run/spire/spire-agent.sock',
    resourceName: 'spiffe://spire.example.org/ns/federation-borders/sa/backend',
  },
  foreignBundle: {
    source: 'sds',
    socketPath: '/var/run/spire/spire-agent.sock',
    resourceName: 'ALL',
  },
};

const getRoot: HttpPermission = { methods: ['GET'], pathPrefix: '/' };

const backendToInfo: InboundCrossing = {
  id: 'backend-to-info',
  serverName: 'info.backend.mesh',
  caller: BACKEND,
  peer: BACKEND,
  protocol: 'http',
  allow: [getRoot],
  callee: { authority: 'info', address: { host: '127.0.0.1', port: 9191 } },
};

const infoToBackend: OutboundCrossing = {
  id: 'info-to-backend',
  serverName: 'backend.info.mesh',
  caller: `${CONSUL}/info`,
  peer: 'spiffe://cluster.local/ns/default/sa/info',
  protocol: 'http',
  allow: [{ methods: ['GET'], pathExact: '/weather' }],
  authority: 'backend',
  gateway: { host: 'gateway.example.com', port: 15443 },
};

const inbound = (...crossings: InboundCrossing[]) =>
  inboundBorderEnvoy({ name: 'backend', placement, crossings });
const outbound = (...crossings: OutboundCrossing[]) =>
  outboundBorderEnvoy({ name: 'backend-outbound', placement, crossings });

function listener({ static_resources }: Bootstrap, name: string): Listener {
  const found = static_resources.listeners.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no listener ${name}`);
  return found;
}

function isHttp(filter: Extension<object>): filter is HttpConnectionManager {
  return 'http_filters' in filter.typed_config;
}

/** The HTTP settings of one filter chain. */
function http(of: Listener, chain = 0) {
  const filter = of.filter_chains[chain]?.filters.find(isHttp);
  if (filter === undefined) throw new Error('not HTTP');
  return filter.typed_config;
}

function routes(of: Listener, chain = 0) {
  return http(of, chain).route_config.virtual_hosts.flatMap((host) => host.routes);
}

function chainTls(of: Listener, chain = 0): CommonTlsContext {
  const context = of.filter_chains[chain]?.transport_socket?.typed_config.common_tls_context;
  if (context === undefined) throw new Error('no TLS');
  return context;
}

function foreignTls(cluster: Cluster | undefined) {
  const config = cluster?.transport_socket?.typed_config;
  return config !== undefined && 'sni' in config ? config : undefined;
}

function admittedNames(tls: CommonTlsContext) {
  return tls.combined_validation_context.default_validation_context.match_typed_subject_alt_names;
}

function rules(of: Listener, chain = 0) {
  return http(of, chain).http_filters.flatMap(({ typed_config }) => typed_config.rules ?? []);
}

describe('an inbound border', () => {
  const other: InboundCrossing = {
    ...backendToInfo,
    id: 'backend-to-maps',
    serverName: 'maps.backend.mesh',
    peer: 'spiffe://cluster.local/ns/other/sa/backend',
    allow: [],
    callee: { authority: 'maps', address: { host: 'maps.default.svc', port: 80 } },
  };
  const { bootstrap, secrets } = inbound(backendToInfo, other);
  const entry = listener(bootstrap, 'inbound');

  it('has one chain for each SNI and none for anything else', () => {
    expect(entry.filter_chains.map((chain) => chain.filter_chain_match)).toEqual([
      { transport_protocol: 'tls', server_names: ['info.backend.mesh'] },
      { transport_protocol: 'tls', server_names: ['maps.backend.mesh'] },
    ]);
    expect(entry).not.toHaveProperty('default_filter_chain');
    expect(entry.listener_filters?.map(({ name }) => name)).toEqual([
      'envoy.filters.listener.tls_inspector',
    ]);
  });

  it('asks for a client certificate in each chain and admits the one peer of the crossing', () => {
    for (const chain of entry.filter_chains) {
      expect(chain.transport_socket?.typed_config.require_client_certificate).toBe(true);
    }
    expect([0, 1].map((chain) => admittedNames(chainTls(entry, chain)))).toEqual([
      [{ san_type: 'URI', matcher: { exact: BACKEND } }],
      [{ san_type: 'URI', matcher: { exact: 'spiffe://cluster.local/ns/other/sa/backend' } }],
    ]);
  });

  it('trusts the foreign bundle alone, and reloads it and its own certificate from their folders', () => {
    const { tls_certificate_sds_secret_configs: own, combined_validation_context: trust } =
      chainTls(entry);
    // The watches are what lets a border serve whose files come after it has started.
    expect(own.map(({ sds_config }) => sds_config.path_config_source)).toEqual([
      { path: '/etc/border/certificate.json', watched_directory: { path: '/certificate' } },
    ]);
    expect(trust.validation_context_sds_secret_config.sds_config.path_config_source).toEqual({
      path: '/etc/border/foreign-bundle.json',
      watched_directory: { path: '/bundle' },
    });
    expect(secrets['foreign-bundle.json']?.resources).toMatchObject([
      {
        name: 'foreign-bundle',
        validation_context: {
          trusted_ca: { filename: '/bundle/roots.pem' },
          watched_directory: { path: '/bundle' },
        },
      },
    ]);
    expect(secrets['certificate.json']?.resources).toMatchObject([
      {
        name: 'certificate',
        tls_certificate: {
          certificate_chain: { filename: '/certificate/cert-chain.pem' },
          private_key: { filename: '/certificate/key.pem' },
          watched_directory: { path: '/certificate' },
        },
      },
    ]);
  });

  it("takes its certificate from Istio's agent instead, if told so", () => {
    const configuration = inboundBorderEnvoy({
      name: 'info',
      placement: sdsPlacement,
      crossings: [backendToInfo],
    });
    const [own] = chainTls(
      listener(configuration.bootstrap, 'inbound'),
    ).tls_certificate_sds_secret_configs;
    expect(own?.name).toBe('default');
    expect(own?.sds_config.api_config_source?.grpc_services).toEqual([
      { envoy_grpc: { cluster_name: 'sds-agent' } },
    ]);
    expect(
      configuration.bootstrap.static_resources.clusters.find(({ name }) => name === 'sds-agent')
        ?.load_assignment.endpoints[0]?.lb_endpoints[0]?.endpoint.address,
    ).toEqual({ pipe: { path: '/var/run/secrets/workload-spiffe-uds/socket' } });
    expect(Object.keys(configuration.secrets)).toEqual(['foreign-bundle.json']);
  });

  it('asks SPIRE for the roots of all trust domains, whatever its agent tells others', () => {
    const { bootstrap, secrets } = inboundBorderEnvoy({
      name: 'backend',
      placement: spirePlacement,
      crossings: [backendToInfo],
    });
    expect(
      chainTls(listener(bootstrap, 'inbound')).combined_validation_context
        .validation_context_sds_secret_config.name,
    ).toBe('ALL');
    expect(bootstrap.node.metadata).toEqual({ disable_spiffe_cert_validation: false });
    expect(Object.keys(secrets)).toEqual([]);
  });

  it('speaks TLS 1.2 and 1.3 with forward secrecy and authenticated encryption, and resumes no session', () => {
    const { tls_params } = chainTls(entry);
    expect(tls_params.tls_minimum_protocol_version).toBe('TLSv1_2');
    expect(tls_params.tls_maximum_protocol_version).toBe('TLSv1_3');
    expect(tls_params.cipher_suites).not.toHaveLength(0);
    for (const cipher of tls_params.cipher_suites) {
      expect(cipher).toMatch(/^ECDHE-.*(GCM|POLY1305)/);
    }
    expect(entry.filter_chains[0]?.transport_socket?.typed_config).toMatchObject({
      disable_stateless_session_resumption: true,
      disable_stateful_session_resumption: true,
    });
  });

  it('tells the callee the verified identities and overwrites what the client said of itself', () => {
    expect(http(entry)).toMatchObject({
      forward_client_cert_details: 'SANITIZE_SET',
      set_current_client_cert_details: { uri: true },
      // An underscore reads as a hyphen to CGI-like frameworks.
      common_http_protocol_options: { headers_with_underscores_action: 'DROP_HEADER' },
    });
    expect(routes(entry).map((route) => route.request_headers_to_add)).toEqual([
      [
        {
          header: { key: 'x-federation-caller', value: BACKEND },
          append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
        },
      ],
    ]);
  });

  it('judges the path that the callee will see', () => {
    expect(http(entry)).toMatchObject({
      normalize_path: true,
      merge_slashes: true,
      path_with_escaped_slashes_action: 'REJECT_REQUEST',
    });
  });

  it('forwards to the callee, by the name that the callee expects', () => {
    expect(routes(entry)[0]?.route).toMatchObject({
      cluster: 'backend-to-info',
      host_rewrite_literal: 'info',
    });
    expect(
      bootstrap.static_resources.clusters.map(({ name, type, load_assignment }) => [
        name,
        type,
        load_assignment.endpoints[0]?.lb_endpoints[0]?.endpoint.address,
      ]),
    ).toEqual([
      ['backend-to-info', 'STATIC', { socket_address: { address: '127.0.0.1', port_value: 9191 } }],
      [
        'backend-to-maps',
        'STRICT_DNS',
        { socket_address: { address: 'maps.default.svc', port_value: 80 } },
      ],
      ['admin', 'STATIC', { socket_address: { address: '127.0.0.1', port_value: 9901 } }],
    ]);
  });

  it('lets streams live and bounds what hangs', () => {
    expect(routes(entry)[0]?.route?.timeout).toBe('0s');
    expect(http(entry)).toMatchObject({
      stream_idle_timeout: '300s',
      request_headers_timeout: '10s',
      common_http_protocol_options: {
        idle_timeout: '300s',
        max_connection_duration: '3600s',
        max_stream_duration: '3600s',
      },
      http1_safe_max_connection_duration: true,
    });
    expect(entry.listener_filters_timeout).toBe('3s');
    expect(entry.filter_chains[0]?.transport_socket_connect_timeout).toBe('4s');
  });

  it('retries only what never reached the callee, at another host each time', () => {
    const policy = routes(entry)[0]?.route?.retry_policy;
    expect(policy?.retry_on.split(',')).toEqual([
      'connect-failure',
      'refused-stream',
      'reset-before-request',
    ]);
    expect(policy).toMatchObject({
      num_retries: 2,
      retry_host_predicate: [{ name: 'envoy.retry_host_predicates.previous_hosts' }],
      host_selection_retry_max_attempts: 3,
    });
  });

  it('waits longer for the other mesh than the gateway there waits for a pod', () => {
    const { clusters } = outbound(infoToBackend).bootstrap.static_resources;
    const across = clusters.find(({ name }) => name === infoToBackend.id);
    expect(Number.parseFloat(across?.connect_timeout ?? '')).toBeGreaterThan(POD_CONNECT_SECONDS);
  });

  it('lets nobody steer it by headers that Envoy takes from its own, whatever the address', () => {
    expect(http(entry)).toMatchObject({
      use_remote_address: true,
      // No client has this address, so none counts as internal.
      internal_address_config: {
        cidr_ranges: [{ address_prefix: '255.255.255.255', prefix_len: 32 }],
      },
      // What the proxies before it said of the request goes on.
      skip_xff_append: true,
      preserve_external_request_id: true,
    });
    expect(http(entry).http_filters.at(-1)).toMatchObject({
      name: 'envoy.filters.http.router',
      typed_config: { suppress_envoy_headers: true },
    });
  });

  it('admits a peer by its former name too, while it moves, and nobody else', () => {
    const formerPeer = 'spiffe://cluster.local/ns/former/sa/backend';
    const moving = inbound({ ...backendToInfo, formerPeers: [formerPeer] }).bootstrap;
    expect(admittedNames(chainTls(listener(moving, 'inbound')))).toEqual(
      [BACKEND, formerPeer].map((exact) => ({ san_type: 'URI', matcher: { exact } })),
    );
    const away = outbound({ ...infoToBackend, formerPeers: [formerPeer] }).bootstrap
      .static_resources.clusters[0];
    expect(admittedNames(foreignTls(away)?.common_tls_context ?? chainTls(entry))).toEqual([
      { san_type: 'URI', matcher: { exact: infoToBackend.peer } },
      { san_type: 'URI', matcher: { exact: formerPeer } },
    ]);
  });

  it('takes foreign roots from an agent alone where it is told so, and waits for them', () => {
    const agent = {
      source: 'sds',
      socketPath: '/spiffe/agent.sock',
      resourceName: 'spiffe://other.example.com',
    } as const;
    const configuration = inboundBorderEnvoy({
      name: 'info',
      placement: {
        ...placement,
        certificate: { ...agent, resourceName: 'default' },
        foreignBundle: agent,
      },
      crossings: [backendToInfo],
    });
    const { tls_certificate_sds_secret_configs: own, combined_validation_context: trust } =
      chainTls(listener(configuration.bootstrap, 'inbound'));
    expect(own.map(({ name }) => name)).toEqual(['default']);
    expect(trust.validation_context_sds_secret_config.name).toBe(agent.resourceName);
    for (const { sds_config } of [...own, trust.validation_context_sds_secret_config]) {
      // 0 is for ever: by default Envoy goes on without them after 15 seconds.
      expect(sds_config).toMatchObject({ initial_fetch_timeout: '0s' });
      expect(sds_config).not.toHaveProperty('path_config_source');
    }
    expect(configuration.secrets).toEqual({});
  });

  it('logs each connection, so also a handshake that it refused, and each request', () => {
    const fields = entry.access_log?.[0]?.typed_config.log_format.json_format;
    expect(fields).toMatchObject({
      peer: '%DOWNSTREAM_PEER_URI_SAN%',
      sni: '%REQUESTED_SERVER_NAME%',
      refusal: '%DOWNSTREAM_TRANSPORT_FAILURE_REASON%',
      termination: '%CONNECTION_TERMINATION_DETAILS%',
    });
    expect(http(entry).access_log[0]?.typed_config.log_format.json_format).toMatchObject({
      event: 'request',
      peer: '%DOWNSTREAM_PEER_URI_SAN%',
      sni: '%REQUESTED_SERVER_NAME%',
      reason: '%RESPONSE_CODE_DETAILS%',
      status: '%RESPONSE_CODE%',
    });
  });

  it('logs each connection of a tcp crossing with who it was, by the name that is verified', () => {
    const logged = (caller: Partial<InboundCrossing>) => {
      const tcp = { ...backendToInfo, ...caller, protocol: 'tcp' as const, allow: [] };
      const [chain] = listener(inbound(tcp).bootstrap, 'inbound').filter_chains;
      return JSON.stringify(chain?.filters.at(-1)?.typed_config);
    };
    const uri = logged({});
    expect(uri).toContain('"event":"tcp"');
    expect(uri).toMatch(/"peer":"%DOWNSTREAM_PEER_URI_SAN%"/);
    const dns = logged({ caller: `backend.${LINKERD}`, peer: `backend.${LINKERD}` });
    expect(dns).toMatch(/"peer":"%DOWNSTREAM_PEER_DNS_SAN%"/);
  });

  it('can become another protocol only where a rule says so, whatever name is asked for', () => {
    const asked = (allow: HttpPermission[]) =>
      http(listener(inbound({ ...backendToInfo, allow }).bootstrap, 'inbound'));
    expect(asked([getRoot]).upgrade_configs).toEqual([]);
    expect(asked([{ ...getRoot, upgrades: ['websocket'] }]).upgrade_configs).toEqual([
      { upgrade_type: 'websocket' },
    ]);
    // The SNI and the certificate say which crossing it is, and no name in a request.
    expect(asked([getRoot]).route_config.virtual_hosts.map(({ domains }) => domains)).toEqual([
      ['*'],
    ]);
  });

  it('never logs a query', () => {
    const fields = Object.values(
      http(entry).access_log[0]?.typed_config.log_format.json_format ?? {},
    );
    expect(fields.filter((field) => /PATH/.test(field))).toEqual(['%PATH(NQ:PATH)%']);
  });

  describe('with permissions', () => {
    const compiled = (allow: HttpPermission[]) =>
      rules(listener(inbound({ ...backendToInfo, allow }).bootstrap, 'inbound')).map(
        ({ action, policies }) => [action, policies.allow?.permissions],
      );
    const upgrades = ['websocket'] as const;
    const noUpgrade = { not_rule: { header: { name: 'upgrade', present_match: true } } };
    const method = (exact: string) => ({ header: { name: ':method', string_match: { exact } } });

    it.each<[string, HttpPermission[], object[]]>([
      ['none: every request', [], [{ and_rules: { rules: [noUpgrade] } }]],
      ['an empty one: every request', [{}], [{ and_rules: { rules: [noUpgrade] } }]],
      ['one for upgrades: every request, which may upgrade', [{ upgrades }], [{ any: true }]],
      [
        'a method',
        [{ methods: ['GET'] }],
        [{ and_rules: { rules: [{ or_rules: { rules: [method('GET')] } }, noUpgrade] } }],
      ],
      [
        'methods and a prefix: both must hold',
        [{ methods: ['GET', 'HEAD'], pathPrefix: '/api', upgrades }],
        [
          {
            and_rules: {
              rules: [
                { url_path: { path: { prefix: '/api' } } },
                { url_path: { path: { safe_regex: { regex: DECODABLE_PATH } } } },
                { not_rule: { url_path: { path: { safe_regex: { regex: AMBIGUOUS_PATH } } } } },
                { or_rules: { rules: [method('GET'), method('HEAD')] } },
              ],
            },
          },
        ],
      ],
      [
        'two: either will do',
        [{ pathExact: '/a' }, { pathExact: '/b' }],
        [
          { and_rules: { rules: [{ url_path: { path: { exact: '/a' } } }, noUpgrade] } },
          { and_rules: { rules: [{ url_path: { path: { exact: '/b' } } }, noUpgrade] } },
        ],
      ],
    ])('%s', (_, allow, permissions) => {
      expect(compiled(allow)).toEqual([['ALLOW', permissions]]);
    });
  });

  it.each([
    ['http' as const, ['h2', 'http/1.1'], { http_protocol_options: {} }],
    ['http2' as const, ['h2'], { http2_protocol_options: expect.anything() }],
    ['grpc' as const, ['h2'], { http2_protocol_options: expect.anything() }],
  ])('speaks %s', (protocol, alpn, upstream) => {
    const configured = inbound({ ...backendToInfo, protocol }).bootstrap;
    expect(chainTls(listener(configured, 'inbound')).alpn_protocols).toEqual(alpn);
    expect(
      configured.static_resources.clusters[0]?.typed_extension_protocol_options?.[
        'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
      ].explicit_http_config,
    ).toEqual(upstream);
  });

  it('passes bytes of a tcp crossing on, after the same handshake', () => {
    const configured = inbound({ ...backendToInfo, protocol: 'tcp', allow: [] }).bootstrap;
    const chain = listener(configured, 'inbound').filter_chains[0];
    expect(chain?.filters.slice(1)).toMatchObject([
      {
        typed_config: {
          cluster: 'backend-to-info',
          max_downstream_connection_duration: '3600s',
          // The callee hears of nobody who has not shown the right certificate.
          upstream_connect_mode: 'ON_DOWNSTREAM_TLS_HANDSHAKE',
        },
      },
    ]);
    expect(chain?.filters.some(isHttp)).toBe(false);
    const tls = chainTls(listener(configured, 'inbound'));
    expect(admittedNames(tls)).toHaveLength(1);
    expect(tls).not.toHaveProperty('alpn_protocols');
  });
});

describe('an outbound border', () => {
  const fromMaps: OutboundCrossing = {
    ...infoToBackend,
    id: 'maps-to-backend',
    serverName: 'backend.maps.mesh',
    caller: `${CONSUL}/maps`,
    allow: [],
  };
  const { bootstrap } = outbound(infoToBackend, fromMaps);
  const entry = listener(bootstrap, 'outbound');

  it("knows a caller by the end of its sidecar's client certificate header, and no other way", () => {
    expect(routes(entry).map(({ name, match }) => [name, match.headers])).toEqual([
      [
        'info-to-backend',
        [
          {
            name: 'x-forwarded-client-cert',
            string_match: { suffix: `;URI=${CONSUL}/info` },
          },
        ],
      ],
      [
        'maps-to-backend',
        [
          {
            name: 'x-forwarded-client-cert',
            string_match: { suffix: `;URI=${CONSUL}/maps` },
          },
        ],
      ],
    ]);
  });

  it('denies everything to whom no route knows, and gives each route its own rules', () => {
    const noUpgrade = { not_rule: { header: { name: 'upgrade', present_match: true } } };
    expect(rules(entry)).toEqual([{ action: 'ALLOW', policies: {} }]);
    expect(
      routes(entry).map(
        ({ typed_per_filter_config }) =>
          typed_per_filter_config?.['envoy.filters.http.rbac']?.rbac?.rules.policies.allow
            ?.permissions,
      ),
    ).toEqual([
      [
        {
          and_rules: {
            rules: [
              { url_path: { path: { exact: '/weather' } } },
              {
                or_rules: {
                  rules: [{ header: { name: ':method', string_match: { exact: 'GET' } } }],
                },
              },
              noUpgrade,
            ],
          },
        },
      ],
      [{ and_rules: { rules: [noUpgrade] } }],
    ]);
  });

  it('sends the verified caller and not what the client sent', () => {
    expect(http(entry).forward_client_cert_details).toBe('ALWAYS_FORWARD_ONLY');
    expect(routes(entry)[0]).toMatchObject({
      request_headers_to_remove: ['x-forwarded-client-cert'],
      request_headers_to_add: [
        {
          header: { key: 'x-federation-caller', value: `${CONSUL}/info` },
          append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
        },
      ],
      route: { host_rewrite_literal: 'backend' },
    });
  });

  it('asks every gateway for a sign of life before a load balancer forgets a silent connection', () => {
    const { clusters } = bootstrap.static_resources;
    const seconds = clusters
      .filter((cluster) => foreignTls(cluster) !== undefined)
      .map(
        ({ upstream_connection_options: { tcp_keepalive } = {} }) => tcp_keepalive?.keepalive_time,
      );
    expect(seconds.length).toBeGreaterThan(1);
    // AWS after 350 s.
    for (const each of seconds) expect(each).toBeLessThan(350);
  });

  it('takes a request by its caller, whatever its path: the rules of the route look at that', () => {
    for (const { match } of routes(entry)) {
      expect(match).toMatchObject({ prefix: '/', headers: [expect.anything()] });
    }
  });

  it("reaches the far gateway by mutual TLS under the crossing's SNI and believes one SPIFFE ID", () => {
    const [cluster, second] = bootstrap.static_resources.clusters;
    const tls = foreignTls(cluster);
    expect(tls?.sni).toBe('backend.info.mesh');
    expect(tls?.max_session_keys).toBe(0);
    expect(foreignTls(second)?.sni).toBe('backend.maps.mesh');
    expect(tls && admittedNames(tls.common_tls_context)).toEqual([
      { san_type: 'URI', matcher: { exact: 'spiffe://cluster.local/ns/default/sa/info' } },
    ]);
    expect(tls?.common_tls_context.tls_certificate_sds_secret_configs).toHaveLength(1);
    expect(cluster?.type).toBe('STRICT_DNS');
    expect(cluster?.load_assignment.endpoints[0]?.lb_endpoints[0]?.endpoint.address).toEqual({
      socket_address: { address: 'gateway.example.com', port_value: 15443 },
    });
  });

  it('takes turns among addresses, of IPv6 too, without a look-up', () => {
    const host = ['2001:db8::1', '192.0.2.1'];
    const [cluster] = outbound({ ...infoToBackend, gateway: { host, port: 15443 } }).bootstrap
      .static_resources.clusters;
    expect(cluster?.type).toBe('STATIC');
    expect(cluster).not.toHaveProperty('dns_lookup_family');
    expect(
      cluster?.load_assignment.endpoints[0]?.lb_endpoints.map(
        ({ endpoint: { address } }) => address,
      ),
    ).toEqual(host.map((address) => ({ socket_address: { address, port_value: 15443 } })));
  });

  it("lets the sidecar end the sidecar's connections, since two who may would lose requests", () => {
    expect(http(entry).common_http_protocol_options).toEqual({
      idle_timeout: '0s',
      max_stream_duration: '3600s',
      headers_with_underscores_action: 'DROP_HEADER',
    });
  });

  it.each([
    ['http' as const, ['http/1.1']],
    ['http2' as const, ['h2']],
    ['grpc' as const, ['h2']],
    ['tcp' as const, undefined],
  ])('offers the far border what a crossing speaks: %s', (protocol, alpn) => {
    const allow = protocol === 'tcp' ? [] : infoToBackend.allow;
    const away = outbound({ ...infoToBackend, protocol, allow }).bootstrap.static_resources;
    expect(foreignTls(away.clusters[0])?.common_tls_context.alpn_protocols).toEqual(alpn);
  });

  it("gives idle connections up before the load balancer's 350 seconds", () => {
    const idle =
      bootstrap.static_resources.clusters[0]?.typed_extension_protocol_options?.[
        'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
      ].common_http_protocol_options?.idle_timeout;
    expect(Number.parseInt(idle ?? '', 10)).toBeLessThan(350);
  });

  it('carries one tcp crossing', () => {
    const configured = outbound({ ...infoToBackend, protocol: 'tcp', allow: [] }).bootstrap;
    expect(listener(configured, 'outbound').filter_chains[0]?.filters).toMatchObject([
      { typed_config: { cluster: 'info-to-backend', max_downstream_connection_duration: '3600s' } },
    ]);
    expect(configured.static_resources.clusters[0]?.transport_socket).toBeDefined();
    expect(JSON.stringify(configured)).toMatch(
      /"event":"tcp"[^}]*"peer":"%DOWNSTREAM_PEER_URI_SAN%"/,
    );
  });
});

describe('where identities are DNS names', () => {
  const fromLinkerd: InboundCrossing = {
    ...backendToInfo,
    caller: `backend.${LINKERD}`,
    peer: `info-outbound.${LINKERD}`,
  };
  const toLinkerd: OutboundCrossing = { ...infoToBackend, peer: `info.${LINKERD}` };
  const inLinkerd = outboundBorderEnvoy({
    name: 'info-outbound',
    placement,
    callerHeader: 'l5d-client-id',
    crossings: [{ ...infoToBackend, caller: `info.${LINKERD}` }],
  }).bootstrap;
  const entry = listener(inLinkerd, 'outbound');

  it('admits the one name, which no wildcard is', () => {
    const names = [
      ...(admittedNames(chainTls(listener(inbound(fromLinkerd).bootstrap, 'inbound'))) ?? []),
      ...(admittedNames(
        foreignTls(outbound(toLinkerd).bootstrap.static_resources.clusters[0])
          ?.common_tls_context ?? chainTls(entry),
      ) ?? []),
    ];
    expect(names.map(({ san_type }) => san_type)).toEqual(['DNS', 'DNS']);
    const [client = /./, far = /./] = names.map(({ matcher }) =>
      'safe_regex' in matcher ? new RegExp(`^(?:${matcher.safe_regex.regex})$`) : undefined,
    );
    expect(`info-outbound.${LINKERD}`).toMatch(client);
    expect(`info.${LINKERD}`).toMatch(far);
    for (const other of [`*.${LINKERD}`, `info-outbound-${LINKERD}`, `backend.${LINKERD}`]) {
      expect(other).not.toMatch(client);
      expect(other).not.toMatch(far);
    }
  });

  it('tells the callee the name that was verified', () => {
    expect(http(listener(inbound(fromLinkerd).bootstrap, 'inbound'))).toMatchObject({
      forward_client_cert_details: 'SANITIZE_SET',
      set_current_client_cert_details: { dns: true },
    });
  });

  it("knows a caller by the header of Linkerd's proxy, which ends there", () => {
    expect(routes(entry).map(({ match }) => match.headers)).toEqual([
      [{ name: 'l5d-client-id', string_match: { exact: `info.${LINKERD}` } }],
    ]);
    expect(routes(entry)[0]?.request_headers_to_remove).toContain('l5d-client-id');
  });

  it('takes every other spelling and word of the proxies away before the routes look', () => {
    const mutations = http(entry).http_filters[0]?.typed_config.mutations ?? {};
    const removed = (mutations['request_mutations'] ?? []).map(
      ({ remove_on_match: { key_matcher: matcher } }) =>
        new RegExp(`^(?:${matcher.safe_regex?.regex ?? ''})$`),
    );
    const goes = (name: string) => removed.some((regex) => regex.test(name));
    expect(goes('l5d-client-id')).toBe(false);
    for (const name of ['l5d_client_id', 'l5d-client_id', 'l5d-dst-override', 'l5d-client-ids']) {
      expect(`${name} ${goes(name)}`).toBe(`${name} true`);
    }
  });
});

describe('every border', () => {
  const { bootstrap } = inboundBorderEnvoy({
    name: 'backend',
    placement,
    crossings: [backendToInfo],
    limits: { connections: 50, connectionSeconds: 7, heapMebibytes: 64, drainSeconds: 9 },
  });

  it('shows readiness and metrics by GET, and nothing else of the admin interface', () => {
    const status = listener(bootstrap, 'status');
    const GET = { name: ':method', string_match: { exact: 'GET' } };
    expect(routes(status)).toMatchObject([
      { match: { path: '/live', headers: [GET] }, direct_response: { status: 200 } },
    ]);
    const metrics = listener(bootstrap, 'metrics');
    expect(routes(metrics)).toMatchObject([
      { match: { path: '/stats/prometheus', headers: [GET] }, route: { cluster: 'admin' } },
    ]);
    expect(http(status).http_filters.map(({ typed_config }) => typed_config.headers)).toEqual([
      [GET, { name: ':path', string_match: { exact: '/ready' } }],
      undefined,
    ]);
    expect(bootstrap.admin.address.socket_address?.address).toBe('127.0.0.1');
  });

  it.each([
    ['status', '1s', 2000],
    ['metrics', '5s', 1000],
  ])('is cheap to ask for its %s, and not for long', (name, answered, connections) => {
    const status = listener(bootstrap, name);
    expect(http(status)).toMatchObject({
      codec_type: 'HTTP1',
      max_request_headers_kb: 4,
      request_headers_timeout: '0.25s',
      request_timeout: answered,
      stream_idle_timeout: answered,
      common_http_protocol_options: {
        idle_timeout: '0.25s',
        max_connection_duration: answered,
        max_stream_duration: answered,
        max_requests_per_connection: 1,
      },
    });
    expect(status.per_connection_buffer_limit_bytes).toBe(4096);
    expect(bootstrap.layered_runtime.layers[0]?.static_layer).toMatchObject({
      [`envoy.resource_limits.listener.${name}.connection_limit`]: connections,
    });
    expect(
      bootstrap.static_resources.clusters.find(({ name }) => name === 'admin')?.circuit_breakers
        ?.thresholds,
    ).toMatchObject([{ max_connections: 32 }]);
  });

  it('is ready when the secrets of its crossings are loaded, where it may try', () => {
    const trying = inboundBorderEnvoy({
      name: 'backend',
      placement: { ...placement, check: { host: '127.0.0.1', port: 9904 } },
      crossings: [backendToInfo],
    }).bootstrap;
    expect(http(listener(trying, 'status')).http_filters[0]?.typed_config).toMatchObject({
      cluster_min_healthy_percentages: { 'secrets-check': { value: 100 } },
    });
    const check = listener(trying, 'secrets-check');
    expect(check.address.socket_address).toEqual({ address: '127.0.0.1', port_value: 9904 });
    // The very secrets of the crossings, not others that happen to be loaded.
    const secrets = (tls: CommonTlsContext) => [
      tls.tls_certificate_sds_secret_configs,
      tls.combined_validation_context.validation_context_sds_secret_config,
    ];
    expect(secrets(chainTls(check))).toEqual(secrets(chainTls(listener(trying, 'inbound'))));
    // It asks for nobody's certificate: only whether there is something to shake hands with.
    expect(check.filter_chains[0]?.transport_socket?.typed_config).toMatchObject({
      require_client_certificate: false,
      disable_stateless_session_resumption: true,
      disable_stateful_session_resumption: true,
    });
    const unverified = { trust_chain_verification: 'ACCEPT_UNTRUSTED' };
    expect(chainTls(check).combined_validation_context.default_validation_context).toEqual(
      unverified,
    );
    const asking = trying.static_resources.clusters.find(({ name }) => name === 'secrets-check');
    expect(asking?.transport_socket?.typed_config).toEqual(
      expect.objectContaining({
        max_session_keys: 0,
        common_tls_context: { validation_context: unverified },
      }),
    );
    expect(check.filter_chains.flatMap(({ filters }) => filters.map(({ name }) => name))).toEqual([
      'envoy.filters.network.echo',
    ]);
    expect(http(listener(bootstrap, 'status')).http_filters[0]?.typed_config).not.toHaveProperty(
      'cluster_min_healthy_percentages',
    );
  });

  it.each([
    // Envoy's SPIFFE validator refuses whoever shows none, whatever the context says.
    ['shows itself its certificate where SPIRE gives the roots', spirePlacement, 1],
    ['shows itself none otherwise', sdsPlacement, 0],
  ])('%s', (_, where, shown) => {
    const { static_resources: all } = inboundBorderEnvoy({
      name: 'backend',
      placement: { ...where, check: { host: '127.0.0.1', port: 9904 } },
      crossings: [backendToInfo],
    }).bootstrap;
    const own = all.listeners.find(({ name }) => name === 'secrets-check');
    const asking = all.clusters.find(({ name }) => name === 'secrets-check')?.transport_socket;
    expect(own).toBeDefined();
    expect(
      asking?.typed_config.common_tls_context.tls_certificate_sds_secret_configs ?? [],
    ).toEqual(own && chainTls(own).tls_certificate_sds_secret_configs.slice(0, shown));
  });

  it('keeps a preStop hook waiting on a port of its own, and does nothing else there', () => {
    expect(() => listener(bootstrap, 'drain')).toThrow();
    const leaving = inboundBorderEnvoy({
      name: 'backend',
      placement: { ...placement, drain: { host: '0.0.0.0', port: 9903 } },
      crossings: [backendToInfo],
      limits: { drainSeconds: 9 },
    }).bootstrap;
    const drain = listener(leaving, 'drain');
    expect(routes(drain)).toMatchObject([{ direct_response: { status: 200 } }]);
    expect(http(drain).http_filters[0]?.typed_config).toMatchObject({
      delay: { fixed_delay: '9s' },
    });
    // Otherwise it would be cut before it has answered.
    expect(http(drain)).toMatchObject({
      stream_idle_timeout: '14s',
      common_http_protocol_options: { max_connection_duration: '14s', max_stream_duration: '14s' },
    });
    expect(leaving.layered_runtime.layers[0]?.static_layer).toMatchObject({
      'envoy.resource_limits.listener.drain.connection_limit': 32,
    });
  });

  it('listens on every address of the pod, of whatever family', () => {
    const anywhere = inboundBorderEnvoy({
      name: 'backend',
      placement: {
        ...placement,
        listen: { host: '::', port: 8443 },
        status: { host: '::', port: 8080 },
        metrics: { host: '::', port: 8081 },
      },
      crossings: [backendToInfo],
    }).bootstrap;
    for (const name of ['inbound', 'status', 'metrics']) {
      expect(listener(anywhere, name).address.socket_address).toMatchObject({
        address: '::',
        ipv4_compat: true,
      });
      expect(listener(bootstrap, name).address.socket_address).not.toHaveProperty('ipv4_compat');
    }
  });

  it('bounds connections and heap, but answers probes and metrics beyond the bound', () => {
    expect(bootstrap.overload_manager.resource_monitors.map((m) => m.typed_config)).toMatchObject([
      { max_heap_size_bytes: 64 * 1024 * 1024 },
      // Strangers, who have not begun a handshake, do not take the place of callers.
      { max_active_downstream_connections: 3050 },
    ]);
    expect(
      listener(bootstrap, 'inbound').filter_chains.map(({ filters }) => filters[0]?.typed_config),
    ).toMatchObject([{ max_connections: 50 }]);
    const leading = outboundBorderEnvoy({
      name: 'backend-outbound',
      placement,
      crossings: [infoToBackend],
      limits: { connections: 50 },
    }).bootstrap;
    // Nobody but its own sidecar connects.
    expect(leading.overload_manager.resource_monitors[1]?.typed_config).toMatchObject({
      max_active_downstream_connections: 50,
    });
    expect(listener(bootstrap, 'inbound').ignore_global_conn_limit).toBeUndefined();
    expect(listener(bootstrap, 'status').ignore_global_conn_limit).toBe(true);
    expect(bootstrap.admin.ignore_global_conn_limit).toBe(true);
    expect(http(listener(bootstrap, 'inbound')).common_http_protocol_options).toMatchObject({
      max_connection_duration: '7s',
    });
  });

  it('gives the next hop as much at once as its limits say', () => {
    const thresholds = (limits: BorderLimits, protocol: 'grpc' | 'tcp' = 'grpc') =>
      [
        inboundBorderEnvoy({
          name: 'backend',
          placement,
          crossings: [{ ...backendToInfo, protocol, allow: [] }],
          limits,
        }),
        outboundBorderEnvoy({
          name: 'backend-outbound',
          placement,
          crossings: [{ ...infoToBackend, protocol, allow: [] }],
          limits,
        }),
      ].map(
        (border) => border.bootstrap.static_resources.clusters[0]?.circuit_breakers?.thresholds[0],
      );
    const all = (atOnce: number, max_retries: number) => ({
      max_connections: atOnce,
      max_pending_requests: atOnce,
      max_requests: atOnce,
      max_retries,
    });
    expect(thresholds({})).toEqual([all(10_000, 1000), all(10_000, 1000)]);
    expect(thresholds({ connections: 2000 })).toEqual([all(20_000, 2000), all(20_000, 2000)]);
    expect(thresholds({ requests: 20 })).toEqual([all(20, 3), all(20, 3)]);
    expect(thresholds({ connections: 2000 }, 'tcp')).toEqual([all(2000, 200), all(2000, 200)]);
  });

  it('refuses wrong crossings, all mistakes at once', () => {
    expect(() =>
      inbound(
        { ...backendToInfo, serverName: '*.mesh', peer: 'cluster.local/ns/default/sa/backend' },
        { ...backendToInfo, serverName: 'a.mesh', caller: 'spiffe://x/*' },
        {
          ...backendToInfo,
          id: 'tcp',
          serverName: 'a.mesh',
          protocol: 'tcp',
          allow: [{ pathExact: '/', pathPrefix: '/' }],
        },
      ),
    ).toThrow(
      [
        'Border backend cannot be made:',
        'two crossings are named backend-to-info',
        'backend-to-info: serverName "*.mesh" is not a host name in lower case',
        'backend-to-info: peer "cluster.local/ns/default/sa/backend" is neither a SPIFFE ID nor a DNS name',
        'backend-to-info: caller "spiffe://x/*" is neither a SPIFFE ID nor a DNS name',
        'tcp: tcp has no methods and paths to allow',
        'tcp: a permission has both pathExact and pathPrefix',
        'two crossings claim the SNI a.mesh',
      ].join('\n  '),
    );
    expect(() => inbound()).toThrow('Border backend cannot be made:\n  has no crossings');
  });

  it('refuses callers that an outbound border could not tell apart', () => {
    expect(() =>
      outbound(infoToBackend, { ...infoToBackend, id: 'again', protocol: 'tcp', allow: [] }),
    ).toThrow(
      [
        'Border backend-outbound cannot be made:',
        'a tcp crossing needs a border of its own: no header tells its callers apart',
        `two crossings have the caller ${CONSUL}/info`,
      ].join('\n  '),
    );
  });

  it('runs upstream Envoy in one exact version', () => {
    expect(ENVOY_IMAGE).toMatch(
      /^docker\.io\/envoyproxy\/envoy:distroless-v\d+\.\d+\.\d+(@sha256:[0-9a-f]{64})?$/,
    );
  });
});

describeWithEnvoy('the real Envoy accepts', (envoy) => {
  const folder = temporaryFolder();

  /** The same border with files that exist. */
  const local = async (name: string): Promise<BorderPlacement> => {
    const ca = await MeshCa.consul('11111111-2222-4333-8444-555555555555.consul');
    const { chain, key } = await ca.issue(`${CONSUL}/backend`);
    writeFile(folder, `${name}/cert.pem`, chain);
    writeFile(folder, `${name}/key.pem`, key);
    writeFile(folder, `${name}/roots.pem`, ca.bundle);
    const directory = join(folder, name);
    return {
      ...placement,
      configDirectory: directory,
      certificate: {
        source: 'files',
        certificateChain: join(directory, 'cert.pem'),
        privateKey: join(directory, 'key.pem'),
        watchedDirectory: directory,
      },
      foreignBundle: {
        source: 'files',
        path: join(directory, 'roots.pem'),
        watchedDirectory: directory,
      },
    };
  };

  const complaints = (name: string, files: Record<string, string>): string => {
    for (const [file, text] of Object.entries(files)) writeFile(folder, `${name}/${file}`, text);
    return envoyComplaints(envoy, join(folder, name, 'envoy.json'));
  };

  const allProtocols = (['http', 'http2', 'grpc', 'tcp'] as const).map((protocol) => ({
    protocol,
    id: `backend-to-${protocol}`,
    serverName: `${protocol}.backend.mesh`,
    allow: protocol === 'tcp' ? [] : [{}, { methods: ['GET', 'POST'], pathExact: '/x' }, getRoot],
  }));

  it('an inbound border with every protocol and kind of rule', async () => {
    const configuration = inboundBorderEnvoy({
      name: 'backend',
      placement: await local('inbound'),
      crossings: allProtocols.map((own) => ({ ...backendToInfo, ...own })),
    });
    expect(complaints('inbound', configurationFiles(configuration))).toBe('');
  });

  it("an inbound border with the certificate from Istio's agent", async () => {
    const configuration = inboundBorderEnvoy({
      name: 'info',
      placement: { ...(await local('sds')), certificate: sdsPlacement.certificate },
      crossings: [backendToInfo],
    });
    expect(complaints('sds', configurationFiles(configuration))).toBe('');
  });

  it('outbound borders', async () => {
    const http = outboundBorderEnvoy({
      name: 'backend-outbound',
      placement: await local('outbound'),
      crossings: allProtocols.slice(0, 3).map((own, index) => ({
        ...infoToBackend,
        ...own,
        caller: `${CONSUL}/caller-${index}`,
      })),
    });
    expect(complaints('outbound', configurationFiles(http))).toBe('');
    const tcp = outboundBorderEnvoy({
      name: 'backend-outbound',
      placement: await local('tcp'),
      crossings: [{ ...infoToBackend, protocol: 'tcp', allow: [] }],
    });
    expect(complaints('tcp', configurationFiles(tcp))).toBe('');
  });

  it('borders whose callers and peers are DNS names', async () => {
    const into = inboundBorderEnvoy({
      name: 'backend',
      placement: await local('dns-in'),
      crossings: [
        { ...backendToInfo, caller: `backend.${LINKERD}`, peer: `info-outbound.${LINKERD}` },
      ],
    });
    expect(complaints('dns-in', configurationFiles(into))).toBe('');
    const out = outboundBorderEnvoy({
      name: 'backend-outbound',
      placement: await local('dns-out'),
      callerHeader: 'l5d-client-id',
      crossings: [{ ...infoToBackend, caller: `info.${LINKERD}`, peer: `info.${LINKERD}` }],
    });
    expect(complaints('dns-out', configurationFiles(out))).toBe('');
  });

  it('not what it does not know', async () => {
    const files = configurationFiles(
      inboundBorderEnvoy({
        name: 'backend',
        placement: await local('misspelt'),
        crossings: [backendToInfo],
      }),
    );
    const misspelt = (files['envoy.json'] ?? '').replace('merge_slashes', 'merge_slash');
    expect(complaints('misspelt', { ...files, 'envoy.json': misspelt })).toMatch(/merge_slash/);
  });
});
