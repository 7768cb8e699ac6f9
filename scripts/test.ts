/**
 * `npm test` runs everything in two lanes: the suites of test/e2e/aws, in which Terraform waits most of the
 * time, and beside them the unit tests and then the other suites of test/e2e, one after the other. With
 * words behind `--` it runs Jest with them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { ROOT } from '../support/paths';

interface Ended {
  readonly right: boolean;
  readonly output: Buffer;
}

function npm(script: string, output: 'inherit' | 'pipe' = 'inherit'): Promise<Ended> {
  return run('npm', ['run', '--silent', script], output);
}

async function run(
  program: string,
  words: readonly string[],
  output: 'inherit' | 'pipe',
): Promise<Ended> {
  const child = spawn(program, words, { cwd: ROOT, stdio: ['ignore', output, output] });
  const [[status], ...said] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    ...[child.stdout, child.stderr].map((stream) => (stream ? buffer(stream) : Buffer.of())),
  ]);
  return { right: status === 0, output: Buffer.concat(said) };
}

async function everything(): Promise<boolean> {
  // What it says comes at the end, so that two do not speak at once.
  const aws = npm('test:aws', 'pipe');
  const unit = await npm('test:unit');
  const others = await npm('test:e2e');
  const { right, output } = await aws;
  process.stdout.write(output);
  return right && unit.right && others.right;
}

async function main(): Promise<void> {
  const words = process.argv.slice(2);
  const jest = path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  const right =
    words.length > 0
      ? (await run(process.execPath, [jest, ...words], 'inherit')).right
      : await everything();
  process.exitCode = right ? 0 : 1;
}

void main();
