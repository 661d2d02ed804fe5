import { describe, expect, it } from 'vitest';
import { asAscii, asAsciiJson, asShownJson, terminalOf } from './terminal.ts';

describe('what the terminal can show', () => {
  it.each<[NodeJS.ProcessEnv, boolean]>([
    [{ LANG: 'en_US.UTF-8' }, true],
    [{ LANG: 'C.utf8' }, true],
    [{ LANG: 'C' }, false],
    [{}, false],
    [{ LANG: 'en_US.UTF-8', LC_CTYPE: 'C' }, false],
    [{ LANG: 'en_US.UTF-8', LC_CTYPE: 'C', LC_ALL: 'de_DE.UTF-8' }, true],
    [{ LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.ISO-8859-1' }, false],
    [{ LANG: 'de_DE.UTF-8', LC_ALL: '' }, true],
    [{ LANG: 'en_US.UTF-8', TERM: 'linux' }, true],
    [{ LANG: 'en_US.UTF-8', TERM: 'dumb' }, true],
  ])('%j has more than ASCII: %j', (env, has) => {
    expect(terminalOf(env, { isTTY: true }).hasUnicode).toBe(has);
  });

  it.each<[{ isTTY?: boolean; columns?: number }, number | undefined]>([
    [{ isTTY: true, columns: 120 }, 120],
    [{ isTTY: true, columns: 0 }, 80],
    [{ isTTY: true }, 80],
    [{ columns: 120 }, undefined],
    [{}, undefined],
  ])('%j is %j columns wide', (stream, width) => {
    expect(terminalOf({}, stream).width).toBe(width);
  });

  it.each<[NodeJS.ProcessEnv, boolean, boolean]>([
    [{}, true, true],
    [{}, false, false],
    [{ TERM: 'dumb' }, true, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
    [{ CI: '1' }, false, false],
  ])('%j, a terminal: %j, has colours: %j', (env, isTTY, has) => {
    expect(terminalOf(env, { isTTY }).hasColors).toBe(has);
  });
});

describe('text without UTF-8', () => {
  it('has our own signs in ASCII, and a question mark for what others brought along', () => {
    expect(asAscii('├─ nvme0n1 → LVM vg-größe… 8 GT/s ×16 🙂\n')).toBe('|- nvme0n1 -> LVM vg-gr??e... 8 GT/s x16 ?\n');
  });

  it('is the same JSON', () => {
    const value = { guest: 'größe 🙂', evidence: 'nvme0n1 → /' };
    const text = asAsciiJson(JSON.stringify(value));
    expect(text).toMatch(/^[\0-\x7f]*$/);
    expect(JSON.parse(text)).toEqual(value);
  });
});

describe('JSON on a terminal', () => {
  it.each([
    ['as it is', asShownJson],
    ['in ASCII', asAsciiJson],
  ])('orders nothing and turns nothing around, %s, and says the same', (_, shown) => {
    const value = { '\u007f': ['\u009b2J', '\u001b[2J', 'a\u202eb', '\u2066', 'größe', '\u0000'] };
    const text = shown(JSON.stringify(value, null, 2));
    expect(text).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/);
    expect(JSON.parse(text)).toEqual(value);
  });
});
