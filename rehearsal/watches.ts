import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * Instances of inotify that the Envoys of a rehearsal hold, with some to spare: one for each secret that
 * they watch. Linux gives a user 128 by default, which an editor and a file watcher may have used up.
 * Envoy ends without one.
 */
export const WATCHES_NEEDED = 96;

/** What is said of instances of inotify. */
export interface Watches {
  /** How many a user may have. */
  readonly limit: number;
  /** How many this user's processes hold. */
  readonly used: number;
}

/** What Linux says; nothing elsewhere, where Envoy watches files otherwise. */
export function watches(proc = '/proc'): Watches | undefined {
  const limit = attempt(() => readFileSync(`${proc}/sys/fs/inotify/max_user_instances`, 'utf8'));
  return limit === undefined ? undefined : { limit: Number(limit), used: used(proc) };
}

/**
 * What keeps a rehearsal from starting here, and the remedy.
 *
 * @param needed Instances that it takes.
 * @returns nothing where there are enough
 */
export function watchesProblem(
  of: Watches | undefined,
  needed = WATCHES_NEEDED,
): string | undefined {
  if (of === undefined || of.limit - of.used >= needed) return undefined;
  const wanted = 2 ** Math.ceil(Math.log2(of.used + 2 * needed));
  return (
    `The rehearsal's Envoys watch their files with up to ${needed} instances of inotify. This ` +
    `user may have ${of.limit}, of which ${of.used} are in use.\n` +
    `Allow more, until the next boot: sudo sysctl fs.inotify.max_user_instances=${wanted}\n` +
    'For good: the same setting in a file of /etc/sysctl.d. Or end what watches files, such as editors.'
  );
}

/** Other users' processes cannot be read, and do not count. */
function used(proc: string): number {
  const pids = (attempt(() => readdirSync(proc)) ?? []).filter((name) => /^\d+$/.test(name));
  return pids
    .flatMap((pid) => {
      const folder = `${proc}/${pid}/fd`;
      return (attempt(() => readdirSync(folder)) ?? []).map((file) => `${folder}/${file}`);
    })
    .filter((file) => attempt(() => readlinkSync(file)) === 'anon_inode:inotify').length;
}

function attempt<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
