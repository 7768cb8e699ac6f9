/** As long as a sentence that somebody reads. */
const MAX_LENGTH = 300;

/**
 * Text from elsewhere, fit for a status, a log or somebody's terminal: on one line, without control
 * characters or others that nobody sees, and not longer than a sentence.
 */
export function printable(text: string, maxLength = MAX_LENGTH): string {
  // Not more of it is looked at than could be shown.
  const line = text
    .slice(0, 4 * maxLength)
    .replace(/\s+/g, ' ')
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
    .trim();
  const characters = [...line];
  return characters.length > maxLength || text.length > 4 * maxLength
    ? `${characters.slice(0, maxLength).join('')}...`
    : line;
}

/**
 * What went wrong. Of a host with several addresses, as a cloud's API servers have, Node.js says what is wrong with
 * each, and nothing of the whole.
 */
export function wordsOf(error: Error & { readonly errors?: readonly Error[] }): string {
  const { errors = [error] } = error;
  return [...new Set(errors.map(({ message }) => message))].join('; ');
}
