import { createHash, X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { NOBODY, NOBODY_SENTENCE } from '../../../constructs/federation/jobs/nobody';
import { parseOwn, toBundle } from '../../../constructs/federation/jobs/roots';

describe('the root of a bundle in which no root is left', () => {
  const certificate = new X509Certificate(NOBODY);

  it('has a public key that nobody chose, so that nobody has the private one', () => {
    const { x = '' } = certificate.publicKey.export({ format: 'jwk' });
    const sentence = createHash('sha256').update(NOBODY_SENTENCE).digest('base64url');
    expect(x).toBe(sentence);
  });

  it('is an authority that is good for a while, so that Envoy loads it', () => {
    expect(certificate.ca).toBe(true);
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.parse('2100-01-01'));
    expect(certificate.verify(certificate.publicKey)).toBe(false);
  });

  it('is written where there is no other, and read as none', () => {
    expect(toBundle([])).toBe(NOBODY);
    expect(parseOwn(NOBODY)).toEqual([]);
  });
});
