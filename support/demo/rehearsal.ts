import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import colors from 'picocolors';

/** `rehearse` in a process of its own, beside a deploy, which mostly waits. */
export class RehearsalBeside {
  private child: ChildProcess | undefined;
  private ended: Promise<unknown[]> | undefined;
  private readonly said: Buffer[] = [];
  private hear = (text: Buffer): void => void this.said.push(text);

  /** @param cases as `--only` takes them */
  public constructor(private readonly cases: readonly string[]) {}

  public begin(): void {
    const [, program = ''] = process.argv;
    // The report, which nobody needs here, takes standard output: all else is on one stream, in its order.
    const words = ['rehearse', '--json', '--quick', '--only', ...this.cases];
    const { isTTY, columns } = process.stdout;
    this.child = spawn(process.execPath, [...process.execArgv, program, ...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        ...(isTTY && { COLUMNS: String(columns) }),
        ...(colors.isColorSupported && { FORCE_COLOR: '1' }),
      },
    });
    this.child.stderr?.on('data', (text: Buffer) => this.hear(text));
    this.ended = once(this.child, 'close');
    // It is told by `result`, unless the deploy fails before.
    this.ended.catch(() => undefined);
  }

  /** Prints what it has said, and what it says from now on. @returns its exit code */
  public async result(): Promise<number | null> {
    this.hear = (text) => void process.stdout.write(text);
    this.said.forEach(this.hear);
    const [code] = (await this.ended) as [number | null];
    return code;
  }

  public kill(): void {
    this.child?.kill();
  }
}
