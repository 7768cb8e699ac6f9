import { expect, test } from '@jest/globals';
import { lookUpProblem } from '../../../support/doctor/load';
import { UserError } from '../../../support/terminal/user-error';

const said = (error: unknown) =>
  lookUpProblem('The EKS cluster shop in eu-north-1', 'eu-north-1', error, { AWS_PROFILE: 'team' });

/** As the AWS SDK has what AWS answers. */
function answer(name: string, message: string): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });
}

test.each([
  [
    'a right that is missing',
    answer('AccessDeniedException', 'not authorized'),
    /not authorized\.\nAWS_PROFILE is team; .* needs the right eks:DescribeCluster/,
  ],
  [
    'a cluster that is not there',
    answer('ResourceNotFoundException', 'No cluster found for name: shop.'),
    /for name: shop\.\n.* is in another account or region, or was not deployed yet\.$/,
  ],
  [
    'credentials that are missing',
    Object.assign(new Error('Could not load credentials from any providers'), {
      name: 'CredentialsProviderError',
    }),
    /cannot be looked up\. .*credentials/,
  ],
  [
    'credentials that a program of the profile does not give',
    Object.assign(new Error('Command failed: sso-helper'), { name: 'CredentialsProviderError' }),
    /cannot be looked up\. There are no AWS credentials .*Command failed: sso-helper/,
  ],
  [
    'a name that is not known',
    Object.assign(new Error('getaddrinfo ENOTFOUND eks.example.com'), { code: 'ENOTFOUND' }),
    /AWS does not answer in eu-north-1: getaddrinfo ENOTFOUND eks\.example\.com\.\nIs the region right/,
  ],
  [
    'silence',
    Object.assign(new Error('socket timed out'), { name: 'TimeoutError' }),
    /AWS does not answer in eu-north-1: .*socket timed out\./,
  ],
  [
    'too many questions, which no right helps',
    answer('ThrottlingException', 'Rate exceeded'),
    /AWS has been asked too much .*Rate exceeded\.\nRun it again in a minute/,
  ],
  [
    'a role that was not given',
    new UserError('The role x could not be taken: no.'),
    /^The EKS cluster shop in eu-north-1 cannot be looked up\. The role x could not be taken: no\.$/,
  ],
])('AWS does not describe a cluster: %s', (_, error, words) => {
  expect(said(error)).toMatch(words);
});

test('a fault of the program is none of AWS', () => {
  expect(said(new TypeError('x is not a function'))).toBeUndefined();
});
