/** A namespace for workloads of a mesh. */
export interface WorkloadNamespace {
  /** Name of the namespace. */
  readonly name: string;
  /**
   * Whether it is there already and stays on destroy; otherwise it is made, and goes with the mesh.
   * @default true for `default`, false otherwise
   */
  readonly existing?: boolean;
}

/** Where workloads live unless told otherwise. */
export const DEFAULT_WORKLOAD_NAMESPACES: readonly WorkloadNamespace[] = [{ name: 'default' }];

/** Whether a namespace is there without being made. */
export function namespaceExists({ name, existing }: WorkloadNamespace): boolean {
  return existing ?? name === 'default';
}
