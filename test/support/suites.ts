import { describe } from '@jest/globals';
import { schemasFolder, schemasMissing } from './schemas';

/** `describe` for a suite that needs something; without it the suite is skipped and says why. */
export function describeIf(condition: boolean, missing: string, name: string, suite: () => void) {
  if (condition) {
    describe(name, suite);
  } else {
    process.stderr.write(`Skipped: ${name}: ${missing}\n`);
    describe.skip(`${name} (skipped: ${missing})`, suite);
  }
}

/** `describe` for a suite that reads the upstream schemas. */
export function describeWithSchemas(name: string, suite: () => void): void {
  describeIf(schemasFolder !== undefined, schemasMissing, name, suite);
}
