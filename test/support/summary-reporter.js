const fs = require('node:fs');
const path = require('node:path');

/** Leaves the counts of a run in .cache/test-summary.json, for .ci/run. */
module.exports = class {
  onRunComplete(_contexts, results) {
    const file = path.join(__dirname, '../../.cache/test-summary.json');
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(
      file,
      JSON.stringify({
        passed: results.numPassedTests,
        // A file that cannot even be loaded has no tests to count.
        failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
        skipped: results.numPendingTests + results.numTodoTests,
      }),
    );
  }
};
