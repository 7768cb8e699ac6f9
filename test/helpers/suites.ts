import { describe, it } from '@jest/globals';
import {
  linkerdSchemasFolder,
  linkerdSchemasMissing,
  schemasFolder,
  schemasMissing,
} from '../../support/upstream/schemas';
import { GATEWAY_API_CRDS, missing, moduleCrdFiles } from '../../support/upstream/module-crds';

/** `describe` for a suite that needs something; without it the suite is skipped and says why. */
export function describeIf(condition: boolean, missing: string, name: string, suite: () => void) {
  if (condition) {
    describe(name, suite);
  } else {
    process.stderr.write(`Skipped: ${name}: ${missing}\n`);
    describe.skip(`${name} (skipped: ${missing})`, suite);
  }
}

/**
 * `describe` for a suite that reads the upstream schemas. `npm test` fetches them; CI, which has a network
 * or a copy, fails without.
 */
export function describeWithSchemas(name: string, suite: () => void): void {
  const found = schemasFolder() !== undefined;
  if (!found && process.env.CI === 'true') {
    describe(name, () => {
      it('has the upstream schemas', () => {
        throw new Error(schemasMissing);
      });
    });
    return;
  }
  describeIf(found, schemasMissing, name, suite);
}

/** The same of Linkerd's, which CI goes without where they cannot be had. */
export function describeWithLinkerdSchemas(name: string, suite: () => void): void {
  describeIf(linkerdSchemasFolder() !== undefined, linkerdSchemasMissing, name, suite);
}

/** The same with the CRDs of the Gateway API, for which Go must be there. */
export function describeWithGatewayApi(name: string, suite: () => void): void {
  const found = schemasFolder() !== undefined && moduleCrdFiles(GATEWAY_API_CRDS) !== undefined;
  describeIf(found, missing(GATEWAY_API_CRDS), name, suite);
}
