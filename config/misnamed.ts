import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** The file that is read when it is there. */
export const CONFIG_FILE = 'federation.yaml';

/** Files that look as if they were meant to be the settings. */
export function misnamed(folder: string): string[] {
  const entries = existsSync(folder) ? readdirSync(folder) : [];
  return entries.filter(
    (name) =>
      name !== CONFIG_FILE && /^\.?federations?\.(ya?ml|json|toml)(\.txt)?$/i.test(name.trim()),
  );
}

/** What whoever has such a file beside the right one should know: one of the two is read. */
export function misnamedNotices({
  env,
  folder,
}: {
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
}): string[] {
  if (env['FEDERATION_CONFIG'] || !existsSync(path.resolve(folder, CONFIG_FILE))) return [];
  return misnamed(folder).map((name) => `${name} is not read; ${CONFIG_FILE} is.`);
}
