/** Counts a piece of work as begun, and as done when it has ended. */
export type Watch = <T>(what: string, work: Promise<T>) => Promise<T>;

/** For whoever shows nothing. */
export const unwatched: Watch = (_, work) => work;

/** Where it is shown, and how often. */
export interface ProgressOptions {
  /** @default standard error, so that the output stays what it is */
  readonly stream?: Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>;
  /** Milliseconds between two lines where a line cannot be written over. @default half a minute */
  readonly interval?: number;
}

/** Whether a line can be written over: in a terminal, unless it says that it only takes one line after another. */
export function writesOver({ isTTY }: Pick<NodeJS.WriteStream, 'isTTY'>): boolean {
  return isTTY && process.env['TERM'] !== 'dumb';
}

/** Milliseconds between two changes of the line in a terminal. */
const TERMINAL_INTERVAL = 500;

/**
 * Says how far something long is while it goes on: in a terminal in one line, which is gone in the end, and elsewhere
 * in a line now and then. What ends at once says nothing.
 *
 * @param title `Looking in AWS`
 */
export async function withProgress<T>(
  title: string,
  run: (watch: Watch, print: (line: string) => void) => Promise<T>,
  { stream = process.stderr, interval = 30_000 }: ProgressOptions = {},
): Promise<T> {
  const open = new Set<{ readonly what: string }>();
  let begun = 0;
  const started = Date.now();
  const overwritten = writesOver(stream);
  let isShown = false;
  const clear = () => {
    if (isShown) stream.write('\r\x1b[K');
    isShown = false;
  };
  const show = () => {
    const seconds = Math.round((Date.now() - started) / 1000);
    const done = begun === 0 ? '' : `, ${begun - open.size} of ${begun} done`;
    const text = `${title}: ${seconds} s${done}${waiting(open)}`;
    if (overwritten) {
      clear();
      stream.write(text.slice(0, (stream.columns || 80) - 1));
      isShown = true;
    } else stream.write(`${text}\n`);
  };
  const timer = setInterval(show, overwritten ? TERMINAL_INTERVAL : interval);
  const watch: Watch = async (what, work) => {
    const one = { what };
    open.add(one);
    begun += 1;
    try {
      return await work;
    } finally {
      open.delete(one);
    }
  };
  const print = (line: string) => {
    clear();
    console.log(line);
  };
  try {
    return await run(watch, print);
  } finally {
    clearInterval(timer);
    clear();
  }
}

function waiting(open: ReadonlySet<{ readonly what: string }>): string {
  const [first, ...others] = new Set([...open].map(({ what }) => what));
  if (first === undefined) return '';
  return `, waiting for ${first}${others.length === 0 ? '' : ` and ${others.length} more`}`;
}
