import { describe, expect, it } from '@jest/globals';
import { ALL_REGIONS } from '../../../config/regions';
import { type ConfigInput, defineConfig } from '../../../config';
import { listPrices } from '../../../support/cost/list-prices';
import { transfers } from '../../../support/cost/transfer';

function paths(input: ConfigInput = {}): Record<string, number | undefined> {
  const { config } = defineConfig({
    aws: { region: 'us-east-1' },
    ...input,
    eks: { endpoint: { publicCidrs: ['192.0.2.0/24'] }, ...input.eks },
  });
  return Object.fromEntries(
    transfers(config, listPrices).map(({ path, perGigabyte }) => [path, perGigabyte]),
  );
}

const away = (region: string): ConfigInput => ({ clusters: { consul: { region } } });

describe('What a GB costs on its way', () => {
  it('is said of each way that data of the pair may take', () => {
    expect(paths()).toEqual({
      'through NAT gateways of mesh-istio': 0.045,
      'through NAT gateways of mesh-consul': 0.045,
      'between zones of us-east-1, at each end': 0.01,
      'through load balancers in us-east-1, by capacity units': 0.006,
      'from us-east-1 to the internet': 0.09,
      'between public addresses of us-east-1, at each end': 0.01,
    });
  });

  it('is the sender’s price between regions, and less between two of them', () => {
    expect(paths(away('sa-east-1'))).toMatchObject({
      'from us-east-1 to sa-east-1': 0.02,
      'from sa-east-1 to us-east-1': 0.138,
      'from sa-east-1 to the internet': 0.15,
    });
    expect(paths(away('us-east-2'))).toMatchObject({
      'from us-east-1 to us-east-2': 0.01,
      'from us-east-2 to us-east-1': 0.01,
    });
    expect(Object.keys(paths(away('us-east-2'))).join()).not.toContain('public addresses');
  });

  it('leaves the internet out where calls go over a private connection', () => {
    const peered = paths({ federation: { crossing: 'peering' } });
    expect(peered['by peering within a zone of us-east-1']).toBe(0);
    expect(Object.keys(peered).join()).not.toMatch(/public addresses|endpoint/);
    const linked = paths({ federation: { crossing: 'privatelink' } });
    expect(linked).toMatchObject({
      "through the endpoint to istio's gateway": 0.01,
      "through the endpoint to consul's gateway": 0.01,
    });
    // Both ways while calls move from one to the other.
    const moving = paths({ federation: { crossing: 'privatelink', crossingFrom: 'internet' } });
    expect(Object.keys(moving).join()).toMatch(/public addresses.*the endpoint to/);
  });

  it('counts what passes endpoints of AWS services, and no NAT gateway that is not there', () => {
    expect(paths({ network: { awsEndpoints: true } })).toMatchObject({
      'through endpoints of AWS services of mesh-istio': 0.01,
    });
    const outside = paths({
      network: { nat: 'none' },
      eks: { endpoint: { publicCidrs: ['192.0.2.0/24'] }, nodeSubnets: 'public' },
      clusters: {
        istio: { egressCidrs: ['198.51.100.0/24'] },
        consul: { egressCidrs: ['203.0.113.0/24'] },
      },
    });
    expect(Object.keys(outside).join()).not.toContain('NAT');
  });
});

describe('Prices a GB', () => {
  it('say nothing of a region that no source has', () => {
    expect(listPrices('eu-north-1').perGigabyte).toEqual({
      checked: '2023-04-27',
      betweenZones: 0.01,
      privateLink: 0.01,
      toInternet: 0.09,
      toOtherRegions: 0.02,
    });
    expect(listPrices('cn-north-1').perGigabyte).toEqual({ checked: '2023-04-27' });
  });

  it('are as much as an hour of a NAT gateway wherever they are known', () => {
    const known = ALL_REGIONS.filter(
      (region) => listPrices(region).perGigabyte?.natGateway !== undefined,
    );
    expect(known.length).toBeGreaterThan(2);
    for (const region of known) {
      const { hourly, perGigabyte } = listPrices(region);
      expect([region, perGigabyte?.natGateway]).toEqual([region, hourly.natGateway]);
    }
  });

  it('are of regions that there are', () => {
    const known = ALL_REGIONS.filter(
      (region) => listPrices(region).perGigabyte?.toOtherRegions !== undefined,
    );
    expect(known).toHaveLength(26);
  });
});
