import { types } from 'node:util';

/** The words of whatever was thrown, without a stack. */
export function reasonOf(error: unknown): string {
  // Not `instanceof`: one from another context, such as a worker's, is of another class.
  if (!types.isNativeError(error)) return String(error);
  const cause = types.isNativeError(error.cause) ? `: ${reasonOf(error.cause)}` : '';
  return `${error.message || error.name}${cause}`;
}

/** That a kubeconfig names a program for its credentials (`exec`) which is not there, where that is what was thrown. */
export function missingPlugin(error: unknown): string | undefined {
  const [, program] =
    (types.isNativeError(error) && /^spawn (.+) ENOENT$/.exec(error.message)) || [];
  return (
    program &&
    `${program}, which the kubeconfig calls for credentials, is not installed or not on the PATH`
  );
}
