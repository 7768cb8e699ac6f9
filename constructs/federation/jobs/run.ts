import { printable } from './text.ts';

/** One line of JSON for each run, for people and for whatever collects logs. */
export function log(line: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), ...line }));
}

/** Settings come as environment variables. */
export function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value === undefined || value === '') throw new Error(`the variable ${name} is not set`);
  return value;
}

/** What went wrong, in one line. Some messages quote what came from elsewhere. */
export function messageOf(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error), 600);
}

/**
 * Whether Terraform waits for this run. A failed Job tells it nothing but that; so the run says in a
 * ConfigMap what is wrong, Terraform repeats it, and the Job itself succeeds.
 */
export function reportsOnly(env: NodeJS.ProcessEnv): boolean {
  return env['REPORT_ONLY'] === 'true';
}
