import type { LocalExecProvisioner } from 'cdktf';

/** Lets a deploy wait where it makes something, by the one program that every user of this project has. */
export function pause(seconds: number): LocalExecProvisioner {
  return {
    type: 'local-exec',
    interpreter: ['node', '--eval'],
    command: `setTimeout(() => {}, ${seconds * 1000})`,
  };
}

/** Lets a destroy wait before it goes on. */
export function waitOnDestroy(seconds: number): LocalExecProvisioner {
  return { ...pause(seconds), when: 'destroy' };
}
