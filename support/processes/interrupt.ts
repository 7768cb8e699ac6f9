import { setTimeout as sleep } from 'node:timers/promises';
import { announce } from '../terraform/stack-tasks';
import { EXIT, UserError } from '../terminal/user-error';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** One Ctrl-C can come twice: npm hands on the signal that the terminal has sent to all. */
const SAME_MS = 500;

/** How work is asked to end. */
export interface Interruption {
  /** On the first Ctrl-C, `kill` or closing of the terminal: end in an orderly way. */
  readonly stop: AbortSignal;
  /** On the third: end at once, whatever is lost. */
  readonly kill: AbortSignal;
}

/**
 * Lets work end in an orderly way when it is interrupted. The second Ctrl-C only asks whether it is
 * meant; the third ends what is under way.
 *
 * The handlers stay until the end: the library that shows the progress has one too, on a terminal only,
 * which sends the signal again when it finds itself the last.
 *
 * @param onInterrupt called each time, to say what is being waited for
 */
export async function interruptible<T>(
  work: (interruption: Interruption) => Promise<T>,
  onInterrupt: (time: number) => void,
): Promise<T> {
  const stop = new AbortController();
  const kill = new AbortController();
  let times = 0;
  let last = -Infinity;
  const interrupt = () => {
    const now = performance.now();
    if (now - last < SAME_MS) return;
    last = now;
    times += 1;
    onInterrupt(times);
    stop.abort();
    if (times > 2) kill.abort();
  };
  // Once its terminal is closed, nobody can be told anything any more.
  const ignore = () => undefined;
  SIGNALS.forEach((signal) => process.on(signal, interrupt));
  [process.stdout, process.stderr].forEach((stream) => stream.on('error', ignore));
  try {
    return await work({ stop: stop.signal, kill: kill.signal });
  } finally {
    // A signal that came while Node.js was busy is heard only now.
    await sleep(20);
    SIGNALS.forEach((signal) => process.off(signal, interrupt));
  }
}

/**
 * {@link interruptible} for work with Terraform, which must not be killed.
 *
 * @param again what to do after an interruption
 * @throws UserError once it was interrupted, whatever became of the work
 */
export async function terraformInterruptible<T>(
  work: (interruption: Interruption) => Promise<T>,
  again: string,
): Promise<T> {
  const interrupted = new UserError(`\nInterrupted. ${again}`, EXIT.interrupted);
  const killed = new UserError(
    `\nKilled. What Terraform was making may be there without being in its state. ${again}`,
    EXIT.interrupted,
  );
  let times = 0;
  const refuse = () => {
    if (times > 0) throw times > 2 ? killed : interrupted;
  };
  try {
    const result = await interruptible(work, (time) => {
      times = time;
      announce(WAITING[Math.min(time, WAITING.length) - 1] ?? '');
    });
    refuse();
    return result;
  } catch (error) {
    refuse();
    throw error;
  }
}

const WAITING = [
  'Terraform finishes what is under way, so that nothing is lost. Please wait.',
  'Still waiting for Terraform. Ctrl-C once more kills it: what it is making will not be in its state.',
  'Killed.',
];
