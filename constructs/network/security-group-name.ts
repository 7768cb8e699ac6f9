/**
 * What is wrong with a name by which a security group's begins: EC2 keeps such names for ids, and the AWS provider
 * refuses them too.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
 */
export function securityGroupNameProblem(name: string): string | undefined {
  return name.startsWith('sg-')
    ? `is "${name}"; must not start with "sg-", since names of security groups start with it, and AWS keeps "sg-" for ids`
    : undefined;
}
