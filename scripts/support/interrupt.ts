const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Turns the first Ctrl-C, `kill` or closing of the terminal into an abort signal while `work` runs, so
 * that what is under way can be ended in an orderly way. The second one ends this program.
 *
 * @param onInterrupt called once, to say what is being waited for
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  onInterrupt: () => void,
): Promise<T> {
  const controller = new AbortController();
  const interrupt = () => {
    SIGNALS.forEach((signal) => process.off(signal, interrupt));
    onInterrupt();
    controller.abort();
  };
  SIGNALS.forEach((signal) => process.on(signal, interrupt));
  try {
    return await work(controller.signal);
  } finally {
    SIGNALS.forEach((signal) => process.off(signal, interrupt));
  }
}
