import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { until } from '../../../rehearsal/cases/case';
import { unknownTo } from '../../../support/aws/left-behind';
import { demoPrerequisites } from '../../../support/demo/prerequisites';
import { EmulatedWorld } from '../../../support/demo/emulated-world';
import { installEmulator } from '../../../support/demo/emulator';
import { temporaryFolder } from '../../helpers/files';
import { describeIf } from '../../helpers/suites';
import { describeOnTerminal, Terminal } from '../../helpers/terminal';

/*
 * The demo as a person runs it, on a terminal: there the progress is shown by other code than in a pipe,
 * Ctrl-C reaches every process at once, and npm hands it on once more.
 */

const folder = temporaryFolder((at) => EmulatedWorld.end(at));
const lock = path.join(folder, 'run.json');
const running: Terminal[] = [];

function npm(script: string, ...options: string[]): Terminal {
  const words = ['run', script, ...(options.length === 0 ? [] : ['--', ...options])];
  const terminal = new Terminal('npm', words, { env: { FEDERATION_DEMO: folder } });
  running.push(terminal);
  return terminal;
}

afterEach(() => {
  running.splice(0).forEach((terminal) => terminal.kill());
});

/** What exists and Terraform does not know. */
async function unknown(): Promise<unknown> {
  const world = await EmulatedWorld.find(folder);
  return world && unknownTo(world.state(), await world.inventory());
}

describeIf(ready() === '', ready(), 'the demo', () => {
  describeOnTerminal('on a terminal', () => {
    it('ends by an early Ctrl-C, and blames nothing else', async () => {
      const demo = npm('demo');
      await demo.shows(/The emulated AWS/);
      demo.interrupt();
      expect(await demo.exit()).toBe(130);
      expect(demo.output).toMatch(/Interrupted\. Run "npm run demo" again/);
      expect(demo.output).not.toMatch(/lacks something|could not be/);
      expect(existsSync(lock)).toBe(false);
    });

    it('lets Terraform end in the middle, also when Ctrl-C comes twice', async () => {
      const demo = npm('demo');
      await demo.shows(/\d of \d+ changes made/, 400);
      expect(existsSync(lock)).toBe(true);
      demo.interrupt();
      await sleep(700);
      demo.interrupt();
      expect(await demo.exit()).toBe(130);
      expect(demo.output.match(/Interrupted\./g)).toHaveLength(1);
      expect(existsSync(lock)).toBe(false);
      expect(await unknown()).toEqual([]);
    });

    it('says how far it is', async () => {
      const status = npm('demo:status');
      expect(await status.exit()).toBe(0);
      expect(status.output).toMatch(/The emulated AWS answers at http:\/\/127\.0\.0\.1:\d+/);
      // Something was made before the interruption, and stayed.
      expect(status.output).toMatch(/(nat-addresses|-cluster) +│ +[1-9]/);
    });

    it('is taken down in an orderly way, also when Ctrl-C comes twice, and then to the end', async () => {
      const down = npm('demo:down');
      await down.shows(/\d of \d+ changes made/, 400);
      down.interrupt();
      await sleep(700);
      down.interrupt();
      expect(await down.exit()).toBe(130);
      expect(down.output.match(/Interrupted\./g)).toHaveLength(1);
      expect(down.output).toMatch(/Run "npm run demo:down" again/);
      expect(existsSync(lock)).toBe(false);
      // Where all that was left was under way, the world has ended with it.
      expect((await unknown()) ?? []).toEqual([]);

      const again = npm('demo:down');
      expect(await again.exit()).toBe(0);
      expect(again.output).toMatch(/[Nn]othing is left/);
      const status = npm('demo:status');
      expect(await status.exit()).toBe(0);
      expect(status.output).toMatch(/The demo is not up/);
    });

    it('ends in an orderly way when the window is closed', async () => {
      const demo = npm('demo');
      await demo.shows(/\d of \d+ changes made/, 400);
      demo.close();
      expect(await until(() => !existsSync(lock), 120)).toBe(true);
      expect(await unknown()).toEqual([]);
    });
  });
});

function ready(): string {
  try {
    demoPrerequisites();
    installEmulator();
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
