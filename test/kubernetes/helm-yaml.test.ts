import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { helmYaml, readHelmValues } from '../../constructs/kubernetes/helm-yaml';
import { temporaryFolder, writeFile } from '../helpers/files';
import { helmMissing, helmReads, helmRuns } from '../../support/upstream/helm-render';
import { describeIf } from '../helpers/suites';

const folder = temporaryFolder();
const read = (text: string) => readHelmValues(writeFile(folder, 'values.yaml', text));

/** What a text without quotes is to Helm. */
const MEANINGS: readonly (readonly [string, unknown])[] = [
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'true', 'True', 'TRUE'].map(
    (word) => [word, true] as const,
  ),
  ...['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF', 'false', 'False', 'FALSE'].map(
    (word) => [word, false] as const,
  ),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ['yES', 'yES'],
  ['oN', 'oN'],
  ['nULL', 'nULL'],
  ['0440', 288],
  ['-0440', -288],
  ['0o440', 288],
  ['0O17', 15],
  ['08', 8],
  ['09.5', 9.5],
  ['00', 0],
  ['0', 0],
  ['+5', 5],
  ['1_000', 1000],
  ['1_0.5_0', 10.5],
  ['5_', 5],
  ['_5', '_5'],
  ['0x1F', 31],
  ['-0X1f', -31],
  ['0x', '0x'],
  ['0b101', 5],
  ['-0b101', -5],
  ['0b2', '0b2'],
  ['1e3', 1000],
  ['1E+3', 1000],
  ['1.', 1],
  ['.5', 0.5],
  ['-.5', -0.5],
  ['.5_0', 0.5],
  ['._5', '._5'],
  ['.5__0', '.5__0'],
  ['.5_', '.5_'],
  ['.5e1_0', 5e9],
  ['.', '.'],
  ['+', '+'],
  ['1.2.3', '1.2.3'],
  ['1.30', 1.3],
  ['12e', '12e'],
  ['1:30', '1:30'],
  ['190:20:30', '190:20:30'],
  ['2026-11-28', '2026-11-28'],
  ['2026-11-28T10:00:00Z', '2026-11-28T10:00:00Z'],
  ['9223372036854775807', 2 ** 63],
  ['18446744073709551615', 2 ** 64],
  ['99999999999999999999', 1e20],
  ['0xFFFFFFFFFFFFFFFFFF', '0xFFFFFFFFFFFFFFFFFF'],
  ['1e999', '1e999'],
  ['100m', '100m'],
  ['!!str 0440', '0440'],
  ['!!str off', 'off'],
  ['!!int "5"', 5],
  ['!!float 1', 1],
  ['!!bool yes', true],
  ['!!binary aGVsbG8=', 'hello'],
  ['!mine off', 'off'],
  ['"off"', 'off'],
  ["'0440'", '0440'],
  ['"~"', '~'],
  ['|-\n  off', 'off'],
  ['>-\n  1_000', '1_000'],
];

/** What a file is to Helm, beyond its single texts. */
const FILES: readonly (readonly [string, unknown])[] = [
  ['', {}],
  ['# nothing\n', {}],
  ['~', {}],
  ['\u{feff}a: 1', { a: 1 }],
  ['---\na: 1\n', { a: 1 }],
  ['on: 1\n010: 2\n1.2.3: 3\n', { true: 1, '8': 2, '1.2.3': 3 }],
  ['a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3\n', { a: { b: 1, c: 2 }, d: { b: 1, c: 3 } }],
  // Unlike the standard says, what comes behind wins, be it "<<".
  ['a: &x {b: 1, c: 2}\nd:\n  c: 3\n  <<: *x\n', { a: { b: 1, c: 2 }, d: { b: 1, c: 2 } }],
  [
    'a: &x {k: 1}\nb: &y {k: 2, l: 3}\nd: {<<: [*x, *y]}\n',
    { a: { k: 1 }, b: { k: 2, l: 3 }, d: { k: 1, l: 3 } },
  ],
  ['a: &x {k: 1}\nd:\n  <<: *x\n  <<: {l: 2}\n', { a: { k: 1 }, d: { k: 1, l: 2 } }],
  [
    'a: &x {deep: {k: 1}}\nd: {<<: *x, deep: {l: 2}}',
    { a: { deep: { k: 1 } }, d: { deep: { l: 2 } } },
  ],
  ['d: {"<<": off}', { d: { '<<': false } }],
  ['a: &x [1, off]\nb: *x\nc: &y 0440\nd: *y\n', { a: [1, false], b: [1, false], c: 288, d: 288 }],
];

/** Texts that some reader of YAML takes for something else. */
const odd = fc.oneof(
  fc.constantFrom(...MEANINGS.map(([text]) => text).filter((text) => !text.startsWith('!'))),
  fc.stringMatching(/^[-+]?[.0-9_xXoObBeE]{1,8}$/),
  fc.stringMatching(/^[-+]?[0-9]{1,4}[-:.][0-9]{1,2}([-:. T][0-9]{1,2})?$/),
  fc.stringMatching(/^[ -~\n]{0,12}$/),
);

describe('a values file', () => {
  it.each(MEANINGS)('has in `a: %s` what Helm reads there', (text, value) => {
    expect(read(`a: ${text}\n`)).toEqual({ a: value });
  });

  it.each(FILES)('%j is what Helm reads', (text, value) => {
    expect(read(text)).toEqual(value);
  });

  it.each([
    ['a: 1\nb: 2\na: 3\n', /values\.yaml:3:1 cannot be read: the key "a" is there twice/],
    ['on: 1\ntrue: 2\n', /:2:1 cannot be read: the key "true" is there twice/],
    ['a: .nan\n', /:1:4 cannot be read: \.nan cannot be a value/],
    ['~: 1\n', /:1:1 cannot be read: a key must be a text/],
    ['[a]: 1\n', /a key must be a text/],
    ['a: !!int x\n', /:1:10 cannot be read: "x" is no !!int/],
    ['a: !!bool "5"\n', /"5" is no !!bool/],
    ['<<: 5\n', /:1:1 cannot be read: "<<" takes a map/],
    ['a: *x\n', /no anchor "&x"|[Uu]nresolved alias/],
    ['a: &x {b: *x}\n', /an anchor contains itself/],
    ['- a\n', /:1:1 must hold a mapping/],
    ['a: 1\n---\nb: 2\n', /:2:1 is no valid YAML/],
  ])('%j is refused, with the place', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});

describe('a text for Helm', () => {
  it('is read as the text that it is, by either YAML', () => {
    const texts = MEANINGS.map(([text]) => text);
    expect(
      read(helmYaml({ texts, keys: Object.fromEntries(texts.map((text) => [text, 1])) })),
    ).toEqual({ texts, keys: Object.fromEntries(texts.map((text) => [text, 1])) });
    fc.assert(
      fc.property(fc.array(odd), (list) => {
        expect(read(helmYaml({ list }))).toEqual({ list });
      }),
    );
  });

  it('is not in quotes where it need not be', () => {
    expect(helmYaml({ a: { name: 'mesh', port: 8443, on: true, path: '/x', line: 'a\nb' } })).toBe(
      'a:\n  name: mesh\n  port: 8443\n  "on": true\n  path: /x\n  line: |-\n    a\n    b\n',
    );
  });
});

describeIf(helmRuns(), helmMissing, 'Helm itself', () => {
  const seed = 20_261_128;

  it('reads the same in our table', () => {
    const plain = MEANINGS.filter(([text]) => !text.includes('\n'));
    const lines = plain.map(([text], i) => `k${i}: ${text}`).join('\n');
    expect(helmReads(lines)).toEqual(Object.fromEntries(plain.map(([, v], i) => [`k${i}`, v])));
    for (const [text, value] of FILES) expect(helmReads(text)).toEqual(value);
  });

  it('reads the same in whatever has no quotes', () => {
    const number = fc.stringMatching(/^[-+]?[.0-9_xXoObBeE]{1,8}$/);
    const texts = fc.sample(number, { numRuns: 2000, seed });
    const text = `list:\n${texts.map((one) => `  - ${one}`).join('\n')}\n`;
    expect({ seed, ...Object(helmReads(text)) }).toEqual({ seed, ...read(text) });
  });

  it('reads our texts as texts', () => {
    const list = fc.sample(odd, { numRuns: 2000, seed });
    expect({ seed, ...Object(helmReads(helmYaml({ list }))) }).toEqual({ seed, list });
  });
});
