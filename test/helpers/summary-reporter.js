const fs = require('node:fs');
const path = require('node:path');

/** Leaves the counts of a run for .ci/run, and what failed, in the file that TEST_SUMMARY names. */
module.exports = class {
  onRunComplete(_contexts, results) {
    const file = process.env.TEST_SUMMARY;
    if (!file) return;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(
      file,
      JSON.stringify({
        passed: results.numPassedTests,
        // A file that cannot even be loaded has no tests to count.
        failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
        skipped: results.numPendingTests + results.numTodoTests,
        failures: results.testResults.flatMap(({ testFilePath, testExecError, testResults }) => {
          const suite = path.relative(process.cwd(), testFilePath);
          return [
            ...(testExecError ? [`${suite}: ${testExecError.message}`] : []),
            ...testResults
              .filter(({ status }) => status === 'failed')
              .map(({ fullName }) => `${suite}: ${fullName}`),
          ];
        }),
      }),
    );
  }
};
