import { type Problem, repeatProblems } from '../problems';
import { labelProblems } from './name-problems';

/** A namespace for workloads of a mesh. */
export interface WorkloadNamespace {
  /** Name of the namespace. */
  readonly name: string;
  /**
   * Whether it is there already and stays on destroy; otherwise it is made, and goes with the mesh.
   * @default true for `default`, false otherwise
   */
  readonly existing?: boolean;
  /**
   * Whether one that was made goes, with all that runs in it, when it is no longer asked for.
   * @default false: the plan that would delete it stops
   */
  readonly disposable?: boolean;
  /**
   * Further labels of one that is made.
   * @default none
   */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Where workloads live unless told otherwise. */
export const DEFAULT_WORKLOAD_NAMESPACES: readonly WorkloadNamespace[] = [{ name: 'default' }];

/** What is wrong with the namespaces of a mesh. */
export function workloadNamespaceProblems(
  path: Problem['path'],
  namespaces: readonly WorkloadNamespace[] = [],
): Problem[] {
  return [
    ...namespaces.flatMap(({ name }, i) => labelProblems([...path, i, 'name'], name)),
    ...namespaceListProblems(path, namespaces),
  ];
}

/** What is wrong with them beside the form of their names. */
export function namespaceListProblems(
  path: Problem['path'],
  namespaces: readonly WorkloadNamespace[],
): Problem[] {
  const names = namespaces.map(({ name }) => name);
  return [
    ...repeatProblems(path, names, 'name'),
    ...namespaces.flatMap(({ name, existing }, i) =>
      name === 'default' && existing === false
        ? [
            {
              path: [...path, i, 'existing'],
              message: 'is false, but every cluster has the namespace default; leave it out',
            },
          ]
        : [],
    ),
  ];
}
