import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { attempt, call, upgrade } from '../clients';
import { describeFailures, Load, type LoadResult } from '../load';
import { SHORT_SECONDS, type World } from '../world';
import { PATIENCE, until, type Case, type Effort } from './case';
import { DIRECTIONS, stolen, TO_INFO, type Direction } from './directions';
import type { Leaf } from '../certificates';

interface BothLoads {
  readonly toInfo: LoadResult;
  readonly toBackend: LoadResult;
}

/** Calls in both directions, with new handshakes all the time, while something happens. */
export async function underLoad(
  world: World,
  seconds: number,
  action: () => Promise<unknown>,
): Promise<BothLoads> {
  const loads = [
    new Load({ port: world.at.infoFresh }),
    new Load({ port: world.at.backendFresh, path: '/weather' }),
  ] as const;
  let results: readonly [LoadResult, LoadResult];
  try {
    await sleep(seconds * 1000);
    await action();
    await sleep(seconds * 1000);
  } finally {
    results = await Promise.all([loads[0].stop(), loads[1].stop()]);
  }
  return { toInfo: results[0], toBackend: results[1] };
}

function describeBoth({ toInfo, toBackend }: BothLoads): string {
  return `to info: ${describeFailures(toInfo)}; to backend: ${describeFailures(toBackend)}`;
}

function measures({ toInfo, toBackend }: BothLoads): { requests: number; failures: number } {
  return {
    requests: toInfo.requests + toBackend.requests,
    failures: toInfo.failures.length + toBackend.failures.length,
  };
}

/** Serial number of the certificate that a gateway leads to. */
function servedSerial(world: World, direction: Direction, leaf: Leaf): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port: direction.port(world),
      servername: direction.serverName,
      cert: leaf.chain,
      key: leaf.key,
      rejectUnauthorized: false,
    });
    socket.on('secureConnect', () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

/** Steps of a rotation last as long as the longest-lived connection of the load, and a bit. */
function settle(effort: Effort): () => Promise<void> {
  return () => sleep((SHORT_SECONDS + effort.seconds(2, 0.2)) * 1000);
}

const MESHES = [
  { mesh: 'consul', name: 'Consul' },
  { mesh: 'istio', name: 'Istio' },
] as const;

/** Whether a certificate of the old root is refused in both directions. */
async function oldRootIsRefused(
  world: World,
  leafs: ReadonlyMap<Direction, Leaf>,
): Promise<boolean> {
  const endings = await Promise.all(
    [...leafs].map(([direction, leaf]) =>
      attempt(direction.port(world), { serverName: direction.serverName, leaf }),
    ),
  );
  return endings.every(({ end }) => end === 'alert unknown ca');
}

/** What would pass for so long without a limit. */
const LONG_SECONDS = 20;
/** Twice the time of the limit, and as much again for a busy machine as is far from {@link LONG_SECONDS}. */
const AGE_SECONDS = 10;

const UPGRADE = ['connection: Upgrade', 'upgrade: websocket']
  .map((header) => `${header}\r\n`)
  .join('');

/** Seconds until what is echoed on a tunnel comes no more. How long each proxy then waits to close is its own. */
async function lastByte(socket: Socket): Promise<number> {
  const began = performance.now();
  let last = began;
  let open = true;
  socket.on('data', () => (last = performance.now()));
  socket.on('error', () => undefined);
  socket.on('close', () => (open = false));
  const chatter = setInterval(() => socket.write('still here'), 100);
  const quiet = () => !open || performance.now() - last > 2000;
  await until(quiet, LONG_SECONDS);
  clearInterval(chatter);
  socket.destroy();
  return (last - began) / 1000;
}

/** Seconds until a call is cut; for ever when it is answered. */
async function ageOf(answer: Promise<unknown>): Promise<number> {
  const began = performance.now();
  return answer.then(
    () => Infinity,
    () => (performance.now() - began) / 1000,
  );
}

export const rotation: readonly Case[] = [
  {
    id: 'age-of-what-leaves',
    title: `info to backend: a WebSocket and a stream through a border with connectionSeconds: ${SHORT_SECONDS}`,
    expected: `nothing passes any more after ${AGE_SECONDS} s`,
    together: true,
    async run(world) {
      const path = '/weather';
      const [tunnel, stream] = await Promise.all([
        upgrade(world.at.backendFresh, path).then(lastByte),
        ageOf(call(world.at.backendFresh, { path: `${path}?seconds=${LONG_SECONDS}` })),
      ]);
      return {
        passed: [tunnel, stream].every((age) => age > 0.5 && age < AGE_SECONDS),
        seen: `WebSocket: last byte after ${tunnel.toFixed(1)} s; stream: ended after ${stream.toFixed(1)} s`,
      };
    },
  },
  {
    id: 'age-of-what-comes-in',
    title: `backend to info: a WebSocket through a border with connectionSeconds: ${SHORT_SECONDS}`,
    expected: `cut within ${AGE_SECONDS} s`,
    together: true,
    async run(world) {
      const border = world.spares.aging;
      border.certificate.write(await world.consul.steal('backend'));
      border.bundle.write(world.istio.ca.bundle);
      border.envoy.start();
      await border.envoy.ready();
      const began = performance.now();
      const { status, end } = await attempt(border.ports.listen, {
        serverName: TO_INFO.serverName,
        leaf: await world.istio.steal('backend'),
        request: `GET / HTTP/1.1\r\nhost: info\r\n${UPGRADE}\r\n`,
        timeoutMs: LONG_SECONDS * 1000,
      });
      const seconds = (performance.now() - began) / 1000;
      await border.envoy.stop('SIGKILL');
      return {
        passed: status === 101 && seconds > 0.5 && seconds < AGE_SECONDS,
        seen: `${status}, ${end} after ${seconds.toFixed(1)} s`,
      };
    },
  },
  {
    id: 'leaf-renewal',
    title: 'the leafs at both ends are renewed again and again',
    expected: 'the new one is served by itself; no request fails',
    async run(world, effort) {
      let slowest = 0;
      let served = true;
      const loads = await underLoad(world, effort.seconds(2, 0.4), async () => {
        for (let round = 0; round < effort.seconds(5, 2); round++) {
          for (const direction of DIRECTIONS) {
            const workload = direction.local === 'consul' ? 'backend' : 'info';
            const files = await world.pki(direction.local).files(workload);
            await world.pki(direction.foreign).renew(direction.peer);
            await world.pki(direction.local).renew(workload);
            const serial = new X509Certificate(files.read()).serialNumber;
            const leaf = await stolen(world, direction);
            const began = performance.now();
            served &&= await until(
              async () => (await servedSerial(world, direction, leaf)) === serial,
              PATIENCE,
            );
            slowest = Math.max(slowest, Math.round(performance.now() - began));
          }
          await sleep(effort.seconds(1500, 300));
        }
      });
      const { failures } = measures(loads);
      return {
        passed: failures === 0 && served,
        seen: `${served ? `served after ${slowest} ms at most` : 'not served'}; ${describeBoth(loads)}`,
        measures: measures(loads),
      };
    },
  },
  ...MESHES.map(({ mesh, name }): Case => ({
    id: `root-${mesh}-with-overlap`,
    title: `${name}'s root is replaced; the other side gets the new one first`,
    expected: 'no request fails; in the end the old root is worth nothing',
    async run(world, effort) {
      const old = new Map<Direction, Leaf>();
      for (const direction of DIRECTIONS) {
        if (direction.foreign === mesh) old.set(direction, await stolen(world, direction));
      }
      const loads = await underLoad(world, effort.seconds(2, 0.4), () =>
        world.pki(mesh).rotateRoot(true, settle(effort)),
      );
      const refused = await oldRootIsRefused(world, old);
      const { failures, requests } = measures(loads);
      return {
        passed: failures === 0 && requests > 50 && refused,
        seen: `${describeBoth(loads)}; old root ${refused ? 'refused' : 'STILL ACCEPTED'}`,
        measures: measures(loads),
      };
    },
  })),
  ...MESHES.map(({ mesh, name }): Case => ({
    id: `root-${mesh}-without-overlap`,
    title: `${name}'s root is replaced; the other side gets the new one afterwards`,
    expected: 'requests fail in both directions until it has it (so the check above can fail)',
    async run(world, effort) {
      const loads = await underLoad(world, effort.seconds(2, 0.4), () =>
        world.pki(mesh).rotateRoot(false, settle(effort)),
      );
      const after = await underLoad(world, effort.seconds(1, 0.4), () => Promise.resolve());
      return {
        passed:
          loads.toInfo.failures.length > 0 &&
          loads.toBackend.failures.length > 0 &&
          measures(after).failures === 0,
        seen: `${describeBoth(loads)}; afterwards ${measures(after).failures} of ${measures(after).requests}`,
        measures: measures(loads),
      };
    },
  })),
];
