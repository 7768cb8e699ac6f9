import type { Root } from './roots.ts';

/** One line for each root, for people and for the metrics: its fingerprint, when it expires, whose it is. */
export function summaryOf(roots: readonly Root[]): string {
  return roots
    .map(
      ({ fingerprint, expires, subject }) =>
        `${fingerprint} until ${expires.toISOString()} ${subject}\n`,
    )
    .join('');
}

/** What such lines say; lines of another form are left out. */
export function rootsInSummary(text: string): Pick<Root, 'fingerprint' | 'expires'>[] {
  return text.split('\n').flatMap((line) => {
    const [, fingerprint, until] =
      /^([0-9A-F]{2}(?::[0-9A-F]{2}){31}) until (\S+) /.exec(line) ?? [];
    const expires = new Date(until ?? '');
    return fingerprint === undefined || Number.isNaN(expires.getTime())
      ? []
      : [{ fingerprint, expires }];
  });
}
