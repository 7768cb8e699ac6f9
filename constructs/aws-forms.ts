import type { Problem } from './problems';
import { isUnresolved } from './unresolved';

/*
 * Forms of what AWS names: what others than AWS can tell. Nothing is wrong with what is left out, or what Terraform
 * fills in.
 */

type Check = (path: Problem['path'], value: string | undefined) => Problem[];

/** The form of the ARN of a role, not of a session of it, which is of STS. */
export const ROLE_ARN = /^arn:[-a-z]+:iam::\d{12}:role\/[\w+=,.@/-]+$/;

/** Of who may use a cluster: EKS takes neither an account nor a session, nor a role that AWS made for a service. */
export const PRINCIPAL_ARN =
  /^arn:[^:]+:iam::\d{12}:(user|role)\/(?!aws-service-role\/)[\w+=,.@/-]+$/;
export const PRINCIPAL_ARN_RULE =
  'must be the ARN of an IAM user or role, such as arn:aws:iam::111122223333:role/team';

/** A key itself: an alias may point to another key tomorrow, and IAM does not know aliases. */
export const KMS_KEY_ARN = /^arn:[^:]+:kms:[^:]+:\d{12}:key\/[0-9a-z-]+$/;
export const KMS_KEY_ARN_RULE =
  'must be the ARN of a KMS key, not of an alias, such as ' +
  'arn:aws:kms:eu-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab ' +
  '("aws kms describe-key --key-id <alias>" prints it)';

function form(pattern: RegExp, rule: string): Check {
  return (path, value) =>
    value === undefined || isUnresolved(value) || pattern.test(value)
      ? []
      : [{ path, message: `is "${value}"; ${rule}` }];
}

/** What is wrong with the ARN of a role. */
export const roleArnProblems = form(
  ROLE_ARN,
  'must be the ARN of a role, such as arn:aws:iam::111122223333:role/node',
);

/** What is wrong with the ARN of who may use a cluster. */
export const principalArnProblems = form(PRINCIPAL_ARN, PRINCIPAL_ARN_RULE);

/** What is wrong with the ARN of a key. */
export const keyArnProblems = form(KMS_KEY_ARN, KMS_KEY_ARN_RULE);

/** What is wrong with a region. By its form only: AWS opens regions that nobody here knows. */
export const regionProblems = form(
  /^[a-z]{2,}(-[a-z]+)+-\d+$/,
  'must be the name of a region, such as eu-north-1',
);
