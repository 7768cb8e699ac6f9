import { jest } from '@jest/globals';
import { main } from '../../cli/mesh-federation';

/** What a command printed, and how it ended. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command of `mesh-federation` within the test, where it starts at once.
 *
 * @param env what differs from the environment of the tests, in which no settings are named
 */
export async function meshFederation(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const said = { stdout: '', stderr: '' };
  const spies = [
    jest.spyOn(console, 'log').mockImplementation((text) => void (said.stdout += `${text}\n`)),
    ...(['warn', 'error'] as const).map((level) =>
      jest.spyOn(console, level).mockImplementation((text) => void (said.stderr += `${text}\n`)),
    ),
    ...(['stdout', 'stderr'] as const).map((stream) =>
      jest.spyOn(process[stream], 'write').mockImplementation((text) => {
        said[stream] += String(text);
        return true;
      }),
    ),
  ];
  const before = { env: process.env, exitCode: process.exitCode };
  process.env = { ...withoutSettings(before.env), ...env };
  process.exitCode = undefined;
  try {
    await main(words);
    return { status: Number(process.exitCode ?? 0), ...said };
  } finally {
    process.env = before.env;
    process.exitCode = before.exitCode;
    spies.forEach((spy) => spy.mockRestore());
  }
}

/** What a command said, without how far it was: what takes long says so every half minute. */
export function withoutProgress(stderr: string): string {
  return stderr.replace(/^.+: \d+ s(, .+)?\n/gm, '');
}

function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith('FEDERATION_')),
  );
}
