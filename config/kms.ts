/** A key itself: an alias may point to another key tomorrow, and IAM does not know aliases. */
export const KMS_KEY_ARN = /^arn:[^:]+:kms:[^:]+:\d{12}:key\/[0-9a-z-]+$/;

/** What is said to whom breaks the rule. */
export const KMS_KEY_ARN_RULE =
  'must be the ARN of a KMS key, not of an alias, such as ' +
  'arn:aws:kms:eu-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab ' +
  '("aws kms describe-key --key-id <alias>" prints it)';
