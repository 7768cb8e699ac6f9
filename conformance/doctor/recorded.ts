import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** What the doctor said of each fault, in the docs without its fix; `npm run conformance` holds it to that. */
export const RECORDED_FILE = path.join(__dirname, 'said.json');

const recorded = z.record(
  z.string(),
  z.object({
    place: z.string(),
    code: z.string(),
    level: z.string(),
    said: z.string(),
    fix: z.string(),
  }),
);

/** One fault's, without what is another each time. */
type Recorded = z.output<typeof recorded>[string];

export const RECORDED: Readonly<Partial<Record<string, Recorded>>> = existsSync(RECORDED_FILE)
  ? recorded.parse(JSON.parse(readFileSync(RECORDED_FILE, 'utf8')))
  : {};

/** What is broken says where, but for what can be broken in both meshes alike. */
export function recordKey({
  what,
  mesh,
}: {
  readonly what: string;
  readonly mesh: string;
}): string {
  return `${mesh}: ${what}`;
}
