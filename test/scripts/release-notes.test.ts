import { expect, test } from '@jest/globals';
import { releaseNotes } from '../../scripts/release-notes';

const changelog = `# Changelog

How versions are counted.

## Unreleased

- Not yet.

## [1.10.0] - 2026-12-01

- Ten.

### Upgrade

Do this.

## 1.1.0

## 1.0.0 (2026-11-01)

- One.
`;

test.each([
  ['1.10.0', '- Ten.\n\n### Upgrade\n\nDo this.'],
  ['1.0.0', '- One.'],
])('The notes of %s are its section', (version, notes) => {
  expect(releaseNotes(changelog, version)).toBe(notes);
});

test.each(['1.1.0', '1.0', '2.0.0'])(
  'A version of which nothing is said is refused: %s',
  (version) => {
    expect(() => releaseNotes(changelog, version)).toThrow(
      `CHANGELOG.md says nothing of ${version}; give it a section "## ${version}"`,
    );
  },
);
