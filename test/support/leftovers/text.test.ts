import { stripVTControlCharacters } from 'node:util';
import { expect, it } from '@jest/globals';
import type { Judged } from '../../../support/leftovers/judge';
import {
  foundText,
  pricesText,
  questionText,
  refusedText,
  removedText,
} from '../../../support/leftovers/text';

const thing = (hourly?: number, more: Partial<Judged> = {}): Judged => ({
  kind: 'Elastic IP address',
  id: 'eipalloc-1',
  name: 'mesh-istio-nat-0',
  tags: {},
  of: 'mesh-istio',
  verdict: 'left behind',
  why: 'in no state',
  ...(hourly !== undefined && { hourly }),
  ...more,
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

it('says whose prices stand in for what a region has none of', () => {
  const place = { clusters: ['mesh-istio'], region: 'eusc-de-east-1' };
  const text = pricesText([{ ...found(thing(0.005)), place }, found(thing(0.005))]);
  expect(text).toMatch(/^\n\nList prices of eusc-de-east-1 as of [\d-]+, eu-west-1 as of [\d-]+\./);
});

const volume = (id: string, name: string) =>
  thing(0.001, { kind: 'EBS volume', id, name, gibibytes: 10, why: 'mesh-istio is gone or goes' });
const everything = {
  ...found(
    thing(0.00001, { kind: 'log group', id: '/aws/eks/mesh-istio/cluster', name: 'logs' }),
    volume('vol-2', 'data-1'),
    volume('vol-1', 'data-0'),
    thing(undefined, {
      kind: 'load balancer',
      id: 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/a1/50',
      name: 'a1',
    }),
    thing(0.1, { kind: 'EKS cluster', id: 'theirs', name: 'theirs', verdict: 'kept', why: 'why' }),
    thing(0.05, { kind: 'NAT gateway', id: 'nat-1', verdict: 'in use', why: 'in a state' }),
    thing(0.05, { kind: 'NAT gateway', id: 'nat-2', verdict: 'in use', why: 'in a state' }),
    thing(0.05, { kind: 'NAT gateway', id: 'nat-3', verdict: 'in use', why: 'rtb-1 uses it' }),
    thing(undefined, { kind: 'KMS key', id: 'k', name: '', verdict: 'ending', why: 'ends soon' }),
  ),
  unseen: [{ kind: 'flow log', reason: 'busy' }],
};
/** Without lines and the width of columns. */
const words = (text: string) =>
  stripVTControlCharacters(text)
    .split('\n')
    .map((line) =>
      line
        .replaceAll(/[│┌┐├┤└┘┬┴┼─]+/g, ' ')
        .replaceAll(/ +/g, ' ')
        .trim(),
    )
    .filter((line) => line !== '');

it('shows what is left in the order in which it goes, what stays, and what was not looked for', () => {
  const columns = 'what name id why USD an hour';
  expect(words(foundText(everything))).toEqual([
    'Left behind (account 123456789012, eu-west-1)',
    columns,
    'load balancer a1 loadbalancer/net/a1/50 in no state',
    'EBS volume data-0 vol-1 mesh-istio is gone or goes 0.001',
    'EBS volume data-1 vol-2 mesh-istio is gone or goes 0.001',
    'log group logs /aws/eks/mesh-istio/cluster in no state 0.01 a month',
    'all 0.002',
    "Not deleted, since it may be somebody's",
    columns,
    'EKS cluster theirs theirs why 0.100',
    'Where you know that nobody has a state of it: --without-state <cluster> counts it as left behind.',
    'In use',
    'what count why USD an hour',
    'NAT gateway 2 in a state 0.100',
    'NAT gateway 1 rtb-1 uses it 0.050',
    'KMS key k ends soon; it costs nothing.',
    'Not looked for: flow log. busy',
  ]);
});

it('says in a line that nothing is left', () => {
  const place = { clusters: ['mesh-istio', 'mesh-consul'], region: 'eu-west-1' };
  expect(foundText({ ...found(), place })).toBe(
    'Nothing is left behind of mesh-istio, mesh-consul (account 123456789012, eu-west-1).',
  );
});

it('asks with what is lost by it', () => {
  expect(questionText(everything)).toBe(
    'This deletes 4 things of account 123456789012 in eu-west-1, and cannot be undone. With them goes the data of ' +
      '2 EBS volumes.\nDelete them? Only "yes" does. ',
  );
  expect(questionText(found(thing()))).toMatch(
    /^This deletes 1 thing of account 123456789012 in eu-west-1, and cannot be undone\.\nDelete/,
  );
  expect(refusedText(everything)).toBe('Nothing was deleted of account 123456789012 in eu-west-1.');
});

it('says what became of a deletion', () => {
  const key = thing(undefined, { kind: 'KMS key', id: 'k' });
  expect(removedText(found(thing()), [])).toBe('1 thing deleted.');
  expect(removedText(found(thing(), key), [])).toBe(
    '2 things deleted. KMS keys wait 7 days for it, and cost nothing.',
  );
  const failed = [{ thing: volume('vol-1', 'data-0'), reason: 'VolumeInUse: i-1 has it' }];
  expect(words(removedText(everything, failed))).toEqual([
    'Not deleted',
    'what name id why',
    'EBS volume data-0 vol-1 VolumeInUse: i-1 has it',
    'Run it again: what can go later is deleted then.',
  ]);
});

it('says how to lift the protection of what has one', () => {
  const cluster = { kind: 'EKS cluster', id: 'mesh-istio', name: 'mesh-istio' } as const;
  const shown = foundText(
    found(thing(0.1, { ...cluster, verdict: 'kept', why: 'protected', isProtected: true })),
  );
  expect(shown).toContain(
    'EKS cluster mesh-istio is protected; where it may go: aws eks update-cluster-config --region eu-west-1 ' +
      '--name mesh-istio --no-deletion-protection',
  );
});
