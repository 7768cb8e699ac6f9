import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Ids of the processes that any of these has started and that still run. */
export function childrenOf(...parents: readonly number[]): number[] {
  return processes()
    .filter(({ parent }) => parents.includes(parent))
    .map(({ pid }) => pid);
}

/** Those of these processes that still run. */
export function running(pids: readonly number[]): number[] {
  if (pids.length === 0) return [];
  const all = new Set(processes().map(({ pid }) => pid));
  return pids.filter((pid) => all.has(pid));
}

interface Process {
  readonly pid: number;
  readonly parent: number;
}

/** All that run; not those that have ended and are not taken notice of. Slim container images have no `ps`, macOS has no `/proc`. */
function processes(): Process[] {
  if (!existsSync('/proc/self/stat')) {
    const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' });
    return stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , state = '']) => !state.startsWith('Z'))
      .map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // `pid (command) state parent ...`, where the command may hold anything.
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [state, parent] = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
        return state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent) }];
      } catch {
        // It has ended in the meantime.
        return [];
      }
    });
}
