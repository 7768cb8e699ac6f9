import { isDeepStrictEqual } from 'node:util';
import type { ConfigInput } from '../../config';

/*
 * Changes of settings, laid over each other: maps are merged, and lists too, entry by entry, since each
 * change repeats the rest of a list that it changes in one place.
 */

/** The settings with a change: what it says that the base says too is not what it changes. */
export function overlay(
  under: ConfigInput,
  over: ConfigInput,
  base: ConfigInput = {},
): ConfigInput {
  return merged(under, over, base) as ConfigInput;
}

/** Whether two changes of the same base are about the same setting. */
export function conflict(base: ConfigInput, one: ConfigInput, other: ConfigInput): boolean {
  return clash(base, one, other);
}

function clash(base: unknown, one: unknown, other: unknown): boolean {
  if (one === undefined || other === undefined) return false;
  if (isDeepStrictEqual(one, base) || isDeepStrictEqual(other, base)) return false;
  if (isNone(one) || isNone(other)) return true;
  if (isParent(one) && isParent(other)) {
    const [left, right] = [entries(one), entries(other)];
    // A list of values is one value.
    if (Object.values(right).some((entry) => !isParent(entry)) && Array.isArray(other)) return true;
    return Object.keys(left).some((key) => clash(entries(base)[key], left[key], right[key]));
  }
  return true;
}

function merged(under: unknown, over: unknown, base: unknown): unknown {
  if (over === undefined) return under;
  if (under !== undefined && isDeepStrictEqual(over, base)) return under;
  if (Array.isArray(under) && Array.isArray(over) && !isNone(over)) {
    const longest = Math.max(under.length, over.length);
    const at = (i: number) => entries(base)[i];
    return Array.from({ length: longest }, (_, i) => merged(under[i], over[i], at(i)));
  }
  if (!isMap(under) || !isMap(over)) return over;
  const keys = new Set([...Object.keys(under), ...Object.keys(over)]);
  return Object.fromEntries(
    [...keys].map((key) => [key, merged(under[key], over[key], entries(base)[key])]),
  );
}

/** A list without entries takes those of another away. */
function isNone(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return isParent(value) && !Array.isArray(value);
}

function isParent(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function entries(value: unknown): Readonly<Record<string, unknown>> {
  return isParent(value) ? (value as Readonly<Record<string, unknown>>) : {};
}
