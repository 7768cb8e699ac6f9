/** `npm run images` lists every image that a deploy pulls, for whoever copies them into a mirror. */
import { deployedImages } from '../config/deployed-images';
import { undeployedConfig } from '../support/settings/undeployed';
import { EXIT, runProgram } from '../support/terminal/user-error';
import { newCommand } from './command';

interface Options {
  readonly json?: true;
  readonly plain?: true;
}

export const command = newCommand('images', [
  ['', 'each with what runs it'],
  ['--plain', 'one reference on each line, for a script that copies them'],
])
  .description(
    'Lists every image that a deploy pulls, with its digest where it is known. With images.registry ' +
      'these are the copies; without it, what to copy.',
  )
  .option('--json', 'print it as JSON')
  .option('--plain', 'print the references only')
  .action((options: Options) =>
    runProgram(() => {
      console.log(report(options));
      return EXIT.right;
    }),
  );

function report({ json, plain }: Options): string {
  const images = deployedImages(undeployedConfig());
  if (json) return JSON.stringify(images, null, 2);
  if (plain) return images.map(({ image }) => image).join('\n');
  // References with a digest are wider than a terminal, so no table.
  return images.map(({ image, usedBy }) => `${image}\n    ${usedBy}`).join('\n');
}
