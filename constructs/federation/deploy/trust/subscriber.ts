import type { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1';
import { CronJobV1 } from '@cdktf/provider-kubernetes/lib/cron-job-v1';
import { DataKubernetesConfigMapV1 } from '@cdktf/provider-kubernetes/lib/data-kubernetes-config-map-v1';
import type { JobV1 } from '@cdktf/provider-kubernetes/lib/job-v1';
import type { ServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/service-account-v1';
import { Construct } from 'constructs';
import type { IRootsSubscriber, TokenExchange } from './outputs';
import { foreignBundle, JOB_NAMES } from '../../plan/plan';
import { Check } from './check';
import type { JobsHome } from './home';
import { firstRun } from './first-run';
import { cronJobSpec } from './job-pod';
import { PUBLISHED, STATUS } from '../../jobs/keys';
import type { BundleNeed } from '../../plan/bundle-needs';
import type { RootsEndpoint } from '../../plan/offer';
import { Permission, readConfigMap, updateConfigMap } from './permission';
import type { RootsPublisher } from './publisher';
import { staleSeconds } from '../../plan/schedule';
import { firstTokens, type ForeignCluster, foreignEnv, renewalOfToken } from './tokens';

/** Settings of `RootsSubscriber`. */
export interface RootsSubscriberProps {
  readonly need: BundleNeed;
  /** In the cluster that needs the roots. */
  readonly home: JobsHome;
  /** What publishes the roots of that cluster's own mesh. */
  readonly own: RootsPublisher;
  /** The ConfigMaps to keep up to date. */
  readonly bundles: readonly ConfigMapV1[];
  /** The other mesh, and where its roots are read. */
  readonly foreign: { readonly trustDomain: string } & (
    ForeignCluster | ForeignNeighbour | ForeignEndpoint
  );
  readonly schedule: string;
  readonly keepWithdrawnDays: number;
  /** Fingerprints, as roots have them. */
  readonly distrusted: readonly string[];
  readonly tokenSeconds: number;
  readonly image: string;
}

/** Another mesh in the same cluster, where the job's own account may read what is shown. */
export interface ForeignNeighbour {
  readonly neighbour: Omit<ForeignCluster, 'apiServer'>;
}

/** An address at which the owner of the other mesh shows them to everybody. */
export interface ForeignEndpoint {
  readonly endpoint: RootsEndpoint;
}

/** Settings of a `RootsSubscriber` whose mesh is in another cluster. */
type ClusterProps = RootsSubscriberProps & { readonly foreign: ForeignCluster };

function isCluster(props: RootsSubscriberProps): props is ClusterProps {
  return 'apiServer' in props.foreign;
}

/** ConfigMap in which somebody lists roots by hand that are never trusted. Nobody makes it here. */
const DISTRUSTED_BY_HAND = 'distrusted-roots';

/**
 * Keeps the roots of a foreign mesh up to date in one cluster, with those that the other cluster publishes, or
 * those at an address. Of a mesh in the same cluster it reads them with its own account.
 *
 * Its right to read the other cluster is a service account there that may `get` one ConfigMap, and one
 * Secret with its own next token, nothing else. Terraform makes the first token and puts it into a Secret
 * of each cluster without writing it down; from then on a job there issues the next one and a job here
 * fetches it, so that it can be a short one. What a token is for, the other cluster alone decides.
 */
export class RootsSubscriber extends Construct implements IRootsSubscriber {
  /** The run that Terraform waits for: the roots that were carried over are looked at. */
  public readonly first: JobV1;
  public readonly account: ServiceAccountV1;
  public readonly permissions: readonly Permission[];
  public readonly status: ConfigMapV1;
  public readonly cronJob: CronJobV1;
  public readonly tokens?: TokenExchange;

  public constructor(scope: Construct, id: string, props: RootsSubscriberProps) {
    super(scope, id);
    const { need, home, own, foreign } = props;
    const { mesh, foreignMesh, namespaces } = need;
    const { provider, name: namespace } = home;
    const name = JOB_NAMES.sync(foreignMesh);
    this.account = home.account(this, 'account', name);
    const subject = { namespace, name };
    const tokens = isCluster(props) ? firstTokens(this, props) : undefined;
    const { configMap } = foreignBundle(foreignMesh);
    this.permissions = [
      home.permission(this, 'renew', name, [updateConfigMap(name)]),
      ...namespaces.map(
        (target) =>
          new Permission(this, `write-${target}`, {
            name: configMap,
            namespace: target,
            subject,
            rules: [updateConfigMap(configMap)],
            provider,
          }),
      ),
      ...('neighbour' in foreign ? [this.readsNeighbour(props, foreign.neighbour)] : []),
    ];
    this.status = home.writtenByJob(this, 'status', name);
    const job = {
      image: props.image,
      program: home.programName,
      job: 'sync' as const,
      serviceAccount: name,
      deadlineSeconds: 120,
      env: {
        MESH: mesh,
        FOREIGN_MESH: foreignMesh,
        FOREIGN_TRUST_DOMAIN: foreign.trustDomain,
        ...(isCluster(props)
          ? {
              ...foreignEnv(props),
              FOREIGN_CONFIG_MAP: props.foreign.publisher.configMapName,
            }
          : elsewhereEnv(props)),
        NAMESPACE: namespace,
        NAMESPACES: namespaces.join(','),
        CONFIG_MAP: configMap,
        ...(isCluster(props) ? { TOKEN_SECRET: name } : {}),
        STATUS: name,
        STALE_SECONDS: String(staleSeconds(props.schedule)),
        KEEP_WITHDRAWN_DAYS: String(props.keepWithdrawnDays),
        DISTRUSTED: props.distrusted.join(','),
        DISTRUSTED_BY_HAND: '/distrusted',
        OWN_ROOTS: `/own/${PUBLISHED.roots}`,
        ...(own.hasInside ? { OWN_MESH_ROOTS: `/own/${PUBLISHED.inside}` } : {}),
      },
      volumes: [
        ...(isCluster(props) ? [{ name: 'token', secret: name, optional: true }] : []),
        { name: 'own', configMap: own.configMapName, optional: true },
        { name: 'distrusted', configMap: DISTRUSTED_BY_HAND, optional: true },
      ],
    };
    const dependsOn = [
      this.account,
      ...(tokens === undefined ? [] : [tokens.secret]),
      this.status,
      home.program,
      own.first,
      ...props.bundles,
      ...this.permissions.map(({ binding }) => binding),
    ];
    this.first = firstRun(this, 'first', {
      namespace,
      name: `${name}-first`,
      job: { ...job, env: { ...job.env, REPORT_ONLY: 'true' } },
      timeout: '10m',
      dependsOn,
      provider,
    });
    this.cronJob = new CronJobV1(this, 'schedule', {
      metadata: { namespace, name },
      spec: cronJobSpec(props.schedule, job),
      dependsOn,
      provider,
    });
    if (isCluster(props) && tokens) {
      const renew = renewalOfToken(this, props, [tokens.secret, this.status]);
      this.tokens = { ...tokens, renew };
    }
    this.warn(props);
  }

  /** What is wrong shows when a root is rotated, perhaps years later. So Terraform tells it now. */
  private warn({ need, home, schedule }: RootsSubscriberProps): void {
    const { mesh, foreignMesh } = need;
    const name = JOB_NAMES.sync(foreignMesh);
    const status = new DataKubernetesConfigMapV1(this, 'last-run', {
      metadata: { namespace: home.name, name },
      dependsOn: [this.first],
      provider: home.provider,
    });
    const value = (key: string) => `${status.fqn}.data["${key}"]`;
    const [problem, renewal] = [value(STATUS.problem), value(STATUS.renewal)];
    const goesOn =
      `Those that are there stay trusted, and calls go on until ${foreignMesh} changes its root. ` +
      'What to do: docs/trust-bundles.md';
    const stale = `The roots of ${foreignMesh} are not kept up to date in the cluster of ${mesh}: `;
    new Check(this, 'fresh', {
      condition: `\${!can(${problem}) && !can(${renewal})}`,
      message: `${stale}\${try(${problem}, ${renewal}, "")}. ${goesOn}`,
    });
    const last = `try(${value(STATUS.success)}, ${value(STATUS.first)}, plantimestamp())`;
    new Check(this, 'on-schedule', {
      condition: `\${timecmp(timeadd(${last}, "${staleSeconds(schedule)}s"), plantimestamp()) >= 0}`,
      message:
        `${stale}its CronJob ${name} last succeeded or was made on \${${last}}, and should run on ` +
        `"${schedule}". "kubectl -n ${home.name} get cronjobs,jobs,events" says why it does not. ${goesOn}`,
    });
    new Check(this, 'sound', {
      condition: `\${!can(${value(STATUS.warning)})}`,
      message:
        `The roots of ${foreignMesh} in the cluster of ${mesh}: \${try(${value(STATUS.warning)}, "")}. ` +
        'What to do: docs/trust-bundles.md',
    });
  }

  /** Lets the job's own account read what another mesh of its cluster shows. */
  private readsNeighbour(
    { need, home }: RootsSubscriberProps,
    there: ForeignNeighbour['neighbour'],
  ): Permission {
    return new Permission(this, 'reads', {
      name: JOB_NAMES.reader(need.mesh),
      namespace: there.home.name,
      subject: { namespace: home.name, name: JOB_NAMES.sync(need.foreignMesh) },
      rules: [readConfigMap(there.publisher.configMapName)],
      dependsOn: [there.home.namespace],
      provider: home.provider,
    });
  }
}

/** Where the job finds the roots that their owner shows, or that are shown in its own cluster. */
function elsewhereEnv({ foreign }: RootsSubscriberProps): Record<string, string> {
  if ('neighbour' in foreign) {
    const { home, publisher } = foreign.neighbour;
    return { FOREIGN_NAMESPACE: home.name, FOREIGN_CONFIG_MAP: publisher.configMapName };
  }
  if (!('endpoint' in foreign)) return {};
  const { url, authority } = foreign.endpoint;
  return {
    FOREIGN_URL: url,
    ...(authority === undefined ? {} : { FOREIGN_URL_CA: authority }),
  };
}
