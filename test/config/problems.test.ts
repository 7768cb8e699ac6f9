import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ConfigError, report } from '../../config/problems';
import { check } from '../../config/check';
import { formatProblem } from '../../constructs/problems';

const schema = z.strictObject({
  name: z.string().regex(/^[a-z]+$/, 'must be lower case letters'),
  kind: z.enum(['one', 'many']).default('one'),
  ports: z.array(z.int().min(1).max(65535)).min(1).default([80]),
  tags: z.record(z.string().regex(/^[a-z]+$/, 'must be lower case'), z.string()).default({}),
  range: z
    .strictObject({ min: z.number().default(1), max: z.number().default(9) })
    .prefault({})
    .superRefine(({ min, max }, context) => {
      if (min <= max) return;
      const message = `is ${min}; must be at most max, which is ${max}`;
      report(context, [{ path: ['min'], message, comparedWith: [['max']] }]);
    }),
  store: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('file'), path: z.string() }),
      z.strictObject({ kind: z.literal('bucket'), bucket: z.string() }),
    ])
    .default({ kind: 'file', path: 'a' }),
});

const fallback = { name: 'standard' };

function mistakes(value: unknown): string[] {
  const result = check(schema, value, fallback);
  return 'problems' in result ? result.problems.map(formatProblem) : [];
}

describe('Settings', () => {
  it('without a mistake come with their defaults', () => {
    expect(check(schema, { name: 'a', range: { max: 5 } })).toEqual({
      value: {
        name: 'a',
        kind: 'one',
        ports: [80],
        tags: {},
        range: { min: 1, max: 5 },
        store: { kind: 'file', path: 'a' },
      },
    });
  });

  it.each<[string, unknown, string]>([
    ['missing', {}, 'name: is missing; must be text'],
    ['empty', { name: null }, 'name: is empty; must be text'],
    ['a number in place of text', { name: 1.3 }, 'name: is 1.3; must be text: put it in quotes'],
    ['a map in place of text', { name: {} }, 'name: is a map; must be text'],
    ['text of another form', { name: 'A' }, 'name: is "A"; must be lower case letters'],
    ['no choice', { name: 'a', kind: 'two' }, 'kind: is "two"; must be one or many'],
    [
      'text in place of a list',
      { name: 'a', ports: '80' },
      'ports: is "80"; must be a list: put it in brackets, [80]',
    ],
    [
      'an empty list',
      { name: 'a', ports: [] },
      'ports: is an empty list; must have at least 1 entry',
    ],
    [
      'no whole number',
      { name: 'a', ports: [80, 1.5] },
      'ports[1]: is 1.5; must be a whole number',
    ],
    ['too small', { name: 'a', ports: [0] }, 'ports[0]: is 0; must be at least 1'],
    ['too large', { name: 'a', ports: [70000] }, 'ports[0]: is 70000; must be at most 65535'],
    ['a wrong key', { name: 'a', tags: { A: 'b' } }, 'tags.A: is "A"; must be lower case'],
    ['no map', { name: 'a', range: [1, 2] }, 'range: is a list of 2; must be a map'],
    [
      'an unknown variant',
      { name: 'a', store: { kind: 'bukket' } },
      'store.kind: is "bukket"; must be file or bucket; did you mean "bucket"?',
    ],
    [
      'a variant without its setting',
      { name: 'a', store: { kind: 'bucket' } },
      'store.bucket: is missing; must be text',
    ],
    ['text in place of all', 'name', 'is "name"; must be a map'],
  ])('%s', (_, value, message) => {
    expect(mistakes(value)).toEqual([message]);
  });

  it('that do not exist are named, with the one that was meant', () => {
    expect(
      mistakes({
        name: 'a',
        nam: 'b',
        elsewhere: 1,
        range: { maximum: 1 },
        store: { kind: 'bucket', bucket: 'b', pth: 'c', buckets: 'd' },
      }),
    ).toEqual([
      'range.maximum: there is no such setting; there are: min, max',
      'store.pth: there is no such setting; there are: kind, bucket',
      'store.buckets: there is no such setting; did you mean "bucket"?',
      'nam: there is no such setting; did you mean "name"?',
      'elsewhere: there is no such setting; there are: name, kind, ports, tags, range, store',
    ]);
  });
});

describe('What follows from a misspelt name', () => {
  it('is not told beside it', () => {
    for (const [value, message] of [
      [{ nme: 'a' }, 'nme: there is no such setting; did you mean "name"?'],
      [
        { name: 'a', store: { kind: 'bucket', bukcet: 'b' } },
        'store.bukcet: there is no such setting; did you mean "bucket"?',
      ],
      [
        { name: 'a', range: { mni: -9, max: -2 } },
        'range.mni: there is no such setting; did you mean "min"?',
      ],
    ] as const) {
      expect(mistakes(value)).toEqual([message]);
    }
  });

  it('is told where it is so all the same', () => {
    const min = 'range.min: is 9; must be at most max, which is 2';
    // Another setting has that name, or nobody knows what was meant.
    for (const [range, name] of [
      [{ min: 9, max: 2, mni: 1 }, 'range.mni: there is no such setting; did you mean "min"?'],
      [{ min: 9, max: 2, other: 1 }, 'range.other: there is no such setting; there are: min, max'],
    ] as const) {
      expect(mistakes({ name: 'a', range })).toEqual([name, min]);
    }
    expect(mistakes({ nme: 'a', ports: [0] })).toEqual([
      'ports[0]: is 0; must be at least 1',
      'nme: there is no such setting; did you mean "name"?',
    ]);
  });
});

describe('Mistakes that show when settings are seen together', () => {
  const together = 'range.min: is 9; must be at most max, which is 2';

  it('come with those of single settings, whatever these are', () => {
    for (const other of [{ name: 1 }, { ports: [0] }, { unknown: 1 }, { store: { kind: 'x' } }]) {
      const found = mistakes({ name: 'a', ...other, range: { min: 9, max: 2 } });
      expect(found).toHaveLength(2);
      expect(found).toContain(together);
    }
    expect(mistakes({ name: 'a', range: { min: 9, max: 2, mid: 5 } })).toEqual([
      'range.mid: there is no such setting; did you mean "min"?',
      together,
    ]);
  });

  it('are not made up from defaults that stand in for a wrong setting', () => {
    expect(mistakes({ name: 'a', range: { min: 99, max: 'all' } })).toEqual([
      'range.max: is "all"; must be a number',
    ]);
    expect(mistakes({ name: 'a', range: { min: 'none', max: 0 } })).toEqual([
      'range.min: is "none"; must be a number',
    ]);
  });

  it('are found when a whole section has to be replaced', () => {
    const pair = z
      .strictObject({ one: schema, other: schema })
      .superRefine(({ one, other }, context) => {
        if (one.ports[0] === other.ports[0]) {
          const message = 'is taken; choose another';
          report(context, [
            { path: ['other', 'ports', 0], message, comparedWith: [['one', 'ports']] },
          ]);
        }
        if (one.kind === 'many') report(context, [{ path: ['one', 'kind'], message: 'is many' }]);
      });
    const found = (value: unknown) => {
      const result = check(pair, value, { one: fallback, other: { name: 'b', ports: [81] } });
      return 'problems' in result ? result.problems.map(formatProblem) : [];
    };
    expect(found({ one: { name: 'a', kind: 'many' }, other: { name: 'b' } })).toEqual([
      'other.ports[0]: is taken; choose another',
      'one.kind: is many',
    ]);
    expect(found({ one: { name: 'a', kind: 'many' }, other: 'b' })).toEqual([
      'other: is "b"; must be a map',
      'one.kind: is many',
    ]);
    expect(found({ one: { name: 'a', kind: 'many', ports: 80 }, other: { name: 'b' } })).toEqual([
      'one.ports: is 80; must be a list: put it in brackets, [80]',
      'one.kind: is many',
    ]);
  });
});

describe('ConfigError', () => {
  it('lists all mistakes with their places and their source', () => {
    const one = { path: ['eks', 'nodeGroups', 0, 'min'], message: 'is 5; must be at most 3' };
    expect(new ConfigError([one], 'federation.yaml').message).toBe(
      '1 mistake in federation.yaml:\n  eks.nodeGroups[0].min: is 5; must be at most 3',
    );
    const error = new ConfigError([one, { path: [], message: 'is empty' }], 'the settings');
    expect(error.message).toMatch(/^2 mistakes in the settings:\n/);
    expect(error.problems).toEqual(['eks.nodeGroups[0].min: is 5; must be at most 3', 'is empty']);
  });
});
