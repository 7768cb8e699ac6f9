const { default: Sequencer } = require('@jest/test-sequencer');

/** Begins with what takes longest, so that nobody waits for it alone in the end. */
const LONGEST = ['/test/e2e/aws/pair.test.ts'];

module.exports = class extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => (LONGEST.some((end) => path.endsWith(end)) ? 0 : 1);
    return [...tests].sort((a, b) => rank(a) - rank(b) || a.path.localeCompare(b.path));
  }
};
