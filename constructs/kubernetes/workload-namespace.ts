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
