/** Name, namespace and labels of a custom resource. */
export interface CustomResourceMetadata {
  /** Name of the object. */
  readonly name: string;
  /** Left out for a cluster-wide kind. */
  readonly namespace?: string;
  /** @default none */
  readonly labels?: Readonly<Record<string, string>>;
  /** @default none */
  readonly annotations?: Readonly<Record<string, string>>;
}
