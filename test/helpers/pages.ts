import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../support/paths';

/** The pages that people read, from the project's root. */
export const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...['docs', 'examples', 'constructs', 'rehearsal', 'versions', 'test'].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md'))
      .map((file) => path.join(folder, file)),
  ),
];

/** Those that nothing makes. The API's come from the sources, with examples of their own test. */
export const PAGES_BY_HAND = PAGES.filter((page) => !page.startsWith('docs/api/'));

/** A fenced block of a page. */
export interface Snippet {
  /** `docs/state.md:27`, the line of its first fence. */
  readonly where: string;
  readonly page: string;
  /** What the fence says: `sh`, `yaml`, `ts`; empty where it says nothing. */
  readonly language: string;
  readonly text: string;
  /**
   * Why it is not tested as it stands: a comment `<!-- not run: ... -->` above it.
   * @default it is tested
   */
  readonly notRun?: string;
}

/** All fenced blocks of a page, in their order. */
export function snippetsOf(page: string): Snippet[] {
  const source = readFileSync(path.join(ROOT, page), 'utf8');
  const block = /((?:^<!-- .* -->\n+)*)^```(\w*)\n([^]*?)^```$/gm;
  return [...source.matchAll(block)].map((match) => {
    const [, comments = '', language = '', text = ''] = match;
    const line = source.slice(0, match.index + comments.length).split('\n').length;
    const [, notRun] = /<!-- not run: (.*?) -->/.exec(comments) ?? [];
    return { where: `${page}:${line}`, page, language, text, notRun };
  });
}

/**
 * The first block of a page that begins with these words, as a pattern of the whole output. Three dots stand
 * for anything.
 */
export function shown(page: string, begins: string): RegExp {
  const source = readFileSync(path.join(ROOT, page), 'utf8');
  const blocks = [...source.matchAll(/^( *)```text\n([^]*?)^ *```$/gm)].map(
    ([, indent = '', text = '']) => text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
  const block = blocks.find((text) => text.startsWith(begins));
  if (block === undefined) throw new Error(`${page} shows nothing that begins with ${begins}`);
  const parts = block.trimEnd().split('...').map(escaped);
  return new RegExp(`^${parts.join('[^]*?')}\\s*$`);
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
