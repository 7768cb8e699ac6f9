/**
 * `npm run check:automation` has Renovate and actionlint judge what runs by itself: the configuration by
 * which a bot keeps versions current, and the workflows. Renovate reads the repository as it would at
 * work, and every version of versions/ must be among what it found.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import * as versions from '../versions';
import type { Charts, Image, Pin } from '../versions';
import { ROOT } from '../support/paths';
import { npmPrograms } from '../support/programs/npm-packages';
import { EXIT, runProgram, UserError } from '../support/terminal/user-error';

/** Pins that take their version from another one, which Renovate finds. */
const FOLLOWING: readonly Pin[] = [versions.CONSUL_CLIENT];

/** Something that Renovate found and will keep current. */
interface Found {
  readonly depName: string;
  readonly currentValue?: string;
  readonly currentDigest?: string;
}

/** The one line of Renovate's log that is read. */
interface Extracted {
  readonly msg: string;
  readonly packageFiles: Readonly<Record<string, readonly { readonly deps: readonly Found[] }[]>>;
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    env: { ...process.env, ...env },
  });
  if (status !== 0) {
    const said = error?.message ?? `${stdout}${stderr}`.trim().slice(-4000);
    throw new UserError(`"${program} ${args.join(' ')}" failed:\n${said}`, EXIT.wrong);
  }
  return stdout;
}

/** What Renovate finds in the working tree. */
function extract(programs: string): readonly Found[] {
  const log = run(
    path.join(programs, 'renovate'),
    ['--platform=local', '--dry-run=extract', '--onboarding=false'],
    { LOG_LEVEL: 'debug', LOG_FORMAT: 'json' },
  );
  const lines = log.split('\n').filter((line) => line.startsWith('{'));
  const extracted = lines
    .map((line) => JSON.parse(line) as Extracted)
    .find(({ packageFiles }) => packageFiles !== undefined);
  if (extracted === undefined) throw new UserError('Renovate says nothing of what it found');
  return Object.values(extracted.packageFiles)
    .flat()
    .flatMap(({ deps }) => deps);
}

/** How Renovate should have found a pin of versions/. */
function expected(pin: Pin | Image | Charts): Found {
  if ('tag' in pin) {
    return { depName: pin.repository, currentValue: pin.tag, currentDigest: pin.digest };
  }
  if ('charts' in pin) return { depName: pin.charts[0] ?? '', currentValue: pin.version };
  return {
    depName: 'module' in pin.index ? pin.index.module : 'name' in pin.index ? pin.index.name : '',
    currentValue: pin.version,
  };
}

function isPin(value: unknown): value is Pin {
  return typeof value === 'object' && value !== null && 'version' in value && 'index' in value;
}

function check(): number {
  console.log('actionlint: .github/workflows');
  const { index, version } = versions.ACTIONLINT;
  if (index.kind === 'go') run('go', ['run', `${index.module}/cmd/actionlint@v${version}`]);

  const { version: renovate } = versions.RENOVATE;
  const programs = npmPrograms({
    name: `renovate-${renovate}`,
    packages: [`renovate@${renovate}`],
    megabytes: 350,
  });
  console.log('Renovate: renovate.json');
  run(path.join(programs, 'renovate-config-validator'), ['--strict', 'renovate.json']);
  const found = extract(programs);
  const missing = Object.values(versions)
    .filter(isPin)
    .filter((pin) => !FOLLOWING.includes(pin))
    .map((pin) => ({ pin, ...expected(pin) }))
    .filter(
      ({ depName, currentValue, currentDigest }) =>
        !found.some(
          (dep) =>
            dep.depName === depName &&
            dep.currentValue === currentValue &&
            dep.currentDigest === currentDigest,
        ),
    );
  for (const { pin, depName, currentValue } of missing) {
    console.log(
      `Renovate does not find ${pin.name} (${depName} ${currentValue}); mend customManagers in renovate.json`,
    );
  }
  console.log(`Renovate keeps ${found.length} dependencies current, ${missing.length} missing.`);
  return missing.length === 0 ? EXIT.right : EXIT.wrong;
}

void runProgram(check);
