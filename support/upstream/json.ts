export type Json = null | boolean | number | string | Json[] | JsonMap;
export interface JsonMap {
  readonly [key: string]: Json;
}

export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A mapping as it is, anything else as an empty one. */
export function map(value: Json | undefined): JsonMap {
  return isMap(value) ? value : {};
}

/** A text as it is, anything else as a question mark. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '?';
}
