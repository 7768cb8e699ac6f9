import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it, jest } from '@jest/globals';
import { type Caller } from '../../weather/shared/model';
import { callerOf } from '../../weather/shared/caller';
import { json, type Routes, serve } from '../../weather/shared/server';
import { lines, service } from './support';

const SPIFFE = 'spiffe://cluster.local/ns/default/sa/backend';

function ask(url: string, options: { method?: string; headers?: object; body?: string } = {}) {
  const { method = 'GET', headers, body } = options;
  return fetch(url, { method, headers: { ...headers }, body });
}

/** Writes bytes and reads what comes until the connection ends. */
async function raw(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  socket.write(bytes);
  await once(socket, 'close');
  return text;
}

describe('a service', () => {
  const routes: Routes = {
    '/': ({ caller }) => json(caller),
    '/trace': ({ trace }) => json(trace),
    '/broken': () => Promise.reject(new Error('secret detail')),
  };

  it('answers GET and HEAD, and says who called', async () => {
    const url = await service('info', routes);
    const answer = await ask(url, { headers: { 'x-federation-caller': SPIFFE } });
    expect(await answer.json()).toEqual({ federation: SPIFFE });
    const head = await ask(url, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('takes no %s', async (method) => {
    const answer = await ask(await service('info', routes), { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
  });

  it('takes no body, and does not take it for the next request', async () => {
    const url = await service('info', routes);
    const smuggled = 'GET /trace HTTP/1.1\r\nhost: x\r\n\r\n';
    const text = await raw(
      url,
      `GET / HTTP/1.1\r\nhost: x\r\ncontent-length: ${smuggled.length}\r\n\r\n${smuggled}`,
    );
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413']);
    expect(text).toMatch(/connection: close/i);
  });

  it('refuses headers that are too long', async () => {
    const text = await raw(
      await service('info', routes),
      `GET / HTTP/1.1\r\nhost: x\r\nlong: ${'x'.repeat(20_000)}\r\n\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 431/);
  });

  it.each(['/nothing', '//x', '/__proto__', '/constructor', '/../'])('has no %s', async (path) => {
    const url = new URL(await service('info', routes));
    const sent = request({ host: url.hostname, port: url.port, path }).end();
    const [answer] = (await once(sent, 'response')) as [{ statusCode: number; resume(): void }];
    answer.resume();
    expect(answer.statusCode).toBe(404);
  });

  it('keeps its mistakes for its log', async () => {
    const answer = await ask(`${await service('info', routes)}/broken`);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('secret detail');
    expect(lines.join()).toContain('secret detail');
  });

  it('logs one line for each request, without its query', async () => {
    const url = await service('info', routes);
    await ask(`${url}/trace?appid=key`, { headers: { 'x-request-id': 'abc-1' } });
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        time: expect.any(String) as unknown,
        service: 'info',
        id: 'abc-1',
        method: 'GET',
        path: '/trace',
        status: 200,
        milliseconds: expect.any(Number) as unknown,
      },
    ]);
  });

  it('passes on what joins the logs of a request, and nothing that does not look like it', async () => {
    const url = `${await service('info', routes)}/trace`;
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const good = await ask(url, { headers: { 'x-request-id': 'abc', traceparent } });
    expect(await good.json()).toEqual({ 'x-request-id': 'abc', traceparent });
    const bad = await ask(url, { headers: { 'x-request-id': 'a"}<b>', traceparent: 'ü' } });
    expect(await bad.json()).toEqual({
      'x-request-id': expect.stringMatching(/^[\w-]{36}$/) as unknown,
    });
  });

  it('answers while it ends, says so on /healthz, and lets open requests finish', async () => {
    let finish: (() => void) | undefined;
    const slow = new Promise<void>((resolve) => (finish = resolve));
    const server = await serve({
      service: 'info',
      routes: { '/slow': () => slow.then(() => json('done')), '/': () => json('still here') },
      log: () => undefined,
    });
    const url = `http://127.0.0.1:${server.port}`;
    expect((await ask(`${url}/healthz`)).status).toBe(200);
    const open = ask(`${url}/slow`);
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance', 'Date'],
    });
    const stopped = server.stop(20);
    const health = await ask(`${url}/healthz`);
    expect([health.status, health.headers.get('connection')]).toEqual([503, 'close']);
    expect(await (await ask(url)).json()).toBe('still here');
    finish?.();
    expect(await (await open).json()).toBe('done');
    await jest.advanceTimersByTimeAsync(20_000);
    jest.useRealTimers();
    await stopped;
    await expect(ask(url)).rejects.toThrow();
  });
});

describe('who called', () => {
  const border = 'spiffe://cluster.local/ns/default/sa/info';

  it.each<[string, string, Caller]>([
    ['the only element', `By=spiffe://x/b;Hash=ab;URI=${border}`, { peer: border }],
    ['the last element', `URI=spiffe://x/first,By=spiffe://x/b;URI=${border}`, { peer: border }],
    [
      'and no text in quotes',
      `URI=${border};Subject="O=a\\",URI=spiffe://evil/x;b"`,
      { peer: border },
    ],
    ['a quoted name', `URI="${border}";DNS=a`, { peer: border }],
    ['nothing without a name', 'By=spiffe://x/b;Hash=ab;URI=', { peer: undefined }],
  ])('is %s of x-forwarded-client-cert', (_, header, caller) => {
    expect(callerOf({ 'x-forwarded-client-cert': header })).toEqual(caller);
  });

  it('is nobody outside of a mesh', () => {
    expect(callerOf({})).toEqual({});
  });
});
