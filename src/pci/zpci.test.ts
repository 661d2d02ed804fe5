import { describe, expect, it } from 'vitest';
import { parseNumber } from './number.ts';
import { checkFid, checkUid, formatFid, formatUid } from './zpci.ts';

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

  it.each(['', '0x', '08', '-1', '+1', '1.0', '1e3', 'ten', '1 2'])('does not read %j', (text) => {
    expect(parseNumber(text)).toBeUndefined();
  });
});
