/** A day in UTC, `YYYY-MM-DD`. Days in this form compare as text. */
export type Day = string;

/** The public index that says which versions of something exist. */
export type Index =
  | { readonly kind: 'docker'; readonly repository: string }
  | { readonly kind: 'helm'; readonly url: string; readonly chart: string }
  | { readonly kind: 'npm'; readonly name: string }
  | { readonly kind: 'pypi'; readonly name: string }
  | { readonly kind: 'go'; readonly module: string };

/** A line of releases, and until when its vendor mends it. */
export interface Release {
  /** What all versions of the line begin with, such as `1.31`. */
  readonly line: string;
  /** From this day on nobody mends it. None: the vendor has named no day. */
  readonly endOfSupport?: Day;
  /** The minor versions of Kubernetes that the vendor supports it on, the first and the last. */
  readonly kubernetes?: readonly [first: string, last: string];
  /** The oldest consul-dataplane that a line of Consul's chart works with. */
  readonly dataplane?: string;
  /** Where the day and the range were read. */
  readonly source: string;
}

/** A range of versions with a fault that the project's users run into. */
export interface Fault {
  /** The first version that has it. */
  readonly from: string;
  /** The first version that is mended. */
  readonly fixed: string;
  /** What does not work, as the end of a sentence about the version. */
  readonly what: string;
  readonly source: string;
}

/** Something that the project uses in one exact version. */
export interface Pin {
  readonly name: string;
  readonly version: string;
  readonly index: Index;
  /** The lines of releases that the project knows, the oldest first. */
  readonly releases: readonly Release[];
  /** Known faults that users of other versions should hear of. */
  readonly faults?: readonly Fault[];
}

/** An image, pinned by the digest of its multi-architecture index wherever one was found. */
export interface Image extends Pin {
  readonly repository: string;
  readonly tag: string;
  /** None: no public source names it. The registry can then give the tag to another image. */
  readonly digest?: `sha256:${string}`;
  /** Where the digest was read. */
  readonly source: string;
}

/** Charts of one project, which all have the same version. */
export interface Charts extends Pin {
  /** The public chart repository. */
  readonly repository: string;
  readonly charts: readonly string[];
  /** Registry and folder of the images that the charts install. */
  readonly images: string;
}

/** A program that must be on the machine. */
export interface Tool {
  readonly name: string;
  /** The oldest version that will do. */
  readonly minimum: string;
  /** Why not an older one. */
  readonly reason: string;
  /** Where to get it. */
  readonly url: string;
  readonly releases: readonly Release[];
}

/** A version of Kubernetes as Amazon EKS has it. */
export interface KubernetesVersion {
  /** Minor version, such as `1.35`. */
  readonly version: string;
  /** From this day on the version is in extended support. */
  readonly endOfStandardSupport: Day;
  /** From the end of standard support until here the cluster costs more by the hour. */
  readonly endOfExtendedSupport: Day;
}

/** A Terraform provider, and the npm package of its bindings, which decides on the version. */
export interface Provider {
  readonly name: string;
  readonly version: string;
  /** The bindings, in the version that package.json has. */
  readonly bindings: { readonly name: string; readonly version: string };
  readonly faults?: readonly Fault[];
}
