import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from '../../support/paths';
import { PAGES } from '../helpers/pages';

const GLOSSARY = 'docs/glossary.md';

/** What the glossary's last table says is not in texts. ESLint holds the names. */
const WORDS = [
  ...readFileSync(path.join(ROOT, GLOSSARY), 'utf8').matchAll(
    /^\| ([\w -]+?) +\| (?:name )?text +\|/gm,
  ),
].map(([, word = '']) => word);

/** Messages, descriptions of settings and comments are in the sources. */
const SOURCES = [
  'cli',
  'config',
  'constructs',
  'rehearsal',
  'scripts',
  'stacks',
  'support',
].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.m?ts$/.test(file))
    .map((file) => path.join(folder, file)),
);

/** The changelog names what was, and ids stay for ever. */
const MAY: Readonly<Record<string, RegExp>> = {
  'CHANGELOG.md': /.*/,
  [GLOSSARY]: /^\| /,
  'constructs/federation/deploy/federation.ts': /["']roads/,
};

test('No page and no message has a word that the glossary retires', () => {
  expect(WORDS).toContain('road');
  const retired = new RegExp(`(?<![\\w-])(?:${WORDS.join('|')})s?(?![\\w-])`, 'i');
  const found = [...PAGES, ...SOURCES].flatMap((file) =>
    readFileSync(path.join(ROOT, file), 'utf8')
      .split('\n')
      .filter((line) => retired.test(line) && MAY[file]?.test(line) !== true)
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});
