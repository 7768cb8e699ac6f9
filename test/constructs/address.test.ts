import { describe, expect, it } from '@jest/globals';
import { cidrProblem, everybodyLike, ipv6AddressProblem } from '../../constructs/address';

describe('A CIDR block of either family', () => {
  it.each(['192.0.2.0/24', '0.0.0.0/0', '::/0', '2001:db8::/32', 'fd00:1::/48', '2001:db8::1/128'])(
    'may be %s',
    (text) => {
      expect(cidrProblem(text)).toBeUndefined();
    },
  );

  it.each([
    ['192.0.2.7', 'must be a CIDR block: 192.0.2.7/32'],
    ['2001:DB8::7', 'must be a CIDR block: 2001:db8::7/128'],
    ['2001:DB8::/32', '2001:DB8::/32 must be written as 2001:db8::/32'],
    ['2001:db8:0:0::/64', '2001:db8:0:0::/64 must be written as 2001:db8::/64'],
    ['2001:db8::1/32', '2001:db8::1/32 has bits set behind its prefix; write 2001:db8::/32'],
    ['2001:db8::/129', '"2001:db8::/129" is no IPv6 CIDR block; write one such as 2001:db8:1::/48'],
    ['fe80::%eth0/64', '"fe80::%eth0/64" is no IPv6 CIDR block'],
    ['::ffff:192.0.2.0/120', 'is a block of IPv4 in the form of IPv6'],
    ['192.0.2.1/24', '192.0.2.1/24 has bits set behind its prefix; write 192.0.2.0/24'],
    ['here', 'here is no IPv4 CIDR block'],
  ])('is not %s', (text, message) => {
    expect(cidrProblem(text)).toContain(message);
  });

  it('is among everybody of its family', () => {
    expect(everybodyLike('192.0.2.0/24')).toBe('0.0.0.0/0');
    expect(everybodyLike('2001:db8::/32')).toBe('::/0');
  });
});

describe('An IPv6 address that others reach', () => {
  it.each(['2001:db8::1', 'fd00::1', '64:ff9b::c000:201'])('may be %s', (text) => {
    expect(ipv6AddressProblem(text)).toBeUndefined();
  });

  it.each([
    ['2001:DB8:0::1', '2001:DB8:0::1 must be written as 2001:db8::1'],
    ['::1', '::1 is no address that others reach (loopback)'],
    ['::', 'is no address that others reach (unspecified)'],
    ['fe80::1', 'is no address that others reach (link-local)'],
    ['2001:db8::1%eth0', 'is no address that others reach (with a zone)'],
    ['ff02::1', 'is no address that others reach (multicast)'],
    ['::ffff:192.0.2.1', 'is an IPv4 address in the form of IPv6; write 192.0.2.1'],
  ])('is not %s', (text, message) => {
    expect(ipv6AddressProblem(text)).toContain(message);
  });
});
