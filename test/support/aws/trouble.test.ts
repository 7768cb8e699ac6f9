import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { findOut } from '../../../support/check/finding';
import { answerWithin, type AwsAccess, enter, takeRole } from '../../../support/aws/access';
import { UserError } from '../../../support/terminal/user-error';
import { awsReason, noAnswer, troubleOf } from '../../../support/aws/trouble';

/** As the AWS SDK has what AWS answers. */
function answer(name: string, message: string, httpStatusCode = 400): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
}

/** As Node.js has what keeps an answer away. */
function failed(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** AWS as somebody answers in its place. */
async function answeredBy(listener: RequestListener): Promise<AwsAccess> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    region: 'eu-north-1',
    endpoint: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  };
}

const DENIED = answer(
  'AccessDeniedException',
  'User: arn:aws:iam::111122223333:user/a is not authorized to perform: eks:ListClusters on resource: x',
  403,
);

test.each([
  ['none', answer('CredentialsProviderError', 'Could not load credentials from any providers')],
  ['none', answer('ProviderError', 'Command failed: sso-helper')],
  ['expired', answer('ExpiredToken', 'The security token included in the request is expired', 403)],
  [
    'expired',
    answer('CredentialsProviderError', 'The SSO session associated with this profile has expired.'),
  ],
  [
    'expired',
    answer(
      'CredentialsProviderError',
      'Token is expired. To refresh this SSO session run aws sso login',
    ),
  ],
  [
    'unknown',
    answer('InvalidClientTokenId', 'The security token included in the request is invalid.', 403),
  ],
  [
    'unknown',
    answer(
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
      403,
    ),
  ],
  [
    'unknown',
    answer('AuthFailure', 'AWS was not able to validate the provided access credentials', 401),
  ],
  [
    'clock',
    answer('SignatureDoesNotMatch', 'Signature expired: 20261129T000000Z is now earlier than', 403),
  ],
  [
    'clock',
    answer('InvalidSignatureException', 'Signature not yet current: 20261129T000000Z', 403),
  ],
  ['clock', answer('RequestTimeTooSkewed', 'The difference is too large', 403)],
  ['region', answer('RegionDisabledException', 'STS is not activated in this region', 403)],
  ['denied', DENIED],
  [
    'denied',
    answer('UnauthorizedOperation', 'You are not authorized to perform this operation.', 403),
  ],
  ['throttled', answer('ThrottlingException', 'Rate exceeded')],
  ['throttled', answer('RequestLimitExceeded', 'Request limit exceeded.', 503)],
  ['failing', answer('InternalFailure', 'oops', 500)],
  ['unreachable', failed('ENOTFOUND', 'getaddrinfo ENOTFOUND sts.eu-nort-1.amazonaws.com')],
  ['unreachable', failed('ECONNREFUSED')],
  ['unreachable', Object.assign(new Error('socket timed out'), { name: 'TimeoutError' })],
  [
    'untrusted',
    failed('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain'),
  ],
])('what keeps AWS from an answer is told apart: %s', (kind, error) => {
  const trouble = troubleOf(error, 'eu-north-1');
  expect(trouble?.kind).toBe(kind);
  const text = noAnswer(error, 'eu-north-1', {});
  expect(text).toContain(trouble?.reason);
  expect(text?.endsWith(`\n${trouble?.remedy ?? ''}.`)).toBe(true);
});

test('only who has no credentials is told that there are none', () => {
  const none = answer('CredentialsProviderError', 'Could not load credentials');
  expect(noAnswer(none, 'eu-north-1', {})).toMatch(/^There are no AWS credentials that are taken/);
  expect(noAnswer(DENIED, 'eu-north-1', {})).not.toContain('no AWS credentials');
});

test('an answer about what was asked for is no trouble, nor is a fault of the program', () => {
  expect(
    troubleOf(answer('ResourceNotFoundException', 'No cluster found for name: shop.', 404)),
  ).toBe(undefined);
  expect(troubleOf(new TypeError('x is not a function'))).toBe(undefined);
  expect(awsReason(new TypeError('x is not a function'))).toBe('TypeError: x is not a function');
});

test('the right that is missing is named', async () => {
  expect(awsReason(DENIED)).toMatch(/Who asks needs eks:ListClusters: "npm run iam"/);
  // What a check could not look at is no verdict on it.
  expect(await findOut('quotas', 'Quotas', () => Promise.reject(DENIED))).toEqual([
    {
      area: 'quotas',
      what: 'Quotas',
      verdict: 'unknown',
      found: expect.stringMatching(/^could not be found out: AccessDeniedException: User: /),
      remedy: expect.stringContaining('eks:ListClusters'),
    },
  ]);
});

test('who is refused for another reason is not told to get credentials', async () => {
  const access = await answeredBy((_, response) => {
    response.writeHead(403, { 'content-type': 'text/xml' });
    response.end(
      '<ErrorResponse><Error><Code>ExpiredToken</Code><Message>It is expired</Message></Error></ErrorResponse>',
    );
  });
  await expect(enter(access, { region: 'eu-north-1' })).rejects.toThrow(
    /^The AWS credentials have expired .*: ExpiredToken: It is expired\.\nLog in again/,
  );
});

test('what takes a question and does not answer is not waited for', async () => {
  const access = await answeredBy(() => undefined);
  await expect(
    enter(
      { ...access, maxAttempts: 1, requestHandler: answerWithin(300) },
      { region: 'eu-north-1' },
    ),
  ).rejects.toThrow(/^AWS does not answer in eu-north-1: TimeoutError: /);
});

test('a role that cannot be taken is named, with what AWS said', async () => {
  const role = 'arn:aws:iam::444455556666:role/deploy';
  const access = await answeredBy((_, response) => {
    response.statusCode = 403;
    response.end(
      '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>' +
        '<Message>User: a is not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>',
    );
  });
  const taken = takeRole(access, role);
  await expect(taken).rejects.toBeInstanceOf(UserError);
  await expect(taken).rejects.toThrow(
    /^The role arn:aws:iam::444455556666:role\/deploy could not be taken: .*not authorized to perform: sts:AssumeRole\. Who asks needs sts:AssumeRole/,
  );
});
