import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { jsonIn } from '../files/json';
import { writeWhole } from '../files/whole-file';
import { CACHE, ROOT } from '../paths';
import { UserError } from '../terminal/user-error';
import { checkPython, needed } from '../programs/prerequisites';
import { installVenv, type Venv } from '../programs/venv';

/** The emulator's programs and their Python packages. */
const SOURCE = path.join(ROOT, 'emulator');

const VENV: Venv = {
  name: 'emulator-venv',
  requirements: path.join(SOURCE, 'requirements.txt'),
  what: "The emulator's Python packages",
  megabytes: 270,
};

/** Tried first, so that a person's `AWS_ENDPOINT_URL` stays right from one demo to the next. */
const PREFERRED_PORT = 4566;

/**
 * Others. Linux gives ports from 32768 on to outgoing connections, of which one could have what was free by the time
 * that the emulator listens, seconds later.
 */
const OTHER_PORTS = [7000, 10_000] as const;

/** The first start compiles what it imports, on a busy machine for minutes. One that fails ends by itself. */
const START_TIMEOUT_MS = 300_000;

const health = z.object({ emulator: z.literal('aws'), world: z.string(), pid: z.number() });

const record = z.object({ port: z.number(), pid: z.number(), world: z.string() });

/** A running emulator. */
export interface Emulator {
  /** Port on 127.0.0.1. */
  readonly port: number;
  readonly pid: number;
  /** The id of what it holds. It keeps everything in memory: after a restart the id is another. */
  readonly world: string;
  readonly endpoint: string;
}

export interface EmulatorOptions {
  /** Folder for its log and the record of its port and process id. */
  readonly folder: string;
  /** 0 for any free one. @default {@link emulatorPort} */
  readonly port?: number;
  /** Seconds that a cluster or node group takes to come and to go. @default 1 */
  readonly pace?: number;
}

export function emulatorLog(folder: string): string {
  return path.join(folder, 'emulator.log');
}

/**
 * The emulator's Python packages in a virtual environment of their own, installed at the first use
 * and again when the pins change.
 *
 * @returns the Python of the environment
 * @throws UserError without a Python to build it with, and with the last lines of pip when an installation fails
 */
export function installEmulator(): string {
  return installVenv(needed(checkPython()).program, VENV);
}

/** How to reach the emulator at a port. */
export function emulatorEndpoint(port: number): string {
  return `http://127.0.0.1:${port}`;
}

/** Where it listens at best: the port of the last time, else 4566, else another that is free now. */
export function emulatorPort(folder: string): Promise<number> {
  return freePort([lastRecord(folder)?.port, PREFERRED_PORT]);
}

/**
 * Starts the emulator in the background, where it stays when this program ends. Installs it before that.
 *
 * @throws UserError with the end of its log when it ends, or does not answer within five minutes
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const interpreter = installEmulator();
  mkdirSync(options.folder, { recursive: true });
  const port =
    options.port === undefined
      ? await emulatorPort(options.folder)
      : await freePort([options.port === 0 ? undefined : options.port]);
  const logFile = emulatorLog(options.folder);
  const log = openSync(logFile, 'w');
  const child = spawn(interpreter, ['-m', 'aws_emulator', '--port', String(port)], {
    cwd: SOURCE,
    detached: true,
    stdio: ['ignore', log, log],
    env: {
      ...process.env,
      // What it compiles is for the next start, and does not belong beside its source.
      PYTHONDONTWRITEBYTECODE: '',
      PYTHONPYCACHEPREFIX: path.join(CACHE, 'emulator-compiled'),
      ...(options.pace === undefined ? {} : { EMULATOR_PACE: String(options.pace) }),
    },
  });
  closeSync(log);
  let failed: Error | undefined;
  child.once('error', (error) => (failed = error));
  child.unref();

  const deadline = Date.now() + START_TIMEOUT_MS;
  while (
    Date.now() < deadline &&
    failed === undefined &&
    child.exitCode === null &&
    child.signalCode === null
  ) {
    const emulator = await probe(port);
    if (emulator && emulator.pid === child.pid) {
      writeWhole(recordFile(options.folder), JSON.stringify(emulator));
      return emulator;
    }
    await sleep(100);
  }
  const ended = child.exitCode !== null || child.signalCode !== null;
  if (!ended) child.kill('SIGKILL');
  const why =
    failed?.message ??
    (ended
      ? `It ended with ${String(child.exitCode ?? child.signalCode)}.`
      : `It has not answered for ${START_TIMEOUT_MS / 60_000} minutes, and was ended; on a machine that does less ` +
        'beside it, try again.');
  const said = lastLines(readFileSync(logFile, 'utf8'));
  throw new UserError(
    `The emulator did not start on port ${port}. ${why} ` +
      (said === '' ? `${logFile} is empty.` : `The end of ${logFile}:\n${said}`),
  );
}

/** The emulator that was started with this folder, if it still runs. */
export async function runningEmulator(folder: string): Promise<Emulator | undefined> {
  const last = lastRecord(folder);
  // Where its process is there, it may be slow to answer, on a busy machine.
  const found = last && (await probe(last.port, isAlive(last.pid) ? 60_000 : 5_000));
  return found?.pid === last?.pid && found?.world === last?.world ? found : undefined;
}

/** Sets how many seconds a cluster or node group takes that comes or goes from now on. */
export async function setPace({ endpoint }: Emulator, seconds: number): Promise<void> {
  const answer = await fetch(`${endpoint}/_emulator/pace`, { method: 'PUT', body: `${seconds}` });
  if (!answer.ok) throw new Error(`The emulator answered ${answer.status} to a new pace`);
}

/** Whether nobody listens on its port any more. */
export async function hasEnded({ port }: Emulator): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
  } finally {
    socket.destroy();
  }
}

/** Ends the emulator of this folder. Does nothing when there is none. */
export async function stopEmulator(folder: string): Promise<void> {
  const emulator = await runningEmulator(folder);
  rmSync(recordFile(folder), { force: true });
  if (!emulator) return;
  process.kill(emulator.pid, 'SIGTERM');
  for (let i = 0; i < 50 && isAlive(emulator.pid); i++) await sleep(100);
  if (isAlive(emulator.pid)) process.kill(emulator.pid, 'SIGKILL');
}

/** Is a process with this id there? */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * The environment in which Terraform's provider and every AWS client talk to the emulator, and
 * neither an account nor a profile of the person's own gets in between.
 */
export function emulatorEnvironment(
  { endpoint }: Pick<Emulator, 'endpoint'>,
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const withoutAws = Object.entries(env).filter(([name]) => !name.startsWith('AWS_'));
  return {
    ...Object.fromEntries(withoutAws),
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'emulated',
    AWS_SECRET_ACCESS_KEY: 'emulated',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

async function probe(port: number, patience = 5_000): Promise<Emulator | undefined> {
  try {
    const endpoint = emulatorEndpoint(port);
    const answer = await fetch(`${endpoint}/_emulator/health`, {
      signal: AbortSignal.timeout(patience),
    });
    const { world, pid } = health.parse(await answer.json());
    return { port, pid, world, endpoint };
  } catch {
    return undefined;
  }
}

function recordFile(folder: string): string {
  return path.join(folder, 'emulator.json');
}

function lastRecord(folder: string): z.infer<typeof record> | undefined {
  const file = recordFile(folder);
  return existsSync(file) ? record.safeParse(jsonIn(readFileSync(file, 'utf8'))).data : undefined;
}

/** The first of the preferred ports that nobody listens on, else one of the others. */
async function freePort(preferred: readonly (number | undefined)[]): Promise<number> {
  const others = Array.from({ length: 100 }, () => randomInt(...OTHER_PORTS));
  for (const port of [...preferred, ...others]) {
    if (port === undefined) continue;
    const server = net.createServer();
    try {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    } catch {
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
  throw new UserError('No port is free on 127.0.0.1');
}

/** The last lines of a text, to show in an error. */
function lastLines(text: string, count = 15): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
