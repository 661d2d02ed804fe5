import { describe, expect, it } from 'vitest';
import { publishedOf, virtualOf } from '../../../test/fleet/fleet-records.ts';
import { isFunctionWord, isMeant, parseFunctionWord } from './function-word.ts';
import { functionWords } from './view.ts';

describe('a word for a function of a fleet', () => {
  it.each([
    ['a function', publishedOf(3)],
    ['a virtual one', virtualOf(3, 7)],
    ['one of an IBM Z machine', publishedOf(3, { key: 'cpc/8561-0123456/0000a0f1' })],
  ])('may be what every command prints for %s, or its key', (_, published) => {
    for (const word of [functionWords(published.key), published.key]) {
      expect(isFunctionWord(word)).toBe(true);
      expect(isMeant(parseFunctionWord(word), published)).toBe(true);
      expect(isMeant(parseFunctionWord(word), publishedOf(4))).toBe(false);
    }
  });

  it('with a host beside it is an address as anybody writes it, a line of lspci too', () => {
    const line = '3b:03.0 VGA compatible controller: NVIDIA Corporation GA102';
    expect(isMeant(parseFunctionWord(line, 'kvm1'), publishedOf(3))).toBe(true);
  });

  it.each(['kvm1 0000:3b:00.0 vf', 'kvm1 0000:3b:00.0 vf x', 'kvm1 0000:3b:00.0 and more', '8561-0123456 0000:3b:00.0/vf/1'])('is not %j', (word) => {
    expect(() => parseFunctionWord(word)).toThrow(expect.objectContaining({ hint: expect.stringContaining('kvm1/0000:3b:00.0') as unknown }));
  });
});
