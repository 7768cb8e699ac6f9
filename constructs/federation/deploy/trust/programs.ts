import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeTemplates } from '../../../kubernetes/helm-values';
import { packageFile } from '../../../package-files';

/** A file of `jobs/` that is started. */
export type Program = 'main.ts' | 'certify-main.ts' | 'authority-main.ts';

const FOLDER = packageFile('constructs', 'federation', 'jobs');

/**
 * A program of `jobs/` as the data of a ConfigMap: the file, all that it imports, and the word that they are
 * ECMAScript modules.
 */
export function programFiles(main: Program): Record<string, string> {
  const texts = new Map<string, string>();
  const add = (name: string) => {
    if (texts.has(name)) return;
    const text = readFileSync(join(FOLDER, name), 'utf8');
    texts.set(name, escapeTemplates(text));
    for (const [, imported = ''] of text.matchAll(/ from '\.\/([^']+)'/g)) add(imported);
  };
  add(main);
  return {
    'package.json': JSON.stringify({ type: 'module' }),
    ...Object.fromEntries([...texts].sort(([one], [other]) => (one < other ? -1 : 1))),
  };
}

/** Name of the ConfigMap with such files: with others in it, it is another one. */
export function programName(prefix: string, files: Readonly<Record<string, string>>): string {
  const hash = createHash('sha256').update(JSON.stringify(files)).digest('hex');
  return `${prefix}-${hash.slice(0, 10)}`;
}
