/**
 * `npm run diagram` draws the federation: meshes, borders, and the way of each call.
 */
import '../support/synth/lean-dependencies.cjs';
import { writeFileSync } from 'node:fs';
import { diagram } from '../constructs/federation/plan';
import { accessPlan } from '../support/policy/access-plan';
import { EXIT, runProgram } from '../support/terminal/user-error';
import { newCommand } from './command';

interface Options {
  readonly output?: string;
}

export const command = newCommand('diagram', [
  ['', 'Mermaid, for a page or an editor that draws it'],
  ['--output federation.md', 'the same in a page for GitHub'],
])
  .description(
    'Draws the federation as a Mermaid flowchart: meshes, borders, the way of each call.',
  )
  .option('--output <file>', 'write it there; in a file .md it is a block of its own')
  .action(({ output }: Options) =>
    runProgram(() => {
      const drawn = diagram(accessPlan());
      if (output === undefined) console.log(drawn.trimEnd());
      else
        writeFileSync(output, output.endsWith('.md') ? `\`\`\`mermaid\n${drawn}\`\`\`\n` : drawn);
      return EXIT.right;
    }),
  );
