import type { Problem } from '../../problems';
import { pathOf, type Service } from './services';

/** Names of service accounts, which are identities. */
export function serviceAccountProblems(path: Problem['path'], account: string): Problem[] {
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

/** What is wrong with two services of one namespace where callers are told apart by their service account. */
export function twinAccountProblems(
  one: Service & { readonly serviceAccount: string },
  other: Service & { readonly serviceAccount: string },
): Problem[] {
  const problems: Problem[] = [];
  if (one.name === other.name) {
    problems.push({
      path: pathOf(other, 'name'),
      message: `${one.ref} is the Service ${one.namespace}/${one.name} too; each needs its own`,
    });
  }
  if (one.serviceAccount === other.serviceAccount) {
    problems.push({
      path: pathOf(other, 'serviceAccount'),
      message:
        `${one.ref} runs as ${one.namespace}/${one.serviceAccount} too, so nobody can tell the two ` +
        'apart; give each a service account of its own',
    });
  }
  return problems;
}

type Labels = Readonly<Record<string, string>>;

/** Whether what finds pods by the one's labels finds the other's too, or the other way round. */
export function sharePods(one: Labels, other: Labels): boolean {
  return selects(one, other) || selects(other, one);
}

function selects(selector: Labels, labels: Labels): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}
