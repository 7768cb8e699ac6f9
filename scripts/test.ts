/**
 * `npm test` runs everything in three lanes: the suites of test/e2e/aws, in which Terraform waits much of the
 * time, the other suites of test/e2e, in which Envoy does, and the unit tests. With words behind `--` it runs
 * Jest with them.
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
  // What these say comes at the end, so that no two speak at once.
  const beside = [npm('test:e2e', 'pipe'), npm('test:aws', 'pipe')];
  const ended = [await npm('test:unit')];
  for (const lane of beside) {
    const { right, output } = await lane;
    process.stdout.write(output);
    ended.push({ right, output });
  }
  return ended.every(({ right }) => right);
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
