import { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1';
import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1';
import { NetworkPolicyV1 } from '@cdktf/provider-kubernetes/lib/network-policy-v1';
import { ServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/service-account-v1';
import type { TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';
import { JOBS_LABEL } from '../../../kubernetes/metadata';
import { JOB_METRICS, METRICS_LABEL } from './job-pod';
import type { IJobsHome } from './outputs';
import { Permission, type PermissionRule } from './permission';
import { programFiles, programName } from './programs';

/** Settings of `JobsHome`. */
export interface JobsHomeProps {
  /** The namespace that is created for the jobs. */
  readonly namespace: string;
  /** Ports that the jobs connect to, apart from DNS. */
  readonly ports: readonly number[];
  /**
   * The Kubernetes provider of the cluster, in a stack that has several.
   * @default the stack's only one
   */
  readonly provider?: TerraformProvider;
}

/**
 * The namespace in a cluster in which the bundle jobs live, with their programs. Nothing else belongs
 * there, and no mesh injects sidecars there. Nobody can connect to its pods, but who may read `JobMetrics`.
 */
export class JobsHome extends Construct implements IJobsHome {
  public readonly namespace: NamespaceV1;
  /** Name of the namespace. */
  public readonly name: string;
  public readonly networkPolicy: NetworkPolicyV1;
  public readonly program: ConfigMapV1;
  /** Name of that ConfigMap. */
  public readonly programName: string;
  /** The Kubernetes provider of the cluster, where a stack has several. */
  public readonly provider?: TerraformProvider;

  public constructor(scope: Construct, id: string, props: JobsHomeProps) {
    super(scope, id);
    const { provider } = props;
    this.provider = provider;
    this.name = props.namespace;
    this.namespace = new NamespaceV1(this, 'namespace', {
      metadata: {
        name: props.namespace,
        labels: { 'pod-security.kubernetes.io/enforce': 'restricted', [JOBS_LABEL]: 'true' },
      },
      provider,
    });
    const files = programFiles('main.ts');
    this.programName = programName('bundle-jobs', files);
    this.program = new ConfigMapV1(this, 'program', {
      metadata: { namespace: props.namespace, name: this.programName },
      data: files,
      immutable: true,
      // A scheduled run that starts meanwhile still finds the programs that it names.
      lifecycle: { createBeforeDestroy: true },
      dependsOn: [this.namespace],
      provider,
    });
    const tcp = (port: number) => ({ port: String(port), protocol: 'TCP' });
    this.networkPolicy = new NetworkPolicyV1(this, 'network', {
      metadata: { namespace: props.namespace, name: 'bundle-jobs' },
      spec: {
        // Policies add to each other: what this one opens, that of the pod with metrics cannot close.
        podSelector: {
          matchExpressions: [{ key: METRICS_LABEL, operator: 'NotIn', values: [JOB_METRICS] }],
        },
        policyTypes: ['Ingress', 'Egress'],
        // By port only: the addresses of API servers are not known here, and change.
        egress: [
          {
            ports: [
              { port: '53', protocol: 'UDP' },
              tcp(53),
              ...[...new Set(props.ports)].sort((one, other) => one - other).map(tcp),
            ],
          },
        ],
      },
      dependsOn: [this.namespace],
      provider,
    });
  }

  /** A service account of its own for a job. */
  public account(scope: Construct, id: string, name: string): ServiceAccountV1 {
    return new ServiceAccountV1(scope, id, {
      metadata: { namespace: this.name, name },
      automountServiceAccountToken: false,
      dependsOn: [this.namespace],
      provider: this.provider,
    });
  }

  /** What the account of this name may do to objects of the namespace. */
  public permission(
    scope: Construct,
    id: string,
    name: string,
    rules: readonly PermissionRule[],
  ): Permission {
    const { name: namespace, provider } = this;
    return new Permission(scope, id, {
      name,
      namespace,
      subject: { namespace, name },
      rules,
      dependsOn: [this.namespace],
      provider,
    });
  }

  /** A ConfigMap for what a job writes: it has no right to make one, which cannot be had for one name only. */
  public writtenByJob(scope: Construct, id: string, name: string): ConfigMapV1 {
    return new ConfigMapV1(scope, id, {
      metadata: { namespace: this.name, name },
      lifecycle: { ignoreChanges: ['data'] },
      dependsOn: [this.namespace],
      provider: this.provider,
    });
  }
}
