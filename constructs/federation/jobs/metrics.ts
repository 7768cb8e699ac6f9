import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { AUTHORITY, PUBLISHED, repeated, STATUS } from './keys.ts';
import { required } from './run.ts';
import { rootsInSummary } from './summary.ts';

/** The page, by GET. */
export const METRICS_PATH = '/metrics';

/** Scrapers at once; a page is a few kilobytes. */
const CONNECTIONS = 16;

/** Age of a success of the job `authority`, which runs once a day, after which it is late. */
const AUTHORITY_LATE = 2 * 24 * 3600;

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

/** Each metric and what it says. */
const HELP: Readonly<Record<string, string>> = {
  mesh_federation_task_last_success_timestamp_seconds:
    'When a task last succeeded. Until the first success on schedule: when a deploy did it.',
  mesh_federation_task_failing: '1 while the last run of a task failed.',
  mesh_federation_task_warning: '1 while a task warns of what will break something.',
  mesh_federation_task_late_after_seconds: 'Age of the last success after which a task is late.',
  mesh_federation_root_expiry_timestamp_seconds:
    'When a root ends: of the mesh itself, or one that it trusts of a foreign mesh.',
  mesh_federation_authority_expiry_timestamp_seconds:
    'When the trust anchor or the issuer ends that a job keeps for a Linkerd mesh.',
  mesh_federation_token_expiry_timestamp_seconds:
    'When the token ends with which the roots of a foreign mesh are read.',
};

/**
 * Shows Prometheus how the jobs fare that exchange roots. They run for seconds, so this looks at what
 * they write down: ConfigMaps that are mounted. It asks nobody, and needs no right to do anything.
 */
export async function metrics(env: NodeJS.ProcessEnv): Promise<number> {
  const server = await metricsServer(env);
  await new Promise<void>((ended) => {
    process.once('SIGTERM', () => {
      server.close(() => {
        ended();
      });
      server.closeAllConnections();
    });
  });
  return 0;
}

/** @returns the server, which listens */
export async function metricsServer(env: NodeJS.ProcessEnv): Promise<Server> {
  const server = createServer({ maxHeaderSize: 4096 }, (request, response) => {
    const right = request.method === 'GET' && request.url?.split('?')[0] === METRICS_PATH;
    response.writeHead(right ? 200 : 404, {
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      connection: 'close',
    });
    response.end(right ? exposition(samples(env), federationOf(env)) : '');
  });
  server.maxConnections = CONNECTIONS;
  server.headersTimeout = 5000;
  server.requestTimeout = 5000;
  server.keepAliveTimeout = 1;
  await new Promise<void>((listening) => {
    server.listen(Number(required(env, 'PORT')), () => {
      listening();
    });
  });
  return server;
}

/** Each sample has the name of the federation, where it has one: a mesh may be in several. */
function federationOf({ FEDERATION: federation }: NodeJS.ProcessEnv): Labels {
  return federation === undefined ? {} : { federation };
}

function samples(env: NodeJS.ProcessEnv): Sample[] {
  const folder = required(env, 'STATUS_FOLDER');
  const mesh = required(env, 'MESH');
  const late = Number(required(env, 'LATE_SECONDS'));
  const tokenLate = Number(required(env, 'TOKEN_LATE_SECONDS'));
  const foreign = (env['FOREIGN_MESHES'] ?? '').split(',').filter((name) => name !== '');
  const published = reader(path.join(folder, 'published'));
  return [
    ...task({ mesh, task: 'publish' }, late, published(PUBLISHED.success), {
      failing: published(PUBLISHED.problem),
    }),
    ...roots({ mesh, of: mesh }, published(PUBLISHED.summary)),
    ...authority(mesh, (key) => published(repeated(key))),
    ...foreign.flatMap((foreignMesh) => {
      const status = reader(path.join(folder, `sync-${foreignMesh}`));
      const labels = { mesh, foreign_mesh: foreignMesh };
      const token = seconds(status(STATUS.token));
      return [
        ...task({ ...labels, task: 'sync' }, late, status(STATUS.success) ?? status(STATUS.first), {
          failing: status(STATUS.problem),
          warning: status(STATUS.warning),
        }),
        // Where roots are at an address that everybody may read, there is no token.
        ...(token === undefined && status(STATUS.renewal) === undefined
          ? []
          : task({ ...labels, task: 'renew' }, tokenLate, status(STATUS.renewed), {
              failing: status(STATUS.renewal),
            })),
        ...sample('mesh_federation_token_expiry_timestamp_seconds', labels, token),
        ...roots({ ...labels, of: foreignMesh }, status(STATUS.roots)),
      ];
    }),
  ];
}

function task(
  labels: Labels,
  lateAfter: number,
  success: string | undefined,
  state: { readonly failing?: string; readonly warning?: string },
): Sample[] {
  return [
    ...sample('mesh_federation_task_last_success_timestamp_seconds', labels, seconds(success)),
    ...sample('mesh_federation_task_late_after_seconds', labels, lateAfter),
    ...sample('mesh_federation_task_failing', labels, state.failing === undefined ? 0 : 1),
    ...sample('mesh_federation_task_warning', labels, state.warning === undefined ? 0 : 1),
  ];
}

/** None where the mesh keeps its trust anchor and issuer by other means. */
function authority(
  mesh: string,
  said: (key: (typeof AUTHORITY)[keyof typeof AUTHORITY]) => string | undefined,
): Sample[] {
  const success = said(AUTHORITY.success);
  const failing = said(AUTHORITY.problem);
  if (success === undefined && failing === undefined) return [];
  const ends = (of: string, time: string | undefined) =>
    sample('mesh_federation_authority_expiry_timestamp_seconds', { mesh, of }, seconds(time));
  return [
    ...task({ mesh, task: 'authority' }, AUTHORITY_LATE, success, {
      failing,
      warning: said(AUTHORITY.warning),
    }),
    ...ends('anchor', said(AUTHORITY.anchorEnds)),
    ...ends('issuer', said(AUTHORITY.issuerEnds)),
  ];
}

function roots(labels: Labels, summary: string | undefined): Sample[] {
  return rootsInSummary(summary ?? '').flatMap(({ fingerprint, expires }) =>
    sample(
      'mesh_federation_root_expiry_timestamp_seconds',
      { ...labels, fingerprint },
      expires.getTime() / 1000,
    ),
  );
}

function sample(name: string, labels: Labels, value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ name, labels, value }];
}

/** Reads the keys of a ConfigMap that is mounted, or not there. */
function reader(folder: string): (key: string) => string | undefined {
  return (key) => {
    try {
      return readFileSync(path.join(folder, key), 'utf8');
    } catch {
      return undefined;
    }
  };
}

function seconds(time: string | undefined): number | undefined {
  const milliseconds = Date.parse(time ?? '');
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}

/** @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
function exposition(all: readonly Sample[], common: Labels): string {
  return Object.entries(HELP)
    .flatMap(([name, help]) => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} gauge`,
      ...all
        .filter((one) => one.name === name)
        .map(({ labels, value }) => {
          const pairs = Object.entries({ ...labels, ...common }).map(
            ([label, text]) => `${label}="${escaped(text)}"`,
          );
          return `${name}{${pairs.join(',')}} ${value}`;
        }),
      '',
    ])
    .join('\n');
}

function escaped(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}
