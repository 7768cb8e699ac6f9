import { CronJobV1 } from '@cdktf/provider-kubernetes/lib/cron-job-v1';
import { SecretV1 } from '@cdktf/provider-kubernetes/lib/secret-v1';
import type { ServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/service-account-v1';
import type { ITerraformDependable, TerraformResource } from 'cdktf';
import type { Construct } from 'constructs';
import type { ApiServer } from '../../../kubernetes';
import type { BundleNeed } from '../../plan/bundle-needs';
import { JOB_NAMES } from '../../plan/plan';
import { EphemeralToken } from './ephemeral-token';
import type { JobsHome } from './home';
import { cronJobSpec } from './job-pod';
import type { TokenExchange } from './outputs';
import { readConfigMap, updateConfigMap } from './permission';
import type { RootsPublisher } from './publisher';

/*
 * The right of a job to read the roots that another cluster publishes, and how it keeps that right: an account
 * there, its token here, a job there that issues the next one, and a job here that fetches it.
 */

/** The other cluster, which is ours too. */
export interface ForeignCluster {
  readonly home: JobsHome;
  readonly publisher: RootsPublisher;
  readonly apiServer: ApiServer;
}

/** Who reads which cluster, and with which programs. */
export interface TokenProps {
  readonly need: BundleNeed;
  /** Home of the job, in the cluster that reads. */
  readonly home: JobsHome;
  /** The cluster that is read. */
  readonly foreign: ForeignCluster;
  /** Seconds that a token shall be good for. */
  readonly tokenSeconds: number;
  readonly image: string;
}

/**
 * When tokens are issued and renewed, whatever the schedule of the roots is: clusters let a token live for
 * an hour at least.
 */
export const TOKEN_SCHEDULE = '*/10 * * * *';

/** The account in the other cluster. */
interface Reader {
  readonly name: string;
  readonly account: ServiceAccountV1;
  readonly permissions: readonly ITerraformDependable[];
}

/** The account in the other cluster, and all that it may do. */
function tokenReader(scope: Construct, { need, foreign }: TokenProps): Reader {
  const { home, publisher } = foreign;
  const name = JOB_NAMES.reader(need.mesh);
  const account = home.account(scope, 'reader', name);
  const permission = home.permission(scope, 'reads', name, [
    readConfigMap(publisher.configMapName),
    // Its next token. It has no right to ask for one, for then it could say what that is for.
    { resource: 'secrets', names: [name], verbs: ['get'] },
  ]);
  return { name, account, permissions: [permission.binding] };
}

/** The account that reads, the token that Terraform makes for it, and what makes the next ones. */
export function firstTokens(scope: Construct, props: TokenProps): Omit<TokenExchange, 'renew'> {
  const { need, home, foreign } = props;
  const reader = tokenReader(scope, props);
  const token = new EphemeralToken(scope, 'token', {
    namespace: foreign.home.name,
    // By its id, which is unknown before it exists.
    serviceAccount: `\${split("/", ${reader.account.fqn}.id)[1]}`,
    seconds: props.tokenSeconds,
    provider: foreign.home.provider,
  });
  const name = JOB_NAMES.sync(need.foreignMesh);
  const secret = tokenSecret(scope, 'secret', { name, token, reader, home });
  return { reader: reader.account, secret, ...issuer(scope, props, reader, token) };
}

/** In the cluster that reads: fetches the next token. */
export function renewalOfToken(
  scope: Construct,
  props: TokenProps,
  dependsOn: ITerraformDependable[],
): CronJobV1 {
  const { need, home, image } = props;
  const { provider, name: namespace } = home;
  const name = JOB_NAMES.renew(need.foreignMesh);
  const secret = JOB_NAMES.sync(need.foreignMesh);
  const account = home.account(scope, 'renewer', name);
  const { binding } = home.permission(scope, 'renewal', name, [
    { resource: 'secrets', names: [secret], verbs: ['patch', 'delete'] },
    updateConfigMap(secret),
  ]);
  return new CronJobV1(scope, 'renew-schedule', {
    metadata: { namespace, name },
    spec: cronJobSpec(TOKEN_SCHEDULE, {
      image,
      program: home.programName,
      job: 'renew',
      serviceAccount: name,
      deadlineSeconds: 60,
      env: {
        ...foreignEnv(props),
        FOREIGN_SECRET: JOB_NAMES.reader(need.mesh),
        FOREIGN_ISSUER: JOB_NAMES.issue(need.mesh),
        NAMESPACE: namespace,
        TOKEN_SECRET: secret,
        STATUS: secret,
      },
      volumes: [{ name: 'token', secret, optional: true }],
    }),
    dependsOn: [account, ...dependsOn, home.program, binding],
    provider,
  });
}

/** In the other cluster: puts the reader's next token where it finds it. */
function issuer(
  scope: Construct,
  { need, foreign, tokenSeconds, image }: TokenProps,
  reader: Reader,
  token: EphemeralToken,
): Pick<TokenExchange, 'nextSecret' | 'issue'> {
  const { home } = foreign;
  const { provider, name: namespace } = home;
  const name = JOB_NAMES.issue(need.mesh);
  const secret = tokenSecret(scope, 'next-token', { name: reader.name, token, reader, home });
  const account = home.account(scope, 'issuer', name);
  const { binding } = home.permission(scope, 'issue', name, [
    { resource: 'serviceaccounts/token', names: [reader.name], verbs: ['create'] },
    { resource: 'secrets', names: [reader.name], verbs: ['get', 'patch'] },
  ]);
  const issue = new CronJobV1(scope, 'issue-schedule', {
    metadata: { namespace, name },
    spec: cronJobSpec(TOKEN_SCHEDULE, {
      image,
      program: home.programName,
      job: 'issue',
      serviceAccount: name,
      deadlineSeconds: 60,
      env: { NAMESPACE: namespace, READER: reader.name, TOKEN_SECONDS: String(tokenSeconds) },
      volumes: [],
    }),
    dependsOn: [account, secret, home.program, binding],
    provider,
  });
  return { nextSecret: secret, issue };
}

/** The token in a Secret of a cluster, from which its jobs take it on. */
function tokenSecret(
  scope: Construct,
  id: string,
  {
    name,
    token,
    reader,
    home,
  }: {
    readonly name: string;
    readonly token: EphemeralToken;
    readonly reader: Reader;
    readonly home: JobsHome;
  },
): SecretV1 {
  return new SecretV1(scope, id, {
    metadata: { namespace: home.name, name },
    // Write-only: in no state. It is not read either, so that the jobs may renew it.
    dataWo: { token: token.token },
    dataWoRevision: 1,
    // Tokens of an account that was recreated are for the old one.
    lifecycle: { replaceTriggeredBy: [addressOf(reader.account)] },
    dependsOn: [home.namespace, ...reader.permissions],
    provider: home.provider,
  });
}

/** How the jobs reach the other cluster. */
export function foreignEnv({ foreign: { apiServer, home } }: Pick<TokenProps, 'foreign'>) {
  return {
    FOREIGN_API_SERVER: apiServer.address,
    FOREIGN_API_SERVER_CA: apiServer.certificateAuthority ?? '',
    FOREIGN_API_SERVER_NAME: apiServer.serverName ?? '',
    FOREIGN_NAMESPACE: home.name,
    FOREIGN_TOKEN: '/token/token',
  };
}

/** As Terraform's JSON wants it there: cdktf itself writes an expression, which is refused. */
function addressOf(resource: TerraformResource): string {
  return `${resource.terraformResourceType}.${resource.friendlyUniqueId}`;
}
