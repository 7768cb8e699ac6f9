import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { freePorts } from '../../rehearsal/ports';
import { Wire } from '../../rehearsal/wire';

let echo: Server;
let wire: Wire;

beforeEach(async () => {
  const [echoPort = 0, wirePort = 0] = await freePorts(2);
  echo = createServer((socket) => socket.pipe(socket)).listen(echoPort, '127.0.0.1');
  await once(echo, 'listening');
  wire = await Wire.open(wirePort, echoPort);
});

afterEach(() => {
  wire.close();
  echo.close();
});

async function say(text: string): Promise<string> {
  const socket = connect(wire.port, '127.0.0.1');
  socket.write(text);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString();
}

it('carries bytes both ways and records each direction', async () => {
  const recorded = await wire.record(() => say('hello'));
  expect(recorded.map(String)).toEqual(['hello', 'hello']);
});

it('alters one bit, in the direction asked for, once', async () => {
  let answer = '';
  expect(
    await wire.alter(
      'back',
      0,
      async () => (answer = await say('hello, you there on the other side')),
    ),
  ).toBe(true);
  expect(answer).not.toBe('hello, you there on the other side');
  expect(answer).toHaveLength('hello, you there on the other side'.length);
  expect(await say('hello')).toBe('hello');
});

it('says when there was nothing to alter', async () => {
  expect(await wire.alter('there', 1000, () => say('short'))).toBe(false);
});

it('leads elsewhere for a while', async () => {
  const other = createServer((socket) => socket.end('other')).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  expect(await wire.redirect(port, () => say('hello'))).toBe('other');
  expect(await say('hello')).toBe('hello');
  other.close();
});
