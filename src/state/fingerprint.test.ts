import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fingerprint, fingerprintDifferences, fingerprintOf, formatFingerprint, parseFingerprint } from './fingerprint.ts';

const CARD: Fingerprint = {
  vendor: '0x8086',
  device: '0x10c9',
  subsystemVendor: '0x8086',
  subsystemDevice: '0xa03c',
  fid: null,
  serial: { offset: 260, bytes: '01 02 03 04 05 06 07 08' },
  mac: '52:54:00:00:00:01',
  place: '0000:02:00.0',
};

describe('which card a function is', () => {
  it.each<[string, Partial<Fingerprint>, string[]]>([
    ['is the same', {}, []],
    ['is another by its device', { device: '0x1572' }, ['device was 0x10c9 and is 0x1572']],
    ['is another by its subsystem', { subsystemDevice: null }, ['subsystem device was 0xa03c and is absent']],
    ['is another by its serial number', { serial: null }, ['serial number was 01 02 03 04 05 06 07 08 and is absent']],
    ['is another by its MAC address', { mac: '52:54:00:00:00:02' }, ['MAC address was 52:54:00:00:00:01 and is 52:54:00:00:00:02']],
    ['is the same where no driver shows its MAC address', { mac: null }, []],
    ['is elsewhere', { place: '0000:03:00.0' }, ['address was 0000:02:00.0 and is 0000:03:00.0']],
    ['is the same where places say nothing', { place: null }, []],
    ['is another by its function id', { fid: '0x00000017' }, ['function id was absent and is 0x00000017']],
  ])('%s', (_, change, expected) => {
    expect(fingerprintDifferences(CARD, { ...CARD, ...change })).toEqual(expected);
  });

  it('is written as words', () => {
    expect(formatFingerprint(CARD)).toBe(
      'vendor=0x8086 device=0x10c9 subsystem_vendor=0x8086 subsystem_device=0xa03c serial=260:0102030405060708 mac=52:54:00:00:00:01 place=0000:02:00.0',
    );
  });

  it('is read back as it was written', () => {
    const hex = (digits: number) => fc.integer({ min: 0, max: 16 ** digits - 1 }).map((value) => value.toString(16).padStart(digits, '0'));
    const id = hex(4).map((value) => `0x${value}`);
    const bytes = (n: number, by: string) => fc.array(hex(2), { minLength: n, maxLength: n }).map((all) => all.join(by));
    const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
    const cards = fc.record<Fingerprint>({
      vendor: id,
      device: id,
      subsystemVendor: maybe(id),
      subsystemDevice: maybe(id),
      fid: maybe(hex(8).map((value) => `0x${value}`)),
      serial: maybe(fc.record({ offset: fc.integer({ min: 256, max: 4088 }), bytes: bytes(8, ' ') })),
      mac: maybe(bytes(6, ':')),
      place: maybe(fc.constantFrom('0000:02:00.0', '10000:e1:00.0', 'ffff:ff:1f.7')),
    });
    fc.assert(
      fc.property(cards, (card) => {
        expect(parseFingerprint(formatFingerprint(card))).toEqual(card);
        expect(fingerprintOf(JSON.parse(JSON.stringify(card)))).toEqual(card);
      }),
    );
  });

  it.each([
    '',
    'vendor=0x8086',
    'vendor=8086 device=0x10c9',
    'vendor=0x8086 device=0x10c9 colour=red',
    'vendor=0x8086 device=0x10c9 device=0x10c9',
    'vendor=0x8086 device=0x10c9 serial=x:0102030405060708',
    'vendor=0x8086 device=0x10c9 serial=260:010203',
    'vendor=0x8086 device=0x10c9 toString=1',
  ])('is not read from %j', (text) => {
    expect(parseFingerprint(text)).toBeUndefined();
  });
});
