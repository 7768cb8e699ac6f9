import type { Problem } from '../../problems';

/** Names of service accounts, which are identities. */
export function accountProblems(path: Problem['path'], account: string): Problem[] {
  return account === 'default'
    ? [
        {
          path,
          message:
            'is "default", the service account of every pod that names none, and so the identity of ' +
            'no service; take another name, and a service account of that name',
        },
      ]
    : [];
}
