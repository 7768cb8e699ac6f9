/** Names of the profiles. */
export const PROFILE_NAMES = ['default', 'thesis', 'emulated', 'kind'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];
