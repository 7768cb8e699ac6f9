import { CronJobV1 } from '@cdktf/provider-kubernetes/lib/cron-job-v1';
import { SecretV1 } from '@cdktf/provider-kubernetes/lib/secret-v1';
import { ServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/service-account-v1';
import type { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1';
import type { TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import type { ApiServer } from '../../kubernetes';
import { foreignBundle } from '../policy/plan';
import { EphemeralToken } from './ephemeral-token';
import type { BundleHome } from './home';
import { jobSpec } from './job-pod';
import { PUBLISHED } from './jobs/keys';
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
        rules: [{ resource: 'secrets', names: [name], verbs: ['patch', 'delete'] }],
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
    new CronJobV1(this, 'schedule', {
      metadata: { namespace, name },
      spec: {
        schedule: props.schedule,
        concurrencyPolicy: 'Forbid',
        startingDeadlineSeconds: 60,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 2,
        jobTemplate: {
          metadata: {},
          spec: jobSpec({
            image: props.image,
            program: home.programName,
            job: 'sync',
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
              KEEP_WITHDRAWN_DAYS: String(props.keepWithdrawnDays),
              OWN_ROOTS: `/own/${PUBLISHED.roots}`,
            },
            volumes: [
              { name: 'token', secret: name, optional: true },
              { name: 'own', configMap: own.configMapName, optional: true },
            ],
          }),
        },
      },
      dependsOn: [
        account,
        secret,
        home.program,
        ...props.bundles,
        ...permissions.map(({ binding }) => binding),
      ],
      provider,
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
