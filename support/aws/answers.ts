import type { Tag } from '@aws-sdk/client-ec2';

/*
 * What all answers of AWS have in common.
 */

/** All items of all pages. */
export async function all<P, T>(
  pages: AsyncIterable<P>,
  items: (page: P) => readonly T[] | undefined,
): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...(items(page) ?? []));
  return found;
}

/** By key. */
export function tagsOf(tags: readonly Tag[] = []): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** The tag by which people know what AWS gives no name. */
export function nameIn(tags: readonly Tag[] = []): string {
  return tagsOf(tags)['Name'] ?? '';
}
