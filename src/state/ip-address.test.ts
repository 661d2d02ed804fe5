import { BlockList, isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contains, parseIp } from './ip-address.ts';

const zeros = (n: number): number[] => Array.from({ length: n }, () => 0);

describe('the bytes of an address', () => {
  it.each<[string, number[]]>([
    ['192.0.2.7', [192, 0, 2, 7]],
    ['255.255.255.255', [255, 255, 255, 255]],
    ['::', zeros(16)],
    ['::1', [...zeros(15), 1]],
    ['1::', [0, 1, ...zeros(14)]],
    ['2001:DB8::8:800:200c:417a', [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 8, 8, 0, 0x20, 0x0c, 0x41, 0x7a]],
    ['1:2:3:4:5:6:7:8', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
    ['1:2:3:4:5:6:7::', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0]],
    ['64:ff9b::192.0.2.33', [0, 0x64, 0xff, 0x9b, ...zeros(8), 192, 0, 2, 33]],
    ['1:2:3:4:5:6:192.0.2.33', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 192, 0, 2, 33]],
    // IPv4 mapped into IPv6 is that IPv4 address.
    ['::ffff:192.0.2.7', [192, 0, 2, 7]],
    ['::ffff:c000:207', [192, 0, 2, 7]],
    // These are not.
    ['::fffe:192.0.2.7', [...zeros(10), 0xff, 0xfe, 192, 0, 2, 7]],
    ['::feff:192.0.2.7', [...zeros(10), 0xfe, 0xff, 192, 0, 2, 7]],
    ['1::ffff:192.0.2.7', [0, 1, ...zeros(8), 0xff, 0xff, 192, 0, 2, 7]],
  ])('of %s', (text, bytes) => {
    expect(parseIp(text)).toEqual(bytes);
  });

  it.each([
    ...['', ':', ':::', '1', '1:2', '1.2.3', '1.2.3.4.5', '256.0.0.1', '1.2.3.256', '1.2.3.4 ', 'x1.2.3.4', '1.2.3.1234'],
    ...['1::2::3', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7', '1:2:3:4::5:6:7:8', '12345::', '::g', ':1:2:3:4:5:6:7', '1:2:3:4:5:6:7:'],
    ...['::1.2.3', '::256.0.0.1', '1:2:3:4:5:6:7:1.2.3.4', '1.2.3.4::', '::1.2.3.4:5', 'fe80::1%eth0'],
  ])('are none of %j', (text) => {
    expect(parseIp(text)).toBeUndefined();
  });

  it('are there exactly where Node takes the text for an address', () => {
    const part = fc.constantFrom(':', '::', '1', 'ff', 'ffff', '0', '1.2.3.4', 'g', '.', '255', '256', '00');
    // Node allows a zone behind the address and no leading zeros in IPv4, of which routes have neither.
    const text = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (each) => {
        fc.pre(!/(?:^|[.:])0\d+\.|\.0\d/.test(each));
        expect(parseIp(each) !== undefined).toBe(isIPv4(each) || isIPv6(each));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a network', () => {
  const four = fc.ipV4();
  const six = fc.ipV6().filter((text) => !/^[0:]*:ffff:/i.test(text));

  it.each([
    ['192.0.2.0', 24, '192.0.2.255', true],
    ['192.0.2.0', 24, '192.0.3.0', false],
    ['192.0.2.128', 25, '192.0.2.127', false],
    ['0.0.0.0', 0, '255.0.0.1', true],
    ['192.0.2.7', 32, '192.0.2.7', true],
    ['192.0.2.7', 32, '192.0.2.6', false],
    ['fe80::', 10, 'febf::1', true],
    ['fe80::', 10, 'fec0::1', false],
    ['192.0.2.0', 24, '::ffff:192.0.2.1', true],
    ['::', 0, '192.0.2.1', false],
    ['nonsense', 0, '192.0.2.1', false],
    ['192.0.2.0', 24, 'nonsense', false],
  ])('%s/%i and %s: %s', (network, prefix, address, isIn) => {
    expect(contains({ network, prefix }, address)).toBe(isIn);
  });

  it('has the addresses that Node says it has', () => {
    const near = (text: string, other: string): fc.Arbitrary<string> => fc.constantFrom(text, other);
    const cases = fc.oneof(
      fc.record({ network: four, other: four, prefix: fc.integer({ min: 0, max: 32 }), type: fc.constant('ipv4' as const) }),
      fc.record({ network: six, other: six, prefix: fc.integer({ min: 0, max: 128 }), type: fc.constant('ipv6' as const) }),
    );
    fc.assert(
      fc.property(
        cases.chain((one) => near(one.network, one.other).map((address) => ({ ...one, address }))),
        ({ network, prefix, type, address }) => {
          const list = new BlockList();
          list.addSubnet(network, prefix, type);
          expect(contains({ network, prefix }, address)).toBe(list.check(address, type));
        },
      ),
    );
  });
});
