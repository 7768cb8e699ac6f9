import { describe, expect, it } from '@jest/globals';
import { scripts } from '../../package.json';
import { meshFederation } from '../helpers/cli';

/** The words behind the program's name in each script of package.json that starts it. */
const SHORT_FORMS = Object.entries(scripts).flatMap(([name, script]) => {
  const words =
    /^node (?:--disable-warning=DEP0044 )?--import tsx cli\/mesh-federation\.ts ?(.*)$/.exec(
      script,
    )?.[1];
  return words ? [{ name, words: words.split(' ') }] : [];
});

describe('mesh-federation', () => {
  it('lists its commands, each of which has a short form', async () => {
    const { status, stdout } = await meshFederation(['--help']);
    expect(status).toBe(0);
    const listed = [...stdout.matchAll(/^ {2}([a-z]+) {2,}\w/gm)].map(([, name]) => name);
    expect(listed.length).toBeGreaterThan(4);
    expect(new Set(SHORT_FORMS.map(({ words }) => words[0]))).toEqual(new Set(listed));
  });

  it.each(SHORT_FORMS)('$name has a help with what it does', async ({ words }) => {
    const { status, stdout } = await meshFederation([...words, '--help']);
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: mesh-federation ${words.join(' ')} `));
  });

  it('ends with 2 where it is asked for what there is not, and says what was meant', async () => {
    const { status, stderr } = await meshFederation(['polcy']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/unknown command 'polcy'\n\(Did you mean policy\?\)/);
    const option = await meshFederation(['policy', '--jsn']);
    expect(option.status).toBe(2);
    expect(option.stderr).toContain('Did you mean --json?');
  });

  it('says what is wrong with a file of prices, and not where its own code was', async () => {
    const { status, stderr } = await meshFederation(['cost', '--prices', '/nowhere/prices.yaml']);
    expect(status).toBe(2);
    expect(stderr).toContain('/nowhere/prices.yaml does not exist');
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
