import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '../../config';
import { isOfKindUp } from '../../config/kind';
import { formatProblem, type Problem } from '../../constructs/problems';
import { UserError } from '../terminal/user-error';
import { undeployed } from './undeployed';

/** The clusters that `kind up` makes. */
export interface KindClusters {
  /** As kind calls them. */
  readonly names: readonly string[];
  /** Whether they are those of the profile `kind`, which nothing asked for yet. */
  readonly ofProfile: boolean;
}

/**
 * The clusters of the settings whose kubeconfig `kind up` writes. Settings without any are read with the
 * profile `kind`, unless they are asked for with another one.
 *
 * @throws ConfigError listing every mistake
 */
export function kindClusters(env: NodeJS.ProcessEnv = process.env): KindClusters {
  const names = namesIn(env);
  if (names.length > 0) return { names, ofProfile: false };
  if (env['FEDERATION_PROFILE']) {
    throw new UserError(
      `No cluster of the settings has the kubeconfig that kind writes here, with the profile ` +
        `${env['FEDERATION_PROFILE']}. Take the profile kind: FEDERATION_PROFILE=kind.`,
    );
  }
  return { names: namesIn({ ...env, FEDERATION_PROFILE: 'kind' }), ofProfile: true };
}

function namesIn(env: NodeJS.ProcessEnv): string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'kind-'));
  try {
    const { kubeconfig } = undeployed(folder);
    const written = new Map<string, unknown>();
    const { config } = loadConfig({
      env,
      undeployed: {
        kubeconfig: (context, from) => {
          const file = kubeconfig(context, from);
          written.set(file, from);
          return file;
        },
      },
    });
    const contexts = Object.entries(config.clusters).flatMap(([name, cluster]) => {
      const from = cluster.kind === 'kubeconfig' ? written.get(cluster.path) : undefined;
      return cluster.kind === 'kubeconfig' && typeof from === 'string' && isOfKindUp(from)
        ? [{ name, context: cluster.context }]
        : [];
    });
    const problems = contexts.flatMap(({ name, context }): Problem[] =>
      /^kind-[a-z0-9.-]+$/.test(context)
        ? []
        : [
            {
              path: ['clusters', name, 'context'],
              message: `is ${context}; must be kind- and a name of lower-case letters, digits, "." and "-", as kind makes it`,
            },
          ],
    );
    if (problems.length > 0) throw new UserError(problems.map(formatProblem).join('\n'));
    return [...new Set(contexts.map(({ context }) => context.slice('kind-'.length)))];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
