import { existsSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { isYamlMap, readYamlMap, type YamlMap } from '../constructs/kubernetes/yaml-file';
import { choice, type Problem } from '../constructs/problems';
import { egressNotices } from './egress';
import { check, ConfigError, unique } from './problems';
import { BASE, PROFILE_NAMES, type ProfileName, profiles } from './profiles';
import { trustNotices } from './trust';
import { type Undeployed, withoutDeployment } from './undeployed';
import { settings, SIDES, type Config } from './settings';
import { supportNotices } from './support';

/** The file that is read when it is there. */
export const CONFIG_FILE = 'federation.yaml';

type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> }
    : T;

/** Settings as a user writes them: any of them, over a profile. */
export type ConfigInput = DeepPartial<z.input<typeof settings>> & {
  /** @default default */
  readonly profile?: ProfileName;
};

/** The settings, and what their user should know of them. */
export interface LoadedConfig {
  readonly config: Config;
  readonly profile: ProfileName;
  /** One sentence each. */
  readonly notices: readonly string[];
}

/** Where `loadConfig` looks. */
export interface LoadOptions {
  /**
   * `FEDERATION_CONFIG` names the file, `FEDERATION_PROFILE` the profile.
   * @default process.env
   */
  readonly env?: NodeJS.ProcessEnv;
  /**
   * Folder of `federation.yaml`.
   * @default the current one
   */
  readonly folder?: string;
  /**
   * For a command that deploys nothing: what takes the place of what only a deploy needs.
   * @default nothing: all of it must be there
   */
  readonly undeployed?: Undeployed;
}

/**
 * The settings of the file `federation.yaml`, if there is one, over those of a profile.
 *
 * @throws ConfigError listing every mistake.
 */
export function loadConfig({
  env = process.env,
  folder = '.',
  undeployed,
}: LoadOptions = {}): LoadedConfig {
  const named = env['FEDERATION_CONFIG'];
  const file = path.resolve(folder, named ?? CONFIG_FILE);
  if (named === undefined && !existsSync(file)) return build({}, env, 'the settings', undeployed);
  let raw: YamlMap;
  try {
    raw = readYamlMap(file, named === undefined ? 'the file' : 'FEDERATION_CONFIG names');
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ConfigError([{ path: [], message }], named ?? CONFIG_FILE);
  }
  return build(raw, env, named ?? CONFIG_FILE, undeployed);
}

/**
 * The settings from TypeScript instead of a file.
 *
 * @throws ConfigError listing every mistake.
 */
export function defineConfig(input: ConfigInput = {}, env: NodeJS.ProcessEnv = {}): LoadedConfig {
  return build(input, env, 'the settings');
}

function build(
  { profile: own, ...input }: YamlMap,
  env: NodeJS.ProcessEnv,
  source: string,
  undeployed?: Undeployed,
) {
  const name = env['FEDERATION_PROFILE'] ?? own ?? 'default';
  const profile = PROFILE_NAMES.find((known) => known === name);
  if (profile === undefined) {
    const message = `is ${JSON.stringify(name)}; must be ${choice(PROFILE_NAMES)}`;
    throw new ConfigError([{ path: ['profile'], message }], source);
  }
  const { settings: preset, notices = [] } = profiles(env)[profile];
  const standard = merge(BASE, preset);
  const raw = merge(standard, input);
  const complete = (input: YamlMap) => {
    const shared = shareWithClusters(input);
    return undeployed === undefined ? shared : withoutDeployment(shared, undeployed);
  };
  const result = check(settings, complete(raw), complete(standard));
  if ('problems' in result) {
    throw new ConfigError(
      unique(result.problems.map((problem) => asWritten(problem, raw))),
      source,
    );
  }
  const config = result.value;
  const today = new Date().toISOString().slice(0, 10);
  return {
    config,
    profile,
    notices: [
      ...notices,
      ...egressNotices(config),
      ...trustNotices(config.federation.trust),
      ...supportNotices(config, today),
    ],
  };
}

/** Sections that hold for both clusters, and that each cluster may change for itself. */
const SHARED = ['network', 'eks'] as const;

function shareWithClusters(raw: YamlMap): YamlMap {
  const { clusters } = raw;
  if (!isYamlMap(clusters)) return raw;
  const shared = Object.fromEntries(
    SIDES.map((side) => {
      const cluster = clusters[side];
      if (!isYamlMap(cluster) || cluster['kind'] !== 'eks') return [side, cluster];
      const sections = SHARED.map((section) => [
        section,
        mergeValue(raw[section], cluster[section]),
      ]);
      return [side, { ...cluster, ...(Object.fromEntries(sections) as YamlMap) }];
    }),
  );
  return { ...raw, clusters: { ...clusters, ...shared } };
}

/** A mistake in a shared section is found again in each cluster: name the place where it was written. */
function asWritten(problem: Problem, raw: YamlMap): Problem {
  const [clusters, side, section, ...rest] = problem.path;
  const shared = clusters === 'clusters' && SHARED.some((name) => name === section);
  if (!shared || section === undefined || has(raw, [clusters, side ?? '', section, ...rest])) {
    return problem;
  }
  return { ...problem, path: [section, ...rest] };
}

function has(value: unknown, [key, ...rest]: readonly PropertyKey[]): boolean {
  if (key === undefined) return true;
  if (Array.isArray(value)) return has((value as unknown[])[Number(key)], rest);
  return isYamlMap(value) && String(key) in value && has(value[String(key)], rest);
}

/** Maps are merged, everything else is replaced: a list too, and a map of another kind. */
function merge(under: YamlMap, over: YamlMap): YamlMap {
  const otherKind = over['kind'] !== undefined && over['kind'] !== under['kind'];
  if (otherKind) return over;
  const merged = Object.entries(over).map(([key, value]) => [key, mergeValue(under[key], value)]);
  return { ...under, ...(Object.fromEntries(merged) as YamlMap) };
}

function mergeValue(under: unknown, over: unknown): unknown {
  if (over === undefined) return under;
  return isYamlMap(under) && isYamlMap(over) ? merge(under, over) : over;
}
