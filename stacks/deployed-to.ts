import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { DataKubernetesNamespaceV1 } from '@cdktf/provider-kubernetes/lib/data-kubernetes-namespace-v1';
import type { TerraformProvider, TerraformStack } from 'cdktf';
import type { AwsSettings } from '../config/aws';
import type { ClusterConnection } from '../constructs/kubernetes';
import { MadeWith } from '../constructs/made-with';
import { awsProviderConfig } from './aws-provider-config';

/** Whose stacks these are: where in AWS, and by which profile of the settings. */
export interface Deployment {
  readonly aws: AwsSettings;
  readonly profile: string;
}

/** What a stack is deployed to. */
export interface Target {
  /**
   * Region of what is in AWS.
   * @default aws.region of the settings
   */
  readonly region?: string;
  /**
   * The only account that may be changed.
   * @default aws.accountId of the settings
   */
  readonly accountId?: string;
  /**
   * Role that is taken for it.
   * @default none: the credentials themselves
   */
  readonly roleArn?: string;
  /**
   * The cluster that the stack's Kubernetes resources are in.
   * @default none
   */
  readonly connection?: ClusterConnection;
  /**
   * Start of the names, in a stack with several targets.
   * @default none
   */
  readonly name?: string;
}

const OTHERWISE =
  'For a second pair, keep its state elsewhere (state.directory or state.prefix); to move, destroy the ' +
  'first with the settings that it was made with.';

/**
 * The AWS provider of a stack. Region, account, cluster and profile are kept in the state, and a plan for
 * others is refused: it would find nothing there, and forget what is deployed and paid for.
 *
 * The provider itself takes region and account from the state. So a destroy too reaches what is there, or
 * is refused by the provider, whichever settings and credentials it is run with.
 */
export function awsProvider(
  stack: TerraformStack,
  { aws, profile }: Deployment,
  { region = aws.region, accountId = aws.accountId, roleArn, connection, name }: Target = {},
): AwsProvider {
  const id = (part: string) => (name === undefined ? part : `${name}-${part}`);
  const kept = new MadeWith(stack, id('deployed_to'), {
    what: `What is in the state of ${stack.node.id}`,
    settings: {
      profile,
      ...(connection && { cluster: clusterOf(connection) }),
      'aws.region': region,
      'aws.accountId': accountId ?? callersAccount(stack, aws, id('caller')),
    },
    because: 'A deploy elsewhere would forget what is there, and it would go on to cost money.',
    otherwise: OTHERWISE,
  });
  return new AwsProvider(stack, id('aws'), {
    ...awsProviderConfig(aws, { region: kept.first('aws.region'), roleArn }),
    allowedAccountIds: [kept.first('aws.accountId')],
    alias: name,
  });
}

/**
 * The same for a stack that has nothing in AWS. What a context is called says nothing of the cluster, so that
 * is known by the one thing that a cluster keeps as long as it lives.
 *
 * @param provider The Kubernetes provider of the cluster.
 */
export function deployedToKubeconfig(
  stack: TerraformStack,
  profile: string,
  connection: ClusterConnection,
  provider: TerraformProvider,
  name?: string,
): void {
  const id = (part: string) => (name === undefined ? part : `${name}-${part}`);
  const system = new DataKubernetesNamespaceV1(stack, id('kube-system'), {
    metadata: { name: 'kube-system' },
    provider,
  });
  new MadeWith(stack, id('deployed_to'), {
    what: `What is in the state of ${stack.node.id}`,
    settings: {
      profile,
      cluster: clusterOf(connection),
      'uid of kube-system': system.metadata.uid,
    },
    because: 'A deploy elsewhere would forget what is there.',
    otherwise: `${OTHERWISE} If the first cluster is gone, delete the state of this stack.`,
  });
}

/** A context is no name of a cluster: people rename them, and each has names of their own. */
function clusterOf(connection: ClusterConnection): string {
  return connection.kind === 'eks' ? `EKS ${connection.clusterName}` : 'by kubeconfig';
}

/** Of the credentials, asked by a provider of its own, since the other one must know it already. */
function callersAccount(stack: TerraformStack, aws: AwsSettings, alias: string): string {
  const provider = new AwsProvider(stack, `aws_${alias}`, { ...awsProviderConfig(aws), alias });
  return new DataAwsCallerIdentity(stack, alias, { provider }).accountId;
}
