import { IMAGE_PULL_POLICY } from './pods';

/** Where a container has a volume. */
export interface VolumeMount {
  /** Name of the volume. */
  readonly name: string;
  /** Folder in the container. */
  readonly mountPath: string;
  /**
   * Whether the container may only read it.
   * @default true
   */
  readonly readOnly?: boolean;
}

/** A container, without what all hardened ones have in common. */
export interface PlainContainer {
  /** Unique in the pod. */
  readonly name: string;
  /** Full reference of the image. */
  readonly image?: string;
  /** Volumes of the pod that it sees. */
  readonly mounts: readonly VolumeMount[];
}

/** Settings of `hardenedPod`. */
export interface HardenedPodProps<Container extends PlainContainer> {
  /** The service account that the pod runs as. */
  readonly serviceAccount: string;
  /**
   * Whether the containers get a token of the service account.
   * @default false
   */
  readonly token?: boolean;
  /** Id of the user and group of its containers; never 0. */
  readonly user: number;
  /**
   * Whether the volumes belong to the group too, for files that only their group may read.
   * @default false
   */
  readonly ownsVolumes?: boolean;
  /**
   * Whether containers that others add, such as a mesh's init container, choose their own user, which may
   * be root: the user is then that of each container here.
   * @default false: no container of the pod is root
   */
  readonly admitsRoot?: boolean;
  /** Containers of the pod, which are hardened too. */
  readonly containers: readonly Container[];
}

/**
 * The part of a pod's spec that is the same in every pod of ours: not root, a disk that nobody writes to,
 * no capability, no way to gain more rights, the runtime's seccomp profile, no token unless it is needed,
 * no environment variables of other Services. It is what the Pod Security Standard `restricted` asks for,
 * and a read-only root file system.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function hardenedPod<Container extends PlainContainer>(props: HardenedPodProps<Container>) {
  const { user, admitsRoot = false, ownsVolumes = false } = props;
  const id = String(user);
  const who = { runAsNonRoot: true, runAsUser: id, runAsGroup: id };
  return {
    serviceAccountName: props.serviceAccount,
    automountServiceAccountToken: props.token ?? false,
    enableServiceLinks: false,
    securityContext: {
      ...(admitsRoot ? {} : who),
      ...(ownsVolumes ? { fsGroup: id } : {}),
      seccompProfile: { type: 'RuntimeDefault' },
    },
    container: props.containers.map((container) =>
      hardenedContainer(container, admitsRoot ? who : undefined),
    ),
  };
}

/** The same of one container; an init container beside those of `hardenedPod`. */
export function hardenedContainer<Container extends PlainContainer>(
  { name, image, mounts, ...own }: Container,
  who?: { readonly runAsUser: string; readonly runAsGroup: string },
) {
  return {
    name,
    image,
    imagePullPolicy: IMAGE_PULL_POLICY,
    ...own,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      // The provider writes "false" where nothing is said, which would overrule the pod's own setting.
      runAsNonRoot: true,
      ...who,
      capabilities: { drop: ['ALL'] },
    },
    volumeMount: mounts.map((mount) => ({
      name: mount.name,
      mountPath: mount.mountPath,
      readOnly: mount.readOnly ?? true,
    })),
  };
}
