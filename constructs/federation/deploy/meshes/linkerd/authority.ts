import { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1';
import { CronJobV1 } from '@cdktf/provider-kubernetes/lib/cron-job-v1';
import { DataKubernetesConfigMapV1 } from '@cdktf/provider-kubernetes/lib/data-kubernetes-config-map-v1';
import type { JobV1 } from '@cdktf/provider-kubernetes/lib/job-v1';
import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1';
import { RoleBindingV1 } from '@cdktf/provider-kubernetes/lib/role-binding-v1';
import { RoleV1 } from '@cdktf/provider-kubernetes/lib/role-v1';
import { ServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/service-account-v1';
import type { ITerraformDependable, TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';
import { type Example, Optional, refuseUnlike } from '../../../../example';
import { imageProblems, NODE_IMAGE } from '../../../../kubernetes/images';
import { labelProblems, subdomainProblems } from '../../../../kubernetes/name-problems';
import { refuse } from '../../../../problems';
import { AUTHORITY, LINKERD_NAMES as NAMES } from '../../../jobs/keys';
import { LINKERD_AUTHORITY } from '../../../plan/meshes/linkerd/authority';
import { firstRun } from '../../trust/first-run';
import { cronJobSpec } from '../../trust/job-pod';
import { programFiles, programName } from '../../trust/programs';
import { mustHold } from '../../../../must-hold';

/** Settings of `LinkerdAuthority`. */
export interface LinkerdAuthorityProps {
  /**
   * Namespace of the mesh's control plane, which is made.
   * @default 'linkerd'
   */
  readonly namespace?: string;
  /**
   * Trust domain of the mesh. The certificates name it.
   * @default 'cluster.local'
   */
  readonly trustDomain?: string;
  /**
   * Image with Node.js, of the job.
   * @default NODE_IMAGE
   */
  readonly image?: string;
  /**
   * The Kubernetes provider of the cluster, in a stack that has several.
   * @default the stack's only one
   */
  readonly provider?: TerraformProvider;
}

const EXAMPLE: Example<LinkerdAuthorityProps> = {
  namespace: new Optional('linkerd'),
  trustDomain: new Optional('depot.example.com'),
};

/** Once a day: half a year is left when a new issuer is due. */
const SCHEDULE = '23 4 * * *';

/** Program of the job. */
const MAIN = 'authority-main.ts';

/**
 * Trust anchor and issuer of a Linkerd mesh, made in its cluster by a job: **no key is in Terraform's state.**
 * The anchor is good for ten years. The issuer is good for one, and the job makes the next one after half of
 * it; Linkerd's identity controller takes it up by itself. Both are ECDSA, on the curve P-256.
 *
 * It makes the namespace of the control plane too, with the labels that Linkerd's guide asks for, since both
 * must be there before the chart. What somebody else has put there as the mesh's authority stops the deploy.
 *
 * @see https://linkerd.io/2/tasks/install-helm/
 *
 * @throws Error listing every mistake in the props.
 *
 * @example
 * {@includeCode ../../../../../examples/constructs.ts#LinkerdAuthority}
 */
export class LinkerdAuthority extends Construct {
  /** Namespace of the control plane. */
  public readonly namespace: NamespaceV1;
  /** The service account of the job. */
  public readonly account: ServiceAccountV1;
  /** All that it may do, in this namespace alone. */
  public readonly role: RoleV1;
  /** Binds the role to the job's account. */
  public readonly binding: RoleBindingV1;
  /** ConfigMap with the program; its name changes with it. */
  public readonly program: ConfigMapV1;
  /** ConfigMap in which the job says until when both are good, and what is wrong. */
  public readonly status: ConfigMapV1;
  /** The first run, which Terraform waits for. */
  public readonly first: JobV1;
  /** Runs it once a day. */
  public readonly cronJob: CronJobV1;
  /** Resources that `LinkerdMesh` has to wait for. */
  public readonly ready: readonly ITerraformDependable[];

  public constructor(scope: Construct, id: string, props: LinkerdAuthorityProps = {}) {
    super(scope, id);
    refuseUnlike(`LinkerdAuthority ${this.node.path}`, props, EXAMPLE);
    const { namespace = 'linkerd', trustDomain = 'cluster.local', provider } = props;
    refuse(`LinkerdAuthority ${this.node.path}`, [
      ...labelProblems(['namespace'], namespace),
      ...subdomainProblems(['trustDomain'], trustDomain),
      ...imageProblems(['image'], props.image),
    ]);
    this.namespace = new NamespaceV1(this, 'namespace', {
      metadata: {
        name: namespace,
        annotations: { 'linkerd.io/inject': 'disabled' },
        labels: {
          'linkerd.io/is-control-plane': 'true',
          'linkerd.io/control-plane-ns': namespace,
          // Else its own pods could not start while its injector is down.
          'config.linkerd.io/admission-webhooks': 'disabled',
          // Init containers of the control plane redirect the traffic of its pods.
          'pod-security.kubernetes.io/enforce': 'privileged',
        },
      },
      provider,
    });
    const common = { dependsOn: [this.namespace], provider };
    const metadata = { namespace, name: LINKERD_AUTHORITY };
    this.account = new ServiceAccountV1(this, 'account', {
      metadata,
      automountServiceAccountToken: false,
      ...common,
    });
    // Kubernetes cannot limit "create" to a name: no object has one then.
    const may = (resource: string, names: readonly string[], verbs: readonly string[]) => [
      { apiGroups: [''], resources: [resource], verbs: ['create'] },
      { apiGroups: [''], resources: [resource], resourceNames: [...names], verbs: [...verbs] },
    ];
    this.role = new RoleV1(this, 'role', {
      metadata,
      rule: [
        ...may('secrets', [NAMES.anchor, NAMES.issuer], ['get', 'patch']),
        ...may('configmaps', [NAMES.roots, LINKERD_AUTHORITY], ['get', 'update']),
      ],
      ...common,
    });
    this.binding = new RoleBindingV1(this, 'binding', {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: LINKERD_AUTHORITY },
      subject: [{ kind: 'ServiceAccount', namespace, name: LINKERD_AUTHORITY }],
      dependsOn: [this.role],
      provider,
    });
    const files = programFiles(MAIN);
    const program = programName(LINKERD_AUTHORITY, files);
    this.program = new ConfigMapV1(this, 'program', {
      metadata: { namespace, name: program },
      data: files,
      immutable: true,
      // A scheduled run that starts meanwhile still finds the program that it names.
      lifecycle: { createBeforeDestroy: true },
      ...common,
    });
    this.status = new ConfigMapV1(this, 'status', {
      metadata,
      lifecycle: { ignoreChanges: ['data'] },
      ...common,
    });
    const job = {
      image: props.image ?? NODE_IMAGE,
      program,
      main: MAIN,
      job: 'authority',
      serviceAccount: LINKERD_AUTHORITY,
      env: { NAMESPACE: namespace, CONFIG_MAP: LINKERD_AUTHORITY, TRUST_DOMAIN: trustDomain },
      volumes: [],
      deadlineSeconds: 120,
    } as const;
    const dependsOn = [this.account, this.binding, this.program, this.status];
    this.first = firstRun(this, 'first', {
      namespace,
      name: `${LINKERD_AUTHORITY}-first`,
      job: { ...job, env: { ...job.env, REPORT_ONLY: 'true' } },
      timeout: '10m',
      dependsOn,
      provider,
    });
    this.cronJob = new CronJobV1(this, 'schedule', {
      metadata,
      spec: cronJobSpec(SCHEDULE, job),
      dependsOn,
      provider,
    });
    this.ready = [this.result(namespace, provider)];
  }

  private result(namespace: string, provider: TerraformProvider | undefined) {
    return new DataKubernetesConfigMapV1(this, 'result', {
      metadata: { namespace, name: LINKERD_AUTHORITY },
      dependsOn: [this.first],
      provider,
      lifecycle: mustHold(
        `try(self.data["${AUTHORITY.problem}"], "") == "" && can(self.data["${AUTHORITY.success}"])`,
        'The mesh has no trust anchor and issuer: ' +
          `\${try(self.data["${AUTHORITY.problem}"], "the job has not run")}. When that is mended, "kubectl ` +
          `-n ${namespace} create job --from=cronjob/${LINKERD_AUTHORITY} ${LINKERD_AUTHORITY}-now" looks again. Then deploy again.`,
      ),
    });
  }
}
