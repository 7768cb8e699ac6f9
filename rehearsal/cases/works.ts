import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { CALLER_HEADER } from '../../constructs/federation/plan/envoy';
import {
  attempt,
  call,
  callHttp2,
  grpcFrame,
  grpcMessages,
  upgrade,
  type Answer,
} from '../clients';
import type { Echo } from '../services';
import { BARE_BORDER, SIDECARS, SNI, TCP_BORDER, type World } from '../world';
import type { Case, Outcome } from './case';

const MEBIBYTE = 1024 * 1024;

/** Both directions: who calls, where, and whom the callee must be told. */
const HTTP = [
  {
    id: 'to-info',
    title: 'backend to info',
    port: (world: World) => world.at.info,
    path: '/',
    caller: (world: World) => world.istio.spiffeId('backend'),
    border: (world: World) => world.consul.spiffeId('backend'),
  },
  {
    id: 'to-backend',
    title: 'info to backend',
    port: (world: World) => world.at.backend,
    path: '/weather',
    caller: (world: World) => world.consul.spiffeId('info'),
    border: (world: World) => world.istio.spiffeId('info'),
  },
] as const;

const BY_OWN_SERVICE = [
  {
    ...HTTP[0],
    id: 'to-info-service',
    title: "backend to info, at its border's Service",
    port: (world: World) => world.at.infoByService,
  },
  {
    ...HTTP[1],
    id: 'to-backend-service',
    title: "info to backend, at its border's Service",
    port: (world: World) => world.at.backendByService,
  },
] as const;

/** The same through gateways of the Gateway API, to which the cable leads meanwhile. */
const BY_GATEWAY_API = [
  {
    ...HTTP[0],
    id: 'to-info-api-gateway',
    title: "backend to info, through Consul's API gateway",
    port: (world: World) => world.at.infoFresh,
    wire: (world: World) => world.wires.toConsul,
    receives: 'consul gateway',
    gateway: (world: World) => world.at.consulApiGateway,
  },
  {
    ...HTTP[1],
    id: 'to-backend-tls-routes',
    title: "info to backend, through Istio's gateway with TLSRoutes",
    port: (world: World) => world.at.backendFresh,
    wire: (world: World) => world.wires.toIstio,
    receives: 'istio gateway',
    gateway: (world: World) => world.at.istioRoutesGateway,
  },
] as const;

const HTTP2 = [
  {
    id: 'to-maps',
    title: 'backend to maps',
    port: (world: World) => world.at.maps,
    caller: (world: World) => world.istio.spiffeId('backend'),
  },
  {
    id: 'to-backend',
    title: 'maps to backend',
    port: (world: World) => world.at.backendGrpc,
    caller: (world: World) => world.consul.spiffeId('maps'),
  },
] as const;

function parse(answer: Answer): Echo | undefined {
  return answer.status === 200 ? (JSON.parse(answer.body) as Echo) : undefined;
}

function told(echo: Echo | undefined): string {
  return String(echo?.headers[CALLER_HEADER] ?? 'nobody');
}

async function http1(
  world: World,
  {
    port,
    path,
    caller,
    border,
  }: Pick<(typeof HTTP)[number], 'port' | 'path' | 'caller' | 'border'>,
): Promise<Outcome> {
  const answer = await call(port(world), { path });
  const echo = parse(answer);
  const direct = /.*;URI=([^;,]+)/.exec(String(echo?.headers['x-forwarded-client-cert']))?.[1];
  return {
    passed: told(echo) === caller(world) && direct === border(world),
    seen: `${answer.status}; told ${told(echo)}; its sidecar saw ${direct}`,
  };
}

/** Counts the connections that a listener took. */
function cameInAt(port: number): RegExp {
  return new RegExp(`^listener\\.127\\.0\\.0\\.1_${port}\\.downstream_cx_total$`);
}

export const works: readonly Case[] = [
  ...[...HTTP, ...BY_OWN_SERVICE].map((way): Case => ({
    id: `http1-${way.id}`,
    title: `${way.title}, HTTP/1.1`,
    expected: '200; the callee is told the caller, its mesh sees the border',
    run: (world) => http1(world, way),
  })),
  ...BY_GATEWAY_API.map((way): Case => ({
    id: `http1-${way.id}`,
    title: `${way.title}, HTTP/1.1`,
    expected: '200; the callee is told the caller, its mesh sees the border',
    async run(world) {
      const gateway = way.gateway(world);
      const entered = () => world.envoy(way.receives).count(cameInAt(gateway));
      const before = await entered();
      const { passed, seen } = await way.wire(world).redirect(gateway, () => http1(world, way));
      const connections = (await entered()) - before;
      return {
        passed: passed && connections > 0,
        seen: `${seen}; connections at that gateway: ${connections}`,
      };
    },
  })),
  ...HTTP2.map(({ id, title, port, caller }): Case => ({
    id: `http2-${id}`,
    title: `${title}, HTTP/2`,
    expected: '200 over HTTP/2; the callee is told the caller',
    async run(world) {
      const answer = await callHttp2(port(world), { method: 'POST', path: '/api', body: 'x' });
      const echo = parse(answer);
      return {
        passed: told(echo) === caller(world) && echo?.headers[':path'] === '/api',
        seen: `${answer.status}; told ${told(echo)}`,
      };
    },
  })),
  ...HTTP2.map(({ id, title, port, caller }): Case => ({
    id: `grpc-${id}`,
    title: `${title}, gRPC, three messages in a stream`,
    expected: 'every message comes back; trailer grpc-status 0',
    async run(world) {
      const messages = ['one', 'two', 'three'].map((text) => Buffer.from(text));
      const answer = await callHttp2(port(world), {
        method: 'POST',
        path: '/rehearsal.Echo/Say',
        headers: { 'content-type': 'application/grpc', te: 'trailers' },
        body: Buffer.concat(messages.map(grpcFrame)),
      });
      const back = grpcMessages(answer.bytes);
      const last = back.at(-1)?.toString('utf8') ?? '{}';
      const echo = last.startsWith('{') ? (JSON.parse(last) as Echo) : undefined;
      const status = answer.trailers['grpc-status'];
      return {
        passed:
          status === '0' &&
          messages.every((message, index) => back[index]?.equals(message)) &&
          told(echo) === caller(world),
        seen: `${back.length - 1} messages back; grpc-status ${String(status)}; told ${told(echo)}`,
      };
    },
  })),
  {
    id: 'tcp-to-stock',
    title: 'backend to a tcp service in Consul',
    expected:
      'bytes pass both ways for the right certificate only; for no other a connection is made',
    async run(world) {
      const { listen } = world.border(BARE_BORDER);
      const serverName = SNI.backendToStock;
      const onward = () =>
        world.envoy(BARE_BORDER).count(/^cluster\.backend-to-stock\.upstream_cx_total$/);
      const before = await onward();
      const wrong = await attempt(listen, {
        serverName,
        leaf: await world.istio.steal('frontend'),
      });
      const none = await attempt(listen, { serverName });
      const forOthers = (await onward()) - before;
      const right = await attempt(listen, {
        serverName,
        leaf: await world.istio.steal('backend'),
      });
      const forTheRight = (await onward()) - before - forOthers;
      return {
        passed:
          right.status === 200 &&
          forTheRight === 1 &&
          wrong.end === 'alert certificate unknown' &&
          none.end === 'alert certificate required' &&
          forOthers === 0,
        seen: `${right.status ?? right.end}; ${wrong.status ?? wrong.end} for another certificate, ${none.status ?? none.end} for none; ${forOthers} connections onward for these two`,
      };
    },
  },
  {
    id: 'tcp-to-backend',
    title: 'maps to a tcp service in Istio, through an outbound border',
    expected: 'bytes pass both ways',
    async run(world) {
      const { status, body } = await call(world.border(TCP_BORDER).listen, { path: '/anything' });
      return { passed: status === 200 && body.includes('"/anything"'), seen: `${status}` };
    },
  },
  ...HTTP.map(({ id, title, port, path }): Case => ({
    id: `download-${id}`,
    title: `${title}, body of 8 MiB back`,
    expected: 'every byte',
    async run(world) {
      const answer = await call(port(world), { path: `${path}?bytes=${8 * MEBIBYTE}` });
      const whole = Buffer.alloc(8 * MEBIBYTE, 'federation ').toString('utf8');
      return {
        passed: answer.body === whole,
        seen: `${answer.status}, ${answer.body.length} bytes, ${answer.body === whole ? 'unaltered' : 'altered'}`,
      };
    },
  })),
  ...HTTP2.map(({ id, title, port }): Case => ({
    id: `upload-${id}`,
    title: `${title}, body of 8 MiB there`,
    expected: 'every byte',
    async run(world) {
      const body = Buffer.alloc(8 * MEBIBYTE, 'federation ');
      const answer = await callHttp2(port(world), { method: 'POST', path: '/api', body });
      const arrived = parse(answer)?.body === createHash('sha256').update(body).digest('hex');
      return {
        passed: arrived,
        seen: `${answer.status}, SHA-256 ${arrived ? 'equal' : 'differs'}`,
      };
    },
  })),
  ...HTTP.map(({ id, title, port, path }): Case => ({
    id: `websocket-${id}`,
    title: `${title}, WebSocket that stays open`,
    expected: 'every message is echoed until the end',
    together: true,
    async run(world, effort) {
      const socket = await upgrade(port(world), path);
      const seconds = effort.seconds(20, 2);
      let echoed = 0;
      try {
        for (let message = 0; message < seconds * 4; message++) {
          socket.write(`message ${message}`);
          await once(socket, 'data', { signal: AbortSignal.timeout(3000) });
          echoed += 1;
          await sleep(250);
        }
      } finally {
        socket.destroy();
      }
      return {
        passed: echoed === seconds * 4,
        seen: `${echoed} of ${seconds * 4} messages in ${seconds} s`,
      };
    },
  })),
  ...HTTP.map(({ id, title, port, path }): Case => ({
    id: `stream-${id}`,
    title: `${title}, answer that streams`,
    expected: 'whole',
    together: true,
    async run(world, effort) {
      const seconds = effort.seconds(10, 3);
      const answer = await call(port(world), {
        path: `${path}?seconds=${seconds}`,
        timeoutMs: 30_000,
      }).catch((error: Error) => error.message);
      const whole = typeof answer !== 'string' && answer.body.endsWith('done\n');
      return {
        passed: whole,
        seen:
          typeof answer === 'string'
            ? answer
            : `${answer.status}, ${answer.body.split('\n').length - 1} lines in ${seconds} s${whole ? '' : ', cut'}`,
      };
    },
  })),
  ...HTTP.map(({ id, title, port, path }): Case => ({
    id: `long-stream-${id}`,
    title: `${title}, answer that streams for 20 s`,
    expected: 'cut after 15 s by a Consul sidecar, whose default that is, not by a border',
    slow: true,
    together: true,
    async run(world) {
      const began = performance.now();
      const answer = await call(port(world), {
        path: `${path}?seconds=20`,
        timeoutMs: 30_000,
      }).catch((error: Error) => error.message);
      const seconds = (performance.now() - began) / 1000;
      const sidecars = Object.values(SIDECARS.consul).map((name) => world.envoy(name));
      const counted = await Promise.all(
        sidecars.map((envoy) => envoy.count(/upstream_rq_timeout$/)),
      );
      const timeouts = counted.reduce((sum, count) => sum + count, 0);
      return {
        passed: typeof answer === 'string' && seconds > 14 && seconds < 18 && timeouts > 0,
        seen: `${typeof answer === 'string' ? answer : answer.status} after ${seconds.toFixed(1)} s; timeouts counted by Consul's sidecars: ${timeouts}`,
      };
    },
  })),
];
