/** The Service of type LoadBalancer by which other meshes enter one past its gateway, or without one. */
export interface MeshEntrance {
  /**
   * Its annotations, such as `nlbAnnotations()`.
   * @default none
   */
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * CIDR blocks that may connect.
   * @default everybody
   */
  readonly allowedSources?: readonly string[];
}
