import { describe, expect, it } from 'vitest';
import { numberReadings, parseNumber } from './number.ts';
import { checkFid, checkUid, formatFid, formatUid } from './zpci.ts';
import { parseFid, parseUid } from './zpci-id.ts';

describe('zPCI ids', () => {
  it.each([0x0001, 0x21, 0xffff])('takes uid %d', (uid) => {
    expect(checkUid(uid)).toBe(uid);
  });

  it.each([0, -1, 0x10000, 1.5, Number.NaN])('refuses uid %d', (uid) => {
    expect(() => checkUid(uid)).toThrow(expect.objectContaining({ code: 'uid-range' }) as Error);
  });

  it('says why 0 is not a uid', () => {
    expect(() => checkUid(0)).toThrow(expect.objectContaining({ hint: expect.stringContaining('no uid') as unknown }) as Error);
  });

  it.each([0, 0x55, 0xffff_ffff])('takes fid %d', (fid) => {
    expect(checkFid(fid)).toBe(fid);
  });

  it.each([-1, 0x1_0000_0000, 0.5])('refuses fid %d', (fid) => {
    expect(() => checkFid(fid)).toThrow(expect.objectContaining({ code: 'fid-range' }) as Error);
  });

  it('prints ids as libvirt does', () => {
    expect([formatUid(0x21), formatFid(0)]).toEqual(['0x0021', '0x00000000']);
  });
});

describe('numbers', () => {
  it.each([
    ['0', 0],
    ['31', 31],
    ['0x1f', 31],
    ['0X1F', 31],
    ['037', 31],
    [' 7 ', 7],
  ])('reads %j as %d', (text, value) => {
    expect(parseNumber(text)).toBe(value);
  });

  it.each(['', '0x', '08', '-1', '+1', '1.0', '1e3', 'ten', '1 2', '9007199254740993', '0x20000000000001'])('does not read %j', (text) => {
    expect(parseNumber(text)).toBeUndefined();
  });
});

describe('ids as people write them', () => {
  it.each<[string, number]>([
    ['0x17', 0x17],
    ['00000017', 0x17],
    ['00000100', 0x100],
    ['DEADBEEF', 0xdead_beef],
    ['12345678', 0x1234_5678],
    ['5', 5],
    ['0', 0],
    ['07', 7],
  ])('fid %j is %d', (text, fid) => {
    expect(parseFid(text)).toBe(fid);
  });

  it.each<[string, string]>([
    ['17', '0x17 or 0x11'],
    ['0100', '0x100, 0x64 or 0x40'],
    ['000000100', '0x100, 0x64 or 0x40'],
    ['10', '0x10 or 0xa'],
    ['0089', '0x89 or 0x59'],
  ])('%j can be read in several ways, and all are named', (text, readings) => {
    for (const parse of [parseFid, parseUid]) {
      expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'number-ambiguous', message: expect.stringContaining(readings) as unknown }) as Error);
    }
  });

  it('takes the eight digits of a slot for no uid', () => {
    expect(() => parseUid('00000100')).toThrow(expect.objectContaining({ code: 'number-ambiguous' }) as Error);
  });

  it.each<[string, string]>([
    ['1a', 'write 0x1a'],
    ['seventeen', 'with 0x'],
    ['', 'with 0x'],
    ['-1', 'with 0x'],
    ['9007199254740993', 'with 0x'],
  ])('%j is no id, and the hint says how one is written', (text, hint) => {
    expect(() => parseFid(text)).toThrow(expect.objectContaining({ code: 'number-malformed', hint: expect.stringContaining(hint) as unknown }) as Error);
  });

  it.each<[string, 'count' | 'id', number[]]>([
    ['10', 'count', [10]],
    ['010', 'count', [10, 8]],
    ['08', 'count', [8]],
    ['0x10', 'count', [16]],
    ['1e3', 'count', []],
    ['9007199254740993', 'count', []],
  ])('%j for a %s means %j', (text, writtenFor, values) => {
    expect(numberReadings(text, writtenFor)).toEqual(values);
  });
});
