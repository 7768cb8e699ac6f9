import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { LIST_PRICES, readPrices } from '../../../support/cost/prices';
import { temporaryFolder, writeFile } from '../../helpers/files';

const folder = temporaryFolder();

describe('a file of prices', () => {
  it('has the form of the list prices', () => {
    expect(readPrices(writeFile(folder, 'right.yaml', stringify(LIST_PRICES)))).toEqual(
      LIST_PRICES,
    );
  });

  it('is refused with every mistake in it, in the words of the settings', () => {
    const { natGateway, ...others } = LIST_PRICES.hourly;
    const hourly = { ...others, eksCluster: -1, natGatewy: natGateway };
    const file = writeFile(
      folder,
      'wrong.yaml',
      stringify({ ...LIST_PRICES, hourly, checked: 'yesterday' }),
    );
    expect(() => readPrices(file)).toThrow(
      /checked: is "yesterday"; must be a day.*\n.*eksCluster: is -1; must be at least 0\n.*natGateway: is missing; must be a number\n.*natGatewy: there is no such setting; did you mean "natGateway"\?/,
    );
  });
});
