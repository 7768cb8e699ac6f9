/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  runtime: '<rootDir>/test/helpers/shared-packages-runtime.js',
  // Nothing is timed by a test: this only ends one that hangs, on a machine that does much else.
  testTimeout: 900_000,
  // What a package keeps for good adds up: a worker that has grown makes way for a new one.
  workerIdleMemoryLimit: '500MB',
  // A worker of that size needs longer than half a second to end, where much else runs. One with something left open
  // is still named in the end.
  workerGracefulExitTimeout: 30_000,
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testSequencer: '<rootDir>/test/helpers/longest-first-sequencer.js',
  globalSetup: '<rootDir>/test/helpers/own-temporary-folder.js',
  globalTeardown: '<rootDir>/test/helpers/remove-temporary-folder.js',
  setupFiles: ['<rootDir>/support/synth/lean-tokens.cjs'],
  reporters: ['default', '<rootDir>/test/helpers/summary-reporter.js'],
  moduleNameMapper: {
    '^cdktf-mesh-federation/plan$': '<rootDir>/constructs/federation/plan/index.ts',
    '^cdktf-mesh-federation/(.*)$': '<rootDir>/constructs/$1/index.ts',
  },
  transform: {
    '^.+\\.[cm]?ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
};
