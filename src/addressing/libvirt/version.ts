/**
 * Versions of libvirt: which one a prediction speaks for, and from which one on a rule holds.
 *
 * Rules: docs/addressing.md §20.
 */
import { HostdevError } from '../../errors.ts';

/** As libvirt numbers itself: 11003000 is 11.3.0. */
export type VersionNumber = number;

/** Behind the numbers may be what packages have there: `-3+deb13u3`, `-10.3.el9_2`, `+ds`. */
const PATTERN = /^v?(\d{1,2})\.(\d{1,3})(?:\.(\d{1,3}))?(?:[-+~][\w.+~:-]*)?$/;

/** `9.0-12.8` and `9.0.0-12.8.0` are two versions; what packages number themselves with comes after three numbers, and is less than three. */
const RANGE = /^v?\d+(?:\.\d+-v?\d+\.\d+|\.\d+\.\d+-v?\d{1,2}\.\d{1,3}\.\d{1,3})$/;

/** The first of a line: 11.3.0. */
export function release(major: number, minor: number): VersionNumber {
  return (major * 1000 + minor) * 1000;
}

/**
 * Reads a version: `9.0`, `11.3.0`, `v12.8.0`, or that of a package, `11.3.0-3+deb13u3`.
 *
 * @throws {HostdevError} `version-malformed`
 */
export function parseVersion(text: string): VersionNumber {
  const [, major = '', minor = '', patch = '0'] = PATTERN.exec(text.trim()) ?? [];
  if (major === '' || RANGE.test(text.trim())) {
    throw new HostdevError('version-malformed', `'${text}' is not a version`, { subject: text, hint: 'write it as in 9.0 or 11.3.0' });
  }
  return release(Number(major), Number(minor)) + Number(patch);
}

/** `11.3.0` of 11003000. */
export function formatVersion(version: VersionNumber): string {
  return [Math.floor(version / 1_000_000), Math.floor(version / 1000) % 1000, version % 1000].join('.');
}

/** `11.3` of 11003000: as people call a release and what came with it. */
export function formatRelease(version: VersionNumber): string {
  return formatVersion(version).replace(/\.0$/, '');
}
