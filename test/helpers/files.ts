import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from '@jest/globals';

/**
 * A folder for one test file, gone after it.
 *
 * @param end Ends what runs in the folder and is known by its files, before they go: Jest runs the hooks of a
 * file in the order in which they were written.
 */
export function temporaryFolder(end?: (folder: string) => Promise<void>): string {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-test-'));
  afterAll(async () => {
    try {
      await end?.(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
  return folder;
}

/** Writes a file, with the folders above it. */
export function writeFile(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}
