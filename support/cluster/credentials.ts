import { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type https from 'node:https';
import path from 'node:path';
import { withoutCredentials } from './errors';

/** Milliseconds for whoever gives the credentials: a person may have to log in meanwhile. */
export const CREDENTIALS_TIMEOUT = 120_000;

/** Where an API server is, and how it knows who asks: a `KubeConfig`, or what takes its place. */
export interface Access {
  getCurrentCluster(): { readonly server: string } | null;
  applyToHTTPSOptions(options: https.RequestOptions): Promise<void>;
}

/** @throws UnansweredError */
export async function authenticate(
  access: Access,
  options: https.RequestOptions,
  timeout = CREDENTIALS_TIMEOUT,
): Promise<void> {
  const { asked, programs } = withPrograms(() => access.applyToHTTPSOptions(options));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      programs.forEach(letGo);
      const names = programs.map(({ spawnfile }) => path.basename(spawnfile)).join(', ');
      reject(
        new Error(
          `${names || 'what gives them'} has not ended in ${timeout / 1000} s; it may wait for somebody to log in`,
        ),
      );
    }, timeout);
  });
  try {
    await Promise.race([asked, late]);
  } catch (error) {
    throw withoutCredentials(error);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Asks for credentials, and notes the programs that are started for them: the client of Kubernetes neither limits
 * them nor names them, and starts them before it waits for anything.
 */
function withPrograms(ask: () => Promise<void>) {
  const programs: ChildProcess[] = [];
  const note = (message: unknown) => {
    if (typeof message !== 'object' || message === null || !('process' in message)) return;
    if (message.process instanceof ChildProcess) programs.push(message.process);
  };
  subscribe('child_process', note);
  try {
    return { asked: ask(), programs };
  } finally {
    unsubscribe('child_process', note);
  }
}

/** Nor is it waited for when this program ends, nor for what it has started itself. */
function letGo(program: ChildProcess): void {
  program.kill();
  [program.stdin, program.stdout, program.stderr].forEach((stream) => stream?.destroy());
  program.unref();
}
