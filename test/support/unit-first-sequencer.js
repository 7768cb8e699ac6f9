const { default: Sequencer } = require('@jest/test-sequencer');

/** The fast tests before those of test/e2e, so that a mistake shows within seconds. */
module.exports = class extends Sequencer {
  sort(tests) {
    const slow = ({ path }) => (path.includes('/test/e2e/') ? 1 : 0);
    return [...tests].sort((a, b) => slow(a) - slow(b) || a.path.localeCompare(b.path));
  }
};
