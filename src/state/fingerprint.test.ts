import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fingerprint, fingerprintDifferences, fingerprintOf, formatFingerprint, parseFingerprint, sameKind } from './fingerprint.ts';

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
    ['is another by its vendor', { vendor: '0x10de' }, ['vendor was 0x8086 and is 0x10de']],
    ['is another by its subsystem vendor', { subsystemVendor: '0x10de' }, ['subsystem vendor was 0x8086 and is 0x10de']],
    [
      'is another by one byte of its serial number, wherever that stands',
      { serial: { offset: 320, bytes: '01 02 03 04 05 06 07 09' } },
      ['serial number was 01 02 03 04 05 06 07 08 and is 01 02 03 04 05 06 07 09'],
    ],
    ['is the same by a serial number that stands elsewhere', { serial: { offset: 320, bytes: '01 02 03 04 05 06 07 08' } }, []],
    ['is elsewhere', { place: '0000:03:00.0' }, ['address was 0000:02:00.0 and is 0000:03:00.0']],
    ['is the same where places say nothing', { place: null }, []],
    ['is another by its function id', { fid: '0x00000017' }, ['function id was absent and is 0x00000017']],
  ])('%s', (_, change, expected) => {
    expect(fingerprintDifferences(CARD, { ...CARD, ...change })).toEqual(expected);
  });

  it('is the same whose MAC address is written with other letters, and the difference is told in small ones', () => {
    const mac = '52:54:00:aa:bb:cc';
    expect(fingerprintDifferences({ ...CARD, mac }, { ...CARD, mac: mac.toUpperCase() })).toEqual([]);
    expect(fingerprintDifferences({ ...CARD, mac: '52:54:00:AA:BB:CD' }, { ...CARD, mac })).toEqual([
      'MAC address was 52:54:00:aa:bb:cd and is 52:54:00:aa:bb:cc',
    ]);
  });

  it('differs in nothing that was not known of it', () => {
    const now = { ...CARD, serial: { offset: 260, bytes: '09 09 09 09 09 09 09 09' }, mac: '52:54:00:00:00:09', place: '0000:09:00.0' };
    expect(fingerprintDifferences({ ...CARD, serial: null, mac: null, place: null }, now)).toEqual([]);
  });

  it.each<[keyof Fingerprint, string | null, boolean]>([
    ['vendor', '0x10de', false],
    ['device', '0x1572', false],
    ['subsystemVendor', null, false],
    ['subsystemDevice', '0x0001', false],
    ['fid', '0x00000017', true],
    ['serial', null, true],
    ['mac', null, true],
    ['place', '0000:03:00.0', true],
  ])('with another %s is of the same kind: %s, %s', (key, value, same) => {
    expect(sameKind(CARD, { ...CARD, [key]: value })).toBe(same);
    expect(sameKind(CARD, CARD)).toBe(true);
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

  it.each<[string, object | null | string]>([
    ['nothing', null],
    ['a text', 'vendor=0x8086'],
    ['no vendor', { ...CARD, vendor: null }],
    ['no device', { ...CARD, device: undefined }],
    ['a vendor that is a number', { ...CARD, vendor: 0x8086 }],
    ...(['vendor', 'device', 'subsystemVendor', 'subsystemDevice'] as const).flatMap((key): [string, object][] =>
      ['0x808', '0x80860', 'x0x8086', '0x8086x', '0x808G', '0X8086', '8086'].map((text) => [`the ${key} ${text}`, { ...CARD, [key]: text }]),
    ),
    ...['0x', '0x123456789', '0xg', 'x0x1', '0x1x'].map((fid): [string, object] => [`the function id ${fid}`, { ...CARD, fid }]),
    ...['52:54:00:00:00', '52:54:00:00:00:0', '52-54-00-00-00-01', 'x52:54:00:00:00:01', '52:54:00:00:00:01x', '52:54:00:00:00:0g'].map(
      (mac): [string, object] => [`the MAC address ${mac}`, { ...CARD, mac }],
    ),
    ['a MAC address of 21 bytes', { ...CARD, mac: Array.from({ length: 21 }, () => '00').join(':') }],
    ...['02:00.0', '0000:02:00', '0000:02:00.0x', ' 0000:02:00.0'].map((place): [string, object] => [`the place ${place}`, { ...CARD, place }]),
    ...[0, -4, 4096, 260.5, '260', undefined].map((offset): [string, object] => [
      `a serial number at ${offset}`,
      { ...CARD, serial: { offset, bytes: '01 02 03 04 05 06 07 08' } },
    ]),
    ...['01 02 03 04 05 06 07', '01 02 03 04 05 06 07 08 09', 'x01 02 03 04 05 06 07 08', '01 02 03 04 05 06 07 08x', '0102030405060708', 7].map(
      (bytes): [string, object] => [`the serial number ${bytes}`, { ...CARD, serial: { offset: 260, bytes } }],
    ),
    ['a serial number that is a text', { ...CARD, serial: '260:0102030405060708' }],
  ])('is not made of %s', (_, value) => {
    expect(fingerprintOf(value)).toBeUndefined();
  });

  it.each<[string, Partial<Fingerprint>]>([
    ['the longest MAC address of InfiniBand', { mac: Array.from({ length: 20 }, () => '0A').join(':') }],
    ['the shortest function id', { fid: '0x0' }],
    ['a serial number at the first offset', { serial: { offset: 1, bytes: '01 02 03 04 05 06 07 08' } }],
    ['a serial number at the last offset', { serial: { offset: 4095, bytes: '01 02 03 04 05 06 07 08' } }],
  ])('is made of %s', (_, fields) => {
    expect(fingerprintOf({ ...CARD, ...fields, more: 1 })).toEqual({ ...CARD, ...fields });
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
    'vendor=0x8086  device=0x10c9',
    'vendor=0x8086 device=0x10c9 ',
    'vendor=0x8086 device=0x10c9 serial=260',
    'vendor=0x8086 device=0x10c9 serial=:0102030405060708',
    'vendor=0x8086 device=0x10c9 serial=',
  ])('is not read from %j', (text) => {
    expect(parseFingerprint(text)).toBeUndefined();
  });
});
