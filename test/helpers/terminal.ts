import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { checkPython, isMissing } from '../../support/programs/prerequisites';
import { ROOT } from '../../support/paths';
import { describeIf } from './suites';

const python = checkPython();

/** `describe` for a suite that runs programs on a terminal, by Python's own module for them. */
export function describeOnTerminal(name: string, suite: () => void): void {
  const missing = isMissing(python) ? `${python.name} ${python.problem}` : '';
  describeIf(missing === '', missing, name, suite);
}

/** How a terminal is, and what runs on it. */
export interface TerminalOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** @default the project's root */
  readonly cwd?: string;
  /** @default 120 */
  readonly columns?: number;
}

/** A program on a terminal of its own, as a person starts it. */
export class Terminal {
  private text = '';
  private readonly child: ChildProcess;
  private readonly ended: Promise<number>;

  public constructor(
    program: string,
    args: readonly string[],
    { env, cwd = ROOT, columns = 120 }: TerminalOptions = {},
  ) {
    this.child = spawn(
      isMissing(python) ? 'python3' : python.program,
      [join(__dirname, 'terminal.py'), String(columns), program, ...args],
      // A terminal that a person looks at is not CI's.
      { cwd, env: { ...process.env, CI: undefined, TERM: 'xterm-256color', ...env } },
    );
    this.child.stdout?.on('data', (chunk: Buffer) => (this.text += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.text += chunk.toString()));
    this.ended = once(this.child, 'close').then(([code]) => Number(code));
  }

  /** All that was printed so far, without colours and movements of the cursor. */
  public get output(): string {
    return stripVTControlCharacters(this.text).replaceAll('\r', '');
  }

  /** Waits for something to be printed. @throws Error with all that was printed, when it never is */
  public async shows(pattern: RegExp, seconds = 240): Promise<void> {
    let running = true;
    void this.ended.then(() => (running = false));
    const deadline = Date.now() + seconds * 1000;
    while (!pattern.test(this.output)) {
      if (!running || Date.now() > deadline) {
        throw new Error(
          `${pattern} was never shown ${running ? '' : '(it has ended)'}:\n${this.output}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Waits a moment. @throws Error with all that was printed, when it has ended */
  public async waits(): Promise<void> {
    const moment = new Promise((resolve) => setTimeout(resolve, 50));
    const code = await Promise.race([this.ended, moment]);
    if (typeof code === 'number') throw new Error(`It has ended with ${code}:\n${this.output}`);
  }

  /** Presses Ctrl-C. */
  public interrupt(): void {
    this.child.stdin?.write('interrupt\n');
  }

  /** Types a word and the return key. */
  public type(word: string): void {
    this.child.stdin?.write(`type=${word}\n`);
  }

  /** Presses one key, by the bytes that it sends. */
  public press(key: string): void {
    this.child.stdin?.write(`press=${Buffer.from(key).toString('hex')}\n`);
  }

  /** Presses a key until something happens: one that comes before the program listens is lost. */
  public async pressUntil<T>(key: string, done: Promise<T>): Promise<T> {
    this.press(key);
    const again = setInterval(() => this.press(key), 10_000);
    try {
      return await done;
    } finally {
      clearInterval(again);
    }
  }

  /** Closes the window. */
  public close(): void {
    this.child.stdin?.write('close\n');
  }

  /** Waits for its end. @returns its exit code */
  public exit(): Promise<number> {
    return this.ended;
  }

  /** Ends it, whatever it does. */
  public kill(): void {
    this.child.kill('SIGKILL');
  }
}
