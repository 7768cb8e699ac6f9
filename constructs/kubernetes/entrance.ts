/** The Service of type LoadBalancer by which other meshes enter one past its gateway, or without one. */
export interface MeshEntrance {
  /**
   * Annotations of the Service, such as `nlbAnnotations()`.
   * @default none
   */
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * Class of the load balancer, where a webhook would set one: `loadBalancerClass()`.
   * @default none
   */
  readonly loadBalancerClass?: string;
  /**
   * CIDR blocks that may connect.
   * @default everybody
   */
  readonly allowedSources?: readonly string[];
}
