import type { Origin } from './model.ts';
import { type Routes, serve } from './server.ts';

/** Environment variables, one mistake for each that is wrong. */
export class Environment {
  private readonly mistakes: string[] = [];
  private readonly variables: NodeJS.ProcessEnv;

  constructor(variables: NodeJS.ProcessEnv) {
    this.variables = variables;
  }

  text(name: string, fallback: string): string {
    return this.variables[name] || fallback;
  }

  optional(name: string): string | undefined {
    return this.variables[name] || undefined;
  }

  number(name: string, fallback: number, least: number, most: number): number {
    const text = this.optional(name);
    const number = text === undefined ? fallback : Number(text);
    if (Number.isNaN(number) || number < least || number > most) {
      this.mistakes.push(`${name} is "${text}"; must be a number from ${least} to ${most}`);
    }
    return number;
  }

  url(name: string, fallback: string): string {
    const text = this.text(name, fallback);
    if (!/^https?:/.test(text) || !URL.canParse(text)) {
      this.mistakes.push(`${name} is "${text}"; must start with http:// or https://`);
    }
    return text.replace(/\/+$/, '');
  }

  /** Who this is, by what the pod was told. */
  origin(service: string): Origin {
    return { service, mesh: this.optional('MESH'), pod: this.optional('POD') };
  }

  /** @throws When any variable is wrong; all of them. */
  check(): void {
    if (this.mistakes.length > 0) throw new Error(this.mistakes.join('; '));
  }
}

/** Runs a service until the process is told to end. */
export async function run(
  service: string,
  routes: (env: Environment) => Routes,
  variables: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  try {
    const env = new Environment(variables);
    const settings = {
      service,
      routes: routes(env),
      port: env.number('PORT', 8080, 0, 65535),
      host: env.text('HOST', '127.0.0.1'),
    };
    const drainSeconds = env.number('DRAIN_SECONDS', 0, 0, 60);
    env.check();
    const server = await serve(settings);
    console.log(JSON.stringify({ time: new Date(), service, listens: server.port }));
    process.once('SIGTERM', () => void server.stop(drainSeconds));
    process.once('SIGINT', () => void server.stop());
  } catch (error) {
    console.error(`${service}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
