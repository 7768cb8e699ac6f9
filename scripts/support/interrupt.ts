const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Turns Ctrl-C, `kill` and a closed terminal into an abort signal while `work` runs, so that what is
 * under way can be ended in an orderly way.
 *
 * @param onInterrupt called once, to say what is being waited for
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  onInterrupt: () => void,
): Promise<T> {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) return;
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
