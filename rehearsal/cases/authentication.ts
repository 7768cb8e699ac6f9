import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { CALLER_HEADER } from '../../constructs/federation/plan/envoy';
import { MeshCa, type Leaf } from '../certificates';
import { attempt, attemptPlain, call, type Attempt, type Ending } from '../clients';
import { CONSUL_TRUST_DOMAIN } from '../policy';
import { BARE_BORDER, SIDECARS, type World } from '../world';
import { until, type Case, type Outcome } from './case';
import {
  ENTRANCES,
  stolen,
  TO_BACKEND,
  TO_BACKEND_TLS_ROUTES,
  TO_INFO,
  type Direction,
} from './directions';

/** An attempt that must not get through. */
interface Attack {
  readonly id: string;
  readonly title: string;
  /** How the client must see it end. */
  readonly ends: RegExp;
  /** What the border's log must say. */
  readonly reason: RegExp;
  attempt(world: World, direction: Direction): Promise<Attempt>;
}

const ATTACKS: readonly Attack[] = [
  {
    id: 'no-certificate',
    title: 'no client certificate',
    ends: /^alert certificate required$/,
    reason: /PEER_DID_NOT_RETURN_A_CERTIFICATE/,
    attempt: () => Promise.resolve({}),
  },
  {
    id: 'unknown-ca',
    title: 'right SPIFFE ID from an unknown CA',
    ends: /^alert unknown ca$/,
    reason: /CERTIFICATE_VERIFY_FAILED/,
    attempt: async (world, direction) => {
      const ca = await (direction.foreign === 'istio'
        ? MeshCa.istio()
        : MeshCa.consul(CONSUL_TRUST_DOMAIN));
      return { leaf: await ca.issue(world.pki(direction.foreign).spiffeId(direction.peer)) };
    },
  },
  {
    id: 'wrong-id',
    title: 'right CA, SPIFFE ID of another workload',
    ends: /^alert certificate unknown$/,
    reason: /SAN_matcher/,
    attempt: async (world, direction) => ({
      leaf: await stolen(world, direction, direction.stranger),
    }),
  },
  {
    id: 'wrong-trust-domain',
    title: 'right CA, right name in another trust domain',
    ends: /^alert certificate unknown$/,
    reason: /SAN_matcher/,
    attempt: async (world, direction) => {
      const pki = world.pki(direction.foreign);
      const id = pki
        .spiffeId(direction.peer)
        .replace(/^spiffe:\/\/[^/]+/, 'spiffe://other.example');
      return { leaf: await pki.ca.issue(id) };
    },
  },
  {
    id: 'longer-id',
    title: 'right CA, SPIFFE ID that only begins like the right one',
    ends: /^alert certificate unknown$/,
    reason: /SAN_matcher/,
    attempt: async (world, direction) => ({
      leaf: await stolen(world, direction, `${direction.peer}-2`),
    }),
  },
  {
    id: 'expired',
    title: 'right certificate, expired',
    ends: /^alert certificate expired$/,
    reason: /certificate_has_expired/,
    attempt: async (world, direction) => {
      const pki = world.pki(direction.foreign);
      return { leaf: await pki.ca.issue(pki.spiffeId(direction.peer), { from: -3600, to: -5 }) };
    },
  },
  {
    id: 'not-yet-valid',
    title: 'right certificate, not yet valid',
    ends: /^alert (bad certificate|certificate unknown|certificate expired)$/,
    reason: /certificate_is_not_yet_valid/,
    attempt: async (world, direction) => {
      const pki = world.pki(direction.foreign);
      return { leaf: await pki.ca.issue(pki.spiffeId(direction.peer), { from: 60 }) };
    },
  },
  {
    id: 'minted-by-local-ca',
    title: "the called mesh's own CA mints the caller's identity",
    ends: /^alert unknown ca$/,
    reason: /CERTIFICATE_VERIFY_FAILED/,
    attempt: async (world, direction) => ({
      leaf: await world
        .pki(direction.local)
        .ca.issue(world.pki(direction.foreign).spiffeId(direction.peer)),
    }),
  },
  {
    id: 'tls-1.1',
    title: 'right certificate over TLS 1.1',
    ends: /^alert protocol version$/,
    reason: /UNSUPPORTED_PROTOCOL/,
    attempt: async (world, direction) => ({
      leaf: await stolen(world, direction),
      version: 'TLSv1.1',
    }),
  },
];

/** What the borders that receive calls of a direction logged as the reason of a refusal, shortened. */
export async function refusal(world: World, direction: Direction, reason: RegExp): Promise<string> {
  let found = '';
  await until(() => {
    for (const name of direction.borders) {
      for (const entry of world.envoy(name).accessLog()) {
        const text = [entry.flags, entry.refusal, entry.reason]
          .filter((part) => typeof part === 'string' && part !== '-')
          .join(' ');
        if (reason.test(text)) found = text;
      }
    }
    return found !== '';
  }, 2);
  return found
    .replace(/TLS_error.*OPENSSL_internal:/, '')
    .replace(/:TLS_error_end$/, '')
    .slice(0, 130);
}

export function request(
  direction: Direction,
  extra: readonly string[] = [],
  method = 'GET',
): string {
  return [
    `${method} ${direction.path} HTTP/1.1`,
    'host: attacker',
    'connection: close',
    ...extra,
    '',
    '',
  ].join('\r\n');
}

async function refused(
  world: World,
  direction: Direction,
  ending: () => Promise<Ending>,
  ends: RegExp,
  reason: () => Promise<string>,
): Promise<Outcome> {
  const before = direction.service(world).count;
  const { status, end } = await ending();
  const logged = await reason();
  const reached = direction.service(world).count - before;
  return {
    passed: status === undefined && ends.test(end) && logged !== '' && reached === 0,
    seen: `${status ?? ''} ${end}; ${logged === '' ? 'nothing logged' : logged}${reached === 0 ? '' : '; reached the service'}`.trim(),
  };
}

/** A server that is somebody else than the caller expects. */
async function impostor(leaf: Leaf): Promise<{ port: number; heard: () => number; end(): void }> {
  let heard = 0;
  const server = createServer({ cert: leaf.chain, key: leaf.key }, (socket) => {
    socket.on('data', (chunk: Buffer) => (heard += chunk.length));
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 7\r\nconnection: close\r\n\r\npoison\n');
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, heard: () => heard, end: () => server.close() };
}

/** The same direction seen from the calling side, which must know the server. */
const CALLERS = [
  {
    direction: TO_INFO,
    title: 'backend to info',
    server: 'backend',
    wire: (world: World) => world.wires.toConsul,
    port: (world: World) => world.at.infoFresh,
    envoy: SIDECARS.istio.outbound,
  },
  {
    direction: TO_BACKEND,
    title: 'info to backend',
    server: 'info',
    wire: (world: World) => world.wires.toIstio,
    port: (world: World) => world.at.backendFresh,
    envoy: 'consul outbound backend, short-lived connections',
  },
] as const;

const IMPOSTORS = [
  {
    id: 'server-wrong-id',
    title: 'a server of the right CA with another identity',
    leaf: (world: World, direction: Direction): Promise<Leaf> =>
      world.pki(direction.local).steal('other'),
  },
  {
    id: 'server-unknown-ca',
    title: 'a server with the right identity from an unknown CA',
    leaf: async (world: World, direction: Direction, server: string): Promise<Leaf> =>
      (await MeshCa.istio()).issue(world.pki(direction.local).spiffeId(server)),
  },
  {
    id: 'server-minted-by-callers-ca',
    title: "a server whose identity the caller's own CA minted",
    leaf: (world: World, direction: Direction, server: string): Promise<Leaf> =>
      world.pki(direction.foreign).ca.issue(world.pki(direction.local).spiffeId(server)),
  },
] as const;

/** Why an Envoy did not believe the server, from its log. */
async function upstreamFailure(world: World, envoy: string): Promise<string> {
  let found: string | undefined;
  await until(() => {
    found = world
      .envoy(envoy)
      .accessLog()
      .map((entry) => /CERTIFICATE_VERIFY_FAILED.*/.exec(String(entry.upstream_failure))?.[0])
      .at(-1);
    return found !== undefined;
  }, 2);
  return (found ?? '').replace(/:TLS_error_end$/, '').slice(0, 130);
}

/** Headers with which a caller claims to be somebody else. */
function forged(id: string): Record<string, string> {
  return {
    'x-forwarded-client-cert': `By=spiffe://x/y;Hash=00;URI=${id}`,
    [CALLER_HEADER]: id,
    x_federation_caller: id,
  };
}

const EVIL = 'spiffe://evil.example/ns/default/sa/evil';

/** Whether nothing of a forged identity arrived, and the right one did. */
function arrivedClean(world: World, direction: Direction): Outcome {
  const seen = direction.service(world).seen.at(-1);
  const told = String(seen?.headers[CALLER_HEADER]);
  const traces = Object.entries(seen?.headers ?? {}).filter(([, value]) =>
    String(value).includes('evil'),
  );
  return {
    passed: told === direction.caller(world) && traces.length === 0,
    seen: `told ${told}; forged values that arrived: ${traces.map(([name]) => name).join(', ') || 'none'}`,
  };
}

/** Where the gateway looks at the SNI. */
const PAST_ISTIOS_GATEWAY: readonly Direction[] = [TO_BACKEND, TO_BACKEND_TLS_ROUTES];

export const authentication: readonly Case[] = [
  ...ENTRANCES.map((direction): Case => ({
    id: `right-certificate-${direction.id}`,
    title: `${direction.title}: the attacker's own client with the right certificate (control)`,
    expected: '200, so that the refusals below mean something',
    async run(world) {
      const leaf = await stolen(world, direction);
      const { status, end } = await attempt(direction.port(world), {
        serverName: direction.serverName,
        leaf,
        request: request(direction),
      });
      return { passed: status === 200, seen: `${status ?? end}` };
    },
  })),
  ...ATTACKS.flatMap((attack) =>
    ENTRANCES.map((direction): Case => ({
      id: `${attack.id}-${direction.id}`,
      title: `${direction.title}: ${attack.title}`,
      expected: `TLS ${attack.ends.source.replace(/[\^$()]/g, '').replaceAll('|', ' or ')}; the border logs why`,
      run: (world) =>
        refused(
          world,
          direction,
          async () =>
            attempt(direction.port(world), {
              serverName: direction.serverName,
              request: request(direction),
              ...(await attack.attempt(world, direction)),
            }),
          attack.ends,
          () => refusal(world, direction, attack.reason),
        ),
    })),
  ),
  // Istio's gateway closes it before it comes to a border.
  ...ENTRANCES.filter((direction) => !PAST_ISTIOS_GATEWAY.includes(direction)).map(
    (direction): Case => ({
      id: `plaintext-${direction.id}`,
      title: `${direction.title}: plaintext`,
      expected: 'closed without an answer; the border logs NR (no filter chain)',
      run: (world) =>
        refused(
          world,
          direction,
          () => attemptPlain(direction.port(world), request(direction)),
          /closed|reset/,
          () => refusal(world, direction, /^NR /),
        ),
    }),
  ),
  ...PAST_ISTIOS_GATEWAY.map((direction): Case => ({
    id: `plaintext-${direction.id}`,
    title: `${direction.title}: plaintext`,
    expected: "closed without an answer by Istio's gateway",
    async run(world) {
      const before = await closedByGateway(world);
      return refused(
        world,
        direction,
        () => attemptPlain(direction.port(world), request(direction)),
        /closed|reset/,
        async () =>
          (await closedByGateway(world)) > before ? 'the gateway counts no_filter_chain_match' : '',
      );
    },
  })),
  ...CALLERS.flatMap(({ direction, title, server, wire, port, envoy }) =>
    IMPOSTORS.map(({ id, title: who, leaf }): Case => ({
      id: `${id}-${direction.id}`,
      title: `${title}: ${who}`,
      expected: '503; the impostor hears no byte of the request',
      async run(world) {
        const other = await impostor(await leaf(world, direction, server));
        try {
          const answer = await wire(world).redirect(other.port, () =>
            call(port(world), { path: direction.path }),
          );
          const logged = await upstreamFailure(world, envoy);
          return {
            passed: answer.status === 503 && other.heard() === 0 && logged !== '',
            seen: `${answer.status}, the impostor heard ${other.heard()} bytes; ${logged || 'nothing logged'}`,
          };
        } finally {
          other.end();
        }
      },
    })),
  ),
  {
    id: 'forged-identity-to-info',
    title: "backend to info: the calling application forges the identity's headers",
    expected: 'nothing of it arrives; the callee is told backend',
    async run(world) {
      await call(world.at.info, { headers: forged(EVIL) });
      return arrivedClean(world, TO_INFO);
    },
  },
  {
    id: 'forged-identity-to-backend',
    title: "info to backend: the calling application forges the identity's headers",
    expected: 'nothing of it arrives; the callee is told info',
    async run(world) {
      await call(world.at.backend, { path: TO_BACKEND.path, headers: forged(EVIL) });
      return arrivedClean(world, TO_BACKEND);
    },
  },
  ...ENTRANCES.map((direction): Case => ({
    id: `forged-identity-past-sidecar-${direction.id}`,
    title: `${direction.title}: the same, past the caller's sidecar with the right certificate`,
    expected: 'nothing of it arrives; the callee is told the right caller',
    async run(world) {
      await attempt(direction.port(world), {
        serverName: direction.serverName,
        leaf: await stolen(world, direction),
        request: request(
          direction,
          Object.entries(forged(EVIL)).map(([name, value]) => `${name}: ${value}`),
        ),
      });
      return arrivedClean(world, direction);
    },
  })),
  {
    id: 'forged-identity-leaving-border',
    title: 'the same, straight to a border, as it leaves it',
    expected: "x-forwarded-client-cert has one element, with the handshake's identity",
    async run(world) {
      await attempt(world.border(BARE_BORDER).listen, {
        serverName: TO_INFO.serverName,
        leaf: await stolen(world, TO_INFO),
        request: request(
          TO_INFO,
          Object.entries(forged(EVIL)).map(([name, value]) => `${name}: ${value}`),
        ),
      });
      const { passed } = arrivedClean(world, TO_INFO);
      const header = String(
        world.services.info.seen.at(-1)?.headers['x-forwarded-client-cert'] ?? 'none',
      );
      const uri = /^By=[^,;]+;Hash=[^,;]+;URI=([^,;]+)$/.exec(header)?.[1];
      return {
        passed: passed && uri === TO_INFO.caller(world),
        seen: header.replace(/Hash=\w+/, 'Hash=...'),
      };
    },
  },
  {
    id: 'forged-caller-at-outbound-border',
    title: "maps bypasses its sidecar and claims to be info at Consul's outbound border",
    expected: 'taken for maps all the same',
    async run(world) {
      const ending = await attempt(world.at.outboundSidecar, {
        leaf: await world.consul.steal('maps'),
        request: request(
          { ...TO_BACKEND, path: '/only-maps-may' },
          Object.entries(forged(world.consul.spiffeId('info'))).map(
            ([name, value]) => `${name}: ${value}`,
          ),
        ),
      });
      const told = String(world.services.backend.seen.at(-1)?.headers[CALLER_HEADER]);
      return {
        passed: ending.status === 200 && told === world.consul.spiffeId('maps'),
        seen: `${ending.status ?? ending.end}; told ${told}`,
      };
    },
  },
];

function closedByGateway(world: World): Promise<number> {
  return world.envoy('istio gateway').count(/no_filter_chain_match/);
}
