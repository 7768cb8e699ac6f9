/** Installs the emulator's Python packages, before suites that use it at once would each do so. */
import { checkPython, isMissing } from '../support/programs/prerequisites';
import { installEmulator } from '../support/demo/emulator';
import { EXIT, runProgram, UserError } from '../support/terminal/user-error';

void runProgram(() => {
  const python = checkPython();
  if (isMissing(python)) throw new UserError(`${python.name} ${python.problem}. ${python.remedy}`);
  installEmulator(python.program);
  return EXIT.right;
});
