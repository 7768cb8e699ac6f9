/** Label of every namespace with its own name, which Kubernetes sets itself. */
export const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/** Label of namespaces that hold the jobs which exchange roots, and nothing else. */
export const JOBS_LABEL = 'mesh-federation/jobs';

/** Name, namespace and labels of a custom resource. */
export interface CustomResourceMetadata {
  /** Name of the object. */
  readonly name: string;
  /**
   * Namespace of the object; left out for a cluster-wide kind.
   * @default none
   */
  readonly namespace?: string;
  /**
   * Labels of the object.
   * @default none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Annotations of the object.
   * @default none
   */
  readonly annotations?: Readonly<Record<string, string>>;
}
