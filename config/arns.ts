import { formatPath, type Problem } from '../constructs/problems';
import { awsPlace } from './connection';
import { partitionOf } from './regions';
import type { Config } from './schema';

/*
 * ARNs in settings: where in AWS that must be which they name, and whose it is.
 */

/** The parts of an ARN that say where something is. */
interface Place {
  readonly partition: string;
  /** Empty for what is in no region, as users and roles are. */
  readonly region: string;
  /** Empty for what is in no account. */
  readonly account: string;
}

function placeOf(arn: string): Place {
  const [, partition = '', , region = '', account = ''] = arn.split(':');
  return { partition, region, account };
}

/**
 * A key encrypts in its own region only.
 *
 * @param what It is to encrypt, `the cluster`, and is in that region.
 * @param by who does it, `EKS`
 */
export function keyPlaceProblem(
  arn: string,
  region: string,
  by: string,
  what: string,
): string | undefined {
  const key = placeOf(arn);
  return key.region === region && key.partition === partitionOf(region)
    ? undefined
    : `is a key of ${key.region} (arn:${key.partition}:); ${by} takes one of ${region}, where ${what} is`;
}

/** The key of the state, beside the bucket that the state is in. */
export function stateKeyProblems({ state, aws }: Pick<Config, 'state' | 'aws'>): Problem[] {
  if (state.kind !== 's3' || state.kmsKeyArn === undefined) return [];
  const region = state.region ?? aws.region;
  const message = keyPlaceProblem(state.kmsKeyArn, region, 'S3', 'the bucket');
  if (message === undefined) return [];
  const hint = state.region === undefined ? ' unless state.region says otherwise' : '';
  return [
    {
      path: ['state', 'kmsKeyArn'],
      message: message + hint,
      comparedWith: [
        ['state', 'region'],
        ['aws', 'region'],
      ],
    },
  ];
}

/**
 * What belongs to another account than what it is used for, which can be meant.
 *
 * @param writtenAt Where a setting of a cluster is written, for all clusters or for one.
 */
export function foreignAccountNotices(
  config: Config,
  writtenAt: (setting: readonly PropertyKey[]) => readonly PropertyKey[],
): string[] {
  const { state, aws, clusters } = config;
  const ofState =
    state.kind === 's3' && state.kmsKeyArn !== undefined
      ? foreign(['state', 'kmsKeyArn'], state.kmsKeyArn, aws.accountId, KEY)
      : [];
  const ofClusters = Object.entries(clusters).flatMap(([name, cluster]) => {
    if (cluster.kind !== 'eks') return [];
    const { encryptionKeyArn, access } = cluster.eks;
    const { accountId } = awsPlace(cluster, aws);
    const at = ['clusters', name, 'eks'];
    return [
      ...(encryptionKeyArn === undefined
        ? []
        : foreign(writtenAt([...at, 'encryptionKeyArn']), encryptionKeyArn, accountId, KEY)),
      ...access.flatMap(({ principalArn }, i) =>
        foreign(
          writtenAt([...at, 'access', i, 'principalArn']),
          principalArn,
          accountId,
          PRINCIPAL,
        ),
      ),
    ];
  });
  return [...new Set([...ofState, ...ofClusters])];
}

const KEY = 'its own policy must let whoever deploys use it';
const PRINCIPAL = 'whoever has it there gets into the cluster';

function foreign(
  setting: readonly PropertyKey[],
  arn: string,
  accountId: string | undefined,
  consequence: string,
): string[] {
  const { account } = placeOf(arn);
  return accountId === undefined || account === accountId
    ? []
    : [
        `${formatPath(setting)} is of account ${account}, not of ${accountId}, where it is used: ${consequence}.`,
      ];
}
