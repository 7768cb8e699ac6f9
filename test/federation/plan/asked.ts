import type { AccessPolicy } from '../../../constructs/federation';
import type { Sent } from './http';

/**
 * What a policy asks for, read as its user reads it.
 *
 * @param caller As rules write it; a workload that no rule names has a name of its own.
 */
export function asked(policy: AccessPolicy, caller: string, callee: string, sent: Sent): boolean {
  const [mesh] = caller.split('/');
  return policy.rules
    .filter(({ to }) => to === callee)
    .filter(({ from, anyone }) => from === caller || (anyone === true && from === `${mesh}/*`))
    .some(
      ({ allow }) =>
        allow === undefined ||
        (sent !== 'bytes' &&
          allow.some(
            ({ methods = [sent.method], pathExact = sent.path, pathPrefix = '' }) =>
              methods.includes(sent.method) &&
              pathExact === sent.path &&
              sent.path.startsWith(pathPrefix),
          )),
    );
}
