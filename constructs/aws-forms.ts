import type { Problem } from './problems';
import { isUnresolved } from './unresolved';

/*
 * Forms of what AWS names: what others than AWS can tell. Nothing is wrong with what is left out, or what Terraform
 * fills in.
 */

type Check = (path: Problem['path'], value: string | undefined) => Problem[];

function form(pattern: RegExp, rule: string): Check {
  return (path, value) =>
    value === undefined || isUnresolved(value) || pattern.test(value)
      ? []
      : [{ path, message: `is "${value}"; must be ${rule}` }];
}

/** What is wrong with the ARN of a role. */
export const roleArnProblems = form(
  /^arn:[^:]+:iam::\d{12}:role\/[\w+=,.@/-]+$/,
  'the ARN of a role, such as arn:aws:iam::111122223333:role/node',
);

/** What is wrong with the ARN of who may use a cluster; EKS takes neither an account nor a session. */
export const principalArnProblems = form(
  /^arn:[^:]+:iam::\d{12}:(user|role)\/[\w+=,.@/-]+$/,
  'the ARN of an IAM user or role, such as arn:aws:iam::111122223333:role/team',
);

/** What is wrong with the ARN of a key. IAM knows no aliases, and one may lead to another key tomorrow. */
export const keyArnProblems = form(
  /^arn:[^:]+:kms:[^:]+:\d{12}:key\/[0-9a-z-]+$/,
  'the ARN of a KMS key, not of an alias, such as ' +
    'arn:aws:kms:eu-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
);

/** What is wrong with a region. By its form only: AWS opens regions that nobody here knows. */
export const regionProblems = form(
  /^[a-z]{2,}(-[a-z]+)+-\d+$/,
  'the name of a region, such as eu-north-1',
);
