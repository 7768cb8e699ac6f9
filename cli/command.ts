import { Command } from 'commander';
import { commandLine } from '../constructs/command-line';

/** One example of a command's use: the options, and what they are for. */
export type Example = readonly [options: string, meaning: string];

/**
 * A command of the program, with examples at the end of its help.
 *
 * @param name `policy`, or `demo down` for one below another
 * @param run how it is called with options; by default as other commands are where this code runs
 */
export function newCommand(
  name: string,
  examples: readonly Example[] = [],
  run = (options: string) => commandLine(name, options, options.includes('>')),
): Command {
  const width = Math.max(...examples.map(([options]) => run(options).length));
  const lines = examples.map(([options, meaning]) => `  ${run(options).padEnd(width)}  ${meaning}`);
  const command = new Command(name.split(' ').at(-1) ?? name);
  return examples.length === 0
    ? command
    : command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}
