/** What helps where AWS does not know who asks. */
export const CREDENTIALS_REMEDY =
  'Set AWS_PROFILE, or "aws configure", "aws sso login"; "aws sts get-caller-identity" says who you are';

/**
 * What the SDK of AWS, the AWS CLI and Terraform's provider say of credentials that are not there, or no longer.
 *
 * @see https://github.com/hashicorp/aws-sdk-go-base/blob/v2.0.0-beta.65/errors.go
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */
const NO_CREDENTIALS =
  /No valid credential sources|Could not load credentials|Could not resolve credentials|Unable to locate credentials|failed to refresh cached credentials|no EC2 IMDS role|security token .*(expired|invalid)|(Expired|InvalidClient|Unrecognized)(Token|ClientToken)|UnrecognizedClient|SSO session|sso.*(expired|invalid)|[Pp]rofile .*(could not be found|not found)|failed to get shared config profile|InvalidAccessKeyId|AuthFailure/i;

/** Whether a message is about who asks, not about what is asked for. */
export function isAboutCredentials(message: string): boolean {
  return NO_CREDENTIALS.test(message);
}

/**
 * Says that AWS does not know who asks, in one way whoever found it out.
 *
 * @param reason what was found, as the SDK says it
 */
export function noCredentials(reason: string, env: NodeJS.ProcessEnv = process.env): string {
  const profile = env['AWS_PROFILE'] || undefined;
  const who = profile === undefined ? 'AWS_PROFILE is not set' : `AWS_PROFILE is ${profile}`;
  const [first = reason] = reason.trim().split('\n');
  return `There are no AWS credentials that are taken (${who}): ${first.replace(/\.$/, '')}.\n${CREDENTIALS_REMEDY}.`;
}
