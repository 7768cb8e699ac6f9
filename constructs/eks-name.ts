import { isUnresolved } from './unresolved';

/**
 * What is wrong with the name of an EKS cluster.
 *
 * @param longest EKS takes 100 characters.
 *
 * @see https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
 */
export function eksNameProblem(name: string, longest = 100): string | undefined {
  return isUnresolved(name) || (/^[0-9A-Za-z][0-9A-Za-z_-]*$/.test(name) && name.length <= longest)
    ? undefined
    : `is "${name}"; must start with a letter or digit, go on with letters, digits, "-" and "_", ` +
        `and have at most ${longest} characters`;
}
