import { isYamlMap, yamlMap } from '../../constructs/kubernetes/yaml-file';
import { UNKNOWN, UNKNOWN_ADDRESS } from '../objects/expressions';

/** A field that is another than the configuration says. */
export interface Difference {
  readonly path: string;
  readonly wanted: unknown;
  readonly found: unknown;
}

/**
 * Where what is there lacks something of what is wanted. What is there beside, such as the defaults of
 * an API server, does not count, unless nothing but what is wanted may be there; nor does what only a deploy knows.
 */
export function differences(
  wanted: unknown,
  found: unknown,
  path = '',
  nothingElse = false,
): Difference[] {
  if (Array.isArray(wanted)) {
    const items: unknown[] = wanted;
    const there: unknown[] = Array.isArray(found) ? found : [];
    if (items.length !== there.length) return [{ path, wanted, found }];
    return items.flatMap((item, index) =>
      differences(item, there[index], `${path}[${index}]`, nothingElse),
    );
  }
  if (isYamlMap(wanted)) {
    const there = yamlMap(found);
    const at = (key: string) => (path === '' ? key : `${path}.${key}`);
    const others = nothingElse ? Object.keys(there).filter((key) => wanted[key] === undefined) : [];
    return [
      ...Object.entries(wanted).flatMap(([key, value]) =>
        differences(value, there[key], at(key), nothingElse),
      ),
      ...others.map((key) => ({ path: at(key), wanted: undefined, found: there[key] })),
    ];
  }
  return same(wanted, found) ? [] : [{ path, wanted, found }];
}

function same(wanted: unknown, found: unknown): boolean {
  if (wanted === found) return true;
  // An API server leaves out what is empty.
  if (found === undefined) return wanted === '' || wanted === false || wanted === null;
  if (typeof wanted !== 'string' || typeof found !== 'string')
    return plain(wanted) === plain(found);
  return hasInOrder(found, wanted.replaceAll(UNKNOWN_ADDRESS, UNKNOWN).split(UNKNOWN));
}

/** Whether a text is these parts in this order, with anything between. A pattern of a whole file is too large. */
function hasInOrder(text: string, [first = '', ...others]: readonly string[]): boolean {
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/** `spec.replicas is 0, and should be 2`; of long values the place alone. */
export function differenceText([first, ...others]: readonly Difference[]): string {
  if (first === undefined) return '';
  const { path, wanted, found } = first;
  const short = [wanted, found].map((value) => JSON.stringify(value) ?? 'missing');
  const values = short.every((value) => value.length < 120)
    ? ` is ${short[1]}, and should be ${short[0]}`
    : ' differs';
  const more =
    others.length === 0
      ? ''
      : ` (and ${others.length} more field${others.length === 1 ? '' : 's'})`;
  return `${path}${values}${more}`;
}

/** A scalar as text, whether it was written as one or not; anything else as JSON. */
function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
