/**
 * Lets the account's IAM policies decide who uses and administers a key, as AWS's own default has it.
 * Without it a key can become one that nobody can change any more.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 */
export function accountByIam(partition: string, accountId: string) {
  return {
    Sid: 'AccountByIam',
    Effect: 'Allow',
    Principal: { AWS: `arn:${partition}:iam::${accountId}:root` },
    Action: 'kms:*',
    Resource: '*',
  };
}
