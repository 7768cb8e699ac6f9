import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../support/paths';
import { writeFile } from './files';
import { type Snippet, snippetsOf } from './pages';
import { type Call, record, type ShellRun } from './shell';

/** Programs that the pages call, with what each prints when it only writes down how it is called. */
export const OUTSIDE: Readonly<Record<string, string>> = {
  aws: '',
  base64: '',
  consul: '{}',
  crane: '',
  curl: '203.0.113.7',
  git: '',
  helm: '',
  kubectl: '',
  npm: 'docker.io/library/node:24\\n',
  npx: '',
  openssl: '',
  rm: '',
  tar: '',
  terraform: '',
};

/** Those whose calls are judged below. Of the others a page says why they were not run. */
export const JUDGED = ['curl', 'npm', 'npx'];

/** A command in a page. */
export interface PageCall {
  readonly where: string;
  readonly call: Call;
}

/** The commands of pages, by how they are shown. */
export interface PageCommands {
  readonly blocks: readonly (Snippet & ShellRun)[];
  /** Between backticks in the text. */
  readonly inline: readonly PageCall[];
}

/**
 * All commands of pages, with the words that bash makes of them.
 *
 * @param folder where they would run
 */
export function pageCommands(pages: readonly string[], folder: string): PageCommands {
  // Where a star without quotes would be something else.
  writeFile(folder, 'a.txt', '');
  writeFile(folder, 'b.txt', '');
  const blocks = pages
    .flatMap(snippetsOf)
    .filter(({ language }) => language === 'sh')
    .map((block) => ({ ...block, ...record(block.text, folder, OUTSIDE) }));
  const inline = pages
    // It speaks of other versions.
    .filter((page) => page !== 'CHANGELOG.md')
    .flatMap((page) =>
      [...proseOf(page).matchAll(/`((?:npm (?:run|ci|test)|npx \w)[^`\n]*)`/g)]
        .map(([, command = '']) => command)
        // `npm run <command>` is a form of commands.
        .filter((command) => !/[<>]/.test(command))
        .flatMap((command) => record(command, folder, OUTSIDE).calls)
        .map((call) => ({ where: page, call })),
    );
  return { blocks, inline };
}

function proseOf(page: string): string {
  return readFileSync(path.join(ROOT, page), 'utf8').replace(/^```.*?^```/gms, '');
}
