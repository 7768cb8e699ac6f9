import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { type Config, loadConfig, type Undeployed } from '../../config';

/**
 * The settings, for a command that deploys nothing and asks no cluster.
 *
 * @throws ConfigError listing every mistake
 */
export function undeployedConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const folder = mkdtempSync(path.join(tmpdir(), 'undeployed-'));
  try {
    return loadConfig({ undeployed: undeployed(folder), env }).config;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Placeholders for the clusters, for a command that deploys nothing.
 *
 * @param folder for the files, removed by the caller
 */
export function undeployed(folder: string): Undeployed {
  return {
    kubeconfig: (context, from) => {
      const name = createHash('sha256')
        .update(JSON.stringify([context, from]))
        .digest('hex');
      const file = path.join(folder, `${name}.yaml`);
      const cluster = { server: 'https://undeployed.invalid' };
      writeFileSync(
        file,
        stringify({
          clusters: [{ name: 'undeployed', cluster }],
          contexts: [{ name: context, context: { cluster: 'undeployed' } }],
        }),
      );
      return file;
    },
  };
}
