/**
 * The SPIRE of a mesh's cluster. It issues the identities that the mesh's borders present to other meshes, and
 * publishes the roots with which those verify them. Inside the mesh a border keeps the mesh's own identity,
 * through its sidecar, so no policy of the mesh changes.
 *
 * Tested with agent and server of SPIRE 1.13.3.
 */
export interface SpireOptions extends PublishedSpire {
  /**
   * Name of the SPIFFE CSI driver, which mounts the agent's socket into the pods.
   * @default 'csi.spiffe.io'
   */
  readonly csiDriver?: string;
  /**
   * File name of the agent's socket in the volume that the driver mounts.
   * @default 'spire-agent.sock', as of the chart `spire`
   */
  readonly socket?: string;
  /**
   * Who registers the borders with the SPIRE server. `create` makes a ClusterSPIFFEID for the
   * spire-controller-manager; with `existing` you register them yourself.
   * @default 'create'
   */
  readonly entries?: 'create' | 'existing';
  /**
   * `className` of that ClusterSPIFFEID, if the controller manager handles one class only.
   * @default none
   */
  readonly className?: string;
  /**
   * The ConfigMap in which the SPIRE server publishes its trust bundle, as PEM or as a SPIFFE bundle, by its
   * notifier `k8sbundle` or its bundle publisher `k8s_configmap`.
   * @default 'bundle.crt' in 'spire/spire-bundle', as of the notifier
   */
  readonly bundle?: SpireBundle;
  /**
   * Where borders get the roots of other meshes. `exchange`: from the exchange of roots, like all other
   * borders. `spire`: from the agent, under the name `ALL`. The owner of the SPIRE server decides which trust
   * domains it is federated with, and a root withdrawn there is refused in new handshakes within seconds;
   * `distrusted` then has no effect on these borders.
   * @default 'exchange'
   */
  readonly foreignRoots?: 'exchange' | 'spire';
}

/** What other meshes need to know about a mesh's SPIRE. */
export interface PublishedSpire {
  /** Trust domain of that SPIRE server. */
  readonly trustDomain: string;
  /**
   * The path of a border's SPIFFE ID, with `{namespace}` and `{serviceAccount}` as placeholders for those of its
   * pods. Meshes that share a SPIRE trust domain need different paths.
   * @default DEFAULT_SPIRE_PATH
   */
  readonly path?: string;
}

/** Where a SPIRE server publishes its trust bundle. */
export interface SpireBundle {
  /** @default 'spire' */
  readonly namespace?: string;
  /** @default 'spire-bundle' */
  readonly configMap?: string;
  /** @default 'bundle.crt' */
  readonly key?: string;
}

/** The path with which the chart `spire` registers workloads. */
export const DEFAULT_SPIRE_PATH = '/ns/{namespace}/sa/{serviceAccount}';

/** What each option is where it is not given. */
export const SPIRE_DEFAULTS = {
  path: DEFAULT_SPIRE_PATH,
  csiDriver: 'csi.spiffe.io',
  socket: 'spire-agent.sock',
  entries: 'create',
  bundle: { namespace: 'spire', configMap: 'spire-bundle', key: 'bundle.crt' },
  foreignRoots: 'exchange',
} as const;
