import type { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1';
import { CronJobV1 } from '@cdktf/provider-kubernetes/lib/cron-job-v1';
import { DataKubernetesConfigMapV1 } from '@cdktf/provider-kubernetes/lib/data-kubernetes-config-map-v1';
import type { JobV1 } from '@cdktf/provider-kubernetes/lib/job-v1';
import type { ServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/service-account-v1';
import { Fn, Token } from 'cdktf';
import { Construct } from 'constructs';
import { mustHold } from '../../../must-hold';
import type { IRootsPublisher } from './outputs';
import type { MeshMember } from '../../plan/model';
import { JOB_NAMES, named } from '../../plan/plan';
import { crossingTrustDomain, spireBundle } from '../../plan/spire';
import { deployedKindOf } from '../meshes';
import type { JobsHome } from './home';
import { firstRun } from './first-run';
import { cronJobSpec } from './job-pod';
import { PUBLISHED } from '../../jobs/keys';
import { Permission, readConfigMap, updateConfigMap } from './permission';

/** Settings of `RootsPublisher`. */
export interface RootsPublisherProps {
  /** The policy's name for the mesh. */
  readonly mesh: string;
  readonly member: MeshMember;
  /** Name of the federation, where the mesh is in several. */
  readonly federation?: string;
  readonly home: JobsHome;
  readonly schedule: string;
  readonly image: string;
}

/**
 * Seconds that the first run waits for the mesh to have roots. Not many: the mesh is up, and Ctrl-C does
 * not end Terraform before the run has ended.
 */
const WAIT_SECONDS = 60;

/**
 * Shows the public roots of a mesh in one ConfigMap of its cluster, in which others read them. A job
 * brings it up to date; Terraform waits for its first run, and stops with the job's own words where
 * the mesh has no roots.
 */
export class RootsPublisher extends Construct implements IRootsPublisher {
  /** The ConfigMap in which the roots are published. */
  public readonly configMapName: string;
  public readonly configMap: ConfigMapV1;
  public readonly account: ServiceAccountV1;
  public readonly permissions: readonly Permission[];
  public readonly cronJob: CronJobV1;
  public readonly first: JobV1;
  /** Whether it shows its own cluster the roots of the mesh beside those for others. */
  public readonly hasInside: boolean;
  /** The roots as they were when Terraform looked, PEM. */
  public readonly roots: string;
  /** What tokens for the cluster's API server are for, one audience a line: none where the job says none. */
  public readonly audiences: string;

  public constructor(scope: Construct, id: string, props: RootsPublisherProps) {
    super(scope, id);
    const { mesh, home } = props;
    const { provider } = home;
    const namespace = home.name;
    const name = JOB_NAMES.publish(mesh);
    this.configMapName = name;
    this.configMap = home.writtenByJob(this, 'roots', name);
    this.account = home.account(this, 'account', name);
    const subject = { namespace, name };
    const source = deployedKindOf(props.member).roots(props.member);
    const spire = props.member.spire && spireBundle(props.member.spire);
    this.hasInside = spire !== undefined;
    this.permissions = [
      home.permission(this, 'write', name, [updateConfigMap(name)]),
      ...(source.rules.length === 0
        ? []
        : [
            new Permission(this, 'read', {
              name: named(`roots-publisher-${mesh}`, props.federation),
              namespace: source.namespace,
              subject,
              rules: source.rules,
              provider,
            }),
          ]),
      ...(spire === undefined
        ? []
        : [
            new Permission(this, 'read-spire', {
              name: named(`spire-roots-publisher-${mesh}`, props.federation),
              namespace: spire.namespace,
              subject,
              rules: [readConfigMap(spire.configMap)],
              provider,
            }),
          ]),
    ];
    const job = {
      image: props.image,
      program: home.programName,
      job: 'publish' as const,
      serviceAccount: name,
      env: {
        MESH: mesh,
        NAMESPACE: namespace,
        CONFIG_MAP: name,
        TRUST_DOMAIN: props.member.mesh.trustDomain,
        ...source.env,
        ...(spire === undefined
          ? {}
          : {
              SPIRE_NAMESPACE: spire.namespace,
              SPIRE_CONFIG_MAP: spire.configMap,
              SPIRE_KEY: spire.key,
              SPIRE_TRUST_DOMAIN: crossingTrustDomain(props.member),
            }),
      },
      volumes: [],
    };
    const dependsOn = [
      this.account,
      this.configMap,
      home.program,
      ...this.permissions.map(({ binding }) => binding),
    ];
    this.first = firstRun(this, 'first', {
      namespace,
      name: `${name}-first`,
      job: {
        ...job,
        env: { ...job.env, WAIT_SECONDS: String(WAIT_SECONDS), REPORT_ONLY: 'true' },
        deadlineSeconds: WAIT_SECONDS + 60,
      },
      timeout: '10m',
      dependsOn,
      provider,
    });
    this.cronJob = new CronJobV1(this, 'schedule', {
      metadata: { namespace, name },
      spec: cronJobSpec(props.schedule, { ...job, deadlineSeconds: 60 }),
      dependsOn,
      provider,
    });
    const published = this.read(props);
    this.roots = `\${${published.fqn}.data["${PUBLISHED.roots}"]}`;
    this.audiences = Token.asString(Fn.try([published.data.lookup(PUBLISHED.audiences), '']));
  }

  private read({ mesh, home, schedule }: RootsPublisherProps): DataKubernetesConfigMapV1 {
    const { provider, name: namespace } = home;
    return new DataKubernetesConfigMapV1(this, 'published', {
      metadata: { namespace, name: this.configMapName },
      dependsOn: [this.first],
      provider,
      lifecycle: mustHold(
        `try(length(self.data["${PUBLISHED.roots}"]) > 0, false)`,
        `The mesh ${mesh} has published no roots yet: ` +
          `\${try(self.data["${PUBLISHED.problem}"], "its publishing job has not run")}. It is ` +
          `tried again on the schedule "${schedule}"; "kubectl -n ${namespace} create job ` +
          `--from=cronjob/${this.configMapName} ${this.configMapName}-now" does it at once. ` +
          'Then deploy again.',
      ),
    });
  }
}
