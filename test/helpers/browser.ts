import { describe, it } from '@jest/globals';
import { checkBrowser } from '../../support/programs/browser';
import { isMissing } from '../../support/programs/prerequisites';
import { describeIf } from './suites';

/**
 * `describe` for a suite that looks at pages in a real browser. Without one the suite is skipped and
 * says why, and in CI it fails.
 */
export function describeWithBrowser(name: string, suite: (program: string) => void): void {
  const browser = checkBrowser();
  if (!isMissing(browser)) {
    describe(name, () => suite(browser.program));
    return;
  }
  const missing = `${browser.name} ${browser.problem}. ${browser.remedy}`;
  if (process.env['CI']) {
    it(`${name}: needs a browser`, () => {
      throw new Error(missing);
    });
  } else {
    describeIf(false, missing, name, () => suite(''));
  }
}
