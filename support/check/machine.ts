import { spawnSync } from 'node:child_process';
import { codeOf } from '../../constructs/environment-problem';
import type { Config } from '../../config';
import { WEATHER_KEY } from '../../config/weather';
import {
  checkCdktf,
  checkNode,
  checkTerraform,
  isMissing,
  type Prerequisite,
} from '../programs/prerequisites';
import type { Finding } from './finding';

const area = 'machine';

/** The programs that a deploy calls on this machine. */
export function machineFindings(needsAwsCli: boolean, env = process.env): Finding[] {
  return [
    fromPrerequisite(checkNode()),
    fromPrerequisite(checkTerraform(env)),
    fromPrerequisite(checkCdktf()),
    ...(needsAwsCli ? [awsCliFinding(env)] : []),
  ];
}

/** The key of the weather application's data, which Terraform asks of the environment at each deploy. */
export function weatherKeyFindings(weather: Config['weather'], env = process.env): Finding[] {
  if (!weather.enabled || weather.data !== 'openweather') return [];
  const what = 'Key of OpenWeather';
  return (env[WEATHER_KEY] ?? '') === ''
    ? [
        {
          area,
          what,
          verdict: 'wrong',
          found: `${WEATHER_KEY} is not set, and weather.data is openweather`,
          remedy: `export ${WEATHER_KEY}=... with a key of https://openweathermap.org, or weather.data: sample`,
        },
      ]
    : [{ area, what, verdict: 'right', found: `${WEATHER_KEY} is set` }];
}

function fromPrerequisite(prerequisite: Prerequisite): Finding {
  const what = prerequisite.name;
  return isMissing(prerequisite)
    ? { area, what, verdict: 'wrong', found: prerequisite.problem, remedy: prerequisite.remedy }
    : { area, what, verdict: 'right', found: `${prerequisite.program} ${prerequisite.version}` };
}

/** Tokens for EKS come from it: `aws eks get-token` has been of version 2 alone since v1beta1. */
export function awsCliFinding(env: NodeJS.ProcessEnv, timeout = 30_000): Finding {
  const what = 'AWS CLI';
  const remedy = 'https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html';
  const {
    status,
    error,
    stdout = '',
    stderr = '',
  } = spawnSync('aws', ['--version'], { encoding: 'utf8', env, timeout });
  if (codeOf(error) === 'ETIMEDOUT') {
    const found = `has not answered "aws --version" in ${timeout / 1000} s`;
    return { area, what, verdict: 'wrong', found, remedy };
  }
  if (status !== 0) return { area, what, verdict: 'wrong', found: 'is not on the PATH', remedy };
  // Version 1 of old printed it to standard error.
  const version = /aws-cli\/(\d+)(\.[\d.]+)/.exec(stdout + stderr);
  if (version?.[1] !== '2') {
    const found = `is ${version === null ? 'of an unknown version' : `${version[1]}${version[2]}`}, and must be 2`;
    return { area, what, verdict: 'wrong', found, remedy };
  }
  return { area, what, verdict: 'right', found: `aws ${version[1]}${version[2]}` };
}
