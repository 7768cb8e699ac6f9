/** What a person can do something about: shown to them as it is, without a stack trace. */
export class UserError extends Error {}

/** Runs a command's program, and says what went wrong in the end. */
export function runProgram(main: () => Promise<number>): void {
  main().then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      console.error(error instanceof UserError ? `\n${error.message}` : error);
      process.exitCode = 1;
    },
  );
}
