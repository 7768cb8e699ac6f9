/** `npm run diagram` draws the federation: meshes, borders, and the way of each call. */
import path from 'node:path';
import { writeWhole } from '../support/files/whole-file';
import { awaitedNotes } from '../config/partners';
import { commandLine } from '../constructs/command-line';
import { choice } from '../constructs/problems';
import { type AccessPlan, diagram, drawing, type Marks } from '../constructs/federation/plan';
import { marksOf } from '../support/diagram/marks';
import { svg } from '../support/diagram/svg';
import { policyAndPlan } from '../support/policy/access-plan';
import { withProgress } from '../support/terminal/progress';
import { EXIT, runProgram, UserError } from '../support/terminal/user-error';
import { newCommand } from './command';

interface Options {
  readonly json?: true;
  readonly live?: true;
  readonly output?: string;
}

export const command = newCommand('diagram', [
  ['', 'Mermaid, for a page or an editor that draws it'],
  ['--output federation.svg', 'a picture'],
  ['--output federation.md', 'Mermaid in a page for GitHub'],
  ['--live --output federation.svg', 'in the colours of what the doctor finds'],
  ['--json', 'for a program'],
])
  .description(
    'Draws the federation: meshes, borders, the way of each call. With --live it looks at the clusters, ' +
      'as the doctor does, and ends as the doctor does.',
  )
  .option(
    '--output <file>',
    'write it there: .svg is a picture, .mmd is Mermaid, .md has it in a block',
  )
  .option('--live', 'colour it by what the doctor finds; reads the clusters')
  .option('--json', 'boxes and arrows as JSON')
  .action((options: Options) => runProgram(() => main(options)));

/** Endings of files by what is written. */
const ENDINGS = { svg: ['.svg'], mermaid: ['.md', '.mmd', '.mermaid'], json: ['.json'] } as const;

async function main(options: Options): Promise<number> {
  const { json, output } = options;
  const endings: readonly string[] = json ? ENDINGS.json : [...ENDINGS.svg, ...ENDINGS.mermaid];
  if (output !== undefined && !endings.includes(path.extname(output))) {
    throw new UserError(
      `--output: ${output} must end in ${choice(endings)}, by which it is known what to write` +
        `${json ? ' with --json' : ''}`,
    );
  }
  if (!options.live) {
    const { config, plan } = policyAndPlan();
    for (const note of awaitedNotes(config)) console.error(`Note: ${note}`);
    await draw(plan, options);
    return EXIT.right;
  }
  // All that a synthesis takes, which a drawing of the plan does not need.
  const [{ examine }, { exitCodeOf }, { loadDeployed }, { conclusion }] = await Promise.all([
    import('../support/doctor/examine.ts'),
    import('../support/doctor/finding.ts'),
    import('../support/doctor/load.ts'),
    import('../support/doctor/text.ts'),
  ]);
  const deployed = await withProgress('Finding the clusters', () => loadDeployed());
  const report = await withProgress('Looking at the clusters', () => examine(deployed));
  await draw(deployed.plan, options, marksOf(deployed.plan, report));
  console.error(`${conclusion(report)} ${commandLine('doctor')} says why, and what mends it.`);
  return exitCodeOf(report);
}

async function draw(plan: AccessPlan, { json, output }: Options, marks?: Marks): Promise<void> {
  const drawn = await text(plan, { json, output }, marks);
  if (output === undefined) console.log(drawn.trimEnd());
  else writeWhole(output, drawn);
}

async function text(plan: AccessPlan, { json, output = '' }: Options, marks?: Marks) {
  if (json) {
    const found = marks && {
      boxes: Object.fromEntries(marks.boxes),
      arrows: Object.fromEntries(marks.arrows),
    };
    return `${JSON.stringify({ ...drawing(plan), ...(found && { found }) }, null, 2)}\n`;
  }
  switch (path.extname(output)) {
    case '.svg':
      return svg(drawing(plan), marks);
    case '.md':
      return `\`\`\`mermaid\n${diagram(plan, marks)}\`\`\`\n`;
    default:
      return diagram(plan, marks);
  }
}
