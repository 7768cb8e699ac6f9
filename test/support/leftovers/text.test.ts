import { expect, it } from '@jest/globals';
import type { Judged } from '../../../support/leftovers/judge';
import { pricesText } from '../../../support/leftovers/text';

const thing = (hourly?: number): Judged => ({
  kind: 'Elastic IP address',
  id: 'eipalloc-1',
  name: 'mesh-istio-nat-0',
  tags: {},
  of: 'mesh-istio',
  verdict: 'left behind',
  why: 'in no state',
  ...(hourly !== undefined && { hourly }),
});

const found = (...things: readonly Judged[]) => ({
  place: { clusters: ['mesh-istio'], region: 'eu-west-1' },
  account: '123456789012',
  things,
  unseen: [],
  locked: [],
});

it('says whose prices are shown, where any are', () => {
  expect(pricesText([found(thing()), found(thing(0.005))])).toMatch(
    /^\n\nList prices of eu-west-1 as of [\d-]+\.$/,
  );
  expect(pricesText([found(thing())])).toBe('');
});
