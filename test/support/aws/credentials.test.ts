import { describe, expect, it } from '@jest/globals';
import { isAboutCredentials, noCredentials } from '../../../support/aws/credentials';

describe('AWS credentials', () => {
  it.each([
    // The SDK, Terraform's provider, the AWS CLI and STS.
    'CredentialsProviderError: Could not load credentials from any providers',
    'No valid credential sources found: Please see https://registry.terraform.io/providers/hashicorp/aws',
    'failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds: GetMetadata',
    'Unable to locate credentials. You can configure credentials by running "aws login".',
    'ExpiredToken: The security token included in the request is expired',
    'InvalidClientTokenId: The security token included in the request is invalid.',
    'UnrecognizedClientException: The security token included in the request is invalid.',
    'The SSO session associated with this profile has expired or is otherwise invalid.',
    'The config profile could not be found: profile work could not be found',
  ])('are what is missing: %s', (message) => {
    expect(isAboutCredentials(message)).toBe(true);
  });

  it.each([
    'ResourceNotFoundException: No cluster found for name: mesh-istio.',
    'AccessDeniedException: User: arn:aws:iam::111122223333:user/a is not authorized to perform: eks:DescribeCluster',
    'getaddrinfo ENOTFOUND sts.eu-north-1.amazonaws.com',
    'Unable to find remote state: No stored state was found',
  ])('are not what is missing: %s', (message) => {
    expect(isAboutCredentials(message)).toBe(false);
  });

  it('are told with the profile, the reason and what to do, each once', () => {
    expect(noCredentials('Could not load credentials from any providers\nat x', {})).toBe(
      'There are no AWS credentials that are taken (AWS_PROFILE is not set): Could not load credentials from any providers.\n' +
        'Set AWS_PROFILE, or "aws configure", "aws sso login"; "aws sts get-caller-identity" says who you are.',
    );
    expect(noCredentials('It expired.', { AWS_PROFILE: 'work' })).toContain(
      '(AWS_PROFILE is work): It expired.\n',
    );
  });
});
