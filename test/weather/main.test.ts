import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ROOT } from '../../support/paths';

const running: ChildProcess[] = [];

afterEach(() => {
  running.splice(0).forEach((child) => child.kill('SIGKILL'));
});

/** Starts a service as its container does, but for tsx where Node.js does not strip types itself. */
function start(service: string, env: Record<string, string>): ChildProcess {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const strips = major > 22 || (major === 22 && minor >= 18);
  const child = spawn(
    process.execPath,
    // The project's package.json, which no container has, names no module type.
    [
      ...(strips ? ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'] : ['--import', 'tsx']),
      path.join(ROOT, 'weather', service, 'main.ts'),
    ],
    { cwd: ROOT, env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  running.push(child);
  return child;
}

async function firstLine(child: ChildProcess): Promise<{ readonly listens: number }> {
  if (child.stdout === null) throw new Error('no output');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return JSON.parse(line) as { readonly listens: number };
}

describe('a service as a process', () => {
  it.each(['frontend', 'backend', 'info'])(
    '%s starts, answers, and ends by SIGTERM with 0',
    async (service) => {
      const child = start(service, { PORT: '0' });
      const { listens } = await firstLine(child);
      const health = await fetch(`http://127.0.0.1:${listens}/healthz`);
      expect(await health.json()).toEqual({ ok: true });
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    },
  );

  it('says all that is wrong with its environment', async () => {
    const child = start('backend', { PORT: 'x', LATITUDE: '100', INFO_URL: 'info' });
    let text = '';
    child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(text).toBe(
      'backend: LATITUDE is "100"; must be a number from -90 to 90; ' +
        'INFO_URL is "info"; must start with http:// or https://; ' +
        'PORT is "x"; must be a number from 0 to 65535\n',
    );
  });
});
