import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The three services of the weather application. */
export type WeatherServiceName = 'frontend' | 'backend' | 'info';

/** The source files of a service, as a ConfigMap can hold them. */
export interface ServiceSources {
  /** By key: a path with its slashes replaced, since a key has none. */
  readonly files: Readonly<Record<string, string>>;
  /** Path of each file by its key. */
  readonly paths: Readonly<Record<string, string>>;
  /** Changes when a file does. */
  readonly digest: string;
}

const ROOT = join(__dirname, '..', '..', 'weather');

/** Reads the files of a service and those that all services share. */
export function serviceSources(service: WeatherServiceName): ServiceSources {
  const sources = ['shared', service].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .map(
        (name) => [`${folder}/${name}`, readFileSync(join(ROOT, folder, name), 'utf8')] as const,
      ),
  );
  const entries = [
    ...sources,
    // Or Node.js would have to find out that the files are ES modules.
    ['package.json', '{"type":"module"}'] as const,
  ].map(([path, text]) => ({ key: path.replace('/', '.'), path, text }));
  return {
    files: Object.fromEntries(entries.map(({ key, text }) => [key, text])),
    paths: Object.fromEntries(entries.map(({ key, path }) => [key, path])),
    digest: createHash('sha256').update(JSON.stringify(entries)).digest('hex').slice(0, 16),
  };
}
