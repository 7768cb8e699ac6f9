import dns from 'node:dns';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, jest } from '@jest/globals';
import { request } from '../../../constructs/federation/jobs/kubernetes';
import { freePorts } from '../../../rehearsal/ports';

function listening(port: number, statusCode = 200) {
  let asked = 0;
  const server = http.createServer((_, response) => {
    asked++;
    response.writeHead(statusCode).end('{}');
  });
  return new Promise<{ port: number; asked: () => number; end: () => void }>((resolve) => {
    server.listen(port, '127.0.0.1', () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        asked: () => asked,
        end: () => void server.close(),
      }),
    );
  });
}

it('connects again where the network is not there yet', async () => {
  // One that others ask for by 0 could be theirs by the time that we listen.
  const [port = 0] = await freePorts(1);
  const answer = request({ url: `http://127.0.0.1:${port}` }, { method: 'GET', path: '/' });
  await sleep(500);
  const server = await listening(port);
  try {
    expect(await answer).toBe('{}');
    expect(server.asked()).toBe(1);
  } finally {
    server.end();
  }
});

it('does not ask again where there was an answer', async () => {
  const server = await listening(0, 503);
  try {
    const url = `http://127.0.0.1:${server.port}`;
    await expect(request({ url }, { method: 'GET', path: '/' })).rejects.toThrow('503');
    expect(server.asked()).toBe(1);
  } finally {
    server.end();
  }
});

it('says why a host with several addresses, as a cloud has, cannot be reached at any', async () => {
  const [port = 0] = await freePorts(1);
  const addresses = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));
  const lookup = jest.spyOn(dns, 'lookup').mockImplementation(((
    _host: string,
    _options: object,
    found: (error: null, all: typeof addresses) => void,
  ) => {
    found(null, addresses);
  }) as typeof dns.lookup);
  try {
    const url = `http://api.example.com:${port}`;
    await expect(request({ url }, { method: 'GET', path: '/' })).rejects.toThrow(
      `${url}: connect ECONNREFUSED 127.0.0.1:${port}; connect ECONNREFUSED 127.0.0.2:${port}`,
    );
  } finally {
    lookup.mockRestore();
  }
});
