import { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1';
import { CronJobV1 } from '@cdktf/provider-kubernetes/lib/cron-job-v1';
import { DataKubernetesConfigMapV1 } from '@cdktf/provider-kubernetes/lib/data-kubernetes-config-map-v1';
import { JobV1 } from '@cdktf/provider-kubernetes/lib/job-v1';
import { SecretV1 } from '@cdktf/provider-kubernetes/lib/secret-v1';
import { ServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/service-account-v1';
import type { TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import type { ApiServer } from '../../kubernetes';
import { foreignBundle } from '../policy/plan';
import { Check } from './check';
import { EphemeralToken } from './ephemeral-token';
import type { BundleHome } from './home';
import { cronJobSpec, jobSpec } from './job-pod';
import { PUBLISHED, STATUS } from './jobs/keys';
import type { BundleNeed } from './needs';
import { Permission } from './permission';
import type { RootsPublisher } from './publisher';

/** Settings of `RootsSubscriber`. */
export interface RootsSubscriberProps {
  readonly need: BundleNeed;
  /** In the cluster that needs the roots. */
  readonly home: BundleHome;
  /** What shows the roots of that cluster's own mesh. */
  readonly own: RootsPublisher;
  /** The ConfigMaps to keep up to date. */
  readonly bundles: readonly ConfigMapV1[];
  /** The other cluster. */
  readonly foreign: {
    readonly trustDomain: string;
    readonly home: BundleHome;
    readonly publisher: RootsPublisher;
    readonly apiServer: ApiServer;
  };
  readonly schedule: string;
  readonly keepWithdrawnDays: number;
  readonly tokenSeconds: number;
  readonly image: string;
}

/**
 * Keeps the roots of a foreign mesh up to date in one cluster.
 *
 * Its right to read the other cluster is a service account there that may `get` one ConfigMap, and ask
 * for further tokens for itself, nothing else. Terraform makes the first token and puts it into a Secret
 * of this cluster without writing it down; from then on the job renews it, so that it can be a short
 * one.
 */
export class RootsSubscriber extends Construct {
  public constructor(scope: Construct, id: string, props: RootsSubscriberProps) {
    super(scope, id);
    const { need, home, own, foreign } = props;
    const { mesh, foreignMesh, namespaces } = need;
    const { provider, name: namespace } = home;
    const name = `sync-${foreignMesh}`;
    const reader = this.reader(props);

    const account = new ServiceAccountV1(this, 'account', {
      metadata: { namespace, name },
      automountServiceAccountToken: false,
      dependsOn: [home.namespace],
      provider,
    });
    const subject = { namespace, name };
    const token = new EphemeralToken(this, 'token', {
      namespace: foreign.home.name,
      // By its id, which is unknown before it exists.
      serviceAccount: `\${split("/", ${reader.account.fqn}.id)[1]}`,
      seconds: props.tokenSeconds,
      provider: foreign.home.provider,
    });
    const secret = new SecretV1(this, 'secret', {
      metadata: { namespace, name },
      // Write-only: in no state. It is not read either, so that the job may renew it.
      dataWo: { token: token.token },
      dataWoRevision: 1,
      // Tokens of an account that was made anew are for the old one.
      lifecycle: { replaceTriggeredBy: [addressOf(reader.account)] },
      dependsOn: [home.namespace, ...reader.permissions],
      provider,
    });

    const { configMap } = foreignBundle(foreignMesh);
    const permissions = [
      new Permission(this, 'renew', {
        name,
        namespace,
        subject,
        rules: [
          { resource: 'secrets', names: [name], verbs: ['patch', 'delete'] },
          { resource: 'configmaps', names: [name], verbs: ['get', 'update'] },
        ],
        dependsOn: [home.namespace],
        provider,
      }),
      ...namespaces.map(
        (target) =>
          new Permission(this, `write-${target}`, {
            name: configMap,
            namespace: target,
            subject,
            rules: [{ resource: 'configmaps', names: [configMap], verbs: ['get', 'update'] }],
            provider,
          }),
      ),
    ];
    const status = new ConfigMapV1(this, 'status', {
      metadata: { namespace, name },
      lifecycle: { ignoreChanges: ['data'] },
      dependsOn: [home.namespace],
      provider,
    });
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
        FOREIGN_API_SERVER: foreign.apiServer.address,
        FOREIGN_API_SERVER_CA: foreign.apiServer.certificateAuthority ?? '',
        FOREIGN_NAMESPACE: foreign.home.name,
        FOREIGN_CONFIG_MAP: foreign.publisher.configMapName,
        FOREIGN_SERVICE_ACCOUNT: reader.name,
        FOREIGN_TOKEN: '/token/token',
        TOKEN_SECRET: name,
        TOKEN_SECONDS: String(props.tokenSeconds),
        NAMESPACE: namespace,
        NAMESPACES: namespaces.join(','),
        CONFIG_MAP: configMap,
        STATUS: name,
        KEEP_WITHDRAWN_DAYS: String(props.keepWithdrawnDays),
        OWN_ROOTS: `/own/${PUBLISHED.roots}`,
      },
      volumes: [
        { name: 'token', secret: name, optional: true },
        { name: 'own', configMap: own.configMapName, optional: true },
      ],
    };
    const dependsOn = [
      account,
      secret,
      status,
      home.program,
      own.first,
      ...props.bundles,
      ...permissions.map(({ binding }) => binding),
    ];
    const first = new JobV1(this, 'first', {
      metadata: { namespace, name: `${name}-first` },
      spec: jobSpec({ ...job, env: { ...job.env, REPORT_ONLY: 'true' } }),
      waitForCompletion: true,
      timeouts: { create: '10m', update: '10m' },
      dependsOn,
      provider,
    });
    new CronJobV1(this, 'schedule', {
      metadata: { namespace, name },
      spec: cronJobSpec(props.schedule, job),
      dependsOn,
      provider,
    });
    this.warn(props, first);
  }

  /** What is wrong shows when a root is rotated, perhaps years later. So Terraform tells it now. */
  private warn({ need, home }: RootsSubscriberProps, first: JobV1): void {
    const { mesh, foreignMesh } = need;
    const name = `sync-${foreignMesh}`;
    const status = new DataKubernetesConfigMapV1(this, 'last-run', {
      metadata: { namespace: home.name, name },
      dependsOn: [first],
      provider: home.provider,
    });
    const problem = `${status.fqn}.data["${STATUS.problem}"]`;
    new Check(this, 'fresh', {
      condition: `\${!can(${problem})}`,
      message:
        `The roots of ${foreignMesh} are not kept up to date in the cluster of ${mesh}: ` +
        `\${try(${problem}, "")}. Those that are there stay trusted, and calls go on until ` +
        `${foreignMesh} changes its root. What to do: docs/trust-bundles.md`,
    });
  }

  /** The account in the other cluster, and all that it may do. */
  private reader({ need, foreign }: RootsSubscriberProps) {
    const { provider, name: namespace } = foreign.home;
    const name = `roots-reader-${need.mesh}`;
    const account = new ServiceAccountV1(this, 'reader', {
      metadata: { namespace, name },
      automountServiceAccountToken: false,
      dependsOn: [foreign.home.namespace],
      provider,
    });
    const permission = new Permission(this, 'reads', {
      name,
      namespace,
      subject: { namespace, name },
      rules: [
        { resource: 'configmaps', names: [foreign.publisher.configMapName], verbs: ['get'] },
        { resource: 'serviceaccounts/token', names: [name], verbs: ['create'] },
      ],
      dependsOn: [foreign.home.namespace],
      provider,
    });
    return { name, account, permissions: [permission.binding] };
  }
}

/** As Terraform's JSON wants it there: cdktf itself writes an expression, which is refused. */
function addressOf(resource: TerraformResource): string {
  return `${resource.terraformResourceType}.${resource.friendlyUniqueId}`;
}
