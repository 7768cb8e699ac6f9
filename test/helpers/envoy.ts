import { spawnSync } from 'node:child_process';
import { checkEnvoy } from '../../support/programs/envoy';
import { isMissing } from '../../support/programs/prerequisites';
import { describeIf } from './suites';

/** `describe` for a suite that runs the real Envoy; without it the suite is skipped and says why. */
export function describeWithEnvoy(name: string, suite: (envoy: string) => void): void {
  const envoy = checkEnvoy();
  describeIf(!isMissing(envoy), isMissing(envoy) ? envoy.problem : '', name, () =>
    suite(isMissing(envoy) ? '' : envoy.program),
  );
}

/** What the real Envoy says against a bootstrap; nothing when it accepts it without a warning. */
export function envoyComplaints(envoy: string, bootstrapFile: string): string {
  const run = spawnSync(
    envoy,
    ['--mode', 'validate', '-c', bootstrapFile, '--disable-hot-restart', '-l', 'warning'],
    { encoding: 'utf8' },
  );
  const said = `${run.stdout}${run.stderr}`.replace(/^configuration '.*' OK\s*$/m, '').trim();
  return run.status === 0 ? said : said || `exit code ${run.status}`;
}
