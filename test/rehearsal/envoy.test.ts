import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { until } from '../../rehearsal/cases/case';
import { Envoy } from '../../rehearsal/envoy';
import { Processes } from '../../rehearsal/processes';
import { temporaryFolder } from '../helpers/files';

const folder = temporaryFolder();
const processes = new Processes(folder);
afterAll(() => processes.end());

/** A shell in Envoy's place, since Envoy does not let its buffers end where a test wants it. */
async function envoyThatWrote(name: string, text: string): Promise<Envoy> {
  processes.start(name, 'sh', ['-c', 'printf %s "$1"', 'sh', text]);
  const log = processes.output(name);
  expect(await until(() => existsSync(log) && readFileSync(log, 'utf8') === text, 240)).toBe(true);
  return new Envoy(name, 'sh', processes, join(folder, name), 1);
}

it('reads each whole line of the access log, and no line that is still being written', async () => {
  const envoy = await envoyThatWrote('lines', 'not JSON\n{"status":200}\n{"status":503}\n{"sta');

  expect(envoy.accessLog()).toEqual([{ status: 200 }, { status: 503 }]);
});

it('reads nothing while the first line is being written', async () => {
  const envoy = await envoyThatWrote('half', '{"sta');

  expect(envoy.accessLog()).toEqual([]);
});
