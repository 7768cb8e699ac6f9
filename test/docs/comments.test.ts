import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from '../../support/paths';

/** Comments of one line, of what is exported or a member of it. The programs of the jobs export nothing. */
const COMMENTS = readdirSync(path.join(ROOT, 'constructs'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('federation/jobs/'))
  .flatMap((file) =>
    [
      ...readFileSync(path.join(ROOT, 'constructs', file), 'utf8').matchAll(
        /\/\*\* ([^\n]*?) \*\/\n/g,
      ),
    ].map(([, text = '']) => ({ file, text })),
  );

test('Every comment of a construct says something by itself', () => {
  expect(COMMENTS.length).toBeGreaterThan(500);
  const fragments = COMMENTS.filter(
    // A name of the code or a default makes a short one whole.
    ({ text }) => !/[`@]/.test(text) && text.split(' ').length < 4,
  );
  expect(fragments).toEqual([]);
});
