/**
 * The program `mesh-federation` as the short forms start it, `npm run policy`. Each command has a bundle of its
 * own, without what the others import.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type * as Program from '../cli/mesh-federation.ts';
import { load, ROOT } from './bundle.mts';

// Users can do nothing about what cdktf and others call that Node.js deprecates.
process.noDeprecation = true;

const files = readdirSync(path.join(ROOT, 'cli'));
const words = process.argv.slice(2);
const command = words.find((word) => files.includes(`${word}.ts`));

const program = (await load({
  entry: 'cli/mesh-federation.ts',
  name: command === undefined ? 'cli' : `cli-${command}`,
  without: files.filter((file) => file !== `${command}.ts`).map((file) => `./${file}`),
})) as typeof Program;
await program.main(words);
