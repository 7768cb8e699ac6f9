const { createRequire } = require('node:module');
const { default: Runtime } = require('jest-runtime');

/** Packages that take long to load, and in which one test leaves nothing that another one sees. */
const SHARED =
  /^(cdktf|constructs|zod|yaml|typescript|ajv|ajv-formats|fast-check|@cdktf\/.+)(\/|$)/;

/**
 * Loads some packages once for all test files of a worker. Jest loads everything anew for each file, of which
 * cdktf and zod alone took longer than most tests. Our own files are loaded anew as ever.
 *
 * Nothing in these packages can be mocked, and they have classes like `Date` and `Error` of their own: a package
 * that asks whether something is an `instanceof` these must stay out of the list, and one of whose errors our
 * code asks that, as those of AWS and of Kubernetes are.
 */
module.exports = {
  __esModule: true,
  default: class extends Runtime {
    requireModuleOrMock(from, name) {
      return SHARED.test(name) ? createRequire(from)(name) : super.requireModuleOrMock(from, name);
    }
  },
};
