import { afterEach, expect, it } from '@jest/globals';
import { freePorts } from '../../rehearsal/ports';
import { describeWithEnvoy } from '../helpers/envoy';
import { describeOnTerminal, Terminal } from '../helpers/terminal';

/* Ctrl-C on a terminal, which reaches npm and what it runs at once. The demo's is in aws/demo.test.ts. */

const running: Terminal[] = [];

function npm(script: string, ...options: string[]): Terminal {
  const terminal = new Terminal('npm', ['run', script, '--', ...options]);
  running.push(terminal);
  return terminal;
}

afterEach(() => {
  running.splice(0).forEach((terminal) => terminal.kill());
});

describeWithEnvoy('the data path', () => {
  describeOnTerminal('on a terminal', () => {
    it('of the weather application ends by Ctrl-C, as it should', async () => {
      const [port = 0] = await freePorts(1);
      const weather = npm('weather', '--federated', '--port', String(port));
      await weather.shows(new RegExp(`http://127\\.0\\.0\\.1:${port}`));
      weather.interrupt();
      // npm has heard the same Ctrl-C, and may say so in place of the program's 0.
      expect([0, 130]).toContain(await weather.exit());
      expect(weather.output).not.toMatch(/ at .*:\d+:\d+/);
    });

    it('of the rehearsal ends by Ctrl-C', async () => {
      const rehearse = npm('rehearse', '--only', 'slow-clients');
      await rehearse.shows(/faults/);
      rehearse.interrupt();
      expect(await rehearse.exit()).not.toBe(0);
      expect(rehearse.output).not.toMatch(/ at .*:\d+:\d+/);
    });
  });
});
