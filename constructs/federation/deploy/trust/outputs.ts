import type { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1';
import type { CronJobV1 } from '@cdktf/provider-kubernetes/lib/cron-job-v1';
import type { DeploymentV1 } from '@cdktf/provider-kubernetes/lib/deployment-v1';
import type { JobV1 } from '@cdktf/provider-kubernetes/lib/job-v1';
import type { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1';
import type { NetworkPolicyV1 } from '@cdktf/provider-kubernetes/lib/network-policy-v1';
import type { RoleBindingV1 } from '@cdktf/provider-kubernetes/lib/role-binding-v1';
import type { RoleV1 } from '@cdktf/provider-kubernetes/lib/role-v1';
import type { SecretV1 } from '@cdktf/provider-kubernetes/lib/secret-v1';
import type { ServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/service-account-v1';

/** The namespace of the jobs in one cluster. */
export interface IJobsHome {
  /** The namespace, which is theirs alone. */
  readonly namespace: NamespaceV1;
  /** ConfigMap with the programs; its name changes with them. */
  readonly program: ConfigMapV1;
  /** What the pods may connect to, by port; nobody may connect to them. */
  readonly networkPolicy: NetworkPolicyV1;
}

/** What one service account may do to single objects of one namespace. */
export interface IPermission {
  /** Role with the rights of the job's account. */
  readonly role: RoleV1;
  /** Binds the role to the job's account. */
  readonly binding: RoleBindingV1;
}

/** A job that runs on a schedule. */
export interface ScheduledJob {
  /** The service account of its pods. */
  readonly account: ServiceAccountV1;
  /** Roles of the job's account, and what binds them to it. */
  readonly permissions: readonly IPermission[];
  /** The first run, which Terraform waits for. */
  readonly first: JobV1;
  /** Runs it on its schedule. */
  readonly cronJob: CronJobV1;
}

/** The job that publishes the roots of a mesh in its cluster. */
export interface IRootsPublisher extends ScheduledJob {
  /** The ConfigMap in which it publishes them. */
  readonly configMap: ConfigMapV1;
}

/** The job that keeps the roots of a foreign mesh up to date in one cluster. */
export interface IRootsSubscriber extends ScheduledJob {
  /** The ConfigMap in which it says how it fared. */
  readonly status: ConfigMapV1;
  /**
   * What gives it the right to read the other cluster.
   * @default it reads an endpoint that everybody may read
   */
  readonly tokens?: TokenExchange;
}

/** What lets a job of one cluster read one ConfigMap of another, and keeps that right. */
export interface TokenExchange {
  /** The account in the other cluster. */
  readonly reader: ServiceAccountV1;
  /** Its token, in the cluster that reads. */
  readonly secret: SecretV1;
  /** Its next token, in the other cluster. */
  readonly nextSecret: SecretV1;
  /** Issues the next token, in the other cluster. */
  readonly issue: CronJobV1;
  /** Fetches the next token, in the cluster that reads. */
  readonly renew: CronJobV1;
}

/** The run that lets calling pods have foreign roots at once. */
export interface ICallersLook {
  /** The service account of its pods. */
  readonly account: ServiceAccountV1;
  /** What the account may do, one for each namespace. */
  readonly bindings: readonly RoleBindingV1[];
  /** The run, which Terraform waits for. */
  readonly job: JobV1;
}

/** The pod that shows Prometheus how the jobs of one cluster fare. */
export interface IJobMetrics {
  /** Service account of the pod, which has no token. */
  readonly account: ServiceAccountV1;
  /** Limits who may connect to the pod. */
  readonly networkPolicy: NetworkPolicyV1;
  /** The Deployment of the pod. */
  readonly deployment: DeploymentV1;
}
