export { CONFIG_FILE, defineConfig, loadConfig } from './load';
export type { LoadedConfig, LoadOptions } from './load';
export { ConfigError } from './problems';
export { PROFILE_NAMES, type ProfileName } from './profile-names';
export type { Config, ConfigInput } from './schema';
export type { Undeployed } from './undeployed';
