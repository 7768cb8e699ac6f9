import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { METRICS_PAGE, STATUS_PAGES } from '../../constructs/federation/plan/envoy';
import { get } from '../clients';
import { BARE_BORDER, type World } from '../world';
import type { Case, Effort, Outcome } from './case';

type Plain = 'status' | 'metrics';

/** What each of many connections to a border's plain ports does. */
interface Flood {
  readonly id: string;
  readonly title: string;
  /** The ports that are flooded. */
  readonly ports: readonly Plain[];
  /** What it sends, and then nothing more. */
  readonly request: string;
  /** Whether it reads what comes. */
  readonly reads: boolean;
  /** Whether Prometheus gets its page all the same. Probes do, always. */
  readonly metrics: boolean;
}

const KIBIBYTE = 1024;
const headers = (kibibytes: number) =>
  Array.from({ length: kibibytes }, (_, index) => `h${index}: ${'x'.repeat(KIBIBYTE)}\r\n`).join(
    '',
  );

const BOTH = { ports: ['status', 'metrics'], reads: true, metrics: true } as const;
const PAGES = {
  ports: ['metrics'],
  request: `GET ${METRICS_PAGE} HTTP/1.1\r\nhost: x\r\n\r\n`,
  metrics: false,
} as const;

const FLOODS: readonly Flood[] = [
  { id: 'silent', title: 'say nothing', ...BOTH, request: '' },
  {
    id: 'headers',
    title: 'send 40 KiB of headers',
    ...BOTH,
    request: `GET /drained HTTP/1.1\r\nhost: x\r\n${headers(40)}\r\n`,
  },
  {
    id: 'half-headers',
    title: 'send 3 KiB of headers and never end them',
    ...BOTH,
    request: `GET ${STATUS_PAGES.ready} HTTP/1.1\r\nhost: x\r\n${headers(3)}`,
  },
  { id: 'metrics', title: 'ask for the metrics', ...PAGES, reads: true },
  {
    id: 'unread-metrics',
    title: 'ask for the metrics and do not read them',
    ...PAGES,
    reads: false,
  },
];

/** As many as took a border down that had no bounds here. */
const CONNECTIONS = 3000;
/** Memory limit of a border's container in a cluster, with the default limits. */
const CONTAINER_MEBIBYTES = 256;
/** So often in a row a probe of the kubelet may fail. */
const FAILURES_IN_A_ROW = 2;
/** Between two probes: a tenth of the kubelet's time. */
const PROBE_MS = 500;
/** However busy the machine is, so that a flood is never judged by its first moment. */
const PROBES_AT_LEAST = FAILURES_IN_A_ROW + 2;

async function flood(world: World, one: Flood, effort: Effort): Promise<Outcome> {
  const name = BARE_BORDER;
  const border = world.border(name);
  const sockets = new Set<Socket>();
  let opened = 0;
  let going = true;
  const open = (port: number): void => {
    if (!going) return;
    opened += 1;
    const socket = connect(port, '127.0.0.1', () => socket.write(one.request));
    sockets.add(socket);
    if (one.reads) socket.resume();
    else socket.pause();
    socket.on('error', () => undefined);
    // Whoever is shut out comes again, some while later, or the flood would be of this program's making.
    socket.on('close', () => {
      sockets.delete(socket);
      soon(port);
    });
  };
  const soon = (port: number): void => {
    setTimeout(open, 250 + Math.random() * 1000, port).unref();
  };
  const pages = [
    { port: border.status, page: STATUS_PAGES.ready, must: true },
    { port: border.status, page: STATUS_PAGES.live, must: true },
    { port: border.metrics, page: METRICS_PAGE, must: one.metrics },
  ].map((each) => ({ ...each, answers: [] as string[] }));
  let most = 0;
  try {
    for (let count = 0; count < CONNECTIONS; count++) {
      soon(border[one.ports[count % one.ports.length] ?? 'status']);
    }
    const end = Date.now() + effort.seconds(8, 3) * 1000;
    for (let round = 0; round < PROBES_AT_LEAST || Date.now() < end; round++) {
      for (const { port, page, answers } of pages) {
        answers.push(
          await get(port, page).then(
            ({ status }) => String(status),
            ({ message }: Error) => message,
          ),
        );
      }
      most = Math.max(most, (world.envoy(name).residentBytes() ?? 0) / KIBIBYTE / KIBIBYTE);
      await sleep(PROBE_MS);
    }
  } finally {
    going = false;
    for (const socket of sockets) socket.destroy();
  }
  const inARow = (answers: readonly string[]) =>
    Math.max(...answers.map((_, at) => [...answers.slice(at), '200'].indexOf('200')));
  const right = (answers: readonly string[]) => answers.filter((answer) => answer === '200');
  const others = pages.flatMap(({ answers }) => answers).filter((answer) => answer !== '200');
  return {
    passed:
      opened >= CONNECTIONS &&
      most < CONTAINER_MEBIBYTES &&
      pages.every(({ must, answers }) => !must || inARow(answers) <= FAILURES_IN_A_ROW),
    seen: `${opened} connections; answered: ${pages.map(({ page, answers }) => `${page} ${right(answers).length} of ${answers.length}`).join(', ')}; at most ${most.toFixed(0)} MiB resident${others.length > 0 ? `; otherwise ${[...new Set(others)].join(', ')}` : ''}`,
    measures: { connections: opened, mebibytes: most },
  };
}

export const statusFloods: readonly Case[] = FLOODS.map((each) => ({
  id: `status-flood-${each.id}`,
  title: `${CONNECTIONS} connections to a border's ${each.ports.length > 1 ? 'ports for probes and metrics' : 'port for metrics'} that ${each.title}`,
  expected: `probes ${each.metrics ? 'and metrics ' : ''}are answered all the same; less than ${CONTAINER_MEBIBYTES} MiB resident`,
  run: (world, effort) => flood(world, each, effort),
}));
