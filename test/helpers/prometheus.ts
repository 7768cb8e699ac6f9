import { spawnSync } from 'node:child_process';
import { describeIf } from './suites';

/** The programs of Debian's package `prometheus`, or others on the `PATH`. */
export interface PrometheusPrograms {
  readonly prometheus: string;
  readonly promtool: string;
}

/** `describe` for a suite that runs the real Prometheus; without it the suite is skipped and says why. */
export function describeWithPrometheus(
  name: string,
  suite: (programs: PrometheusPrograms) => void,
): void {
  const programs = { prometheus: 'prometheus', promtool: 'promtool' };
  const missing = Object.values(programs).filter(
    (program) => spawnSync(program, ['--version']).status !== 0,
  );
  describeIf(
    missing.length === 0,
    `${missing.join(' and ')} not on the PATH: apt-get install prometheus`,
    name,
    () => suite(programs),
  );
}
