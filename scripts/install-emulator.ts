/** Installs the emulator's Python packages, before suites that use it at once would each do so. */
import { installEmulator } from '../support/demo/emulator';
import { EXIT, runProgram } from '../support/terminal/user-error';

void runProgram(() => {
  installEmulator();
  return EXIT.right;
});
