/**
 * The SPIRE of a mesh's cluster, as the source of the identity that its borders present to other meshes, and
 * of the roots by which these verify it. Inside of the mesh a border keeps the mesh's identity, by its
 * sidecar: no policy of the mesh changes.
 *
 * What it says of the agent and the server was seen with SPIRE 1.13.3.
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
   * Who registers the borders with the SPIRE server: `create` makes a ClusterSPIFFEID, for the
   * spire-controller-manager; `existing` when you do.
   * @default 'create'
   */
  readonly entries?: 'create' | 'existing';
  /**
   * `className` of that ClusterSPIFFEID, where the controller manager looks at one class only.
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
   * Where borders have the roots of other meshes from. `exchange`: from the exchange of roots, as all
   * borders. `spire`: from the agent, by the name `ALL`; which trust domains the SPIRE server is federated
   * with, its owner says, and what is withdrawn there is refused in new handshakes within seconds. Then
   * `distrusted` says nothing to these borders.
   * @default 'exchange'
   */
  readonly foreignRoots?: 'exchange' | 'spire';
}

/** What others must know of it. */
export interface PublishedSpire {
  /** Trust domain of that SPIRE server. */
  readonly trustDomain: string;
  /**
   * What follows the trust domain in a border's SPIFFE ID, where `{namespace}` and `{serviceAccount}` stand for those of its
   * pods. Meshes of one SPIRE trust domain need a path each.
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

/** As the chart `spire` registers workloads. */
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
