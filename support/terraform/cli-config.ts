import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { writeWhole } from '../files/whole-file';
import { devDependencies } from '../../package.json';
import { CACHE, installedManifest } from '../paths';

/** A provider at the version that this project pins. */
interface Provider {
  /** Address, e.g. `registry.terraform.io/hashicorp/aws`. */
  readonly address: string;
  readonly version: string;
}

const BINDING = '@cdktf/provider-';

/** Names of the providers for which there are bindings. */
const PROVIDERS = Object.keys(devDependencies)
  .filter((name) => name.startsWith(BINDING))
  .map((name) => name.slice(BINDING.length));

/** Where to look, apart from what the environment says. */
export interface MirrorSearch {
  readonly home: string;
  /** Folders that may hold a mirror each. */
  readonly folders: readonly string[];
  readonly providers: readonly Provider[];
  /** The file to write. */
  readonly file: string;
}

/**
 * What every Terraform here needs in its environment, to take the providers from where they are, and not to take
 * longer than it has to.
 */
export function terraformEnvironment(
  env: NodeJS.ProcessEnv = process.env,
): Readonly<Record<string, string>> {
  return {
    ...terraformCliConfig(env),
    // With Go's default of 100 Terraform and the AWS provider, which hold its whole schema, collect garbage for a
    // fifth of their CPU time. This costs each some 150 MB more.
    GOGC: env['GOGC'] ?? '400',
    ...silentProviders(env),
    // cdktf shares downloaded providers between the stacks, and Terraform takes one from there only
    // when a lock file names it, or with this: https://developer.hashicorp.com/terraform/cli/config/config-file#allowing-the-provider-plugin-cache-to-break-the-dependency-lock-file
    TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: 'true',
  };
}

/**
 * Keeps providers from writing logs, unless somebody asks for any: by default each writes all of its log, down to
 * the requests that it makes, as JSON, and Terraform reads that to throw it away.
 *
 * @see https://developer.hashicorp.com/terraform/plugin/log/managing
 */
function silentProviders(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  if (Object.entries(env).some(([name, value]) => name.startsWith('TF_LOG') && value)) return {};
  const loggers = PROVIDERS.map((name) => `PROVIDER_${name.replaceAll('-', '_').toUpperCase()}`);
  return Object.fromEntries(['SDK', ...loggers].map((logger) => [`TF_LOG_${logger}`, 'off']));
}

/**
 * The variables that let Terraform find its providers without the public registry, on a machine
 * that keeps them in a folder.
 *
 * A CLI configuration that is in place is left alone. Without one, each provider whose pinned
 * version lies in a local mirror comes from there, and every other from where it always comes.
 *
 * @returns `TF_CLI_CONFIG_FILE`, or nothing where nothing needs to be set.
 * @see https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation
 */
export function terraformCliConfig(
  env: NodeJS.ProcessEnv = process.env,
  search: MirrorSearch = defaultSearch(env),
): { readonly TF_CLI_CONFIG_FILE?: string } {
  const configured = env['TF_CLI_CONFIG_FILE'] || path.join(search.home, '.terraformrc');
  if (existsSync(configured)) return {};

  const mirrors = new Map<string, string[]>();
  for (const provider of search.providers) {
    const mirror = search.folders.find((folder) => holds(folder, provider));
    if (mirror) mirrors.set(mirror, [...(mirrors.get(mirror) ?? []), provider.address]);
  }
  if (mirrors.size === 0) return {};

  mkdirSync(path.dirname(search.file), { recursive: true });
  writeWhole(search.file, providerInstallation(mirrors));
  return { TF_CLI_CONFIG_FILE: search.file };
}

function providerInstallation(mirrors: ReadonlyMap<string, readonly string[]>): string {
  const list = (addresses: readonly string[]) => JSON.stringify(addresses);
  return [
    'provider_installation {',
    ...[...mirrors].flatMap(([folder, addresses]) => [
      '  filesystem_mirror {',
      `    path    = ${JSON.stringify(folder)}`,
      `    include = ${list(addresses)}`,
      '  }',
    ]),
    '  direct {',
    `    exclude = ${list([...mirrors.values()].flat())}`,
    '  }',
    '}',
    '',
  ].join('\n');
}

/** Both layouts of a mirror: unpacked, and packed as a ZIP file. */
function holds(folder: string, { address, version }: Provider): boolean {
  const platform = `${os.platform() === 'win32' ? 'windows' : os.platform()}_${os.arch() === 'x64' ? 'amd64' : os.arch()}`;
  const provider = path.join(folder, ...address.split('/'));
  const zip = `terraform-provider-${path.basename(address)}_${version}_${platform}.zip`;
  return existsSync(path.join(provider, version, platform)) || existsSync(path.join(provider, zip));
}

function defaultSearch(env: NodeJS.ProcessEnv): MirrorSearch {
  const home = os.homedir();
  const named = env['TF_PLUGIN_MIRROR'];
  return {
    home,
    folders: [
      ...(named ? [named] : []),
      // Terraform's implied mirrors: with an explicit configuration it no longer looks there.
      path.join(home, '.terraform.d/plugins'),
      path.join(home, '.local/share/terraform/plugins'),
      path.join(home, 'Library/Application Support/io.terraform/plugins'),
      '/Library/Application Support/io.terraform/plugins',
      '/usr/local/share/terraform/plugins',
      '/usr/share/terraform/plugins',
      ...foldersIn('/opt'),
    ],
    providers: pinnedProviders(),
    file: path.join(CACHE, 'terraform.tfrc'),
  };
}

function foldersIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => path.join(folder, name)) : [];
}

/** The provider bindings say which provider and version they were made from. */
function pinnedProviders(): Provider[] {
  return PROVIDERS.flatMap((name) => {
    const file = installedManifest(`${BINDING}${name}`);
    // Who installs the package takes the providers that are needed.
    if (file === undefined) return [];
    const binding = JSON.parse(readFileSync(file, 'utf8')) as {
      cdktf: { provider: { name: string; version: string } };
    };
    return [{ address: binding.cdktf.provider.name, version: binding.cdktf.provider.version }];
  });
}
