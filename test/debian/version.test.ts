import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions } from '../../lab/debian/version.ts';

describe('versions of Debian packages', () => {
  // As `dpkg --compare-versions` has them; Debian Policy, section 5.6.12.
  it.each([
    ['1', '2'],
    ['1.9', '1.10'],
    ['1.0~rc1-1', '1.0-1'],
    ['1.0-1', '1.0-1+b1'],
    ['1.0-1', '1.0-1+deb13u1'],
    ['2.41-12+deb13u4', '2.41-12+deb13u5'],
    ['2.41-12+deb13u9', '2.41-12+deb13u10'],
    ['1.3.dfsg+really1.3.1-1+b1', '1.3.dfsg+really1.3.1-1+deb13u1'],
    ['3.5.7-1~deb13u3', '3.5.7-1'],
    ['9:1', '10:0'],
    ['5', '1:1'],
    ['1.0a', '1.0+'],
    ['1.0', '1.0a'],
    ['1.0~~', '1.0~'],
    ['1.0~', '1.0'],
    ['1-2-3', '1-2-4'],
    ['6.12.99-1', '6.12.113-1'],
    ['1.20260101120000123456', '1.20260101120000123457'],
  ])('%s is older than %s', (older, newer) => {
    expect(compareVersions(older, newer)).toBeLessThan(0);
    expect(compareVersions(newer, older)).toBeGreaterThan(0);
    expect(compareVersions(older, older)).toBe(0);
  });

  it('have one order', () => {
    const version = fc.stringMatching(/^([0-9]:)?[0-9][0-9a-z.+~]{0,6}(-[0-9a-z.+~]{1,4})?$/);
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});
