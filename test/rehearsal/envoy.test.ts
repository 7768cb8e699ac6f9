import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Envoy } from '../../rehearsal/envoy';
import { Processes } from '../../rehearsal/processes';

let folder: string;
let processes: Processes;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'envoy-test-'));
  processes = new Processes(folder);
});

afterEach(() => processes.end());

/** A shell in Envoy's place, since Envoy does not let its buffers end where a test wants it. */
async function envoyThatWrote(text: string): Promise<Envoy> {
  processes.start('border', 'sh', ['-c', 'printf %s "$1"', 'sh', text]);
  const log = processes.output('border');
  while (!existsSync(log) || readFileSync(log, 'utf8') !== text) await sleep(10);
  return new Envoy('border', 'sh', processes, join(folder, 'border'), 1);
}

it('reads each whole line of the access log, and no line that is still being written', async () => {
  const envoy = await envoyThatWrote('not JSON\n{"status":200}\n{"status":503}\n{"sta');

  expect(envoy.accessLog()).toEqual([{ status: 200 }, { status: 503 }]);
});

it('reads nothing while the first line is being written', async () => {
  const envoy = await envoyThatWrote('{"sta');

  expect(envoy.accessLog()).toEqual([]);
});
