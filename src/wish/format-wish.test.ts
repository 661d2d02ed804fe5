import { describe, expect, it } from 'vitest';
import { readOne } from '../wish-files/read-texts.ts';
import { formatWish } from './format-wish.ts';

/** What readers of YAML 1.1 refuse, or take for the end of a line. Source: YAML 1.1, 5.1 (c-printable) and 5.4 (b-char). */
const NOT_FOR_ALL = /[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;

describe('a wish that is written', () => {
  it.each([
    ['a line separator of Unicode', 'db\u2028one'],
    ['a next line', 'db\u0085one'],
    ['a DEL', 'db\u007fone'],
    ['a control letter of C1', 'db\u009bone'],
    ['a byte order mark', '\ufeffdb'],
    ['half a letter', 'db\ud83d'],
    ['a letter beyond the first plane', 'db 😀'],
    ['quotes and signs', `no: "yes" # 'x' \\ {`],
  ])('is the same to every reader of YAML where the name of a guest has %s', (_, guest) => {
    const text = formatWish({ formatVersion: 1, guests: [{ guest, hostdevs: [] }] }, new Map([['/guests/0/guest', `comment ${guest}`]]));
    expect(text).not.toMatch(NOT_FOR_ALL);
    expect(readOne({ name: 'wish.yaml', text })).toMatchObject({ guests: [{ guest }] });
  });
});
