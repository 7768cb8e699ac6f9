export { CONFIG_FILE, defineConfig, loadConfig } from './load';
export type { ConfigInput, LoadedConfig, LoadOptions } from './load';
export { ConfigError } from './problems';
export { PROFILE_NAMES } from './profiles';
export type { ProfileName } from './profiles';
export { otherSide, SIDES } from './settings';
export type { Config, Side } from './settings';
export type { Undeployed } from './undeployed';
