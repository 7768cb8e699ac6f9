import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { withProgress, type Watch } from '../../../support/terminal/progress';

/** Work that ends when it is told to. */
function work(): { readonly ended: Promise<void>; readonly end: () => void } {
  let end = () => undefined as void;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { ended, end };
}

class Screen {
  public written = '';
  public readonly columns = 40;
  public constructor(public readonly isTTY: boolean) {}
  public write(text: string): boolean {
    this.written += text;
    return true;
  }
}

/** Two lists, of which the first comes after 12 seconds and the second after 25. */
async function look(watch: Watch): Promise<string> {
  const [one, two] = [work(), work()];
  const both = [watch('subnets', one.ended), watch('IAM roles', two.ended)];
  await jest.advanceTimersByTimeAsync(12_000);
  one.end();
  await jest.advanceTimersByTimeAsync(13_000);
  two.end();
  await Promise.all(both);
  return 'found';
}

describe('Progress', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('is a line now and then where lines cannot be written over', async () => {
    const stream = new Screen(false);
    expect(await withProgress('Looking', look, { stream, interval: 10_000 })).toBe('found');
    expect(stream.written).toBe(
      'Looking: 10 s, 0 of 2 done, waiting for subnets and 1 more\n' +
        'Looking: 20 s, 1 of 2 done, waiting for IAM roles\n',
    );
  });

  it('is one line in a terminal, no wider than that, and gone in the end', async () => {
    const stream = new Screen(true);
    await withProgress('Looking', look, { stream });
    const lines = stream.written.split('\r\x1b[K');
    expect(lines[1]).toBe('Looking: 1 s, 0 of 2 done, waiting for ');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(stream.columns);
    expect(lines.at(-1)).toBe('');
    expect(stream.written).not.toContain('\n');
  });

  it('is a line now and then in a terminal that cannot move its cursor', async () => {
    const former = process.env['TERM'];
    process.env['TERM'] = 'dumb';
    try {
      const stream = new Screen(true);
      await withProgress('Looking', look, { stream, interval: 20_000 });
      expect(stream.written).toBe('Looking: 20 s, 1 of 2 done, waiting for IAM roles\n');
    } finally {
      if (former === undefined) delete process.env['TERM'];
      else process.env['TERM'] = former;
    }
  });

  it.each([true, false])('is not said of what ends at once, in a terminal: %s', async (isTTY) => {
    const stream = new Screen(isTTY);
    await withProgress('Looking', () => Promise.resolve(), { stream });
    expect(stream.written).toBe('');
  });

  it('is not said of what ends at once, nor after a failure', async () => {
    const stream = new Screen(false);
    const run = (watch: Watch) => watch('subnets', Promise.reject(new Error('closed')));
    await expect(withProgress('Looking', run, { stream })).rejects.toThrow('closed');
    await jest.advanceTimersByTimeAsync(60_000);
    expect(stream.written).toBe('');
  });
});
