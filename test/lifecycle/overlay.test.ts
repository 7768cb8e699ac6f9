import { expect, test } from '@jest/globals';
import { conflict, overlay } from './overlay';

const base = { eks: { nodeGroups: [{ name: 'a', min: 1, max: 3 }] } };
const min = { eks: { nodeGroups: [{ name: 'a', min: 2, max: 3 }] } };
const max = { eks: { nodeGroups: [{ name: 'a', min: 1, max: 4 }] } };

test('Changes of one entry of a list that are about different things go together', () => {
  expect(conflict(base, min, max)).toBe(false);
  expect(overlay(min, max, base)).toEqual({ eks: { nodeGroups: [{ name: 'a', min: 2, max: 4 }] } });
});

test('Changes of the same thing do not', () => {
  expect(conflict(base, min, { eks: { nodeGroups: [{ name: 'a', min: 3, max: 3 }] } })).toBe(true);
  expect(conflict({}, { aws: { region: 'a' } }, { aws: { region: 'b' } })).toBe(true);
});

test('A list without entries takes those of the other away, and goes with none', () => {
  const none = { eks: { nodeGroups: [] } };
  expect(overlay(base, none)).toEqual(none);
  expect(conflict(base, min, none)).toBe(true);
});
