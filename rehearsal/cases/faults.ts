import { once } from 'node:events';
import * as http2 from 'node:http2';
import { connect as tcpConnect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as tlsConnect, type TLSSocket } from 'node:tls';
import type { Leaf } from '../certificates';
import { attempt, call, get } from '../clients';
import type { Envoy } from '../envoy';
import { describeFailures, Load, type LoadResult } from '../load';
import {
  BARE_BORDER,
  CONNECTION_LIMIT,
  NAMING_BORDER,
  type SpareBorder,
  type World,
} from '../world';
import { PATIENCE, until, type Case, type Outcome } from './case';
import { underLoad } from './rotation';
import { DIRECTIONS, stolen, TO_INFO } from './directions';
import { statusFloods } from './status';

// ------------------------------------------------------------------------------------------- restarts

/** Something that is restarted while requests come. */
interface Restart {
  readonly id: string;
  readonly title: string;
  readonly envoy: string;
  readonly signal: NodeJS.Signals;
  /** Whether something else serves meanwhile. */
  readonly redundant: boolean;
  port(world: World): number;
  readonly path: string;
}

const RESTARTS: readonly Restart[] = [
  {
    id: 'killed-consul-inbound',
    title: "backend to info: one of two of Consul's inbound borders is killed and comes back",
    envoy: 'consul inbound backend 1',
    signal: 'SIGKILL',
    redundant: true,
    port: (world) => world.at.infoFresh,
    path: '/',
  },
  {
    id: 'killed-consul-outbound',
    title: "info to backend: one of two of Consul's outbound borders is killed and comes back",
    envoy: 'consul outbound backend 1',
    signal: 'SIGKILL',
    redundant: true,
    port: (world) => world.at.backend,
    path: '/weather',
  },
  {
    id: 'killed-istio-inbound',
    title: "info to backend: one of two of Istio's inbound borders is killed and comes back",
    envoy: 'istio inbound info 1',
    signal: 'SIGKILL',
    redundant: true,
    port: (world) => world.at.backendFresh,
    path: '/weather',
  },
  {
    id: 'restarted-consul-gateway',
    title: "backend to info: Consul's only gateway is restarted",
    envoy: 'consul gateway',
    signal: 'SIGTERM',
    redundant: false,
    port: (world) => world.at.info,
    path: '/',
  },
  {
    id: 'restarted-istio-gateway',
    title: "info to backend: Istio's only gateway is restarted",
    envoy: 'istio gateway',
    signal: 'SIGTERM',
    redundant: false,
    port: (world) => world.at.backend,
    path: '/weather',
  },
];

async function restart(
  envoy: Envoy,
  settings: Restart,
  port: number,
  seconds: number,
): Promise<Outcome> {
  const load = new Load({ port, path: settings.path });
  let down = 0;
  let up = 0;
  let sent = 0;
  let result: LoadResult;
  try {
    await sleep(300);
    down = load.now;
    sent = load.sent;
    await envoy.stop(settings.signal);
    await sleep(seconds * 1000);
    envoy.start();
    await envoy.ready();
    up = load.now;
    sent = load.sent - sent;
    await sleep(1000);
  } finally {
    result = await load.stop();
  }
  const { failures, requests } = result;
  // A request that was under way when it went down began before.
  const outage = failures.filter(({ at, ended }) => ended >= down && at <= up).length;
  const before = failures.filter(({ ended }) => ended < down).length;
  const late = failures.filter(({ at }) => at > up + 500).length;
  const share = outage / Math.max(1, sent);
  return {
    passed: late + before === 0 && (!settings.redundant || share < 0.9),
    seen: `down for ${((up - down) / 1000).toFixed(1)} s, in which ${Math.round(share * 100)} % failed; ${describeFailures(result)}; ${late} later than 0.5 s after it was back`,
    measures: {
      requests,
      failures: failures.length,
      outageMilliseconds: Math.round(up - down),
      outageFailedShare: share,
    },
  };
}

// ---------------------------------------------------------------------------------------- broken files

/** Something broken that is put in a file's place for a while. */
interface Breakage {
  readonly id: string;
  readonly title: string;
  /** Breaks it. @returns how to mend it */
  readonly apply: (world: World) => Promise<() => Promise<void> | void>;
}

function bundle(world: World, content: (good: string) => string): () => void {
  const restores: (() => void)[] = [];
  for (const mesh of ['istio', 'consul'] as const) {
    const { exported, ca } = world.pki(mesh);
    exported.write(content(ca.bundle));
    restores.push(() => exported.write(ca.bundle));
  }
  return () => restores.forEach((restore) => restore());
}

const HOLDERS = [
  ['consul', 'backend'],
  ['consul', 'backend-outbound'],
  ['istio', 'info'],
] as const;

async function certificates(
  world: World,
  breaking: (leaf: Leaf, files: Awaited<ReturnType<World['istio']['files']>>) => void,
): Promise<() => Promise<void>> {
  for (const [mesh, workload] of HOLDERS) {
    const pki = world.pki(mesh);
    breaking(await pki.steal(workload), await pki.files(workload));
  }
  return async () => {
    for (const [mesh, workload] of HOLDERS) await world.pki(mesh).renew(workload);
  };
}

const BREAKAGES: readonly Breakage[] = [
  {
    id: 'certificate-half-written',
    title: "the borders' certificate files are cut in the middle",
    apply: (world) =>
      certificates(world, ({ chain }, files) =>
        files.replace('cert-chain.pem', chain.slice(0, chain.length / 3)),
      ),
  },
  {
    id: 'certificate-without-its-key',
    title: "the borders' certificate is renewed and the key is not",
    apply: (world) =>
      certificates(world, ({ chain }, files) => files.replace('cert-chain.pem', chain)),
  },
  {
    id: 'certificate-emptied',
    title: "the borders' certificate and key files are emptied",
    apply: (world) =>
      certificates(world, (_, files) => {
        files.replace('cert-chain.pem', '');
        files.replace('key.pem', '');
      }),
  },
  {
    id: 'bundle-emptied',
    title: 'both foreign bundles are emptied',
    apply: (world) => Promise.resolve(bundle(world, () => '')),
  },
  {
    id: 'bundle-garbage',
    title: 'both foreign bundles are garbage',
    apply: (world) => Promise.resolve(bundle(world, () => 'not a certificate\n')),
  },
  {
    id: 'bundle-half-written',
    title: 'both foreign bundles are cut in the middle',
    apply: (world) =>
      Promise.resolve(bundle(world, (good) => good.slice(0, Math.floor(good.length / 2)))),
  },
];

async function broken(world: World, { apply }: Breakage, seconds: number): Promise<Outcome> {
  const rejectedBefore = await rejected(world);
  let strangersRefused = true;
  const { toInfo, toBackend } = await underLoad(world, 0.3, async () => {
    const mend = await apply(world);
    await sleep(seconds * 1000);
    for (const direction of DIRECTIONS) {
      const leaf = await stolen(world, direction, direction.stranger);
      const { status } = await attempt(direction.port(world), {
        serverName: direction.serverName,
        leaf,
      });
      strangersRefused &&= status === undefined;
    }
    await mend();
    await sleep(300);
  });
  const noticed = (await rejected(world)) - rejectedBefore;
  return {
    passed:
      toInfo.failures.length + toBackend.failures.length === 0 && strangersRefused && noticed > 0,
    seen: `to info: ${describeFailures(toInfo)}; to backend: ${describeFailures(toBackend)}; strangers ${strangersRefused ? 'still refused' : 'ADMITTED'}; ${noticed} updates rejected`,
  };
}

/** Updates that the borders have rejected. */
async function rejected(world: World): Promise<number> {
  const counts = await Promise.all(
    [...world.envoys.values()].map((envoy) =>
      envoy.count(/^sds\..*(update_rejected|key_rotation_failed)$/),
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** What a border may find in the place of the foreign roots when it starts. */
const BAD_BUNDLES = [
  { id: 'empty', title: 'an empty bundle', content: () => '' },
  { id: 'garbled', title: 'a garbled bundle', content: () => 'not a certificate\n' },
  {
    id: 'cut',
    title: 'a bundle that is cut in the middle',
    content: (good: string) => good.slice(0, Math.floor(good.length / 3)),
  },
] as const;

// --------------------------------------------------------------------------------------- rude clients

/** How long the border keeps a connection on which nothing (more) comes, in seconds. */
function patience(socket: {
  once(event: 'close', listener: () => void): unknown;
}): Promise<number> {
  const began = performance.now();
  return new Promise((resolve) =>
    socket.once('close', () => resolve((performance.now() - began) / 1000)),
  );
}

function open(world: World, leaf: Leaf): TLSSocket {
  const socket = tlsConnect({
    host: '127.0.0.1',
    port: TO_INFO.port(world),
    servername: TO_INFO.serverName,
    cert: leaf.chain,
    key: leaf.key,
    rejectUnauthorized: false,
  });
  socket.on('error', () => undefined);
  // Or its end would never be noticed.
  socket.resume();
  return socket;
}

/** Until a connection has come to be or has come to nothing. */
function settled(socket: TLSSocket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('secureConnect', resolve);
    socket.once('close', () => resolve());
  });
}

async function activeConnections(world: World): Promise<number> {
  const counts = await Promise.all(
    TO_INFO.borders.map((name) =>
      world.envoy(name).count(/^listener\.127\.0\.0\.1_\d+\.downstream_cx_active$/),
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Starts it, and waits until it answers probes at all. */
async function running(spare: SpareBorder): Promise<void> {
  spare.envoy.start();
  const alive = async () => (await get(spare.ports.status, '/live').catch(() => undefined))?.status;
  if (!(await until(async () => (await alive()) === 200, PATIENCE)))
    throw new Error('it does not start');
}

/** Connections at the borders that have not begun a handshake. */
async function strangers(world: World): Promise<number> {
  const counts = await Promise.all(
    TO_INFO.borders.map((name) =>
      world.envoy(name).count(/^listener\.127\.0\.0\.1_\d+\.downstream_pre_cx_active$/),
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function starting(spare: SpareBorder): Promise<string> {
  const ready = await spare.envoy.isReady();
  const { end } = await attempt(spare.ports.listen, {
    serverName: TO_INFO.serverName,
    timeoutMs: 1000,
  });
  return `${ready ? 'calls itself ready' : 'not ready'}, ${end}`;
}

/** More than the borders take of those who have begun a handshake. */
const STRANGERS = 600;

/** More than Envoy gives to a next hop by default, which is 1024. */
const MANY_REQUESTS = 1200;
const SESSIONS = 15;

function statusOf(session: http2.ClientHttp2Session, path: string): Promise<number | string> {
  return new Promise((resolve) => {
    const stream = session.request({ ':path': path });
    stream.on('response', (headers) => resolve(headers[':status'] ?? 0));
    stream.on('error', ({ message }: Error) => resolve(message));
    stream.on('close', () => resolve('closed'));
    stream.resume();
    stream.end();
  });
}

export const faults: readonly Case[] = [
  ...RESTARTS.map((settings): Case => ({
    id: settings.id,
    title: settings.title,
    expected: settings.redundant
      ? 'a part of the requests fails, for as long as it is away'
      : 'requests fail for as long as it is away',
    run: (world, effort) =>
      restart(world.envoy(settings.envoy), settings, settings.port(world), effort.seconds(2, 0.5)),
  })),
  ...BREAKAGES.map((breakage): Case => ({
    id: breakage.id,
    title: breakage.title,
    expected: 'the last good ones stay: no request fails, no stranger is admitted',
    run: (world, effort) => broken(world, breakage, effort.seconds(2, 0.6)),
  })),
  {
    id: 'files-come-late',
    title: 'a border starts before its certificate and its bundle are there',
    expected: 'not ready and refuses everything until both are there, then serves by itself',
    async run(world) {
      const spare = world.spares.late;
      await running(spare);
      const seen = [`without files: ${await starting(spare)}`];
      spare.certificate.write(await world.consul.steal('backend'));
      await sleep(300);
      seen.push(`with its certificate: ${await starting(spare)}`);
      spare.bundle.write(world.istio.ca.bundle);
      const ready = await until(() => spare.envoy.isReady(), PATIENCE);
      const leaf = await world.istio.steal('backend');
      const { status } = await attempt(spare.ports.listen, {
        serverName: TO_INFO.serverName,
        leaf,
      });
      seen.push(`with both: ${ready ? 'ready' : 'not ready'}, ${status}`);
      await spare.envoy.stop('SIGKILL');
      return {
        passed:
          ready &&
          status === 200 &&
          seen.slice(0, 2).every((text) => /not ready, reset$/.test(text)),
        seen: seen.join('; '),
      };
    },
  },
  ...BAD_BUNDLES.map(({ id, title, content }): Case => ({
    id: `starts-with-${id}-bundle`,
    title: `a border starts with ${title}`,
    expected: 'not ready, so a rollout stops there; with the right one it serves by itself',
    async run(world) {
      const spare = world.spares[id];
      spare.certificate.write(await world.consul.steal('backend'));
      spare.bundle.write(content(world.istio.ca.bundle));
      await running(spare);
      await sleep(1500);
      const seen = [await starting(spare)];
      spare.bundle.write(world.istio.ca.bundle);
      const ready = await until(() => spare.envoy.isReady(), PATIENCE);
      const { status } = await attempt(spare.ports.listen, {
        serverName: TO_INFO.serverName,
        leaf: await world.istio.steal('backend'),
      });
      seen.push(`mended: ${ready ? 'ready' : 'not ready'}, ${status}`);
      await spare.envoy.stop('SIGKILL');
      return {
        passed: ready && status === 200 && seen[0] === 'not ready, reset',
        seen: seen.join('; '),
      };
    },
  })),
  ...statusFloods,
  {
    id: 'name-server-loses-questions',
    title:
      "the name server knows no IPv6 address of the far mesh's load balancer, and loses the question for its IPv4 addresses",
    expected: 'the last addresses stay, and the crossing goes on',
    background: true,
    async run(world) {
      const { listen } = world.border(NAMING_BORDER);
      const envoy = world.envoy(NAMING_BORDER);
      const before = (await call(listen)).status;
      world.nameServer.loseQuestions(true);
      try {
        const resolved = () => envoy.count(/^cluster\.maps-to-queue\.update_(failure|success)$/);
        const known = await resolved();
        const noticed = await until(async () => (await resolved()) >= known + 2, 60);
        // Cases beside this one break the certificates for a while; lost addresses do not come back.
        const answered = async () => (await call(listen).catch(() => undefined))?.status === 200;
        const goesOn = await until(answered, PATIENCE);
        const failed = await envoy.count(/^cluster\.maps-to-queue\.update_failure$/);
        return {
          passed: before === 200 && noticed && failed > 0 && goesOn,
          seen: `${failed} look-ups failed; before: ${before}, meanwhile: ${goesOn ? 200 : 'no answer'}`,
        };
      } finally {
        world.nameServer.loseQuestions(false);
      }
    },
  },
  {
    id: 'slow-clients',
    title: 'clients that connect and say nothing, or half a request',
    expected: 'cut after 3 s and 10 s; everybody else is served',
    background: true,
    async run(world) {
      const silent = tcpConnect(TO_INFO.port(world), '127.0.0.1');
      silent.on('error', () => undefined);
      silent.resume();
      const half = open(world, await stolen(world, TO_INFO));
      const [silentFor, halfFor] = await Promise.all([
        patience(silent),
        once(half, 'secureConnect').then(() => {
          half.write('GET / HTTP/1.1\r\nhost: in');
          return patience(half);
        }),
      ]);
      return {
        passed: silentFor < PATIENCE && halfFor > 5 && halfFor < PATIENCE,
        seen: `silent: ${silentFor.toFixed(1)} s; half a request: ${halfFor.toFixed(1)} s`,
      };
    },
  },
  {
    id: 'silent-strangers',
    title: `${STRANGERS} strangers connect to the gateway and say nothing, where the two borders take ${2 * CONNECTION_LIMIT}`,
    expected: 'the right caller gets through with new connections; the strangers are cut after 3 s',
    async run(world) {
      const began = performance.now();
      const sockets = Array.from({ length: STRANGERS }, () => {
        const socket = tcpConnect(TO_INFO.port(world), '127.0.0.1');
        socket.on('error', () => undefined);
        socket.resume();
        return socket;
      });
      try {
        await until(async () => (await strangers(world)) > 2 * CONNECTION_LIMIT, 2);
        const held = await strangers(world);
        const answers = new Map<number, number>();
        for (let count = 0; count < 10; count++) {
          const { status } = await call(world.at.infoFresh);
          answers.set(status, (answers.get(status) ?? 0) + 1);
        }
        const cut = await until(() => sockets.every(({ closed }) => closed), PATIENCE);
        const seconds = (performance.now() - began) / 1000;
        return {
          passed: held > 2 * CONNECTION_LIMIT && answers.get(200) === 10 && cut,
          seen: `${held} connections held; meanwhile the caller got ${[...answers].map(([status, count]) => `${count} times ${status}`).join(', ')}; ${cut ? `all strangers cut after ${seconds.toFixed(1)} s` : 'strangers left'}`,
        };
      } finally {
        for (const socket of sockets) socket.destroy();
      }
    },
  },
  {
    id: 'many-requests',
    title: `${MANY_REQUESTS} requests at once through one border, on ${SESSIONS} connections`,
    expected: 'every one is answered: the next hop is given as many as the limits say',
    async run(world) {
      const leaf = await stolen(world, TO_INFO);
      const sessions = Array.from({ length: SESSIONS }, () =>
        http2.connect(`https://127.0.0.1:${world.border(BARE_BORDER).listen}`, {
          servername: TO_INFO.serverName,
          cert: leaf.chain,
          key: leaf.key,
          rejectUnauthorized: false,
        }),
      );
      try {
        const statuses = await Promise.all(
          Array.from({ length: MANY_REQUESTS }, (_, index) => {
            const session = sessions[index % SESSIONS];
            return session === undefined
              ? Promise.resolve('no session')
              : statusOf(session, '/?seconds=3');
          }),
        );
        const right = statuses.filter((status) => status === 200).length;
        const others = [...new Set(statuses.filter((status) => status !== 200))];
        return {
          passed: right === MANY_REQUESTS,
          seen: `${right} times 200${others.length > 0 ? `, else ${others.join(', ')}` : ''}`,
        };
      } finally {
        for (const session of sessions) session.destroy();
      }
    },
  },
  {
    id: 'aborted-clients',
    title: '100 clients abort in the handshake, 100 in the middle of an answer',
    expected: 'no connection is left behind; the next request is answered',
    async run(world) {
      const leaf = await stolen(world, TO_INFO);
      const before = await activeConnections(world);
      for (let batch = 0; batch < 10; batch++) {
        const sockets = Array.from({ length: 20 }, () => open(world, leaf));
        await Promise.all(
          sockets.map(async (socket, index) => {
            if (index % 2 === 0) {
              await once(socket, 'connect');
            } else {
              await once(socket, 'secureConnect');
              socket.write(`GET /?bytes=1000000 HTTP/1.1\r\nhost: info\r\n\r\n`);
              await once(socket, 'data');
            }
            socket.destroy();
          }),
        );
      }
      const released = await until(
        async () => (await activeConnections(world)) <= before,
        PATIENCE,
      );
      const { status } = await call(world.at.info);
      return {
        passed: released && status === 200,
        seen: `${released ? 'all connections released' : `${await activeConnections(world)} connections left, ${before} before`}; next: ${status}`,
      };
    },
  },
  {
    id: 'flood',
    title: `400 connections at once, where the two borders take ${2 * CONNECTION_LIMIT}`,
    expected: 'the rest is closed; probes and open connections go on; then all is as before',
    async run(world) {
      const leaf = await stolen(world, TO_INFO);
      // Opens the caller's own connection before the flood.
      const { status: before } = await call(world.at.info);
      const sockets: TLSSocket[] = [];
      let refused = 0;
      let during = 0;
      let probes: number[] = [];
      try {
        for (let opened = 0; opened < 400; opened++) sockets.push(open(world, leaf));
        await Promise.all(sockets.map(settled));
        await sleep(300);
        refused = sockets.filter((socket) => socket.closed).length;
        during = (await call(world.at.info)).status;
        probes = await Promise.all(
          TO_INFO.borders.map(
            async (name) => (await get(world.border(name).status, '/ready')).status,
          ),
        );
      } finally {
        for (const socket of sockets) socket.destroy();
      }
      await until(async () => (await activeConnections(world)) < 20, PATIENCE);
      const { toInfo } = await underLoad(world, 0.3, () => Promise.resolve());
      return {
        passed:
          before === 200 &&
          refused >= 400 - 2 * CONNECTION_LIMIT &&
          during === 200 &&
          probes.every((status) => status === 200) &&
          toInfo.failures.length === 0,
        seen: `${refused} closed; meanwhile the caller got ${during}, probes ${probes.join(', ')}; afterwards ${describeFailures(toInfo)}`,
      };
    },
  },
];
