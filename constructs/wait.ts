import type { LocalExecProvisioner } from 'cdktf';

/**
 * Lets a deploy wait where it makes something, by the one program that every user of this project has.
 *
 * @param seconds an expression where only the deploy knows.
 */
export function pause(seconds: number | string): LocalExecProvisioner {
  return typeof seconds === 'number'
    ? node(`setTimeout(() => {}, ${seconds * 1000})`)
    : node('setTimeout(() => {}, process.env.SECONDS * 1000)', { SECONDS: seconds });
}

/** Lets a destroy wait before it goes on. */
export function waitOnDestroy(seconds: number): LocalExecProvisioner {
  return { ...pause(seconds), when: 'destroy' };
}

/** Lets a destroy say what it leaves, in Terraform's log. */
export function sayOnDestroy(text: string): LocalExecProvisioner {
  return { ...node('console.log(process.env.TEXT)', { TEXT: text }), when: 'destroy' };
}

/**
 * Stops a deploy where it makes something.
 *
 * @param problem an expression, empty where the deploy goes on.
 */
export function stopWith(problem: string): LocalExecProvisioner {
  return node('console.log(process.env.PROBLEM); process.exit(process.env.PROBLEM ? 1 : 0)', {
    PROBLEM: problem,
  });
}

function node(command: string, environment?: Record<string, string>): LocalExecProvisioner {
  return { type: 'local-exec', interpreter: ['node', '--eval'], command, environment };
}
