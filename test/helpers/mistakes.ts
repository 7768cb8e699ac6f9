import { ConfigError } from '../../config';

/** What is wrong with the settings that are read there; nothing where they are right. */
export function mistakesOf(read: () => unknown): readonly string[] {
  return refusalOf(read)?.problems ?? [];
}

/** How these settings are refused, if they are. */
export function refusalOf(read: () => unknown): ConfigError | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}
