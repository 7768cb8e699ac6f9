import { isUnresolved } from '../unresolved';

/** Of 255, what leaves room for the words about it: those of a description, or of a name and Terraform's 26 digits. */
const LONGEST = 200;

/**
 * What is wrong with a name by which a security group's begins, and which its description has. EC2 keeps names with
 * `sg-` for ids, and the AWS provider refuses them too.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
 */
export function securityGroupNameProblem(name: string): string | undefined {
  if (isUnresolved(name)) return undefined;
  if (name.startsWith('sg-')) {
    return `is "${name}"; must not start with "sg-", since names of security groups start with it, and AWS keeps "sg-" for ids`;
  }
  if (/^[\w .:/()#,@[\]+=&;{}!$*-]+$/.test(name) && name.trim() !== '' && name.length <= LONGEST) {
    return undefined;
  }
  return (
    `is "${name}"; must be 1 to ${LONGEST} letters, digits, spaces and "._-:/()#,@[]+=&;{}!$*", as names of ` +
    'security groups are'
  );
}
