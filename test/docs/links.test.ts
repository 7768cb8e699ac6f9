import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from '../../support/paths';
import { PAGES } from '../helpers/pages';

/** Without what is shown as code. */
function proseOf(page: string): string {
  return readFileSync(path.join(ROOT, page), 'utf8')
    .replace(/^(```+|~~~+).*?^\1/gms, '')
    .replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ''));
}

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replace(/ /g, '-');
}

function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of proseOf(page).matchAll(/^#{1,6} +(.*)$/gm)) {
    const anchor = anchorOf(heading);
    let unique = anchor;
    for (let i = 1; anchors.has(unique); i++) unique = `${anchor}-${i}`;
    anchors.add(unique);
  }
  return anchors;
}

function isBroken(page: string, link: string): boolean {
  const [file = '', anchor] = decodeURI(link).split('#');
  const target = file === '' ? page : path.join(path.dirname(page), file);
  const found = path.join(ROOT, target);
  if (!existsSync(found)) return true;
  if (anchor === undefined) return false;
  return statSync(found).isDirectory() || !anchorsOf(target).has(anchor);
}

test('Links between the pages lead somewhere', () => {
  const links = PAGES.flatMap((page) =>
    [...proseOf(page).matchAll(/\]\(<?([^)\s>]+)>?\)/g)].map(([, link = '']) => ({ page, link })),
  ).filter(({ link }) => !/^[a-z]+:/.test(link));
  expect(links.length).toBeGreaterThan(100);
  const broken = links.filter(({ page, link }) => isBroken(page, link));
  expect(broken.map(({ page, link }) => `${page}: ${link}`)).toEqual([]);
});
