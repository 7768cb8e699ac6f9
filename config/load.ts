import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { commandLine } from '../constructs/command-line';
import { isYamlMap, type YamlMap } from '../constructs/kubernetes/yaml-file';
import { choice, closest, formatPath, internalError, type Problem } from '../constructs/problems';
import { today } from '../versions/verdicts';
import { complete, laidOver, SHARED } from './complete';
import { callerNotices } from './effective-policy';
import { egressNotices } from './egress';
import { crossingNotices } from './crossing-problems';
import { gatewayNotices } from './gateways';
import { foreignAccountNotices } from './arns';
import { withRegistry } from './deployed-images';
import { merge } from './merge';
import { CONFIG_FILE, misnamed, misnamedNotices } from './misnamed';
import { strangerProblems } from './mesh-names';
import { connectionNotices } from './partner-crossing';
import { besidePartner, partnerNotices, partnersAwaited, withPartners } from './partners';
import { ConfigError, type LocatedProblem, type Mistake, unique } from './problems';
import { check } from './check';
import { PROFILE_NAMES, type ProfileName } from './profile-names';
import { BASE, profiles } from './profiles';
import { admissionNotices } from './federation';
import { trustNotices } from './trust';
import { type Undeployed, withoutDeployment } from './undeployed';
import { SettingsFile, withAbsolutePaths } from './settings-file';
import type { Config, ConfigInput } from './schema';
import { weatherNotices } from './weather';
import { settings, settingsUnagreed } from './settings';
import { versionNotices } from './versions';
import { alikeNote, type WrittenProblem, writtenProblems } from './written';
import { idleNotices } from './without-effect';

export { CONFIG_FILE } from './misnamed';

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
  /**
   * Whether the policy may differ from what partners understand: for whoever writes them an offer.
   * @default false, but for a command that deploys nothing
   */
  readonly unagreed?: boolean;
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
  unagreed = undeployed !== undefined,
}: LoadOptions = {}): LoadedConfig {
  // A variable that is set to nothing is as good as none.
  const named = env['FEDERATION_CONFIG'] || undefined;
  const path = resolve(folder, named ?? CONFIG_FILE);
  if (named === undefined) {
    const others = misnamed(folder);
    if (!existsSync(path)) {
      if (others.length > 0) {
        const message = `${others.join(' and ')} ${others.length === 1 ? 'is' : 'are'} not read; call the file ${CONFIG_FILE}, or name it in FEDERATION_CONFIG`;
        throw new ConfigError([{ path: [], message }], `the folder ${resolve(folder)}`);
      }
      const where = `the settings; there is no ${CONFIG_FILE}, which "${commandLine('init')}" writes`;
      return build({}, { env, undeployed, unagreed, where });
    }
  } else if (!existsSync(path)) {
    const message = `FEDERATION_CONFIG names ${path}, which does not exist; name a file that does, or unset it, and ${CONFIG_FILE} is read`;
    throw new ConfigError([{ path: [], message }], 'the environment');
  }
  const file = SettingsFile.read(path, named ?? CONFIG_FILE);
  const loaded = build(file.settings, { env, undeployed, unagreed, file });
  const passedOver = misnamedNotices({ env, folder });
  return {
    ...loaded,
    notices: [...passedOver, ...loaded.notices],
  };
}

/**
 * The settings from TypeScript instead of a file.
 *
 * @throws ConfigError listing every mistake.
 */
export function defineConfig(input: ConfigInput = {}, env: NodeJS.ProcessEnv = {}): LoadedConfig {
  return build(input, { env });
}

interface Source extends Pick<LoadOptions, 'env' | 'undeployed' | 'unagreed'> {
  readonly env: NodeJS.ProcessEnv;
  /** @default they come from TypeScript */
  readonly file?: SettingsFile;
  /**
   * What has the mistakes, without a file.
   * @default the settings
   */
  readonly where?: string;
}

function build(
  { profile: own, ...given }: YamlMap,
  { env, undeployed, unagreed, file, where = 'the settings' }: Source,
) {
  const { name, problem } = chosenProfile(own, env);
  const placed = file && withAbsolutePaths(given, file.folder);
  const input = placed?.settings ?? given;
  const { settings: preset, cluster, notices = [] } = profiles(env)[name];
  const standard = merge(BASE, preset);
  const raw = laidOver(standard, input, cluster);
  const whole = (input: YamlMap) => {
    const completed = complete(input);
    return undeployed === undefined ? completed : withoutDeployment(completed, undeployed);
  };
  const schema = unagreed === true ? settingsUnagreed : settings;
  const completed = whole(raw);
  const fallback = { ...whole(standard), meshes: partnersAwaited(completed) };
  const result = check(schema, completed, fallback, (path) =>
    file?.writtenAt(asWritten({ path, message: '' }, raw).path),
  );
  const ofSchema = 'problems' in result ? result.problems : [];
  const found = unique(
    [...strangerProblems(raw).map(ofName), ...ofSchema].map((one) =>
      asConflict(asWritten(one, raw), given, raw),
    ),
  );
  const located = (problems: readonly Mistake[]) =>
    problems.map((one) => ({
      ...one,
      message: (placed?.asWritten(one.message) ?? one.message) + alikeNote(judged(given, one)),
      position: file?.positionOf(one.path, one.known === false),
    }));
  const written = writtenProblems(given, (path) => file?.writtenAt(path));
  // With another profile, what is only missing may be there.
  const beside = besidePartner(given);
  const sure = problem === undefined ? found : found.filter(({ path }) => has(given, path));
  const inFile = problem !== undefined && !problem.fromEnvironment ? [problem] : [];
  const mistakes = inOrder([
    ...(file?.mistakes ?? []),
    ...located([...inFile, ...together(written, [...beside, ...sure])]),
  ]);
  const errors = [
    ...(problem?.fromEnvironment === true ? [new ConfigError([problem], 'the environment')] : []),
    ...(mistakes.length > 0 ? [new ConfigError(mistakes, file?.name ?? where)] : []),
  ];
  const [error] = errors;
  if (error !== undefined) throw errors.length === 1 ? error : ConfigError.all(errors);
  if ('problems' in result) throw internalError('settings with mistakes that were not told');
  const config = withRegistry({ ...withPartners(result.value), profile: name });
  return {
    config,
    profile: name,
    notices: [
      ...notices,
      ...egressNotices(config),
      ...admissionNotices(config.federation),
      ...gatewayNotices(config),
      ...crossingNotices(config),
      ...partnerNotices(config),
      ...connectionNotices(config),
      ...callerNotices(config),
      ...trustNotices(config.federation.trust),
      ...foreignAccountNotices(
        config,
        (setting) => asWritten({ path: setting, message: '' }, raw).path,
      ),
      ...weatherNotices(config.weather, env),
      ...idleNotices(config, (setting) => has(given, setting)),
      ...versionNotices(config, today()),
    ],
  };
}

/** As they are in the file; first what is not in it. */
function inOrder(mistakes: readonly LocatedProblem[]): readonly LocatedProblem[] {
  const start = { line: 0, column: 0 };
  return mistakes.toSorted(({ position: a = start }, { position: b = start }) =>
    a.line === b.line ? a.column - b.column : a.line - b.line,
  );
}

interface ProfileProblem extends Problem {
  readonly fromEnvironment: boolean;
}

/** The profile that is asked for; with a problem, the one that was probably meant. */
function chosenProfile(
  own: unknown,
  env: NodeJS.ProcessEnv,
): { readonly name: ProfileName; readonly problem?: ProfileProblem } {
  const variable = env['FEDERATION_PROFILE'] || undefined;
  const name = variable ?? own ?? 'default';
  const known = PROFILE_NAMES.find((profile) => profile === name);
  if (known !== undefined) return { name: known };
  const meant = typeof name === 'string' ? closest(name, PROFILE_NAMES) : undefined;
  const message =
    `is ${JSON.stringify(name)}; must be ${choice(PROFILE_NAMES)}` +
    (meant === undefined ? '' : `; did you mean "${meant}"?`);
  return {
    name: PROFILE_NAMES.find((profile) => profile === meant) ?? 'default',
    problem: {
      path: [variable === undefined ? 'profile' : 'FEDERATION_PROFILE'],
      message,
      fromEnvironment: variable !== undefined,
    },
  };
}

/** What is wrong with a name is so with the key, whatever its value. */
function ofName(problem: Problem): Mistake {
  return { ...problem, known: false };
}

/** How something is written comes first: what else is said of it follows from that. */
function together(
  written: readonly (Mistake & WrittenProblem)[],
  found: readonly Mistake[],
): Mistake[] {
  const at = ({ path }: Problem) => formatPath(path);
  const kept = written.filter(
    (one) => !one.yields || !found.some((other) => at(other) === at(one)),
  );
  return [...kept, ...found.filter((one) => !kept.some((other) => at(other) === at(one)))];
}

/** What contradicts a default is told of the setting that was written. */
function asConflict(problem: Mistake, given: YamlMap, raw: YamlMap): Mistake {
  const { path, message, comparedWith = [] } = problem;
  if (has(given, path) || message.startsWith('is missing') || path[0] === 'accessPolicy')
    return problem;
  // Beside a setting that was left out a whole section says less than the map that it is missing in.
  const least = has(given, path.slice(0, -1)) ? 2 : 1;
  const other = comparedWith
    .map((setting) => asWritten({ path: setting, message }, raw).path)
    .find((setting) => setting.length >= least && has(given, setting));
  if (other === undefined) return problem;
  const subject = formatPath(path) + (/^is /.test(message) ? '' : ':');
  return { ...problem, path: other, message: `does not fit: ${subject} ${message}` };
}

/** A mistake in a shared section is found again in each cluster: name the place where it was written. */
function asWritten<T extends Problem>(problem: T, raw: YamlMap): T {
  const [clusters, cluster, section, ...rest] = problem.path;
  const shared = clusters === 'clusters' && SHARED.some((name) => name === section);
  if (!shared || section === undefined || has(raw, [clusters, cluster ?? '', section, ...rest])) {
    return problem;
  }
  return { ...problem, path: [section, ...rest] };
}

/** The text that a mistake is about: a value of the file, else the name of the setting. */
function judged(given: YamlMap, { path, known }: Mistake): string {
  const value = known === false ? undefined : valueAt(given, path);
  return String(typeof value === 'string' ? value : (path.at(-1) ?? ''));
}

function valueAt(value: unknown, [key, ...rest]: readonly PropertyKey[]): unknown {
  if (key === undefined) return value;
  if (Array.isArray(value)) return valueAt((value as unknown[])[Number(key)], rest);
  return isYamlMap(value) ? valueAt(value[String(key)], rest) : undefined;
}

function has(value: unknown, [key, ...rest]: readonly PropertyKey[]): boolean {
  if (key === undefined) return true;
  if (Array.isArray(value)) return has((value as unknown[])[Number(key)], rest);
  return isYamlMap(value) && String(key) in value && has(value[String(key)], rest);
}
