import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { STATUS_PAGES } from '../../constructs/federation/border/envoy';
import { get } from '../clients';
import { FLOODED_BORDER, type World } from '../world';
import type { Case, Effort, Outcome } from './case';

/** What each of many connections to a border's status listener does. */
interface Flood {
  readonly id: string;
  readonly title: string;
  /** What it sends, and then nothing more. */
  readonly request: string;
  /** Whether it reads what comes. */
  readonly reads: boolean;
}

const KIBIBYTE = 1024;
const headers = (kibibytes: number) =>
  Array.from({ length: kibibytes }, (_, index) => `h${index}: ${'x'.repeat(KIBIBYTE)}\r\n`).join(
    '',
  );

const FLOODS: readonly Flood[] = [
  { id: 'silent', title: 'say nothing', request: '', reads: true },
  {
    id: 'headers',
    title: 'send 40 KiB of headers',
    request: `GET /drained HTTP/1.1\r\nhost: x\r\n${headers(40)}\r\n`,
    reads: true,
  },
  {
    id: 'half-headers',
    title: 'send 3 KiB of headers and never end them',
    request: `GET ${STATUS_PAGES.ready} HTTP/1.1\r\nhost: x\r\n${headers(3)}`,
    reads: true,
  },
  {
    id: 'unread-metrics',
    title: 'ask for the metrics and do not read them',
    request: `GET ${STATUS_PAGES.metrics} HTTP/1.1\r\nhost: x\r\n\r\n`,
    reads: false,
  },
];

/** As many as took a border down that had no bounds here. */
const CONNECTIONS = 3000;
/** Memory limit of a border's container in a cluster, with the default limits. */
const CONTAINER_MEBIBYTES = 256;
/** So often in a row a probe of the kubelet may fail. */
const FAILURES_IN_A_ROW = 2;

async function flood(world: World, { request, reads }: Flood, effort: Effort): Promise<Outcome> {
  const name = FLOODED_BORDER;
  const { status } = world.border(name);
  const sockets = new Set<Socket>();
  let opened = 0;
  let going = true;
  const open = (): void => {
    if (!going) return;
    opened += 1;
    const socket = connect(status, '127.0.0.1', () => socket.write(request));
    sockets.add(socket);
    if (reads) socket.resume();
    else socket.pause();
    socket.on('error', () => undefined);
    // Whoever is shut out comes again, some while later, or the flood would be of this program's making.
    socket.on('close', () => {
      sockets.delete(socket);
      setTimeout(open, 1000).unref();
    });
  };
  const answers = new Map<string, string[]>();
  let most = 0;
  const pages = [STATUS_PAGES.ready, STATUS_PAGES.live, STATUS_PAGES.metrics];
  try {
    for (let count = 0; count < CONNECTIONS; count++) open();
    const end = Date.now() + effort.seconds(8, 3) * 1000;
    while (Date.now() < end) {
      for (const page of pages) {
        const answered = await get(status, page).then(
          (answer) => String(answer.status),
          (error: Error) => error.message,
        );
        answers.set(page, [...(answers.get(page) ?? []), answered]);
      }
      most = Math.max(most, (world.envoy(name).residentBytes() ?? 0) / KIBIBYTE / KIBIBYTE);
      await sleep(100);
    }
  } finally {
    going = false;
    for (const socket of sockets) socket.destroy();
  }
  const rows = [...answers].map(([page, list]) => ({
    text: `${page} ${list.filter((answer) => answer === '200').length} of ${list.length}`,
    others: list.filter((answer) => answer !== '200'),
    inARow: Math.max(...list.map((_, at) => [...list.slice(at), '200'].indexOf('200'))),
  }));
  const others = rows.flatMap((row) => row.others);
  return {
    passed:
      opened >= CONNECTIONS &&
      most < CONTAINER_MEBIBYTES &&
      rows.every(({ inARow }) => inARow <= FAILURES_IN_A_ROW),
    seen: `${opened} connections; answered: ${rows.map(({ text }) => text).join(', ')}; at most ${most.toFixed(0)} MiB resident${others.length > 0 ? `; otherwise ${[...new Set(others)].join(', ')}` : ''}`,
    measures: { connections: opened, mebibytes: most },
  };
}

export const statusFloods: readonly Case[] = FLOODS.map((each) => ({
  id: `status-flood-${each.id}`,
  // These two did not pass in a whole run; the whole rehearsal shows them.
  slow: each.id === 'silent' || each.id === 'half-headers',
  title: `${CONNECTIONS} connections to a border's status port that ${each.title}`,
  expected: `probes and metrics are answered all the same; less than ${CONTAINER_MEBIBYTES} MiB resident`,
  run: (world, effort) => flood(world, each, effort),
}));
