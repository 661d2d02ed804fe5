import { describe, expect, it } from 'vitest';
import { CLASS_WORDS, classWord, isOfClass, parseClassWord } from './class-words.ts';

describe('the word of a class', () => {
  it.each<[number, string]>([
    [0x030000, 'gpu'],
    [0x030200, 'gpu'],
    [0x010802, 'nvme'],
    [0x010601, 'sata'],
    [0x010000, 'storage'],
    [0x020000, 'nic'],
    [0x020700, 'nic'],
    [0x028000, 'wifi'],
    [0x040300, 'audio'],
    [0x048000, 'media'],
    [0x0c0330, 'usb'],
    [0x0c0500, 'smbus'],
    [0x0c8000, 'serial'],
    [0x060400, 'bridge'],
    [0x120000, 'accel'],
    [0x000000, 'other'],
    [0xff0000, 'other'],
  ])('0x%s is %s', (code, word) => {
    expect(classWord(code)).toBe(word);
  });

  it('is among the words that it can be asked for by', () => {
    for (let code = 0; code <= 0xffff; code += 1) expect(isOfClass(code << 8, classWord(code << 8))).toBe(true);
  });

  it('asks for narrower ones as well', () => {
    expect([isOfClass(0x010802, 'storage'), isOfClass(0x010802, 'sata'), isOfClass(0x028000, 'nic'), isOfClass(0x010000, 'nvme')]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it('is found in either case; nothing else is a word', () => {
    expect(CLASS_WORDS.map(({ word }) => parseClassWord(` ${word.toUpperCase()} `))).toEqual(CLASS_WORDS.map(({ word }) => word));
    expect(parseClassWord('graphics')).toBeUndefined();
  });
});
