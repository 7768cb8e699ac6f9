import type { z } from 'zod';
import { choice } from './problems';

/** How a schema says what would be right where it has no words of its own. */
export function expectation(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kindOf(issue.expected)}`;
    case 'too_small':
    case 'too_big': {
      const most = issue.code === 'too_big';
      const limit = String(most ? issue.maximum : issue.minimum);
      const inclusive = issue.inclusive ?? true;
      const bound = inclusive ? (most ? 'at most' : 'at least') : most ? 'less than' : 'more than';
      const units: Partial<Record<string, readonly [string, string]>> = {
        string: ['character', 'characters'],
        array: ['entry', 'entries'],
        record: ['entry', 'entries'],
      };
      const [one, many] = units[issue.origin] ?? [];
      return one === undefined
        ? `must be ${bound} ${limit}`
        : `must have ${bound} ${limit} ${limit === '1' ? one : many}`;
    }
    case 'invalid_value':
      return `must be ${choice(issue.values)}`;
    case 'invalid_union':
      return Array.isArray(issue.options) ? `must be ${choice(issue.options)}` : undefined;
    default:
      return undefined;
  }
}

function kindOf(expected: string): string {
  const words: Partial<Record<string, string>> = {
    string: 'text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a map',
    record: 'a map',
  };
  return words[expected] ?? expected;
}

/** What was written where a schema chooses by the kind. */
export function discriminatorValue(issue: z.core.$ZodIssue): unknown {
  const { input, path } = issue;
  const key = path.at(-1);
  if (typeof key !== 'string' || typeof input !== 'object' || input === null) return input;
  return Array.isArray(input) ? input : new Map<string, unknown>(Object.entries(input)).get(key);
}

/** What was written, in a word: `is missing`, `is a map`. */
export function described(value: unknown): string {
  if (value === undefined) return 'is missing';
  if (value === null || value === '') return 'is empty';
  if (Array.isArray(value)) {
    return value.length === 0 ? 'is an empty list' : `is a list of ${value.length}`;
  }
  if (typeof value === 'object') return 'is a map';
  return `is ${JSON.stringify(value)}`;
}
