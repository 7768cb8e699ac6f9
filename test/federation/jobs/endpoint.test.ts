import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rootsAt } from '../../../constructs/federation/jobs/endpoint';
import { parsePem } from '../../../constructs/federation/jobs/pem';
import { type Answer, type HttpsServer, serve } from '../../helpers/api-server';
import { type Certificate, certificate } from '../../helpers/roots';

let server: HttpsServer;
let answer: Answer;
let asked: (string | undefined)[];
let root: Certificate;
let other: Certificate;

beforeAll(async () => {
  server = await serve(({ url, headers }) => {
    asked.push(url, headers.authorization);
    return answer;
  });
  [root, other] = await Promise.all([certificate({ name: 'one' }), certificate({ name: 'two' })]);
});

afterAll(() => server.stop());

async function fetched(body: string, status = 200): Promise<string> {
  asked = [];
  answer = { status, body };
  return rootsAt(`${server.url}/bundle?of=bank`, server.authority);
}

function x5c({ pem }: Certificate): string {
  return pem.replace(/-----.*-----|\s/g, '');
}

function bundle(...keys: readonly unknown[]): string {
  return JSON.stringify({ spiffe_sequence: 3, spiffe_refresh_hint: 300, keys });
}

const fingerprints = (pem: string) =>
  parsePem(pem).certificates.map(({ fingerprint256 }) => fingerprint256);

describe('roots at an address', () => {
  it('are those of a SPIFFE bundle, without its keys for JWTs, asked for without a token', async () => {
    const text = await fetched(
      bundle(
        { use: 'x509-svid', kty: 'EC', x5c: [x5c(root)] },
        { use: 'jwt-svid', kty: 'EC', kid: 'a' },
        { use: 'x509-svid', kty: 'EC', x5c: [x5c(other)] },
      ),
    );
    expect(fingerprints(text)).toEqual([root.fingerprint, other.fingerprint]);
    expect(asked).toEqual(['/bundle?of=bank', undefined]);
  });

  it('are PEM as it is', async () => {
    expect(await fetched(root.pem)).toBe(root.pem);
  });

  it.each([
    [
      'a page',
      '<html>Sign in</html>',
      'serves neither PEM nor a SPIFFE bundle: "<html>Sign in</html>"',
    ],
    ['a list', '[]', 'serves neither PEM nor a SPIFFE bundle'],
    ['no keys', bundle(), 'a SPIFFE bundle without X.509 roots'],
    ['null for keys', '{"keys":null}', 'a SPIFFE bundle without X.509 roots'],
    [
      'two certificates in one',
      bundle({ use: 'x509-svid', x5c: ['a', 'b'] }),
      'without one certificate',
    ],
    ['none in one', bundle({ use: 'x509-svid' }), 'without one certificate'],
    ['more than a bundle', ' '.repeat(1024 * 1024 + 1), 'the answer is larger than 1048576 bytes'],
  ])('are refused where there is %s', async (_, body, words) => {
    await expect(fetched(body)).rejects.toThrow(words);
  });

  it('are not followed to elsewhere, nor fetched in the clear or from whom nobody knows', async () => {
    await expect(fetched(root.pem, 302)).rejects.toThrow('leads to elsewhere (302)');
    await expect(fetched(root.pem, 500)).rejects.toThrow('500');
    await expect(rootsAt('http://127.0.0.1/bundle')).rejects.toThrow('by https only');
    await expect(rootsAt(`${server.url}/bundle`, other.pem)).rejects.toThrow(/verify|certificate/);
    await expect(rootsAt(`${server.url}/bundle`)).rejects.toThrow(/verify|certificate/);
  });
});
