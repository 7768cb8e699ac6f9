import { describe, expect, it } from '@jest/globals';
import {
  DEFAULT_KUBERNETES_VERSION,
  KUBERNETES_VERSIONS,
  kubernetesSupport,
  standardVersions,
} from '../../constructs/eks';
import { clusterProblems } from '../../constructs/eks/validate';
import { onDay } from '../helpers/clock';

describe('The table of Kubernetes versions', () => {
  it('has every version from the oldest to the newest, each with a year of extended support', () => {
    const [first] = KUBERNETES_VERSIONS;
    KUBERNETES_VERSIONS.forEach(({ version, ...ends }, i) => {
      expect(version).toBe(`1.${Number(first?.version.split('.')[1]) + i}`);
      const [year = '', ...day] = ends.endOfStandardSupport.split('-');
      expect(ends.endOfExtendedSupport).toBe([Number(year) + 1, ...day].join('-'));
    });
  });

  it('has the default among the supported ones', () => {
    expect(standardVersions()).toContain(DEFAULT_KUBERNETES_VERSION);
  });
});

describe('Support', () => {
  it.each([
    ['1.35', '2027-03-26', 'standard'],
    ['1.35', '2027-03-27', 'extended'],
    ['1.35', '2028-03-26', 'extended'],
    ['1.35', '2028-03-27', 'ended'],
    ['1.20', '2026-11-25', 'ended'],
    ['1.99', '2026-11-25', 'far'],
  ])('of %s on %s is: %s', (version, on, expected) => {
    expect(kubernetesSupport(version, on)).toBe(expected);
  });

  describe('without a day', () => {
    onDay('2026-12-02');

    it('is that of today', () => {
      expect(kubernetesSupport('1.34')).toBe('extended');
      expect(standardVersions()).toEqual(['1.35', '1.36']);
    });

    it('that ends after a release stops no stack that it could synthesise before', () => {
      expect(clusterProblems({ version: '1.34', nodeGroups: [{ name: 'default' }] })).toEqual([]);
    });
  });
});
