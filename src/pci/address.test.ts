import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparePciAddress, formatNodeDeviceName, formatPciAddress, formatPciAddressXml, type PciAddress, pciAddress } from './address.ts';
import { parsePciAddress } from './notation.ts';

const anyAddress: fc.Arbitrary<PciAddress> = fc.record({
  domain: fc.nat(0xffff),
  bus: fc.nat(0xff),
  slot: fc.nat(0x1f),
  function: fc.nat(7),
});

describe('notations of a PCI address', () => {
  it.each([
    ['2:0.0', '0000:02:00.0'],
    ['0002:00:00.0', '0002:00:00.0'],
    ['0x0002:0x00:0x00.0x0', '0002:00:00.0'],
    ['pci_0002_00_00_0', '0002:00:00.0'],
    ['00:1f.3', '0000:00:1f.3'],
    ['FFFF:FF:1F.7', 'ffff:ff:1f.7'],
    ['  0007:00:00.0  ', '0007:00:00.0'],
    ['0002:00:00.0 Ethernet controller [0200]: Red Hat, Inc. Virtio 1.0 network device [1af4:1041] (rev 01)', '0002:00:00.0'],
    ['00:02.0 VGA compatible controller: Intel Corporation', '0000:00:02.0'],
    ["<address domain='0x0002' bus='0x00' slot='0x1f' function='0x1'/>", '0002:00:1f.1'],
    ["<address domain='0' bus='10' slot='31' function='1'/>", '0000:0a:1f.1'],
  ])('reads %j as %s', (text, expected) => {
    expect(formatPciAddress(parsePciAddress(text))).toBe(expected);
  });

  it.each([
    '',
    ' ',
    '0002',
    '0002:00',
    '0002:00:00',
    '2.0',
    '0002:00:00.0.0',
    ':00:00.0',
    '0002::00.0',
    '0002:00:00.',
    'g:0.0',
    '0002:00:00.x',
    'pci_0002_00_00',
    '../../etc/passwd',
    '0002/00/00.0',
    '0002:00:00.0;reboot',
    'lspci',
    '-1:0.0',
  ])('refuses %j', (text) => {
    expect(() => parsePciAddress(text)).toThrow(expect.objectContaining({ code: 'address-malformed' }) as Error);
  });

  it.each([
    ['10000:00:00.0', 'domain'],
    ['0000:100:00.0', 'bus'],
    ['0000:00:20.0', 'slot'],
    ['0000:00:00.8', 'function'],
    ['00:20.0', 'slot'],
  ])('refuses %s, whose %s is out of range', (text, part) => {
    expect(() => parsePciAddress(text)).toThrow(
      expect.objectContaining({ code: 'address-range', details: expect.objectContaining({ part }) as unknown }) as Error,
    );
  });

  it('reads back every way of writing any address', () => {
    fc.assert(
      fc.property(anyAddress, (address) => {
        for (const text of [formatPciAddress(address), formatNodeDeviceName(address), `<address ${formatPciAddressXml(address)}/>`]) {
          expect(parsePciAddress(text)).toEqual(address);
        }
      }),
    );
  });

  it('orders addresses as their notation sorts', () => {
    fc.assert(
      fc.property(anyAddress, anyAddress, (a, b) => {
        const [x, y] = [formatPciAddress(a), formatPciAddress(b)];
        expect(Math.sign(comparePciAddress(a, b))).toBe(x < y ? -1 : x > y ? 1 : 0);
      }),
    );
  });

  it.each([Number.NaN, 1.5, -1, 0x10000])('makes no address of domain %d', (domain) => {
    expect(() => pciAddress(domain, 0, 0, 0)).toThrow(expect.objectContaining({ code: 'address-range' }) as Error);
  });
});
