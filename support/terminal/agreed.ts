import { createInterface, type Interface } from 'node:readline/promises';
import { codeOf } from '../../constructs/environment-problem';
import { EXIT, UserError } from './user-error';

/**
 * Asks on the terminal. Only the whole word yes is a yes.
 *
 * @param otherwise what is said where Ctrl-C or Ctrl-D ends the question: `Nothing was deleted.`
 * @throws UserError with that
 */
export async function agreed(question: string, otherwise: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await answerOn(terminal, question, otherwise)) === 'yes';
  } finally {
    terminal.close();
  }
}

/**
 * What is answered on a terminal.
 *
 * @throws UserError where Ctrl-C or Ctrl-D ends the question
 */
export async function answerOn(
  terminal: Interface,
  question: string,
  otherwise: string,
): Promise<string> {
  const ended = new AbortController();
  const end = () => ended.abort();
  terminal.once('SIGINT', end).once('close', end);
  try {
    return (await terminal.question(question, { signal: ended.signal })).trim();
  } catch (error) {
    // Ctrl-C between two questions closes the terminal, and nobody can ask there any more.
    const closed = codeOf(error) === 'ERR_USE_AFTER_CLOSE';
    if (!ended.signal.aborted && !closed) throw error;
    throw new UserError(`\n${otherwise}`, EXIT.interrupted);
  } finally {
    terminal.off('SIGINT', end).off('close', end);
  }
}
