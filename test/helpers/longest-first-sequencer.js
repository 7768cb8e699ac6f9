const { default: Sequencer } = require('@jest/test-sequencer');

/** What takes longest, the longest first: they begin, so that nobody waits for one of them alone in the end. */
const LONGEST = [
  '/test/e2e/aws/pair.test.ts',
  '/test/e2e/aws/crossing.test.ts',
  '/test/e2e/aws/lifecycle.test.ts',
  '/test/e2e/aws/demo.test.ts',
  '/test/lifecycle/meshes.test.ts',
  '/test/lifecycle/policy.test.ts',
];

module.exports = class extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const place = LONGEST.findIndex((end) => path.endsWith(end));
      return place < 0 ? LONGEST.length : place;
    };
    return [...tests].sort((a, b) => rank(a) - rank(b) || a.path.localeCompare(b.path));
  }
};
