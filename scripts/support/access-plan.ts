import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '../../config';
import { accessPlan as planOf } from '../../config/access-plan';
import type { AccessPlan } from '../../constructs/federation/plan';
import { undeployed } from './undeployed';
import { UserError } from './user-error';

/**
 * What the policy of the settings comes to. Nothing is written in the project.
 *
 * @param file Path of the settings, in place of `federation.yaml`.
 * @throws ConfigError listing every mistake in them; UserError when there is no such file
 */
export function accessPlan(file?: string): AccessPlan {
  if (file !== undefined && !existsSync(file)) {
    throw new UserError(`There is no file ${path.resolve(file)}.`);
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'policy-'));
  try {
    const { config } = loadConfig({
      undeployed: undeployed(folder),
      env: file === undefined ? process.env : { ...process.env, FEDERATION_CONFIG: file },
    });
    return planOf(config);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
