import type { EksClusterConfig } from '@cdktf/provider-aws/lib/eks-cluster';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import type { Construct } from 'constructs';
import type { ServiceRole } from './service-role';

/*
 * What EKS Auto Mode takes: https://docs.aws.amazon.com/eks/latest/userguide/auto-learn-iam.html
 */

/**
 * Policies of the cluster's role, beside `AmazonEKSClusterPolicy`.
 *
 * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEKSBlockStoragePolicyV2.html
 * @see https://github.com/cloudposse/terraform-aws-eks-cluster/pull/266 what differs from the first version
 */
export const AUTO_CLUSTER_POLICIES = [
  'AmazonEKSComputePolicy',
  { name: 'AmazonEKSBlockStoragePolicyV2', first: 'AmazonEKSBlockStoragePolicy' },
  'AmazonEKSLoadBalancingPolicy',
  'AmazonEKSNetworkingPolicy',
] as const;

/** Policies of the nodes' role: to take the roles of Pod Identity, and to fetch images. */
export const AUTO_NODE_POLICIES = [
  'AmazonEKSWorkerNodeMinimalPolicy',
  'AmazonEC2ContainerRegistryPullOnly',
] as const;

/** Its three parts, which EKS takes together only. */
export function autoMode(nodeRoleArn: string): Pick<
  EksClusterConfig,
  'computeConfig' | 'storageConfig'
> & {
  readonly elasticLoadBalancing: { readonly enabled: boolean };
} {
  return {
    // Those that EKS brings. They are in the private subnets and in the group of the control plane.
    computeConfig: { enabled: true, nodePools: ['general-purpose', 'system'], nodeRoleArn },
    elasticLoadBalancing: { enabled: true },
    storageConfig: { blockStorage: { enabled: true } },
  };
}

/**
 * AWS's own policies let Auto Mode tag nothing with tags of the user's: those of load balancers and volumes that
 * are made here, and of nodes by a NodeClass of the user's (`spec.tags`).
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/auto-learn-iam.html#tag-prop
 */
export function allowTags(scope: Construct, role: ServiceRole, partition: string): IamRolePolicy {
  // Terraform reads no expression behind two dollar signs.
  const ofTheCluster = {
    'aws:RequestTag/eks:eks-cluster-name': '$${aws:PrincipalTag/eks:eks-cluster-name}',
  };
  /** @param tagged keys of tags that must be there too */
  const allow = (
    Sid: string,
    Action: readonly string[],
    Resource: string | readonly string[],
    tagged: readonly string[] = [],
  ) => ({
    Sid,
    Effect: 'Allow',
    Action,
    Resource,
    Condition: {
      StringEquals: ofTheCluster,
      ...(tagged.length > 0 && {
        StringLike: Object.fromEntries(tagged.map((key) => [`aws:RequestTag/${key}`, '*'])),
      }),
    },
  });
  return new IamRolePolicy(scope, 'auto_mode_tags', {
    name: 'tag-what-auto-mode-makes',
    role: role.role.name,
    policy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        allow('Nodes', ['ec2:CreateFleet', 'ec2:RunInstances', 'ec2:CreateLaunchTemplate'], '*', [
          'eks:kubernetes-node-class-name',
          'eks:kubernetes-node-pool-name',
        ]),
        allow('NetworkInterfaces', ['ec2:CreateNetworkInterface'], '*', [
          'eks:kubernetes-cni-node-name',
        ]),
        allow(
          'Volumes',
          ['ec2:CreateVolume', 'ec2:CreateSnapshot'],
          ['volume', 'snapshot'].map((kind) => `arn:${partition}:ec2:*:*:${kind}/*`),
        ),
        allow(
          'LoadBalancers',
          [
            'elasticloadbalancing:CreateLoadBalancer',
            'elasticloadbalancing:CreateTargetGroup',
            'elasticloadbalancing:CreateListener',
            'ec2:CreateSecurityGroup',
          ],
          '*',
        ),
      ],
    }),
  });
}
