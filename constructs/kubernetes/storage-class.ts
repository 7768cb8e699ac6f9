import { StorageClassV1 } from '@cdktf/provider-kubernetes/lib/storage-class-v1';
import { Construct } from 'constructs';
import { type Example, Optional, refuseUnlike } from '../example';
import { refuse, within } from '../problems';
import { tagProblems } from '../tags';
import { waitOnDestroy } from '../wait';

/** Settings of `Gp3StorageClass`. */
export interface Gp3StorageClassProps {
  /**
   * Name of the class.
   * @default 'mesh-federation-gp3', which no cluster has by itself
   */
  readonly name?: string;
  /**
   * Whether claims that name no class get this one. A cluster may have one default only.
   * @default false
   */
  readonly isDefault?: boolean;
  /**
   * Which driver makes the volumes: that of the add-on, or that of EKS Auto Mode. Neither takes volumes of the
   * other.
   * @default 'ebs.csi.aws.com'
   * @see https://docs.aws.amazon.com/eks/latest/userguide/create-storage-class.html
   */
  readonly driver?: 'ebs.csi.aws.com' | 'ebs.csi.eks.amazonaws.com';
  /**
   * Tags of the volumes in AWS.
   * @default none
   * @see https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/tagging.md
   */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Seconds to wait on destroy between the end of the workloads and the end of the class. A volume
   * is deleted by the EBS CSI driver some time *after* its claim, once it is detached; without the
   * pause the driver goes with the cluster first and the volume stays behind and is billed.
   * @default 60
   */
  readonly volumeCleanupSeconds?: number;
}

const EXAMPLE: Example<Gp3StorageClassProps> = { isDefault: new Optional(true) };

/**
 * Encrypted gp3 volumes by the EBS CSI driver. EKS brings no usable default: its `gp2` class is of
 * the removed in-tree driver, and is not the default since Kubernetes 1.30, so that a claim without
 * a class stays Pending (https://github.com/hashicorp/consul-k8s/issues/1660).
 *
 * Let what claims volumes depend on it; on destroy it then goes after them.
 *
 * @see https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/parameters.md
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#Gp3StorageClass}
 */
export class Gp3StorageClass extends Construct {
  /** Name of the class, for `storageClassName`. */
  public readonly storageClassName: string;
  /** The `kubernetes_storage_class_v1`. */
  public readonly storageClass: StorageClassV1;

  public constructor(scope: Construct, id: string, props: Gp3StorageClassProps = {}) {
    super(scope, id);
    refuseUnlike(`Gp3StorageClass ${this.node.path}`, props, EXAMPLE);
    this.storageClassName = props.name ?? 'mesh-federation-gp3';
    refuse(
      `The storage class ${this.storageClassName}`,
      tagProblems(props.tags ?? {}).map((problem) => within(['tags'], problem)),
    );
    this.storageClass = new StorageClassV1(this, 'class', {
      metadata: {
        name: this.storageClassName,
        annotations: {
          'storageclass.kubernetes.io/is-default-class': String(props.isDefault ?? false),
        },
      },
      storageProvisioner: props.driver ?? 'ebs.csi.aws.com',
      // The volume must be in the zone of the node that the pod is given.
      volumeBindingMode: 'WaitForFirstConsumer',
      reclaimPolicy: 'Delete',
      allowVolumeExpansion: true,
      parameters: {
        type: 'gp3',
        encrypted: 'true',
        ...Object.fromEntries(
          Object.entries(props.tags ?? {}).map(([key, value], i) => [
            `tagSpecification_${i + 1}`,
            `${key}=${value}`,
          ]),
        ),
      },
      provisioners: [waitOnDestroy(props.volumeCleanupSeconds ?? 60)],
    });
  }
}
