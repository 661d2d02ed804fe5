import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostdevError } from '../errors.ts';
import { formatPciAddress } from '../pci/address.ts';
import { parseFunctionName, parseFunctionNames } from './function-name.ts';
import { parseSource } from './pasted-source.ts';

const SOURCE = "<source><address domain='0x0000' bus='0x15' slot='0x00' function='0x0'/></source>";
const PLACE = "<address type='pci' domain='0x0000' bus='0x21' slot='0x00' function='0x0'/>";
const HOSTDEV = `<hostdev mode='subsystem' type='pci' managed='yes'>\n  <driver name='vfio'/>\n  ${SOURCE}\n  ${PLACE}\n</hostdev>`;

describe('a pasted element means its source', () => {
  it.each([
    ['source and place', `${SOURCE}${PLACE}`],
    ['place and source', `${PLACE}\n${SOURCE}`],
    ['a whole hostdev', HOSTDEV],
    ['a hostdev in its devices', `<devices>${HOSTDEV}</devices>`],
    ['an interface', `<interface type='hostdev'>${SOURCE.replace('<address', "<address type='pci'")}${PLACE}</interface>`],
    ['the source alone', SOURCE],
    ['the address alone', "<address domain='0' bus='0x15' slot='0' function='0'/>"],
    ['a remark with another address', `<!-- bus='0x99' slot='0' -->${HOSTDEV}`],
    ['the same source twice', `${HOSTDEV}${HOSTDEV}`],
    ['the address of a pool', `<network><forward mode='hostdev'><address type='pci' domain='0' bus='0x15' slot='0' function='0'/></forward></network>`],
    [
      "virsh's description of a device",
      "<device><name>pci_0000_15_00_0</name><capability type='pci'><iommuGroup number='1'><address domain='0' bus='0x16' slot='0' function='0'/></iommuGroup></capability></device>",
    ],
  ])('%s', (_, text) => {
    expect(formatPciAddress(parseSource(text))).toBe('0000:15:00.0');
  });

  it.each<[string, string, string, RegExp]>([
    ['two sources', `${HOSTDEV}${HOSTDEV.replace('0x15', '0x16')}`, 'address-ambiguous', /0000:15:00\.0 and 0000:16:00\.0/],
    ['a place by itself', PLACE, 'address-ambiguous', /may be a place in the guest/],
    ['an address beside an element', `${SOURCE} 0002:00:00.0`, 'address-ambiguous', /0000:15:00\.0 and 0002:00:00\.0/],
    ['an address before an element', `0002:00:00.0 ${SOURCE}`, 'address-ambiguous', /0000:15:00\.0 and 0002:00:00\.0/],
    ['a hostdev without source', `<hostdev>${PLACE}</hostdev>`, 'address-malformed', /does not say which function/],
    ['an element that was cut', HOSTDEV.slice(0, -12), 'address-malformed', /not a whole element/],
    ['an element that was cut in front', HOSTDEV.slice(HOSTDEV.indexOf('</source>')), 'address-malformed', /not a whole element/],
    ['a disk', "<disk><address type='drive' controller='0' bus='0' target='0' unit='0'/></disk>", 'address-malformed', /does not say which function/],
    ['a USB source', "<source><address type='usb' bus='1' port='2'/></source>", 'address-malformed', /of type 'usb'/],
    ['a slot out of range', "<source><address bus='0x15' slot='0x20'/></source>", 'address-range', /slot 0x20/],
  ])('%s is refused', (_, text, code, message) => {
    expect(() => parseSource(text)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) as unknown }) as Error);
  });
});

describe('whatever is pasted', () => {
  it('is one function or a refusal, never a fault', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '/',
      '=',
      "'",
      ' ',
      ':',
      '.',
      ',',
      '0',
      '15',
      '0x',
      'bus',
      'slot',
      'source',
      'address',
      'hostdev',
      'PCI',
      'pci_',
      'fid=',
      '&',
      SOURCE,
      PLACE,
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
        ),
        (text) => {
          try {
            parseFunctionName(text);
          } catch (error) {
            expect(error).toBeInstanceOf(HostdevError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('names of functions', () => {
  it.each<[string, object]>([
    ['fid=0x100', { kind: 'fid', id: 0x100 }],
    ['fid=00000100', { kind: 'fid', id: 0x100 }],
    ['FID=0x100,', { kind: 'fid', id: 0x100 }],
    ["uid='0x21'", { kind: 'uid', id: 0x21 }],
    ['pchid=0x128', { kind: 'pchid', id: 0x128 }],
    ['0002:00:00.0', { kind: 'address', address: { domain: 2, bus: 0, slot: 0, function: 0 } }],
  ])('%s', (word, name) => {
    expect(parseFunctionName(word)).toMatchObject(name);
  });

  it.each([
    ['uid=33', 'number-ambiguous'],
    ['uid=0', 'uid-range'],
    ['fid=0x100000000', 'fid-range'],
    ['fid=', 'number-malformed'],
    ['pchid=0x10000', 'number-malformed'],
  ])('%s is refused', (word, code) => {
    expect(() => parseFunctionName(word)).toThrow(expect.objectContaining({ code }) as Error);
  });

  it('several bad ones are all told at once', () => {
    expect(() => parseFunctionNames(['01:00', '0002:00:00.0', 'uid=33', 'x'])).toThrow(
      expect.objectContaining({
        code: 'address-malformed',
        others: [expect.objectContaining({ code: 'number-ambiguous' }), expect.objectContaining({ code: 'address-malformed', subject: 'x' })] as unknown,
      }) as Error,
    );
  });
});
