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
    ['10000:e1:00.0', '10000:e1:00.0'],
    ['00000000:01:00.0', '0000:01:00.0'],
    ['ffffffff:ff:1f.7', 'ffffffff:ff:1f.7'],
    ['pci@0000:05:00.0', '0000:05:00.0'],
    ['/sys/bus/pci/devices/0000:05:00.0', '0000:05:00.0'],
    ['/sys/devices/pci0000:00/0000:00:01.0/0000:05:00.0/', '0000:05:00.0'],
    ['../../../../devices/pci10000:e0/10000:e0:06.0/10000:e1:00.0', '10000:e1:00.0'],
    ['0000:05:00.0 -> ../../../../devices/pci0000:00/0000:00:01.0/0000:05:00.0', '0000:05:00.0'],
    ['PCI:1:0:0', '0000:01:00.0'],
    ['PCI:1@2:0:0', '0002:01:00.0'],
    ['IOMMU Group 11 02:00.0 VGA compatible controller [0300]: NVIDIA Corporation [10de:2204] (rev a1)', '0000:02:00.0'],
    ['IOMMU Group 11: 02:00.0', '0000:02:00.0'],
    ['01:00.0,', '0000:01:00.0'],
    ['vfio-pci 0000:01:00.0: enabling device', '0000:01:00.0'],
    ['0000:01:00.0 vfio-pci [*]', '0000:01:00.0'],
    ['domain=0x0002 bus=0x00 slot=0x1f function=0x1', '0002:00:1f.1'],
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
    ['100000000:00:00.0', 'domain'],
    ['0000:100:00.0', 'bus'],
    ['0000:00:20.0', 'slot'],
    ['0000:00:00.8', 'function'],
    ['00:20.0', 'slot'],
  ])('refuses %s, whose %s is out of range', (text, part) => {
    expect(() => parsePciAddress(text)).toThrow(
      expect.objectContaining({ code: 'address-range', details: expect.objectContaining({ part }) as unknown }) as Error,
    );
  });

  it.each<[string, RegExp]>([
    ['0002:41:00.1 bus=0 slot=5', /names 0000:00:05\.0 and 0002:41:00\.1/],
    ["0002:41:00.1 bus='0x0' slot='0x5'", /names 0000:00:05\.0 and 0002:41:00\.1/],
    ['01:00.0 01:00.1', /names 0000:01:00\.0 and 0000:01:00\.1/],
    ["<source><address bus='0x15' slot='0'/></source><address type='pci' bus='0x21' slot='0'/>", /names 0000:15:00\.0 and 0000:21:00\.0/],
    ["slot='0'/></source><address type='pci' bus='0x21' slot='0'/> bus='0x15' slot='0'", /names/],
    ["bus='1' slot='0' bus='2' slot='0'", /has bus twice/],
    ['PCI:10:0:0', /decimal for the X server/],
  ])('refuses %j, which is not one function', (text, message) => {
    expect(() => parsePciAddress(text)).toThrow(
      expect.objectContaining({ code: 'address-ambiguous', message: expect.stringMatching(message) as unknown }) as Error,
    );
  });

  it.each<[string, RegExp]>([
    ['01:00', /01:00\.0 is the first of that slot/],
    ['2:0', /02:00\.0 is the first/],
    ['0000:01:00', /0000:01:00\.0 is the first/],
    ['0000:01:00:0', /0000:01:00\.0/],
    ['10de:2204', /lspci -Dd 10de:2204/],
    ['00000100', /fid=0x00000100/],
    ['01:00.0,01:00.1', /a word of its own: 01:00\.0 01:00\.1/],
    ['0002:00:00.0;reboot', /if 0002:00:00\.0 is meant, write just that/],
    ['vfio-pci,host=0000:05:00.0,id=hostdev0', /if 0000:05:00\.0 is meant/],
    ['nonsense', /as lspci -D prints it/],
  ])('refuses %j and shows the form meant', (text, hint) => {
    expect(() => parsePciAddress(text)).toThrow(expect.objectContaining({ code: 'address-malformed', hint: expect.stringMatching(hint) as unknown }) as Error);
  });

  it('says what decimal of the X server is in the notation of all others', () => {
    expect(() => parsePciAddress('PCI:65:0:0')).toThrow(expect.objectContaining({ hint: expect.stringContaining('0000:41:00.0') as unknown }) as Error);
  });

  it('reads back domains of 32 bits', () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), anyAddress, (domain, rest) => {
        const address = { ...rest, domain };
        for (const text of [formatPciAddress(address), formatNodeDeviceName(address), `<address ${formatPciAddressXml(address)}/>`]) {
          expect(parsePciAddress(text)).toEqual(address);
        }
      }),
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

  it.each([Number.NaN, 1.5, -1, 0x1_0000_0000])('makes no address of domain %d', (domain) => {
    expect(() => pciAddress(domain, 0, 0, 0)).toThrow(expect.objectContaining({ code: 'address-range' }) as Error);
  });
});
