import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { contains, formatCidr, isPrivate, overlaps, parseCidr } from '../../constructs/cidr';
import { MAX_ZONES, planSubnets, vpcPrefixRange } from '../../constructs/network/subnets';

/** Any block whose prefix is in the range. */
const block = (min = 0, max = 32) =>
  fc
    .record({ address: fc.nat(2 ** 32 - 1), prefix: fc.integer({ min, max }) })
    .map(({ address, prefix }) => ({
      address: address - (address % 2 ** (32 - prefix)),
      prefix,
    }));

/** A VPC and a number of zones that it is large enough for. */
const vpc = fc.integer({ min: 1, max: MAX_ZONES }).chain((zones) => {
  const { min, max } = vpcPrefixRange(zones);
  return block(min, max).map((cidr) => ({ cidr, zones }));
});

describe('CIDR blocks', () => {
  it('are read and written', () => {
    expect(parseCidr('10.10.0.0/16')).toEqual({ address: 10 * 2 ** 24 + 10 * 2 ** 16, prefix: 16 });
    expect(parseCidr('255.255.255.255/32')).toEqual({ address: 2 ** 32 - 1, prefix: 32 });
    fc.assert(fc.property(block(), (cidr) => expect(parseCidr(formatCidr(cidr))).toEqual(cidr)));
  });

  it.each(['10.0.0.0', '10.0.0/16', '10.0.0.256/32', '10.0.0.0/33', 'fd00::/64', 'ten'])(
    'are refused: %p',
    (text) => {
      expect(() => parseCidr(text)).toThrow(
        `${text} is no IPv4 CIDR block; write one such as 10.10.0.0/16`,
      );
    },
  );

  it('are refused with what cannot be seen, in quotes', () => {
    expect(() => parseCidr(' 10.0.0.0/8')).toThrow('" 10.0.0.0/8" is no IPv4 CIDR block');
    expect(() => parseCidr('')).toThrow('an empty text is no IPv4 CIDR block');
  });

  it('are refused with leading zeros, which Go refuses', () => {
    expect(() => parseCidr('198.051.100.07/32')).toThrow(
      '198.051.100.07/32 has leading zeros; write 198.51.100.7/32',
    );
    expect(() => parseCidr('10.0.0.0/08')).toThrow('10.0.0.0/08 has leading zeros');
  });

  it('are refused with bits set behind the prefix, with the right one', () => {
    expect(() => parseCidr('10.10.1.0/16')).toThrow(
      '10.10.1.0/16 has bits set behind its prefix; write 10.10.0.0/16',
    );
  });

  it.each([
    ['10.0.0.0/16', '10.0.255.0/24', true],
    ['10.0.0.0/16', '10.1.0.0/16', false],
    ['0.0.0.0/0', '192.0.2.1/32', true],
    ['192.0.2.0/25', '192.0.2.128/25', false],
  ])('%s and %s overlap: %p', (one, other, expected) => {
    expect(overlaps(parseCidr(one), parseCidr(other))).toBe(expected);
    expect(overlaps(parseCidr(other), parseCidr(one))).toBe(expected);
  });

  it('overlap exactly when one contains the other', () => {
    fc.assert(
      fc.property(block(), block(), (one, other) => {
        expect(overlaps(one, other)).toBe(contains(one, other) || contains(other, one));
      }),
    );
  });

  it.each([
    ['10.10.0.0/16', true],
    ['172.16.0.0/12', true],
    ['172.0.0.0/11', false],
    ['172.32.0.0/16', false],
    ['192.168.4.0/22', true],
    ['100.64.0.0/10', true],
    ['100.0.0.0/10', false],
    ['100.128.0.0/16', false],
    ['203.0.113.0/24', false],
    ['0.0.0.0/0', false],
  ])('%s is private: %p', (cidr, expected) => {
    expect(isPrivate(parseCidr(cidr))).toBe(expected);
  });
});

describe('The plan of subnets', () => {
  it('gives pods the large ones, and load balancers the small ones at the end', () => {
    expect(planSubnets('10.10.0.0/16', 3)).toEqual({
      private: ['10.10.0.0/18', '10.10.64.0/18', '10.10.128.0/18'],
      public: ['10.10.192.0/24', '10.10.193.0/24', '10.10.194.0/24'],
    });
    expect(planSubnets('10.10.0.0/24', 2)).toEqual({
      private: ['10.10.0.0/26', '10.10.0.64/26'],
      public: ['10.10.0.192/28', '10.10.0.208/28'],
    });
  });

  it('has one of each for every zone, inside of the VPC, and none overlaps with another', () => {
    fc.assert(
      fc.property(vpc, ({ cidr, zones }) => {
        const plan = planSubnets(formatCidr(cidr), zones);
        expect([plan.public.length, plan.private.length]).toEqual([zones, zones]);
        const subnets = [...plan.public, ...plan.private].map((block) => parseCidr(block));
        for (const [i, subnet] of subnets.entries()) {
          expect(contains(cidr, subnet)).toBe(true);
          // AWS allows /16 to /28.
          expect(subnet.prefix).toBeLessThanOrEqual(28);
          expect(subnets.slice(i + 1).some((other) => overlaps(subnet, other))).toBe(false);
        }
      }),
    );
  });

  it('leaves the subnets where they are when a third zone is added', () => {
    const [two, three] = [2, 3].map((zones) => planSubnets('10.10.0.0/16', zones));
    expect(three?.private.slice(0, 2)).toEqual(two?.private);
    expect(three?.public.slice(0, 2)).toEqual(two?.public);
  });

  it.each([
    ['10.0.0.0/15', 3, '10.0.0.0/15 is too large for a VPC; must be /16 to /24'],
    ['10.0.0.0/25', 3, '10.0.0.0/25 is too small for subnets in 3 zones; must be /16 to /24'],
    ['10.0.0.0/24', 4, '10.0.0.0/24 is too small for subnets in 4 zones; must be /16 to /22'],
    ['10.0.0.0/16', 7, '7 zones; must be 1 to 6'],
    ['10.0.0.0/16', 0, '0 zones; must be 1 to 6'],
  ])('is refused for %s in %d zones', (cidr, zones, message) => {
    expect(() => planSubnets(cidr, zones)).toThrow(message);
  });
});
