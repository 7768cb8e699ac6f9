/** `npm run synth` writes the Terraform configuration of the settings. `cdktf` calls it where the package is installed. */
import '../support/synth/lean-tokens.cjs';
import { synthesise } from '../stacks/synthesise';
import { EXIT, runProgram, UserError } from '../support/terminal/user-error';
import { newCommand } from './command';

export const command = newCommand('synth', [
  ['', 'to cdktf.out, or to the folder that CDKTF_OUTDIR names'],
])
  .description(
    'Writes the Terraform configuration of the settings, and deploys nothing. Where the package is ' +
      'installed, cdktf.json names it as the app, and "npx cdktf deploy" calls it.',
  )
  .action(() =>
    runProgram(() => {
      const made = synthesise();
      if ('problem' in made) throw new UserError(made.problem);
      // cdktf, which sets this, says it in its own way.
      if (process.env['CDKTF_CONTINUE_SYNTH_ON_ERROR_ANNOTATIONS'] === undefined) {
        console.log(`Written to ${made.folder}: ${made.stacks.join(', ')}.`);
      }
      return EXIT.right;
    }),
  );
