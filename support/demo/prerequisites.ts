import path from 'node:path';
import { ROOT } from '../paths';
import {
  checkCdktf,
  checkNode,
  checkPython,
  checkTerraform,
  isMissing,
  type Found,
} from '../programs/prerequisites';
import { UserError } from '../terminal/user-error';

/** State and logs of the demo; `FEDERATION_DEMO` names another folder. */
export const DEMO = path.resolve(process.env['FEDERATION_DEMO'] || path.join(ROOT, '.demo'));

export interface Prerequisites {
  readonly python: Found;
  readonly terraform: Found;
}

/**
 * What must be on the machine for the demo.
 *
 * @throws UserError naming all that is missing, each with how to get it
 */
export function demoPrerequisites(env: NodeJS.ProcessEnv = process.env): Prerequisites {
  const [python, terraform] = [checkPython(env), checkTerraform(env)];
  const missing = [checkNode(), checkCdktf(), python, terraform].filter(isMissing);
  if (missing.length > 0 || isMissing(python) || isMissing(terraform)) {
    throw new UserError(
      `This machine lacks something:\n` +
        missing
          .map(({ name, problem, remedy }) => `  - ${name} ${problem}.\n    ${remedy}`)
          .join('\n'),
    );
  }
  return { python, terraform };
}
