/**
 * What `npm run mutation` tries. By hand, or nightly; CONTRIBUTING.md has what came of it.
 *
 * @see https://stryker-mutator.io/docs/stryker-js/configuration
 */
export default {
  mutate: ['rules', 'http'].map((name) => `constructs/federation/plan/envoy/${name}.ts`),
  testRunner: 'jest',
  jest: {
    // Jest does not find all tests that need a file.
    enableFindRelatedTests: false,
    // The quick ones: all tests run again for each change of what a module does when it is loaded.
    config: {
      testMatch: ['envoy', 'rules', 'weakened'].map(
        (name) => `**/test/federation/plan/${name}.test.ts`,
      ),
    },
  },
  coverageAnalysis: 'perTest',
  concurrency: 1,
  tempDirName: '.cache/stryker',
  ignorePatterns: ['/cdktf.out', '/.cache', '/dist', '/coverage', '/docs', '/state'],
  reporters: ['clear-text', 'progress', 'json'],
  jsonReporter: { fileName: '.cache/mutation.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
};
