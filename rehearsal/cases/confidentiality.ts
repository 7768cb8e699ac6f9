import { createHash, randomBytes } from 'node:crypto';
import { messageOf } from '../../constructs/problems';
import { call, callHttp2, type Answer } from '../clients';
import { freePorts } from '../ports';
import { Wire, type Direction } from '../wire';
import { SNI, type World } from '../world';
import type { Case, Outcome } from './case';

/** What nobody on the way may read: parts of the payload, and who talks to whom. */
function secrets(): { query: string; header: string; body: string } {
  const secret = (): string => randomBytes(16).toString('hex');
  return { query: secret(), header: secret(), body: secret() };
}

/** Whether a stream consists of whole TLS records and nothing else. */
function isTls(stream: Buffer): boolean {
  let at = 0;
  while (at + 5 <= stream.length) {
    const [type, major] = [stream[at], stream[at + 1]];
    if (type === undefined || type < 20 || type > 23 || major !== 3) return false;
    at += 5 + stream.readUInt16BE(at + 3);
  }
  return at === stream.length;
}

const DIRECTIONS = [
  {
    id: 'to-info',
    title: 'backend to info and maps',
    wire: (world: World) => world.wires.toConsul,
    get: (world: World) => world.at.info,
    path: '/',
    post: (world: World) => world.at.maps,
    names: [SNI.backendToInfo, SNI.backendToMaps],
  },
  {
    id: 'to-backend',
    title: 'info and maps to backend',
    wire: (world: World) => world.wires.toIstio,
    get: (world: World) => world.at.backend,
    path: '/weather',
    post: (world: World) => world.at.backendGrpc,
    names: [SNI.infoToBackend, SNI.mapsToBackendGrpc],
  },
] as const;

const BYTES = 400_000;

async function altered(
  wire: Wire,
  direction: Direction,
  send: () => Promise<Answer>,
  whole: (answer: Answer) => boolean,
): Promise<Outcome> {
  let result = '';
  let delivered = false;
  const done = await wire.alter(direction, BYTES / 4, async () => {
    try {
      const answer = await send();
      delivered = whole(answer);
      result = `${answer.status}`;
    } catch (error) {
      result = messageOf(error);
    }
  });
  const after = await send().then(whole, () => false);
  return {
    passed: done && !delivered && after,
    seen: `${done ? '1 bit altered' : 'nothing altered'}; ${delivered ? 'delivered' : `failed: ${result}`}; the next one ${after ? 'is whole' : 'fails too'}`,
  };
}

export const confidentiality: readonly Case[] = [
  {
    id: 'capture-control',
    title: 'the same capture on a cable without TLS (control)',
    expected: 'every secret is found, so the search works',
    async run(world) {
      const [port = 0] = await freePorts(1);
      const wire = await Wire.open(port, world.apps.info);
      try {
        const { query, header } = secrets();
        const captured = Buffer.concat(
          await wire.record(() =>
            call(port, { path: `/?q=${query}`, headers: { 'x-secret': header } }),
          ),
        );
        const found = [query, header].filter((secret) => captured.includes(secret));
        return { passed: found.length === 2, seen: `${found.length} of 2 secrets found` };
      } finally {
        wire.close();
      }
    },
  },
  ...DIRECTIONS.map(({ id, title, wire, get, path, post, names }): Case => ({
    id: `capture-${id}`,
    title: `${title}: everything that crosses is captured`,
    expected: 'TLS records only; no byte of payload or identity; the SNI is all that shows',
    async run(world) {
      const { query, header, body } = secrets();
      // New connections, so that their handshakes are in the capture.
      wire(world).cut();
      let statuses: number[] = [];
      const streams = await wire(world).record(async () => {
        const answers = [
          await call(get(world), {
            path: `${path}?q=${query}`,
            headers: { 'x-secret': header },
          }),
          await callHttp2(post(world), { method: 'POST', path: '/api', body: body.repeat(100) }),
        ];
        statuses = answers.map(({ status }) => status);
      });
      const captured = Buffer.concat(streams);
      const clear = [query, header, body, 'spiffe://', 'HTTP/1.1', 'svc/', 'cluster.local']
        .filter((text) => captured.includes(text))
        .map((text) => (text === query ? 'query' : text === header ? 'header' : text));
      const tls = streams.every(isTls);
      const named = names.filter((name) => captured.includes(name));
      return {
        passed:
          statuses.every((status) => status === 200) &&
          tls &&
          clear.length === 0 &&
          captured.length > 3200,
        seen: `${captured.length} bytes in ${streams.length} streams, ${tls ? 'TLS records only' : 'not only TLS'}; in the clear: ${[...named, ...clear].join(', ')}`,
      };
    },
  })),
  ...DIRECTIONS.map(({ id, title, wire, get, path }): Case => ({
    id: `altered-answer-${id}`,
    title: `${title}: a bit of the answer is altered on the way`,
    expected: 'the connection dies, altered data is never delivered',
    run: (world) =>
      altered(
        wire(world),
        'back',
        () => call(get(world), { path: `${path}?bytes=${BYTES}` }),
        ({ status, body }) => status === 200 && body.length === BYTES,
      ),
  })),
  ...DIRECTIONS.map(({ id, title, wire, post }): Case => ({
    id: `altered-request-${id}`,
    title: `${title}: a bit of the request is altered on the way`,
    expected: 'the connection dies, altered data is never delivered',
    run: (world) => {
      const body = Buffer.alloc(BYTES, 'federation ');
      const hash = createHash('sha256').update(body).digest('hex');
      return altered(
        wire(world),
        'there',
        () => callHttp2(post(world), { method: 'POST', path: '/api', body }),
        (answer) => answer.status === 200 && answer.body.includes(hash),
      );
    },
  })),
];
