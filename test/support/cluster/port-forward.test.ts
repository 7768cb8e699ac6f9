import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type Server } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';

/*
 * A port-forward by the client of Kubernetes, which is an ES module: a program of its own, which must end, too.
 */

const PROGRAM = `
const { forwarder } = require('./support/cluster/port-forward.ts');
import('@kubernetes/client-node').then(async ({ KubeConfig }) => {
  const said = {};
  const [unknown, ...others] = process.argv.slice(1);
  for (const server of [unknown, ...others]) {
    const command = 'no-such-plugin';
    const apiVersion = 'client.authentication.k8s.io/v1';
    const config = new KubeConfig();
    config.loadFromOptions({
      clusters: [{ name: 'a', server, skipTLSVerify: true }],
      users: [
        { name: 'a', ...(server === unknown && { exec: { apiVersion, command, interactiveMode: 'Never' } }) },
      ],
      contexts: [{ name: 'a', cluster: 'a', user: 'a' }],
      currentContext: 'a',
    });
    await forwarder(config, 300)('shop', 'front-1', 8080).catch((error) => {
      said[server] = error.constructor.name + ': ' + error.message;
    });
  }
  console.log(JSON.stringify(said));
});
`;

const servers: Server[] = [];

async function listen(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

afterAll(() => servers.forEach((server) => server.close()));

test('a port-forward ends where there are no credentials, or the API server does not take it, and says why', async () => {
  const silent = await listen(
    createTcpServer((socket) => void socket.on('error', () => undefined).resume()),
  );
  const closed = await listen(createServer());
  servers.pop()?.close();
  const refusing = createServer();
  refusing.on('upgrade', (_, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
  const forbidden = await listen(refusing);
  const unknown = 'https://127.0.0.1:9';
  const words = ['--import', 'tsx', '--eval', PROGRAM, unknown, silent, forbidden, closed];
  const { stdout } = await promisify(execFile)(process.execPath, words);
  expect(JSON.parse(stdout)).toEqual({
    [unknown]:
      'UnansweredError: no-such-plugin, which the kubeconfig calls for credentials, is not installed or not on the PATH',
    [silent]: 'UnansweredError: no answer to port-forward in 0.3 s',
    [forbidden]: 'ApiError: status 403',
    [closed]: `UnansweredError: connect ECONNREFUSED ${new URL(closed).host}`,
  });
});
