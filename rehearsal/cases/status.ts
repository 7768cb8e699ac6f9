import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { METRICS_PAGE, STATUS_PAGES } from '../../constructs/federation/plan/envoy';
import { ROOT } from '../../support/paths';
import { get } from '../clients';
import { BARE_BORDER, type World } from '../world';
import { PATIENCE, until, type Case, type Effort, type Outcome } from './case';

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

/** What `flood.mjs` is told. */
export interface Connections {
  /** At a time. */
  readonly count: number;
  readonly ports: readonly number[];
  readonly request: string;
  readonly reads: boolean;
  /** How many it has opened so far, of which it keeps count. */
  readonly opened: Int32Array;
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
/** So often in a row a probe of the kubelet may fail, */
const FAILURES_IN_A_ROW = 2;
/** and so long does it take to fail once more, by the readiness probe of a border. */
const FAILING_MS = 10_000;
/** Between two probes: a tenth of the kubelet's time. */
const PROBE_MS = 500;
/** However busy the machine is, so that a flood is never judged by its first moment. */
const PROBES_AT_LEAST = FAILURES_IN_A_ROW + 2;

interface Probed {
  readonly at: number;
  readonly answer: string;
}

/** Whether the kubelet, which asks less often, would have taken a border for broken. */
function hasFailed(probed: readonly Probed[]): boolean {
  return probed.some(({ at }, first) => {
    const others = probed.slice(first);
    const answered = others.findIndex(({ answer }) => answer === '200');
    const streak = answered < 0 ? others : others.slice(0, answered);
    return streak.length > FAILURES_IN_A_ROW && (streak.at(-1)?.at ?? at) - at >= FAILING_MS;
  });
}

/** Whether it is too early to say: the last answers are missing, and have not been for long. */
function isUndecided(probed: readonly Probed[]): boolean {
  return probed.at(-1)?.answer !== '200' && !hasFailed(probed);
}

async function flood(world: World, one: Flood, effort: Effort): Promise<Outcome> {
  const name = BARE_BORDER;
  const border = world.border(name);
  const pages = [
    { port: border.status, page: STATUS_PAGES.ready, must: true },
    { port: border.status, page: STATUS_PAGES.live, must: true },
    { port: border.metrics, page: METRICS_PAGE, must: one.metrics },
  ].map((each) => ({ ...each, probed: [] as Probed[] }));
  let most = 0;
  const counter = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const connections: Connections = {
    count: CONNECTIONS,
    ports: one.ports.map((port) => border[port]),
    request: one.request,
    reads: one.reads,
    opened: counter,
  };
  const flooding = new Worker(join(ROOT, 'rehearsal', 'flood.mjs'), { workerData: connections });
  try {
    // Or an idle border would be judged where the flood is slow to come.
    await until(() => Atomics.load(counter, 0) >= CONNECTIONS, PATIENCE);
    const end = Date.now() + effort.seconds(8, 3) * 1000;
    const goesOn = () => pages.some(({ must, probed }) => must && isUndecided(probed));
    for (let round = 0; round < PROBES_AT_LEAST || Date.now() < end || goesOn(); round++) {
      for (const { port, page, probed } of pages) {
        const answer = await get(port, page).then(
          ({ status }) => String(status),
          ({ message }: Error) => message,
        );
        probed.push({ at: Date.now(), answer });
      }
      most = Math.max(most, (world.envoy(name).residentBytes() ?? 0) / KIBIBYTE / KIBIBYTE);
      await sleep(PROBE_MS);
    }
  } finally {
    await flooding.terminate();
  }
  const opened = Atomics.load(counter, 0);
  const said = pages.map(({ page, probed }) => {
    const right = probed.filter(({ answer }) => answer === '200');
    return `${page} ${right.length} of ${probed.length}`;
  });
  const others = pages
    .flatMap(({ probed }) => probed.map(({ answer }) => answer))
    .filter((answer) => answer !== '200');
  return {
    passed:
      opened >= CONNECTIONS &&
      most < CONTAINER_MEBIBYTES &&
      pages.every(({ must, probed }) => !must || !hasFailed(probed)),
    seen: `${opened} connections; answered: ${said.join(', ')}; at most ${most.toFixed(0)} MiB resident${others.length > 0 ? `; otherwise ${[...new Set(others)].join(', ')}` : ''}`,
    measures: { connections: opened, mebibytes: most },
  };
}

export const statusFloods: readonly Case[] = FLOODS.map((each) => ({
  id: `status-flood-${each.id}`,
  title: `${CONNECTIONS} connections to a border's ${each.ports.length > 1 ? 'ports for probes and metrics' : 'port for metrics'} that ${each.title}`,
  expected: `probes ${each.metrics ? 'and metrics ' : ''}are answered all the same; less than ${CONTAINER_MEBIBYTES} MiB resident`,
  run: (world, effort) => flood(world, each, effort),
}));
