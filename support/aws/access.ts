import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Config } from '../../config';
import { type AwsPlace, awsPlace } from '../../config/connection';
import { UserError } from '../terminal/user-error';
import { awsReason, noAnswer } from './trouble';

/** A region of an account, with the clusters of the settings that are there. */
export interface Place extends AwsPlace {
  readonly clusters: readonly string[];
}

/** Keys of a session, or of an emulator. */
interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** How to reach AWS, or an emulator of it. */
export interface AwsAccess {
  readonly region: string;
  /** @default the region's own endpoints */
  readonly endpoint?: string;
  /** @default the usual credential chain */
  readonly credentials?: Credentials;
  /** @default 3, of the SDK */
  readonly maxAttempts?: number;
  /** In milliseconds. @default none, of the SDK */
  readonly requestHandler?: Patience;
}

interface Patience {
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
  readonly throwOnRequestTimeout: true;
}

/** The SDK only warns when the time for an answer is over, unless it is told to end the request. */
export function answerWithin(milliseconds: number): Patience {
  return {
    connectionTimeout: 5_000,
    requestTimeout: milliseconds,
    throwOnRequestTimeout: true,
  };
}

/** Where the clusters of the settings are. */
export function placesOf({ aws, clusters }: Pick<Config, 'aws' | 'clusters'>): Place[] {
  const places = new Map<string, Place>();
  for (const cluster of Object.values(clusters)) {
    if (cluster.kind === 'kubeconfig') continue;
    const place = awsPlace(cluster, aws);
    const key = JSON.stringify([place.region, place.accountId, place.roleArn]);
    const names = places.get(key)?.clusters ?? [];
    places.set(key, { ...place, clusters: [...names, cluster.name] });
  }
  return [...places.values()];
}

/** How the account of the person's own credentials is reached. */
export function accessTo({ aws: { emulator } }: Pick<Config, 'aws'>, region: string): AwsAccess {
  return {
    region,
    maxAttempts: 4,
    requestHandler: answerWithin(30_000),
    ...(emulator && {
      endpoint: emulator.endpoint,
      credentials: { accessKeyId: 'emulated', secretAccessKey: 'emulated' },
    }),
  };
}

/**
 * The account of a place, as the one that was meant.
 *
 * @throws UserError when these are credentials of another one, or AWS does not say whose they are
 */
export async function enter(
  own: AwsAccess,
  { accountId, roleArn }: AwsPlace,
): Promise<{ readonly access: AwsAccess; readonly account: string }> {
  const access =
    roleArn === undefined ? own : { ...own, credentials: await takeRole(own, roleArn) };
  let account;
  try {
    const identity = await new STSClient(access).send(new GetCallerIdentityCommand({}));
    account = identity.Account ?? '';
  } catch (error) {
    const problem = noAnswer(error, own.region);
    throw problem === undefined ? error : new UserError(problem);
  }
  if (accountId !== undefined && account !== accountId) {
    throw new UserError(
      `These are credentials of the account ${account}, and the settings name ${accountId}. Nothing was ` +
        'looked at. Take credentials of that account.',
    );
  }
  return { access, account };
}

/** @throws UserError when it is not to be had */
export async function takeRole(access: AwsAccess, role: string): Promise<Credentials> {
  try {
    return await assume(access, role);
  } catch (error) {
    throw new UserError(`The role ${role} could not be taken: ${awsReason(error, access.region)}.`);
  }
}

/** The keys of a session of a role. @throws what AWS or its client has said */
export async function assume(access: AwsAccess, RoleArn: string): Promise<Credentials> {
  const { Credentials: session } = await new STSClient(access).send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 'mesh-federation' }),
  );
  return {
    accessKeyId: session?.AccessKeyId ?? '',
    secretAccessKey: session?.SecretAccessKey ?? '',
    sessionToken: session?.SessionToken,
  };
}
