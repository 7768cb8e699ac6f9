import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Below the ports that Linux gives to outgoing connections, and to who asks for any: it begins at 32768. */
const FIRST = 10_240;
const SIZE = 256;
const BLOCKS = (32_768 - FIRST) / SIZE;

/** Of the blocks that this program has. */
const left: number[] = [];

/**
 * Ports on 127.0.0.1 that nobody listens on, and that no other rehearsal takes before ours does. A program takes
 * them by blocks, and listens on the first port of each block as long as it runs: that is how others see it.
 *
 * @throws where too few are free
 */
export async function freePorts(count: number): Promise<number[]> {
  while (left.length < count) left.push(...(await freeBlock()));
  return left.splice(0, count);
}

async function freeBlock(): Promise<number[]> {
  const begin = randomInt(BLOCKS);
  for (let i = 0; i < BLOCKS; i++) {
    const first = FIRST + ((begin + i) % BLOCKS) * SIZE;
    const claim = await listening(first);
    if (claim === undefined) continue;
    claim.unref();
    const others = Array.from({ length: SIZE - 1 }, (_, index) => first + 1 + index);
    const free = await Promise.all(others.map(isFree));
    return others.filter((_, index) => free[index]);
  }
  throw new Error(
    `Each block of ports from ${FIRST} to ${FIRST + BLOCKS * SIZE - 1} is taken: end other rehearsals`,
  );
}

/** Whether nobody listens on it. */
export async function isFree(port: number): Promise<boolean> {
  const server = await listening(port);
  if (server === undefined) return false;
  await once(server.close(), 'close');
  return true;
}

/** A server on this port, or nothing where somebody else has it. */
async function listening(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}
