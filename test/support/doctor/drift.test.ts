import { describe, expect, it } from '@jest/globals';
import { differences, differenceText } from '../../../support/doctor/drift';
import { UNKNOWN, UNKNOWN_ADDRESS } from '../../../support/objects/expressions';

describe('drift', () => {
  it('is what is missing or another, not what is there beside', () => {
    expect(differences({ a: 1, b: [{ c: 'x' }] }, { a: 1, b: [{ c: 'x', d: 2 }], e: 3 })).toEqual(
      [],
    );
    expect(differences({ a: { b: 2 } }, { a: { b: 3 } })).toEqual([
      { path: 'a.b', wanted: 2, found: 3 },
    ]);
    expect(differences({ a: ['x'] }, { a: ['x', 'y'] })).toHaveLength(1);
    expect(differences({ a: { b: 'x' } }, undefined)).toEqual([
      { path: 'a.b', wanted: 'x', found: undefined },
    ]);
  });

  it('is what is there beside as well, where nothing else may be', () => {
    const found = { a: 1, b: [{ c: 'x', d: 2 }], e: 3 };
    expect(differences({ a: 1, b: [{ c: 'x' }] }, found, 'spec', true)).toEqual([
      { path: 'spec.b[0].d', wanted: undefined, found: 2 },
      { path: 'spec.e', wanted: undefined, found: 3 },
    ]);
  });

  it('is nothing where only a deploy knows, and where an API server leaves out what is empty', () => {
    const wanted = { address: `"${UNKNOWN}":443`, empty: '', off: false };
    expect(differences(wanted, { address: '"lb.example.com":443' })).toEqual([]);
    expect(differences(wanted, { address: '"lb.example.com":8443' })).toHaveLength(1);
  });

  it.each([
    ['a number that is written as text', 2, '2', 0],
    ['text that is a number there', '2', 2, 0],
    ['another number', '2', 3, 1],
    ['what is to be empty', null, undefined, 0],
    ['what is to be empty and is not', '', 'x', 1],
    ['text without a gap', 'a b', 'a  b', 1],
    ['another beginning', `a ${UNKNOWN}`, 'b 1', 1],
    ['another end', `${UNKNOWN} a`, '1 b', 1],
    ['another middle', `a ${UNKNOWN} b ${UNKNOWN} c`, 'a 1 2 c', 1],
  ])('counts %s', (_, wanted, found, count) => {
    expect(differences({ a: wanted }, { a: found })).toHaveLength(count);
  });

  it('is seen in a file of any length, with several parts that only a deploy knows', () => {
    const long = '.'.repeat(1_000_000);
    const wanted = { text: `a ${UNKNOWN} ${long} ${UNKNOWN_ADDRESS} b` };
    expect(differences(wanted, { text: `a 1 ${long} 2 b` })).toEqual([]);
    expect(differences(wanted, { text: `a 1 ${long} b` })).toHaveLength(1);
    expect(differences({ text: `a${UNKNOWN}a` }, { text: 'a' })).toHaveLength(1);
  });

  it('is told in one sentence', () => {
    const found = differences({ spec: { replicas: 2, x: 1 } }, { spec: { replicas: 0 } });
    expect(differenceText(found)).toBe('spec.replicas is 0, and should be 2 (and 1 more field)');
    expect(differenceText([])).toBe('');
    const [first, second] = found;
    const three = [first, second, second].flatMap((one) => one ?? []);
    expect(differenceText(three)).toMatch(/\(and 2 more fields\)$/);
  });

  it.each([
    ['is wanted', 'x'.repeat(1000), 'x'],
    ['is there', 'x', 'x'.repeat(1000)],
    ['is there beside', undefined, { long: 'x'.repeat(1000) }],
  ])('is told by its place alone where a long value %s', (_, wanted, found) => {
    expect(differenceText([{ path: 'data.envoy', wanted, found }])).toBe('data.envoy differs');
  });

  it('is told with each value that fits on a line, and what is missing', () => {
    const value = 'x'.repeat(117);
    expect(differenceText([{ path: 'data.a', wanted: value, found: undefined }])).toBe(
      `data.a is missing, and should be "${value}"`,
    );
  });
});
