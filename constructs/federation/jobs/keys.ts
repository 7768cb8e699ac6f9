/** Keys of the ConfigMap in which a mesh publishes its roots. */
export const PUBLISHED = {
  roots: 'roots.pem',
  /** The roots of the mesh itself, where its borders show those of SPIRE; for its own cluster. */
  inside: 'mesh-roots.pem',
  /** One line for each root: its fingerprint, when it expires, and whose it is. */
  summary: 'roots.txt',
  /** Why the roots are missing or old; absent when all is well. */
  problem: 'problem',
  /** When the mesh was last asked with success, ISO 8601. */
  success: 'success',
  /** What tokens for this cluster's API server are for, one in a line. */
  audiences: 'audiences',
} as const;

/** Keys of the ConfigMap with a foreign mesh's roots. */
export const BUNDLE = {
  roots: 'roots.pem',
  /** When each root that its mesh no longer shows was missed first. */
  withdrawn: 'withdrawn.json',
} as const;

/** Keys of the ConfigMap in which a job says how its last run went. */
export const STATUS = {
  /** Why the foreign roots are not up to date; absent when they are. */
  problem: 'problem',
  /** What will break something soon, or does in part; absent where there is nothing. */
  warning: 'warning',
  /** When the foreign roots were last fetched on schedule, with success, ISO 8601. */
  success: 'success',
  /** When a deploy fetched them first; what counts until the first success on schedule. */
  first: 'first',
  /** Why the token for the other cluster is not renewed; absent when it is. */
  renewal: 'renewal',
  /** When the token was last looked at with success, ISO 8601. */
  renewed: 'renewed',
  /** When the token for the other cluster ends, ISO 8601. */
  token: 'token-ends',
  /** The foreign roots that are trusted: one line for each. */
  roots: 'roots.txt',
  /** PEM of the distrusted roots that were seen, by which others of their keys are known. */
  distrusted: 'distrusted.pem',
} as const;

/** Keys of the ConfigMap in which the job `authority` says how its last run went. */
export const AUTHORITY = {
  /** Why trust anchor or issuer are missing or not renewed; absent when all is well. */
  problem: 'problem',
  /** What will break something soon; absent where there is nothing. */
  warning: 'warning',
  /** When they were last looked at with success, ISO 8601. */
  success: 'success',
  /** When the trust anchor ends, ISO 8601. */
  anchorEnds: 'anchor-ends',
  /** When the issuer ends, ISO 8601. */
  issuerEnds: 'issuer-ends',
} as const;

/** Key of the ConfigMap of published roots in which one of the job `authority` is repeated, for metrics. */
export function repeated(key: (typeof AUTHORITY)[keyof typeof AUTHORITY]): string {
  return `authority-${key}`;
}

/** Objects in the namespace of a Linkerd mesh. Its charts look for the last two by these names. */
export const LINKERD_NAMES = {
  /** Secret of type kubernetes.io/tls; its key is for the job `authority` alone. */
  anchor: 'linkerd-trust-anchor',
  /** ConfigMap with the roots that pods trust. */
  roots: 'linkerd-identity-trust-roots',
  /** Secret of type kubernetes.io/tls. */
  issuer: 'linkerd-identity-issuer',
} as const;
