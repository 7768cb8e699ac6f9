// @ts-check
/**
 * The program `mesh-federation` as the short forms start it, `npm run policy`. Each command has a bundle of its
 * own, without what the others import.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { load } from './bundle.mjs';
import { ROOT } from './made-of.mjs';

// Users can do nothing about what cdktf and others call that Node.js deprecates.
process.noDeprecation = true;

const files = readdirSync(path.join(ROOT, 'cli'));
const words = process.argv.slice(2);
const command = words.find((word) => files.includes(`${word}.ts`));

/** @type {typeof import('../cli/mesh-federation.ts')} */
const program = await load({
  entry: 'cli/mesh-federation.ts',
  name: command === undefined ? 'cli' : `cli-${command}`,
  without: files.filter((file) => file !== `${command}.ts`).map((file) => `./${file}`),
});
await program.main(words);
