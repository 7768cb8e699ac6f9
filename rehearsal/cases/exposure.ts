import { METRICS_PAGE, STATUS_PAGES } from '../../constructs/federation/plan/envoy';
import { carelessReading } from '../careless';
import { attempt, call, callHttp2, type Ending, upgrade } from '../clients';
import type { Service } from '../services';
import { BARE_BORDER, SNI, type World } from '../world';
import { refusal, request } from './authentication';
import type { Case, Outcome } from './case';
import { ENTRANCES, stolen, TO_BACKEND, TO_INFO } from './directions';

/** What reached a service while something was tried. */
async function reached<T>(
  service: Service,
  action: () => Promise<T>,
): Promise<{ result: T; paths: string[] }> {
  const before = service.count;
  const result = await action();
  const arrived = service.count - before;
  return {
    result,
    paths: arrived === 0 ? [] : service.seen.slice(-arrived).map(({ path }) => path),
  };
}

interface Tricks {
  readonly id: string;
  readonly title: string;
  /** Whether a path that arrived is one that the rule admits, even to a careless reader. */
  readonly admitted: (path: string) => boolean;
  readonly paths: readonly string[];
}

const EXACT: readonly Tricks[] = [
  {
    id: 'slashes',
    title: 'double slashes and dots',
    paths: [
      '//weather',
      '/./weather',
      '/x/../weather',
      '/weather/',
      '/weather/.',
      '/weather/../admin',
      '/weather//admin',
    ],
  },
  {
    id: 'escapes',
    title: 'percent-escapes',
    paths: [
      '/%77eather',
      '/%2e/weather',
      '/weather/%2e%2e/admin',
      '/weather%2fadmin',
      '/weather%2f..%2fadmin',
      '/weather%5c..%5cadmin',
      '/weather%00',
      '/weather%3fx',
      '/weather%23x',
    ],
  },
  {
    id: 'semicolon',
    title: 'path parameters and backslashes',
    paths: ['/weather;x=1', '/weather/..;/admin', '/;/weather', '/weather\\..\\admin', '\\weather'],
  },
  { id: 'case', title: 'capitals', paths: ['/Weather', '/WEATHER', '/weatheR'] },
  {
    id: 'target',
    title: 'query, fragment and absolute form',
    paths: ['/weather?/../admin', '/weather#/admin', 'http://internal/weather', 'http://internal/'],
  },
].map((tricks) => ({
  ...tricks,
  admitted: (path) => carelessReading(path) === '/weather' && /^\/weather(\?|$)/.test(path),
}));

const PREFIX: Tricks = {
  id: 'prefix',
  title: 'all of these against a path prefix',
  paths: [
    '/api/../admin',
    '/api/%2e%2e/admin',
    '/api/..%2fadmin',
    '/api%2f..%2fadmin',
    '/api/%2e%2e%2fadmin',
    '/api/..;/admin',
    '/api/..;x=1/admin',
    '/api/%2e%2e;/admin',
    '/api/.;/../admin',
    '/api/x/..;/..;/admin',
    '/api//../admin',
    '//api/../admin',
    '/api\\..\\admin',
    '/api/..\\admin',
    '/api/..%5cadmin',
    '/API/admin',
    '/x/../api',
    '/api/x/../y',
    '/api;x/admin',
    // What an application resolves that decodes once more than Envoy.
    '/api/..%3b/admin',
    '/api/..%3Bx=1/admin',
    '/api/%2e%2e%3b/admin',
    '/api/%252e%252e/admin',
    '/api/%25252e%25252e/admin',
    '/api/%25%32%65%25%32%65/admin',
    '/api/..%252fadmin',
    '/api/..%255cadmin',
    '/api/..%253b/admin',
    '/api/%c0%ae%c0%ae/admin',
    '/api/%e0%80%ae%e0%80%ae/admin',
    '/api/..%c0%afadmin',
    '/api/%ef%bc%8e%ef%bc%8e/admin',
    '/api/..%ef%bc%8fadmin',
    '/api/%e2%80%a5/admin',
    '/api/%u002e%u002e/admin',
    '/api/..%3f/admin',
    '/api/..%23/admin',
    '/api/..%80/admin',
    '/api/%e9..%2e/admin',
    '/api/%ef%b8%b0/admin',
    '/api/..%ef%bc%9b/admin',
    '/api/%ef%bc%852e%ef%bc%852e/admin',
    '/api/%e2%81%a0../admin',
    '/api/..%20/admin',
    '/api/.%0a./admin',
    '/api/.%e2%80%8b./admin',
    '/api/..%00/admin',
  ],
  admitted: (path) => carelessReading(path).startsWith('/api'),
};

async function trick(
  service: Service,
  { paths, admitted }: Tricks,
  send: (path: string) => Promise<Ending>,
): Promise<Outcome> {
  const refused: string[] = [];
  const arrived: string[] = [];
  const escaped: string[] = [];
  for (const path of paths) {
    const { result, paths: seen } = await reached(service, () => send(path));
    if (seen.length === 0) refused.push(`${path} ${result.status ?? result.end}`);
    for (const as of seen) (admitted(as) ? arrived : escaped).push(`${path} as ${as}`);
  }
  return {
    passed: escaped.length === 0,
    seen: [
      escaped.length > 0 ? `GOT THROUGH: ${escaped.join(', ')}` : '',
      arrived.length > 0 ? `admitted: ${arrived.join(', ')}` : '',
      refused.length > 0 ? `refused: ${refused.join(', ')}` : '',
    ]
      .filter((part) => part !== '')
      .join('; '),
  };
}

/** A request with a path of one's own, past the caller's sidecar, to judge the border alone. */
function raw(path: string, method = 'GET'): string {
  return `${method} ${path} HTTP/1.1\r\nhost: attacker\r\nconnection: close\r\n\r\n`;
}

/** Some of each kind that ends at a border. With an underscore they are the same to many frameworks. */
const CLAIMS = [
  ...['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-proto'],
  ...['x-forwarded-prefix', 'x-forwarded-user', 'x-forwarded-client-certificate', 'x-real-ip'],
  ...['x-client-ip', 'true-client-ip', 'cf-connecting-ip', 'x-host', 'x-original-host'],
  ...['x-original-url', 'x-rewrite-url', 'x-http-method', 'x-http-method-override'],
  ...['x-method-override', 'remote-user', 'x-remote-user', 'x-remote-group', 'impersonate-user'],
  ...['x-auth-request-user', 'x-goog-iap-jwt-assertion', 'x-ms-client-principal', 'ssl-client-dn'],
  ...['x-envoy-attempt-count', 'x-envoy-peer-metadata', 'x-envoy-peer-metadata-id'],
  ...['x-envoy-original-path', 'x-istio-attributes', 'x-consul-token', 'l5d-client-id', 'proxy'],
  ...['x-forward-for', 'x-originating-ip', 'front-end-https', 'wl-proxy-client-cert'],
  ...['x-consumer-username', 'x-auth-user', 'x-userinfo', 'x-jwt-payload', 'x-arr-clientcert'],
  ...['proxy-authorization', 'x-federation-caller', 'x_federation_caller', 'X_Forwarded_For'],
];

/** What passes: it proves itself, or only describes. */
const HARMLESS = [
  ...['authorization', 'cookie', 'x-auth-token'],
  ...['traceparent', 'baggage', 'x-request-id', 'x-user-id'],
];

/** In an answer, what proxies would act on. */
const ORDERS = [
  'x-accel-redirect',
  'x-sendfile',
  'alt-svc',
  'x-envoy-ratelimited',
  'x-consul-index',
];

export const exposure: readonly Case[] = [
  ...(['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE'] as const).map((method): Case => ({
    id: `method-${method.toLowerCase()}`,
    title: `backend to info: ${method} where GET is allowed`,
    expected: '403 by the border; nothing reaches info',
    async run(world) {
      const { result, paths } = await reached(world.services.info, async () =>
        attempt(TO_INFO.port(world), {
          serverName: TO_INFO.serverName,
          leaf: await stolen(world, TO_INFO),
          request: raw('/', method),
        }),
      );
      const logged = await refusal(world, TO_INFO, /rbac_access_denied/);
      return {
        passed: result.status === 403 && paths.length === 0 && logged !== '',
        seen: `${result.status ?? result.end}; ${logged || 'not denied by the border'}; ${paths.length} requests reached info`,
      };
    },
  })),
  {
    id: 'other-path',
    title: 'info to backend: another path than the one allowed',
    expected: "403 by Consul's intention, and by Istio's border alone",
    async run(world) {
      const { result, paths } = await reached(world.services.backend, async () => [
        (await call(world.at.backend, { path: '/admin' })).status,
        (
          await attempt(TO_BACKEND.port(world), {
            serverName: TO_BACKEND.serverName,
            leaf: await stolen(world, TO_BACKEND),
            request: raw('/admin'),
          })
        ).status,
      ]);
      return {
        passed: result.every((status) => status === 403) && paths.length === 0,
        seen: `${result.join(' and ')}; ${paths.length} requests reached backend`,
      };
    },
  },
  ...EXACT.map((tricks): Case => ({
    id: `path-${tricks.id}`,
    title: `info to backend, allowed exactly /weather: ${tricks.title}`,
    expected: 'refused, or arrives as /weather to the letter',
    async run(world) {
      const leaf = await stolen(world, TO_BACKEND);
      return trick(world.services.backend, tricks, (path) =>
        attempt(TO_BACKEND.port(world), {
          serverName: TO_BACKEND.serverName,
          leaf,
          request: raw(path),
        }),
      );
    },
  })),
  {
    id: 'path-prefix',
    title: `backend to maps, allowed from /api on: ${PREFIX.title}`,
    expected: 'refused, or no server reads a path outside /api from what arrives',
    async run(world) {
      const leaf = await stolen(world, TO_INFO);
      return trick(world.services.maps, PREFIX, (path) =>
        attempt(TO_INFO.port(world), {
          serverName: SNI.backendToMaps,
          leaf,
          request: raw(path),
        }),
      );
    },
  },
  ...ENTRANCES.map((direction): Case => ({
    id: `unknown-sni-${direction.id}`,
    title: `${direction.title}: right certificate, SNI of a service that is not exported`,
    expected: 'closed in the handshake',
    async run(world) {
      const { result, paths } = await reached(direction.service(world), async () =>
        attempt(direction.port(world), {
          serverName: 'outbound_.80_._.secret.default.svc.cluster.local',
          leaf: await stolen(world, direction),
          request: request(direction),
        }),
      );
      return {
        passed:
          result.status === undefined &&
          ['closed', 'reset'].includes(result.end) &&
          paths.length === 0,
        seen: result.end,
      };
    },
  })),
  {
    id: 'other-crossing',
    title: "maps to backend: the border of one crossing uses another crossing's SNI",
    expected: 'alert certificate unknown; the border logs why',
    async run(world) {
      const { end, status } = await attempt(TO_BACKEND.port(world), {
        serverName: SNI.mapsToBackend,
        leaf: await world.consul.steal('backend-grpc-outbound'),
      });
      const logged = await refusal(
        world,
        { ...TO_BACKEND, borders: ['istio inbound maps'] },
        /SAN_matcher/,
      );
      return {
        passed: status === undefined && end === 'alert certificate unknown' && logged !== '',
        seen: `${end}; ${logged}`,
      };
    },
  },
  {
    id: 'other-host',
    title: 'backend to info: Host header of another service',
    expected: 'reaches info as info, and nothing else',
    async run(world) {
      const { result, paths } = await reached(world.services.info, () =>
        call(world.at.info, { headers: { host: 'secret.default.svc.cluster.local' } }),
      );
      const host = world.services.info.seen.at(-1)?.headers.host;
      return {
        passed: result.status === 200 && paths.length === 1 && host === 'info',
        seen: `${result.status}; info was called as ${host}`,
      };
    },
  },
  {
    id: 'no-caller',
    title: 'something in the pod calls the outbound border without a sidecar',
    expected: '403; nothing crosses',
    async run(world) {
      const { listen } = world.border('consul outbound backend 1');
      const { result, paths } = await reached(world.services.backend, () =>
        call(listen, { path: '/weather' }),
      );
      return {
        passed: result.status === 403 && paths.length === 0,
        seen: `${result.status} ${result.body}`,
      };
    },
  },
  {
    id: 'no-intention',
    title: "a Consul workload without an intention calls the outbound border's sidecar",
    expected: '403; nothing crosses',
    async run(world) {
      const { result, paths } = await reached(world.services.backend, async () =>
        attempt(world.at.outboundSidecar, {
          leaf: await world.consul.steal('billing'),
          request: raw('/weather'),
        }),
      );
      return {
        passed: result.status === 403 && paths.length === 0,
        seen: `${result.status ?? result.end}`,
      };
    },
  },
  {
    id: 'underscores',
    title: 'backend to info: a header whose name has an underscore, by each setting',
    expected:
      'drop: 200 without it, and counted; refuse: 400; pass: 200 with it, but without claims',
    async run(world) {
      const names = ['user_id', 'X_Forwarded_For', 'X_Forwarded_Client_Cert'];
      const dropped = /dropped_headers_with_underscores$/;
      const before = await world.envoy(BARE_BORDER).count(dropped);
      const leaf = await stolen(world, TO_INFO);
      const send = async (port: number) => {
        const { result } = await reached(world.services.info, () =>
          attempt(port, {
            serverName: TO_INFO.serverName,
            leaf,
            request: request(
              TO_INFO,
              names.map((header) => `${header}: evil`),
            ),
          }),
        );
        const { headers = {} } = world.services.info.seen.at(-1) ?? {};
        const arrived = names.filter((header) => headers[header.toLowerCase()] !== undefined);
        return `${result.status ?? result.end}${result.status === 200 ? ` with ${arrived.join(', ') || 'none'}` : ''}`;
      };
      const byDefault = await send(world.border(BARE_BORDER).listen);
      const counted = (await world.envoy(BARE_BORDER).count(dropped)) - before;
      const others: string[] = [];
      for (const border of [world.spares.refusing, world.spares.passing]) {
        border.certificate.write(await world.consul.steal('backend'));
        border.bundle.write(world.istio.ca.bundle);
        border.envoy.start();
        await border.envoy.ready();
        others.push(await send(border.ports.listen));
        await border.envoy.stop('SIGKILL');
      }
      return {
        passed:
          [byDefault, ...others].join('; ') === '200 with none; 400; 200 with user_id' &&
          counted === names.length,
        seen: `drop: ${byDefault}, ${counted} counted; refuse: ${others[0]}; pass: ${others[1]}`,
      };
    },
  },
  ...ENTRANCES.map((direction): Case => ({
    id: `claims-${direction.id}`,
    title: `${direction.title}: headers that only a proxy of the callee's side may set`,
    expected: 'none arrives; what proves itself or only describes does',
    async run(world) {
      const ending = await attempt(direction.port(world), {
        serverName: direction.serverName,
        leaf: await stolen(world, direction),
        request: request(
          direction,
          [...CLAIMS, ...HARMLESS].map((name) => `${name}: evil`),
        ),
      });
      const headers = direction.service(world).seen.at(-1)?.headers ?? {};
      const arrived = CLAIMS.filter((name) => String(headers[name.toLowerCase()]).includes('evil'));
      const kept = HARMLESS.filter((name) => headers[name] === 'evil');
      return {
        passed: ending.status === 200 && arrived.length === 0 && kept.length === HARMLESS.length,
        seen: `${ending.status ?? ending.end}; of ${CLAIMS.length} arrived: ${arrived.join(', ') || 'none'}; passed on: ${kept.join(', ')}`,
      };
    },
  })),
  ...[
    {
      id: 'to-maps',
      title: 'backend to maps',
      service: 'maps' as const,
      entrance: 'maps' as const,
    },
    {
      id: 'to-backend',
      title: 'maps to backend',
      service: 'backendHttp2' as const,
      entrance: 'backendGrpc' as const,
    },
  ].map(({ id, title, service, entrance }): Case => ({
    id: `trailers-${id}`,
    title: `${title}: the same headers as trailers of HTTP/2`,
    expected: 'none arrives, another trailer does',
    async run(world) {
      const answer = await callHttp2(world.at[entrance], {
        method: 'POST',
        path: '/api',
        body: 'x',
        trailers: {
          ...Object.fromEntries(CLAIMS.map((name) => [name.toLowerCase(), 'evil'])),
          'x-checksum': 'right',
        },
      });
      const { trailers = {} } = world.services[service].seen.at(-1) ?? {};
      const arrived = Object.entries(trailers).filter(([, value]) => value === 'evil');
      return {
        passed: answer.status === 200 && arrived.length === 0 && trailers['x-checksum'] === 'right',
        seen: `${answer.status}; of ${CLAIMS.length} arrived: ${arrived.map(([name]) => name).join(', ') || 'none'}; x-checksum: ${String(trailers['x-checksum'])}`,
      };
    },
  })),
  {
    id: 'answer-headers',
    title: 'backend to info: info answers with headers that the proxies of the caller obey',
    expected: 'none arrives, another one does',
    async run(world) {
      const wanted = Object.fromEntries([...ORDERS, 'x-harmless'].map((name) => [name, 'evil']));
      const answer = await call(world.at.info, {
        path: `/?headers=${encodeURIComponent(JSON.stringify(wanted))}`,
      });
      const arrived = ORDERS.filter((name) => String(answer.headers[name]).includes('evil'));
      return {
        passed:
          answer.status === 200 && arrived.length === 0 && answer.headers['x-harmless'] === 'evil',
        seen: `${answer.status}; of ${ORDERS.length} arrived: ${arrived.join(', ') || 'none'}`,
      };
    },
  },
  {
    id: 'upgrade',
    title: 'maps to backend, where no rule lets a request upgrade: a WebSocket',
    expected: "403 by Consul's border, and by Istio's alone; nothing reaches backend",
    async run(world) {
      const { result, paths } = await reached(world.services.backend, async () => [
        await upgrade(world.at.backendByMaps, '/').then(
          (socket) => {
            socket.destroy();
            return 'a tunnel';
          },
          (error: Error) => error.message,
        ),
        (
          await attempt(TO_BACKEND.port(world), {
            serverName: SNI.mapsToBackend,
            leaf: await stolen(world, TO_BACKEND),
            request:
              'GET / HTTP/1.1\r\nhost: backend\r\nconnection: Upgrade\r\nupgrade: websocket\r\n' +
              'sec-websocket-version: 13\r\nsec-websocket-key: cmVoZWFyc2FsIG9ubHkhIQ==\r\n\r\n',
          })
        ).status,
      ]);
      return {
        passed: result[0] === 'answered 403' && result[1] === 403 && paths.length === 0,
        seen: `${result.join(' and ')}; ${paths.length} requests reached backend`,
      };
    },
  },
  {
    id: 'control-headers',
    title: "backend to info: headers that control the next Envoy, from the caller's side",
    expected: 'none arrives, none takes effect',
    async run(world) {
      const control = {
        'x-envoy-upstream-rq-timeout-ms': '1',
        'x-envoy-max-retries': '100',
        'x-envoy-retry-on': '5xx',
        'x-envoy-force-trace': 'true',
        'x-envoy-decorator-operation': 'x',
      };
      const ending = await attempt(TO_INFO.port(world), {
        serverName: TO_INFO.serverName,
        leaf: await stolen(world, TO_INFO),
        request: request(
          TO_INFO,
          Object.entries(control).map(([name, value]) => `${name}: ${value}`),
        ),
      });
      const headers = world.services.info.seen.at(-1)?.headers ?? {};
      const arrived = Object.keys(control).filter((name) => name in headers);
      return {
        passed: ending.status === 200 && arrived.length === 0,
        seen: `${ending.status ?? ending.end}; arrived: ${arrived.join(', ') || 'none'}`,
      };
    },
  },
  {
    id: 'admin',
    title:
      "the border's ports for probes and metrics and the crossing itself, asked for the admin interface",
    expected: 'only GET /ready and /live, and /stats/prometheus; admin on one loopback address',
    run: admin,
  },
];

const ADMIN_PAGES = [
  '/',
  '/drained',
  '/config_dump',
  '/certs',
  '/server_info',
  '/stats',
  '/ready/../certs',
];

const POSTED_PAGES = [
  STATUS_PAGES.ready,
  STATUS_PAGES.live,
  METRICS_PAGE,
  '/quitquitquit',
  '/healthcheck/fail',
  '/drain_listeners',
];

async function admin(world: World): Promise<Outcome> {
  const name = 'consul inbound backend 1';
  const { status, metrics } = world.border(name);
  const codeOf = async (port: number, path: string, method?: string) =>
    (await call(port, { path, method })).status;
  const allowed = await Promise.all([
    ...Object.values(STATUS_PAGES).map((path) => codeOf(status, path)),
    codeOf(metrics, METRICS_PAGE),
  ]);
  const others = await Promise.all([
    ...[status, metrics].flatMap((port) => [
      ...ADMIN_PAGES.map((path) => codeOf(port, path)),
      ...POSTED_PAGES.map((path) => codeOf(port, path, 'POST')),
    ]),
    // Each page is at its own port only.
    codeOf(status, METRICS_PAGE),
    codeOf(metrics, STATUS_PAGES.ready),
  ]);
  const { result: crossing, paths } = await reached(world.services.info, () =>
    call(world.at.info, { path: '/config_dump' }),
  );
  return {
    passed:
      allowed.every((code) => code === 200) &&
      others.every((code) => code === 404) &&
      crossing.status === 200 &&
      paths.length === 1,
    seen: `allowed pages: ${allowed.join(', ')}; others: ${[...new Set(others)].join(', ')}; /config_dump through the crossing is answered by info`,
  };
}
