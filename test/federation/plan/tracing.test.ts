import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OutboundBorder } from '../../../constructs/federation/plan/crossing';
import {
  BOOTSTRAP_FILE,
  configurationFiles,
  inboundBorderEnvoy,
  outboundBorderEnvoy,
} from '../../../constructs/federation/plan/envoy';
import { until } from '../../../rehearsal/cases/case';
import { get } from '../../../rehearsal/clients';
import { freePorts } from '../../../rehearsal/ports';
import { describeWithEnvoy, envoyComplaints } from '../../helpers/envoy';
import { temporaryFolder, writeFile } from '../../helpers/files';

const host = '127.0.0.1';
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;

function outbound(
  port: (name: string) => number,
  folder: string,
  tracing?: OutboundBorder['tracing'],
) {
  return outboundBorderEnvoy({
    name: 'backend-outbound',
    tracing,
    placement: {
      configDirectory: folder,
      listen: { host, port: port('listen') },
      status: { host, port: port('status') },
      metrics: { host, port: port('metrics') },
      admin: { host, port: port('admin') },
      certificate: { source: 'sds', socketPath: '/nowhere', resourceName: 'default' },
      foreignBundle: { source: 'files', path: '/nowhere/roots.pem', watchedDirectory: '/tmp' },
    },
    crossings: [
      {
        id: 'info-to-backend',
        serverName: 'backend.example',
        caller: 'spiffe://consul.example/info',
        peer: 'spiffe://cluster.local/ns/default/sa/info',
        protocol: 'http',
        allow: [],
        authority: 'backend',
        gateway: { host, port: port('gateway') },
      },
    ],
  });
}

describe('spans', () => {
  const { bootstrap } = outbound(() => 1, '/etc/border');

  it('are added by nobody unless somebody asks for them', () => {
    expect(JSON.stringify(bootstrap)).not.toMatch(/tracing|opentelemetry|trace-collector/);
  });
});

describeWithEnvoy('a border that traces', (envoy) => {
  const spans: { path: string; body: string }[] = [];
  const arrived: IncomingHttpHeaders[] = [];
  const folder = temporaryFolder();
  const ports = new Map<string, number>();
  const port = (name: string) => ports.get(name) ?? 0;
  const collector = createHttp2Server();
  const backend = createServer((request, response) => {
    arrived.push(request.headers);
    response.end('ok');
  });
  let running: ChildProcess | undefined;

  beforeAll(async () => {
    const names = ['listen', 'status', 'metrics', 'admin', 'gateway', 'collector'];
    (await freePorts(names.length)).forEach((free, index) => ports.set(names[index] ?? '', free));
    collector.on('stream', (stream, headers) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        spans.push({
          path: headers[':path'] ?? '',
          body: Buffer.concat(chunks).toString('latin1'),
        });
        stream.respond(
          { ':status': 200, 'content-type': 'application/grpc' },
          { waitForTrailers: true },
        );
        stream.on('wantTrailers', () => {
          stream.sendTrailers({ 'grpc-status': '0' });
        });
        stream.end(Buffer.from([0, 0, 0, 0, 0]));
      });
    });
    await new Promise<void>((resolve) => {
      collector.listen(port('collector'), host, () => {
        backend.listen(port('gateway'), host, resolve);
      });
    });
    const { bootstrap, secrets } = outbound(port, folder, {
      host,
      port: port('collector'),
      percent: 0,
    });
    // The far gateway is played by a server without TLS, and nobody plays the agent.
    const plain = {
      ...bootstrap,
      // Spans are sent every five seconds otherwise.
      layered_runtime: {
        layers: [
          ...bootstrap.layered_runtime.layers,
          { name: 'test', static_layer: { 'tracing.opentelemetry.flush_interval_ms': 100 } },
        ],
      },
      static_resources: {
        listeners: bootstrap.static_resources.listeners,
        clusters: bootstrap.static_resources.clusters.map((cluster) => ({
          ...cluster,
          transport_socket: undefined,
        })),
      },
    };
    for (const [name, text] of Object.entries(configurationFiles({ bootstrap: plain, secrets }))) {
      writeFile(folder, name, text);
    }
    const bootstrapFile = join(folder, BOOTSTRAP_FILE);
    running = spawn(
      envoy,
      ['-c', bootstrapFile, '--disable-hot-restart', '--concurrency', '1', '-l', 'error'],
      { stdio: 'ignore' },
    );
    await until(
      async () => (await get(port('status'), '/live').catch(() => undefined))?.status === 200,
      240,
    );
  });

  afterAll(() => {
    running?.kill('SIGKILL');
    collector.close();
    backend.close();
  });

  const call = (headers: Record<string, string>) =>
    fetch(`http://${host}:${port('listen')}/weather?key=secret`, {
      headers: {
        'x-forwarded-client-cert': 'By=x;URI=spiffe://consul.example/info',
        ...headers,
      },
    });

  it('adds its spans to the trace of the caller, and leaves the query and the id of the request alone', async () => {
    const id = '11111111-2222-4333-8444-555555555555';
    expect(
      (await call({ traceparent: PARENT, tracestate: 'a=b', 'x-request-id': id })).status,
    ).toBe(200);
    const [headers] = arrived.splice(0);
    expect(headers?.['traceparent']).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
    expect(headers?.['traceparent']).not.toBe(PARENT);
    expect(headers).toMatchObject({ tracestate: 'a=b', 'x-request-id': id });
    expect(await until(() => spans.length > 0, 240)).toBe(true);
    const sent = spans.map(({ body }) => body).join('');
    expect(spans[0]?.path).toBe('/opentelemetry.proto.collector.trace.v1.TraceService/Export');
    expect(sent).toContain('border-backend-outbound');
    expect(sent).toContain(Buffer.from(TRACE, 'hex').toString('latin1'));
    expect(sent).not.toContain('secret');
  });

  it('records nothing for which the caller decided otherwise, or that it was not told to begin', async () => {
    spans.length = 0;
    await call({ traceparent: PARENT.replace(/01$/, '00') });
    await call({});
    await call({ 'x-client-trace-id': 'me', 'x-envoy-force-trace': 'true' });
    const [unsampled] = arrived.splice(0);
    expect(unsampled?.['traceparent']).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    // The next one that is recorded comes after those that might have been.
    await call({ traceparent: PARENT });
    const id = Buffer.from(TRACE, 'hex').toString('latin1');
    const counted = () =>
      spans.map(({ body }) => body.split(id).length - 1).reduce((sum, one) => sum + one, 0);
    // Its own span, and one for the call to the gateway.
    expect(await until(() => counted() >= 2, 240)).toBe(true);
    expect(counted()).toBe(2);
    arrived.length = 0;
  });

  it('is one that Envoy takes in both directions', () => {
    const { placement, name } = {
      name: 'backend-inbound',
      placement: {
        configDirectory: folder,
        listen: { host, port: 1 },
        status: { host, port: 2 },
        metrics: { host, port: 3 },
        admin: { host, port: 4 },
        certificate: { source: 'sds' as const, socketPath: '/nowhere', resourceName: 'default' },
        foreignBundle: {
          source: 'files' as const,
          path: '/nowhere/roots.pem',
          watchedDirectory: folder,
        },
      },
    };
    const { bootstrap } = inboundBorderEnvoy({
      name,
      placement,
      tracing: { host: 'collector.monitoring.svc' },
      crossings: [
        {
          id: 'backend-to-info',
          serverName: 'info.example',
          caller: 'spiffe://cluster.local/ns/default/sa/backend',
          peer: 'spiffe://cluster.local/ns/default/sa/backend',
          protocol: 'http',
          allow: [],
          callee: { authority: 'info', address: { host, port: 5 } },
        },
      ],
    });
    const file = writeFile(folder, 'inbound.json', JSON.stringify(bootstrap));
    expect(envoyComplaints(envoy, file)).toBe('');
    expect(JSON.stringify(bootstrap)).toContain('"literal":{"value":"backend-to-info"}');
  });
});
