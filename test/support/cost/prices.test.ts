import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { ALL_REGIONS } from '../../../config/regions';
import { listPrices } from '../../../support/cost/list-prices';
import { hourlyPrice, readPrices } from '../../../support/cost/prices';
import { temporaryFolder, writeFile } from '../../helpers/files';

const folder = temporaryFolder();
const prices = listPrices('eu-south-2');

describe('a file of prices', () => {
  it('has the form of the list prices', () => {
    expect(readPrices(writeFile(folder, 'right.yaml', stringify(prices)))).toEqual(prices);
  });

  it('is refused with every mistake in it, in the words of the settings', () => {
    const { natGateway, ...others } = prices.hourly;
    const hourly = { ...others, eksCluster: -1, natGatewy: natGateway };
    const file = writeFile(
      folder,
      'wrong.yaml',
      stringify({ ...prices, hourly, checked: 'yesterday' }),
    );
    expect(() => readPrices(file)).toThrow(
      /checked: is "yesterday"; must be a day.*\n.*eksCluster: is -1; must be at least 0\n.*natGatewy: there is no such setting; did you mean "natGateway"\?/,
    );
  });
});

describe('list prices', () => {
  it.each([
    // As AWS' price list has them, read elsewhere than in the tables.
    ['us-east-1', { natGateway: 0.045, networkLoadBalancer: 0.0225, interfaceEndpoint: 0.01 }],
    ['eu-central-1', { natGateway: 0.052, networkLoadBalancer: 0.027, interfaceEndpoint: 0.012 }],
    ['eu-west-1', { natGateway: 0.048, networkLoadBalancer: 0.0252, interfaceEndpoint: 0.011 }],
  ])('are those of the region: %s', (region, hourly) => {
    const its = listPrices(region);
    expect(its).toMatchObject({ region, hourly });
    // None but a family that is newer than the table.
    expect(its.borrowed?.['us-east-1']?.filter((name) => !name.startsWith('m8i.')) ?? []).toEqual(
      [],
    );
  });

  it('have the price of each size in proportion', () => {
    expect(listPrices('us-east-1').instances).toMatchObject({
      't3.micro': 0.0104,
      't3.medium': 0.0416,
      'm6i.2xlarge': 0.384,
      'm7a.4xlarge': 0.92736,
      'm8i.large': 0.10584,
      'r7g.8xlarge': 1.7136,
    });
    expect(listPrices('eu-central-1').instances).toMatchObject({
      't3.medium': 0.048,
      'm7g.large': 0.0978,
    });
  });

  it('say what they have of us-east-1, for want of their own', () => {
    const balancer = hourlyPrice(prices, 'networkLoadBalancer');
    expect(balancer).toEqual({ each: 0.0225, borrowedFrom: 'us-east-1' });
    expect(hourlyPrice(prices, 'natGateway')).toEqual({ each: 0.048, borrowedFrom: undefined });
    const newer = hourlyPrice(listPrices('eu-west-1'), { instance: 'm8i.large' });
    expect(newer).toEqual({ each: 0.10584, borrowedFrom: 'us-east-1' });
    // A region of another partition: nothing of it is known.
    expect(hourlyPrice(listPrices('cn-north-1'), 'eksCluster').borrowedFrom).toBe('us-east-1');
    expect(hourlyPrice(prices, { instance: 'z1d.large' }).each).toBeUndefined();
  });

  it('are whole in every region that settings may name', () => {
    for (const region of ALL_REGIONS) {
      const { hourly, monthly, instances } = listPrices(region);
      const all = [hourly, monthly, instances].flatMap((some) => Object.values(some));
      expect([region, all.filter((price) => !(price > 0))]).toEqual([region, []]);
    }
  });
});
