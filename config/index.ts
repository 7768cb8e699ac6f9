export { CONFIG_FILE, defineConfig, loadConfig, type LoadedConfig, type LoadOptions } from './load';
export { ConfigError } from './problems';
export { PROFILE_NAMES, type ProfileName } from './profile-names';
export type { Config, ConfigInput } from './schema';
export type { Undeployed } from './undeployed';
