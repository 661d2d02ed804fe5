import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { array, bool, double, fixedOpaque, hyper, int, nothing, opaque, optional, string, struct, uhyper, uint } from './codecs.ts';
import { decodeXdr, encodeXdr } from './xdr.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('bytes are those of RFC 4506', () => {
  it.each<[string, string, string]>([
    ['int', hex(encodeXdr(int, -2)), 'fffffffe'],
    ['unsigned int', hex(encodeXdr(uint, 0xffff_ffff)), 'ffffffff'],
    ['hyper', hex(encodeXdr(hyper, -1n)), 'ffffffffffffffff'],
    ['unsigned hyper', hex(encodeXdr(uhyper, 1n)), '0000000000000001'],
    ['double', hex(encodeXdr(double, 1)), '3ff0000000000000'],
    ['bool', hex(encodeXdr(bool, true)), '00000001'],
    ['nothing', hex(encodeXdr(nothing, undefined)), ''],
    ['fixed opaque', hex(encodeXdr(fixedOpaque(5), bytes('0102030405'))), '0102030405000000'],
    ['opaque', hex(encodeXdr(opaque(9), bytes('0102030405'))), '000000050102030405000000'],
    ['string', hex(encodeXdr(string(9), 'über')), '00000005c3bc626572000000'],
    ['array', hex(encodeXdr(array(uint, 9), [1, 2])), '000000020000000100000002'],
    ['optional, there', hex(encodeXdr(optional(uint), 7)), '0000000100000007'],
    ['optional, not there', hex(encodeXdr(optional(uint), undefined)), '00000000'],
    // The example of the RFC, section 7: a file of "sillyprog", of type EXEC with interpreter "lisp", of "john", "(quit)".
    [
      'the example of the RFC',
      hex(
        encodeXdr(struct({ name: string(255), kind: uint, interpreter: string(255), owner: string(32), data: opaque(65_535) }), {
          name: 'sillyprog',
          kind: 2,
          interpreter: 'lisp',
          owner: 'john',
          data: new TextEncoder().encode('(quit)'),
        }),
      ),
      '0000000973696c6c7970726f67000000000000020000000 46c697370000000046a6f686e000000062871756974290000'.replaceAll(' ', ''),
    ],
  ])('%s', (_, actual, expected) => {
    expect(actual).toBe(expected);
  });
});

const SAMPLE = struct({
  id: uint,
  uuid: fixedOpaque(16),
  name: string(64),
  big: hyper,
  maybe: optional(string(8)),
  list: array(struct({ a: int, b: bool }), 10),
});
const sample = fc.record({
  id: fc.integer({ min: 0, max: 0xffff_ffff }),
  uuid: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  name: fc.string({ unit: 'binary', maxLength: 16 }),
  big: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  maybe: fc.option(fc.string({ maxLength: 8 }), { nil: undefined }),
  list: fc.array(fc.record({ a: fc.integer(), b: fc.boolean() }), { maxLength: 10 }),
});

describe('what was encoded', () => {
  it('is decoded as it was', () => {
    fc.assert(
      fc.property(sample, (value) => {
        expect(decodeXdr(SAMPLE, encodeXdr(SAMPLE, value))).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it('is refused when it is cut at any byte, or has one more', () => {
    fc.assert(
      fc.property(sample, fc.nat(), (value, cut) => {
        const whole = encodeXdr(SAMPLE, value);
        expect(() => decodeXdr(SAMPLE, whole.subarray(0, cut % whole.length))).toThrow(expect.objectContaining({ code: 'xdr-malformed' }) as Error);
        expect(() => decodeXdr(SAMPLE, new Uint8Array([...whole, 0]))).toThrow(/1 bytes are left over/);
      }),
      { numRuns: 300 },
    );
  });

  it('changed at random is decoded or refused, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (garbage) => {
        try {
          decodeXdr(SAMPLE, garbage);
        } catch (error) {
          expect(error).toMatchObject({ code: 'xdr-malformed' });
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('limits', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['a text that says it is longer than it may be', () => decodeXdr(string(4), bytes('00000005 6162636465000000')), /5 bytes where at most 4/],
    ['an array of four billion items', () => decodeXdr(array(nothing, 1000), bytes('ffffffff')), /4294967295 items where at most 1000/],
    ['a text that is not UTF-8', () => decodeXdr(string(4), bytes('00000001 ff000000')), /not UTF-8/],
    ['a bool that is neither', () => decodeXdr(bool, bytes('00000002')), /neither true nor false/],
    ['filling that is not zero', () => decodeXdr(opaque(4), bytes('00000001 01000001')), /fills up and is not zero/],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(message);
  });

  it.each<[string, () => unknown]>([
    ['an int', () => encodeXdr(int, 0x8000_0000)],
    ['an unsigned int', () => encodeXdr(uint, -1)],
    ['a fraction', () => encodeXdr(uint, 0.5)],
    ['a hyper', () => encodeXdr(hyper, 2n ** 63n)],
    ['an unsigned hyper', () => encodeXdr(uhyper, -1n)],
    ['a text', () => encodeXdr(string(3), 'über')],
    ['fixed opaque', () => encodeXdr(fixedOpaque(2), new Uint8Array(3))],
    ['an array', () => encodeXdr(array(uint, 1), [1, 2])],
  ])('%s out of range is a mistake of the caller', (_, act) => {
    expect(act).toThrow(RangeError);
  });
});
