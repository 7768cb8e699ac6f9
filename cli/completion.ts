/** `npx mesh-federation completion bash` prints what a shell needs to complete commands and options. */
import { Argument } from 'commander';
import { EXIT, runProgram } from '../support/terminal/user-error';
import { newCommand } from './command';

export const command = newCommand(
  'completion',
  [
    ['bash >> ~/.bashrc', 'from the next shell on'],
    ['zsh >> ~/.zshrc', 'the same, after the line with compinit'],
    ['fish > ~/.config/fish/completions/mesh-federation.fish', 'the same'],
  ],
  // What it prints completes the program on the PATH, so that is there.
  (options) => `mesh-federation completion ${options}`,
)
  .description(
    'Prints a script by which a shell completes commands and options of mesh-federation. The program ' +
      'must be on the PATH: npm install --global, or node_modules/.bin in it.',
  )
  .addArgument(
    new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish', 'powershell']),
  )
  .action((shell: string) =>
    runProgram(async () => {
      const { script } = await import('@bomb.sh/tab');
      script(shell, 'mesh-federation', 'mesh-federation');
      return EXIT.right;
    }),
  );
