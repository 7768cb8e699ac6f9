import fs, { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { App, TerraformStack } from 'cdktf';
import { environmentProblem } from '../../constructs/environment-problem';
import { writeStacks } from '../../stacks/write-stacks';
import { temporaryFolder } from '../helpers/files';

const outdir = temporaryFolder();

afterEach(() => {
  jest.restoreAllMocks();
});

function appOf(...ids: readonly string[]): App {
  const app = new App({ outdir });
  for (const id of ids) new TerraformStack(app, id);
  return app;
}

const written = () =>
  ['first', 'second', 'third'].filter((id) =>
    existsSync(path.join(outdir, 'stacks', id, 'cdk.tf.json')),
  );

/** The disk has room for so many files and a part of the next one. */
function fillDisk(after: number): void {
  const write = fs.writeFileSync;
  let files = 0;
  jest.spyOn(fs, 'writeFileSync').mockImplementation((to, text) => {
    files += 1;
    if (files <= after) return write(to, text);
    write(to, '{');
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    });
  });
}

function problemOf(app: App): string | undefined {
  try {
    writeStacks(app);
  } catch (error) {
    return environmentProblem(error);
  }
  return undefined;
}

describe('The stacks of an app', () => {
  it('are written', () => {
    expect(writeStacks(appOf('first', 'second')).map(({ node }) => node.id)).toEqual([
      'first',
      'second',
    ]);
    expect(written()).toEqual(['first', 'second']);
  });

  it('are none where the disk is full, and those of other apps stay', () => {
    writeStacks(appOf('first', 'second', 'third'));
    fillDisk(1);
    expect(problemOf(appOf('first', 'second'))).toMatch(
      `${path.join(outdir, 'stacks')} cannot be written: the disk is full.\nMake room ("df -h ${outdir}" shows the disk), and run the command again.`,
    );
    expect(written()).toEqual(['third']);
  });
});
