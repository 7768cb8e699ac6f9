/** Keys of the ConfigMap in which a mesh shows its roots. */
export const PUBLISHED = {
  roots: 'roots.pem',
  /** One line for each root: its fingerprint, when it expires, and whose it is. */
  summary: 'roots.txt',
  /** Why the roots are missing or old; absent when all is well. */
  problem: 'problem',
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
} as const;
