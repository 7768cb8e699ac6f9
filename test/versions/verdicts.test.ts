import { describe, expect, it } from '@jest/globals';
import { CONSUL, ISTIO, KUBERNETES_VERSIONS } from '../../versions';
import {
  compareVersions,
  faultOf,
  kubernetesFinding,
  supportFinding,
  unsupportedKubernetes,
} from '../../versions/verdicts';

describe('Versions', () => {
  it.each([
    ['1.9.0', '1.10.0', -1],
    ['1.31.4', '1.31.4', 0],
    ['v1.2.3', '1.2.2', 1],
    ['1.31.0-rc.0', '1.31.0', -1],
    ['1.31.0-rc.2', '1.31.0-rc.10', -1],
    ['1.35', '1.35.0', 0],
  ])('%s and %s are in this order: %d', (one, other, order) => {
    expect(Math.sign(compareVersions(one, other))).toBe(order);
  });
});

describe('Support', () => {
  const releases = [
    { line: '1.1', endOfSupport: '2030-03-01', source: '' },
    { line: '1.2', endOfSupport: '2031-03-01', source: '' },
    { line: '1.3', source: '' },
  ];
  const level = (version: string, on: string) =>
    supportFinding({ name: 'It', releases }, version, on)?.level;

  it('ends on its day, and is announced 60 days before', () => {
    expect(level('1.1.7', '2029-12-30')).toBeUndefined();
    expect(level('1.1.7', '2029-12-31')).toBe('soon');
    expect(level('1.1.7', '2030-02-28')).toBe('soon');
    expect(level('1.1.7', '2030-03-01')).toBe('wrong');
  });

  it('has no end where the vendor names none, and is over for what is older than all', () => {
    expect(level('1.3.0', '2099-01-01')).toBeUndefined();
    expect(level('1.0.9', '2029-01-01')).toBe('wrong');
    expect(level('1.10.0', '2029-01-01')).toBe('note');
  });

  it('of EKS is longer with consent, and then ends too', () => {
    const [version] = KUBERNETES_VERSIONS.filter((one) => one.version === '1.34');
    const found = (allowed: boolean, on: string) =>
      version && kubernetesFinding(version, allowed, on)?.level;
    expect([found(false, '2026-12-02'), found(true, '2026-12-02')]).toEqual(['wrong', undefined]);
    expect([found(true, '2027-11-01'), found(true, '2027-12-02')]).toEqual(['soon', 'wrong']);
  });
});

describe('What goes together', () => {
  it('is what the vendors say', () => {
    expect(unsupportedKubernetes(CONSUL, '2.0.3', '1.36')).toEqual(['1.30', '1.35']);
    expect(unsupportedKubernetes(CONSUL, '2.0.3', '1.35')).toBeUndefined();
    expect(unsupportedKubernetes(ISTIO, '1.31.4', '1.31')).toEqual(['1.32', '1.37']);
    // Not known is not wrong.
    expect(unsupportedKubernetes(CONSUL, '9.9.9', '1.36')).toBeUndefined();
  });

  it.each([
    ['1.28.9', false],
    ['1.29.0', true],
    ['1.29.2', true],
    ['1.29.3', false],
    ['1.30.0-rc.1', false],
    ['1.30.2', true],
    ['1.30.3', false],
    ['1.31.0', false],
  ])('and whether Istio %s misses rotations: %p', (version, misses) => {
    expect(faultOf(ISTIO, version) !== undefined).toBe(misses);
  });
});
