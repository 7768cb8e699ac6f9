import { environmentProblem } from '../../constructs/environment-problem';
import { missingPackage } from '../programs/packages';

/** Exit codes of every command. */
export const EXIT = {
  right: 0,
  /** Something is wrong with what was looked at or deployed. */
  wrong: 1,
  /** The command could not do its work: wrong settings or options, or something missing on the machine. */
  couldNotRun: 2,
  /** Ended by Ctrl-C, in an orderly way, as a shell has it (128 and the signal's number). */
  interrupted: 130,
} as const;

/** What a person can do something about: shown to them as it is, without a stack trace. */
export class UserError extends Error {
  /** @param exitCode with which the command ends. @default EXIT.couldNotRun */
  public constructor(
    message: string,
    public readonly exitCode: number = EXIT.couldNotRun,
  ) {
    super(message);
  }
}

/** Refuses all that is wrong with what a person has said, together. @throws UserError when something is */
export function refuseAll(mistakes: readonly string[]): void {
  if (mistakes.length > 0) throw new UserError(mistakes.join('\n'));
}

/** Reads something that a person has said; what is wrong with it is added to the mistakes. */
export function orMistake<Value>(mistakes: string[], read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    mistakes.push(error.message);
    return undefined;
  }
}

/** Shows what ended a command, and sets the exit code. */
export function reportFailure(error: unknown): void {
  const problem = isForPeople(error)
    ? error.message
    : (missingPackage(error) ?? environmentProblem(error));
  console.error(problem ?? error);
  if (problem === undefined) {
    console.error(
      '\nThis is a fault of the program itself: please report it with the lines above.',
    );
  }
  process.exitCode = error instanceof UserError ? error.exitCode : EXIT.couldNotRun;
}

/** Mistakes in the settings are known by their name: not every command has to load the settings. */
function isForPeople(error: unknown): error is Error {
  return error instanceof UserError || (error instanceof Error && error.name === 'ConfigError');
}

let isWatched = false;

/** Whoever reads the output may have read enough, such as `head`: the program then ends as by Ctrl-C, in order. */
export function endWithReader(): void {
  if (isWatched) return;
  isWatched = true;
  let hasEnded = false;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // A terminal that was closed sends a signal of its own.
      if (error.code === 'EIO') return;
      if (error.code !== 'EPIPE') throw error;
      if (!hasEnded) process.kill(process.pid, 'SIGINT');
      hasEnded = true;
    });
  }
}

/** Runs a command's program, and says what went wrong in the end. */
export function runProgram(main: () => number | Promise<number>): Promise<void> {
  return Promise.resolve()
    .then(main)
    .then((code) => {
      process.exitCode = code;
    }, reportFailure);
}
