/** Installs the emulator's Python packages, before suites that use it at once would each do so. */
import { checkPython, isMissing } from './support/prerequisites';
import { installEmulator } from './support/emulator';
import { EXIT, runProgram, UserError } from './support/user-error';

void runProgram(() => {
  const python = checkPython();
  if (isMissing(python)) throw new UserError(`${python.name} ${python.problem}. ${python.remedy}`);
  installEmulator(python.program);
  return EXIT.right;
});
