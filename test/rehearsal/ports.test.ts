import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, jest } from '@jest/globals';
import type * as Ports from '../../rehearsal/ports';

/** As in another program. */
function another(): typeof Ports {
  jest.resetModules();
  return jest.requireActual<typeof Ports>('../../rehearsal/ports');
}

describe('Ports of rehearsals', () => {
  it('are never those of another one, although nobody listens on them yet', async () => {
    const all = (await Promise.all([1, 2, 3, 4].map(() => another().freePorts(600)))).flat();
    expect(new Set(all).size).toBe(2400);
  });

  it('are none that somebody listens on', async () => {
    const { freePorts, isFree } = another();
    const all = await freePorts(100);
    const taken = all[50] ?? 0;
    const server = createServer().listen(taken, '127.0.0.1');
    await once(server, 'listening');
    const free = await Promise.all(all.map(isFree));
    expect(all.filter((_, index) => !free[index])).toEqual([taken]);
    await once(server.close(), 'close');
  });
});
