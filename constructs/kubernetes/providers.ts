import { regionProblems, roleArnProblems } from '../aws-forms';
import { DataAwsEksCluster } from '@cdktf/provider-aws/lib/data-aws-eks-cluster';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { HelmProvider, type HelmProviderKubernetes } from '@cdktf/provider-helm/lib/provider';
import { DataKubernetesServerVersion } from '@cdktf/provider-kubernetes/lib/data-kubernetes-server-version';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import {
  Aspects,
  dependable,
  Fn,
  TerraformDataSource,
  type TerraformProvider,
  TerraformResource,
  TerraformStack,
} from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { ByKind, type Example, Optional, refuseUnlike } from '../example';
import type { ApiServer } from './api-server';
import { type ClusterConnection, type EksConnection, eksToken } from './connection';
import { kubeconfigProblem, kubeconfigServer } from './kubeconfig';
import { expandPath } from './yaml-file';
import { eksNameProblem } from '../eks-name';
import { choice, type Problem, refuse } from '../problems';
import { described } from '../schema-words';

/** Settings of `ClusterProviders`. */
export interface ClusterProvidersProps {
  /**
   * The cluster that every Kubernetes and Helm resource of the stack goes to. For an EKS cluster
   * the stack also needs an `AwsProvider` of the cluster's account and region.
   */
  readonly connection: ClusterConnection;
  /**
   * Name of these providers in a stack that deploys to several clusters. Every resource then says which
   * one it takes: one that says nothing gets a provider of which nothing is known, and goes to
   * localhost.
   * @default none: they are the stack's only ones, and every resource takes them
   */
  readonly alias?: string;
  /**
   * Whether the stack installs charts, and so needs Helm's provider.
   * @default true
   */
  readonly charts?: boolean;
  /**
   * The AWS provider of an EKS cluster's account and region, in a stack that has several.
   * @default the stack's only one
   */
  readonly aws?: TerraformProvider;
}

const EXAMPLE: Example<ClusterProvidersProps> = {
  connection: new ByKind<ClusterConnection>({
    eks: { clusterName: 'shop', region: 'eu-north-1' },
    kubeconfig: { path: '~/.kube/config', context: 'shop' },
  }),
  charts: new Optional(true),
};

/**
 * The Kubernetes and Helm providers of a stack, both pointed at the same cluster. One for each cluster
 * that the stack deploys to, which is one unless they have an `alias`.
 *
 * An EKS cluster is looked up by name, through the stack's `AwsProvider`, and tokens come from `aws eks get-token` at
 * the moment they are needed: no token is stored, and none expires in the middle of a deploy. The file and context
 * of a kubeconfig are checked at synthesis, since both providers take `localhost` for a missing
 * one. The server's version is read first, so that a cluster that cannot be reached stops the plan
 * before anything is changed.
 *
 * @throws When the connection is of no known kind, or names no cluster; when the kubeconfig file or its context does
 * not exist; the contexts that do are listed. When the stack
 * has a Kubernetes provider of the same alias, or of none, already.
 *
 * @example
 * {@includeCode ../../examples/constructs.ts#ClusterProviders}
 */
export class ClusterProviders extends Construct {
  /** Provider of `kubernetes_*` resources; the stack's default. */
  public readonly kubernetes: KubernetesProvider;
  /** Provider of `helm_release` resources; the stack's default. */
  public readonly helm: HelmProvider | undefined;
  /** The API server that both talk to. */
  public readonly apiServer: ApiServer;

  public constructor(scope: Construct, id: string, props: ClusterProvidersProps) {
    super(scope, id);
    refuseUnlike(`ClusterProviders ${this.node.path}`, props, EXAMPLE);
    const { connection, alias, charts = true } = props;
    refuse(`ClusterProviders ${this.node.path}`, [
      ...aliasProblems(this, alias),
      ...connectionProblems(connection),
    ]);
    const helm = (kubernetes: HelmProviderKubernetes) =>
      charts ? new HelmProvider(this, 'helm', { alias, kubernetes }) : undefined;
    if (connection.kind === 'eks') {
      const cluster = eksCluster(this, connection, props.aws);
      this.kubernetes = new KubernetesProvider(this, 'kubernetes', {
        alias,
        ...cluster,
        exec: [cluster.exec],
      });
      this.helm = helm(cluster);
      this.apiServer = {
        address: cluster.host,
        certificateAuthority: cluster.clusterCaCertificate,
      };
    } else {
      this.apiServer = kubeconfigServer(connection);
      const cluster = {
        configPath: expandPath(connection.path),
        configContext: connection.context,
      };
      this.kubernetes = new KubernetesProvider(this, 'kubernetes', { alias, ...cluster });
      this.helm = helm(cluster);
    }
    this.askFirst(
      new DataKubernetesServerVersion(this, 'reachable', { provider: this.kubernetes }),
      alias === undefined,
    );
  }

  /**
   * Lets everything else in the cluster wait for the answer. A cluster that cannot be reached is then one
   * error, where each resource would have one of its own, below a plan of those that have none. `cdktf`
   * loses the end of what Terraform prints when there is a lot of it.
   */
  private askFirst(reachable: DataKubernetesServerVersion, onlyCluster: boolean): void {
    const first = dependable(reachable);
    const waits = (node: IConstruct): node is TerraformResource | TerraformDataSource =>
      (node instanceof TerraformResource || node instanceof TerraformDataSource) &&
      node !== reachable &&
      /^(kubernetes|helm)_/.test(node.terraformResourceType) &&
      (node.provider === undefined
        ? onlyCluster
        : node.provider === this.kubernetes || node.provider === this.helm);
    // Of one construct: for an aspect of the stack cdktf would work out the path of each.
    Aspects.of(reachable).add({
      visit: () => {
        for (const node of TerraformStack.of(this).node.findAll().filter(waits)) {
          node.dependsOn = [...new Set([...(node.dependsOn ?? []), first])];
        }
      },
    });
  }
}

/** Terraform would refuse the second one: a resource could not say which of the two it takes. */
function aliasProblems(scope: Construct, alias: string | undefined): Problem[] {
  const twin = TerraformStack.of(scope)
    .node.findAll()
    .find((child) => child instanceof KubernetesProvider && child.alias === alias);
  if (twin === undefined) return [];
  const what = alias === undefined ? 'is missing' : `is ${alias}`;
  return [
    {
      path: ['alias'],
      message: `${what}, as that of ${twin.node.path} in the same stack; give each of them a name of its own`,
    },
  ];
}

function connectionProblems(connection: ClusterConnection): Problem[] {
  const at = (setting: string, message: string | undefined): Problem[] =>
    message === undefined ? [] : [{ path: ['connection', setting], message }];
  switch (connection.kind) {
    case 'eks':
      return [
        ...at('clusterName', eksNameProblem(connection.clusterName)),
        ...regionProblems(['connection', 'region'], connection.region),
        ...roleArnProblems(['connection', 'roleArn'], connection.roleArn),
      ];
    case 'kubeconfig': {
      const problem = kubeconfigProblem(connection);
      return problem === undefined ? [] : at(problem.setting, problem.message);
    }
    default: {
      // A program in JavaScript has no compiler that says it.
      const { kind }: { readonly kind: unknown } = connection;
      return at('kind', `${described(kind)}; must be ${choice(['eks', 'kubeconfig'])}`);
    }
  }
}

function eksCluster(
  scope: Construct,
  connection: EksConnection,
  provider: TerraformProvider | undefined,
): Required<Pick<HelmProviderKubernetes, 'host' | 'clusterCaCertificate' | 'exec'>> {
  const stack = TerraformStack.of(scope);
  scope.node.addValidation({
    validate: () =>
      stack.node.findAll().some((child) => child instanceof AwsProvider)
        ? []
        : [
            `the EKS cluster ${connection.clusterName} is looked up through AWS: ` +
              `add new AwsProvider(stack, 'aws', { region: '${connection.region}' })`,
          ],
  });
  const cluster = new DataAwsEksCluster(scope, 'cluster', {
    name: connection.clusterName,
    provider,
  });
  return {
    host: cluster.endpoint,
    clusterCaCertificate: Fn.base64decode(cluster.certificateAuthority.get(0).data),
    exec: eksToken(connection),
  };
}
