import { describe, expect, it } from 'vitest';
import { message } from './protobuf.ts';

const Inner = message({ name: [1, 'string'], count: [2, 'int64'] });
const Outer = message({
  flag: [1, 'bool'],
  number: [2, 'number'],
  bytes: [3, 'bytes'],
  inner: [4, Inner],
  each: [64, Inner, 'repeated'],
  large: [5, 'uint64'],
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('messages of Protocol Buffers', () => {
  it.each<[string, Parameters<typeof Outer.encode>[0], string]>([
    ['nothing that is set', {}, ''],
    ['the number of the encoding guide', { number: 150 }, '109601'],
    ['zero, where it is said', { number: 0, flag: false }, '08001000'],
    ['the text of the encoding guide, within another message', { inner: { name: 'testing' } }, '22090a0774657374696e67'],
    ['a number below zero, in ten bytes', { inner: { count: -1n } }, '220b10ffffffffffffffffff01'],
    ['a field whose number takes two bytes, several times', { each: [{ count: 1n }, {}] }, '8204021001820400'],
    ['the largest number there is', { large: 0xffff_ffff_ffff_ffffn }, '28ffffffffffffffffff01'],
  ])('are written: %s', (_, value, written) => {
    expect(hex(Outer.encode(value))).toBe(written);
  });

  it('are read as they were written, and what was not set has the zero of its type', () => {
    const value = {
      number: 7,
      bytes: bytes('00ff'),
      inner: { name: 'é', count: -5n },
      each: [
        { name: 'a', count: 1n },
        { name: '', count: 0n },
      ],
    };
    const read = Outer.decode(Outer.encode(value));
    expect({ ...read, bytes: hex(read.bytes) }).toEqual({ ...value, bytes: '00ff', flag: false, large: 0n });
    expect(Outer.decode(new Uint8Array())).toEqual({ flag: false, number: 0, bytes: new Uint8Array(), inner: undefined, each: [], large: 0n });
  });

  it('keep nothing of what they were read from', () => {
    const from = Uint8Array.from(Outer.encode({ bytes: bytes('0102') }));
    const read = Outer.decode(from);
    from.fill(0xff);
    expect(hex(read.bytes)).toBe('0102');
  });

  it('of a newer etcd are read without the fields that are not known', () => {
    // Field 9 as a number, as eight bytes, as text and as four bytes; then field 2.
    expect(Outer.decode(bytes('48 05 49 0102030405060708 4a 02 6869 4d 01020304 10 2a')).number).toBe(42);
  });

  it.each([
    ['that ends within a number', '10 96'],
    ['that ends within a field', '22 09 0a'],
    ['with a length beyond all there is', '1a ffffffffffffffff7f'],
    ['with a number of more than ten bytes', '10 ffffffffffffffffffff01'],
    ['with a field that has no number', '00 01'],
    ['with a text where a number has to be', '12 01 61'],
    ['with a number where a message has to be', '20 01'],
    ['with the begin of a group, which nobody writes any more', '4b'],
  ])('%s are refused', (_, text) => {
    expect(() => Outer.decode(bytes(text))).toThrow(expect.objectContaining({ code: 'fleet-answer-malformed' }));
  });
});
