import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { MeshCa } from '../../rehearsal/certificates';

const ID = 'spiffe://cluster.local/ns/default/sa/backend';
const TRUST_DOMAIN = '11111111-2222-4333-8444-555555555555.consul';

function certificates(chain: string): X509Certificate[] {
  return chain
    .split(/(?=-----BEGIN)/)
    .filter((text) => text.trim() !== '')
    .map((text) => new X509Certificate(text));
}

describe('an Istio CA', () => {
  it('signs workloads with its RSA root, for 24 hours, with the SPIFFE ID as their only name', async () => {
    const ca = await MeshCa.istio();
    const [leaf, ...more] = certificates((await ca.issue(ID)).chain);
    const root = new X509Certificate(ca.bundle);
    expect(more).toEqual([]);
    expect(leaf?.verify(root.publicKey)).toBe(true);
    expect(leaf?.subject).toBeFalsy();
    expect(leaf?.subjectAltName).toBe(`URI:${ID}`);
    expect(leaf?.publicKey.asymmetricKeyType).toBe('rsa');
    expect(root.ca && leaf?.ca === false).toBe(true);
    const hours = (Date.parse(leaf?.validTo ?? '') - Date.now()) / 3_600_000;
    expect(Math.round(hours)).toBe(24);
  });
});

describe('a Consul CA', () => {
  it('signs workloads with an EC intermediate that travels with them, for 72 hours', async () => {
    const ca = await MeshCa.consul(TRUST_DOMAIN);
    const id = `spiffe://${TRUST_DOMAIN}/ns/default/dc/dc1/svc/info`;
    const [leaf, intermediate, ...more] = certificates((await ca.issue(id)).chain);
    const root = new X509Certificate(ca.bundle);
    expect(more).toEqual([]);
    expect(intermediate && leaf?.verify(intermediate.publicKey)).toBe(true);
    expect(intermediate?.verify(root.publicKey)).toBe(true);
    expect(leaf?.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(root.subjectAltName).toBe(`URI:spiffe://${TRUST_DOMAIN}`);
    const hours = (Date.parse(leaf?.validTo ?? '') - Date.now()) / 3_600_000;
    expect(Math.round(hours)).toBe(72);
  });
});

it('issues certificates of the past and of the future', async () => {
  const ca = await MeshCa.consul(TRUST_DOMAIN);
  const [expired] = certificates((await ca.issue(ID, { from: -10, to: -5 })).chain);
  const [future] = certificates((await ca.issue(ID, { from: 60 })).chain);
  expect(Date.parse(expired?.validTo ?? '')).toBeLessThan(Date.now());
  expect(Date.parse(future?.validFrom ?? '')).toBeGreaterThan(Date.now());
});

it('gives a renewed workload another key', async () => {
  const ca = await MeshCa.istio();
  const keys = [await ca.issue(ID), await ca.issue(ID)].map(({ key }) => key);
  expect(keys[0]).not.toBe(keys[1]);
});
