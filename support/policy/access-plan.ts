import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../../config';
import { accessPlan as planOf } from '../../config/access-plan';
import { effectivePolicy } from '../../config/effective-policy';
import type { AccessPlan, AccessPolicy } from '../../constructs/federation/plan';
import { undeployedConfig } from '../settings/undeployed';
import { UserError } from '../terminal/user-error';

/**
 * What the policy of the settings comes to. Nothing is written in the project.
 *
 * @param file Path of the settings, in place of `federation.yaml`.
 * @throws ConfigError listing every mistake in them; UserError when there is no such file
 */
export function accessPlan(file?: string): AccessPlan {
  return policyAndPlan(file).plan;
}

/**
 * The policy of the settings, with the namespaces of its borders, and what it comes to.
 *
 * @param option by which the file was named
 */
export function policyAndPlan(
  file?: string,
  option = '--policy',
): {
  readonly config: Config;
  readonly policy: AccessPolicy;
  readonly plan: AccessPlan;
} {
  if (file !== undefined && !existsSync(file)) {
    throw new UserError(
      `${option}: ${path.resolve(file)} does not exist; must be a file of settings, such as federation.yaml`,
    );
  }
  const config = undeployedConfig(
    file === undefined ? process.env : { ...process.env, FEDERATION_CONFIG: file },
  );
  return { config, policy: effectivePolicy(config), plan: planOf(config) };
}
