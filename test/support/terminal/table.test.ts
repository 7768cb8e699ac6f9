import { describe, expect, it } from '@jest/globals';
import { table, wrap } from '../../../support/terminal/table';

const HEAD = ['From', 'To', 'Enforced by'];
const ROWS = [
  ['istio/frontend', 'istio/backend', 'istio: AuthorizationPolicy default/allow-frontend'],
  [
    'consul/info',
    'spiffe://0ab1c2d3-0000-4000-8000-0123456789ab.consul/ns/default/dc/dc1/svc/backend-outbound',
    'consul: ServiceIntentions default/border.backend-outbound\nistio: AuthorizationPolicy istio-ingress/federation',
  ],
];

const letters = (text: string) => text.replace(/[\s│┌┐└┘├┤┬┴┼─]/g, '');

describe('A table', () => {
  it.each([30, 40, 60, 80, 100, 130, 160, Infinity])(
    'of %s columns fits, with all that is in it',
    (width) => {
      const text = table('Who', HEAD, ROWS, width);
      for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
      for (const cell of ROWS.flat().flatMap((cell) => cell.split('\n'))) {
        // The letters of a cell may be apart, in their order.
        let at = -1;
        for (const letter of letters(cell)) {
          at = letters(text).indexOf(letter, at + 1);
          expect(at).not.toBe(-1);
        }
      }
    },
  );

  it('is a table in 80 columns, and a list in 30', () => {
    expect(table('Who', HEAD, ROWS, 80)).toContain('│ istio/');
    expect(table('Who', HEAD, ROWS, 30)).toContain('From: istio/frontend');
  });

  it('breaks lines between words, and long ones between their parts', () => {
    expect(wrap('one two three', 8)).toBe('one two\nthree');
    expect(wrap('default/allow-frontend', 10)).toBe('default/\nallow-\nfrontend');
    expect(wrap('abcdefghij', 4)).toBe('abcd\nefgh\nij');
  });
});
