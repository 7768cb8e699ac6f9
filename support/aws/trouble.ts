import { types } from 'node:util';
import { commandLine } from '../../constructs/command-line';
import { hindrance } from '../cluster/errors';
import { reasonOf } from '../terminal/reason';
import { CREDENTIALS_REMEDY, isAboutCredentials, noCredentials } from './credentials';

/** Why AWS did not do what it was asked for. */
type Kind =
  | 'none'
  | 'expired'
  | 'unknown'
  | 'clock'
  | 'region'
  | 'denied'
  | 'throttled'
  | 'unreachable'
  | 'untrusted'
  | 'failing';

/** What kept AWS from an answer, and what helps. */
export interface AwsTrouble {
  readonly kind: Kind;
  /** What AWS or its client says, with its word for it. */
  readonly reason: string;
  /** What to do, without a full stop. */
  readonly remedy: string;
}

/**
 * What kept AWS from an answer; nothing where AWS has answered with something that is about what was asked for, or
 * the fault is the program's own.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 */
export function troubleOf(error: unknown, region?: string): AwsTrouble | undefined {
  const kind = kindOf(error);
  return kind && { kind, reason: reasonIn(error), remedy: REMEDIES[kind](region, error) };
}

/** What went wrong with a question to AWS and, where it is known, what to do; without a full stop. */
export function awsReason(error: unknown, region?: string): string {
  const trouble = troubleOf(error, region);
  return trouble === undefined ? reasonIn(error) : `${trouble.reason}. ${trouble.remedy}`;
}

/** Says that AWS does not answer at all, in one way whoever found it out; nothing where that is not so. */
export function noAnswer(
  error: unknown,
  region: string,
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const trouble = troubleOf(error, region);
  if (trouble === undefined) return undefined;
  const { kind, reason, remedy } = trouble;
  if (kind === 'none') return noCredentials(reason, env);
  const profile = env['AWS_PROFILE'] || 'not set';
  const who = /^un(reachable|trusted)$/.test(kind) ? '' : ` (AWS_PROFILE is ${profile})`;
  return `${WHAT[kind](region)}${who}: ${reason}.\n${remedy}.`;
}

const WHAT: Readonly<Record<Exclude<Kind, 'none'>, (region: string) => string>> = {
  expired: () => 'The AWS credentials have expired',
  unknown: (region) => `AWS does not know these credentials in ${region}`,
  clock: () => 'AWS refuses what is signed by the clock of this machine',
  region: (region) => `${region} is not enabled in this account`,
  denied: () => 'AWS refuses to answer these credentials',
  throttled: () => 'AWS has been asked too much',
  unreachable: (region) => `AWS does not answer in ${region}`,
  untrusted: (region) => `What answers in place of AWS in ${region} is not trusted`,
  failing: (region) => `AWS fails in ${region}`,
};

const REMEDIES: Readonly<Record<Kind, (region: string | undefined, error: unknown) => string>> = {
  none: () => CREDENTIALS_REMEDY,
  expired: () =>
    'Log in again ("aws sso login"), or take new keys; AWS_SESSION_TOKEN of an earlier session must go',
  unknown: (region) =>
    'Were the keys deleted, or are they of another partition (China, GovCloud)? A region that is not enabled says ' +
    `the same: aws account get-region-opt-status --region-name ${region ?? '<region>'}`,
  clock: () => 'Set the clock of this machine right; it may differ from that of AWS by 5 minutes',
  region: (region) =>
    `aws account enable-region --region-name ${region ?? '<region>'}, or another region`,
  denied: (_, error) =>
    `Who asks needs ${missingRight(error) ?? 'another right'}: "${commandLine('iam')}" prints what a deploy and its ` +
    'checks need, and with --leftovers what leftovers needs',
  throttled: () => 'Run it again in a minute; who else asks a lot in this account?',
  unreachable: () =>
    'Is the region right, and is there a way to AWS from here, past firewall, VPN and proxy?',
  untrusted: () =>
    'Does something in between end TLS? NODE_EXTRA_CA_CERTS names a file with the authority that it signs with',
  failing: () => 'Run it again in a few minutes; https://health.aws.amazon.com says what AWS knows',
};

/** `eks:ListClusters`, where AWS says which right it missed. */
function missingRight(error: unknown): string | undefined {
  return /not authorized to perform:? ([a-z0-9-]+:\w+)/.exec(reasonOf(error))?.[1];
}

const CODES: readonly (readonly [codes: RegExp, kind: Kind])[] = [
  [/^(ExpiredToken(Exception)?|TokenRefreshRequired)$/, 'expired'],
  [/^(RequestTimeTooSkewed|RequestExpired|RequestInTheFuture)$/, 'clock'],
  [/^(RegionDisabledException|OptInRequired)$/, 'region'],
  [
    /^(InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSignatureException|AuthFailure)$/,
    'unknown',
  ],
  [/^(AccessDenied(Exception)?|UnauthorizedOperation|UnauthorizedAccess|Forbidden)$/, 'denied'],
  [
    /Throttl|^(RequestLimitExceeded|TooManyRequestsException|SlowDown|BandwidthLimitExceeded)$/,
    'throttled',
  ],
  [/^(TimeoutError|RequestTimeout(Exception)?)$/, 'unreachable'],
  [/ProviderError$/, 'none'],
];

function kindOf(error: unknown): Kind | undefined {
  // Not `instanceof`: see `reasonOf`.
  if (!types.isNativeError(error)) return undefined;
  const { name } = error;
  const said = `${name}: ${reasonOf(error)}`;
  // A session that has ended is told by whoever gives the credentials, too.
  if (/(session|token)\b.* (has |is )?expired/i.test(said)) return 'expired';
  // A signature is also refused for its time, and then says so.
  if (/Signature (has )?expired|Signature not yet current/.test(said)) return 'clock';
  const byCode = CODES.find(([codes]) => codes.test(name))?.[1];
  if (byCode !== undefined) return byCode;
  if (isAboutCredentials(said)) return 'none';
  if (statusOf(error) >= 500) return 'failing';
  const by = hindrance(error)?.by;
  return by === 'trust' ? 'untrusted' : by && 'unreachable';
}

function statusOf(error: Error): number {
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  return typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
    ? Number(metadata.httpStatusCode)
    : 0;
}

/** With the word of AWS for it, which people look up; its message may not have it. */
function reasonIn(error: unknown): string {
  const [first = ''] = reasonOf(error).trim().split('\n');
  const said = first.replace(/\.$/, '');
  const name = types.isNativeError(error) ? error.name : '';
  return name === '' || name === 'Error' || said.includes(name) ? said : `${name}: ${said}`;
}
