/** The two names IBM Z gives a PCI function in a guest: user-defined id (uid) and function id (fid). */
import { HostdevError } from '../errors.ts';

/**
 * A zPCI pair as a definition gives it. Each half may be missing, and missing is not 0: fid 0 is valid,
 * uid 0 is not.
 */
export interface ZpciIds {
  readonly uid?: number;
  readonly fid?: number;
}

/** Ids that somebody has. */
export interface ZpciIdSets {
  readonly uid: ReadonlySet<number>;
  readonly fid: ReadonlySet<number>;
}

/** What any of them has. */
export function joinZpciIds(all: readonly ZpciIdSets[]): ZpciIdSets {
  return { uid: new Set(all.flatMap(({ uid }) => [...uid])), fid: new Set(all.flatMap(({ fid }) => [...fid])) };
}

/** A uid as the kernel shows it, which is 0 where the machine defines none. */
export function definedUid(shown: number | undefined): number | undefined {
  return shown === 0 ? undefined : shown;
}

/** Ranges of the ids. Source: libvirt formatdomain, `<zpci>`; uid 0 is what firmware reports for "none". */
export const ZPCI_RANGE = { uid: { min: 0x0001, max: 0xffff }, fid: { min: 0, max: 0xffff_ffff } } as const;

/**
 * Checks a uid, 0x0001–0xffff.
 *
 * @throws {HostdevError} `uid-range`.
 * @example
 * ```ts
 * import { checkUid, HostdevError } from 'hostdev';
 * try { checkUid(0); } catch (error) { console.log((error as HostdevError).code); } // → uid-range
 * ```
 */
export function checkUid(uid: number, written?: string): number {
  if (Number.isInteger(uid) && uid >= ZPCI_RANGE.uid.min && uid <= ZPCI_RANGE.uid.max) return uid;
  const shown = written ?? `0x${uid.toString(16)}`;
  throw new HostdevError('uid-range', `zPCI uid ${shown} is outside 0x0001–0xffff`, {
    subject: shown,
    hint:
      uid === 0
        ? 'uid 0 means "no uid" to the machine, so no function can have it; leave it out to have one generated'
        : 'choose a uid from 0x0001 to 0xffff, or leave it out to have one generated',
  });
}

/**
 * Checks a fid, 0x00000000–0xffffffff; 0 is valid.
 *
 * @throws {HostdevError} `fid-range`.
 * @example
 * ```ts
 * import { checkFid } from 'hostdev';
 * console.log(checkFid(0x100)); // → 256
 * ```
 */
export function checkFid(fid: number, written?: string): number {
  if (Number.isInteger(fid) && fid >= ZPCI_RANGE.fid.min && fid <= ZPCI_RANGE.fid.max) return fid;
  const shown = written ?? `0x${fid.toString(16)}`;
  throw new HostdevError('fid-range', `zPCI fid ${shown} is outside 0x00000000–0xffffffff`, {
    subject: shown,
    hint: 'choose a fid from 0x00000000 to 0xffffffff, or leave it out to have one generated',
  });
}

/**
 * `0x0001`, as libvirt writes a uid.
 *
 * @example
 * ```ts
 * import { formatUid } from 'hostdev';
 * console.log(formatUid(33)); // → 0x0021
 * ```
 */
export function formatUid(uid: number): string {
  return `0x${uid.toString(16).padStart(4, '0')}`;
}

/**
 * `0x00000000`, as libvirt writes a fid.
 *
 * @example
 * ```ts
 * import { formatFid } from 'hostdev';
 * console.log(formatFid(0)); // → 0x00000000
 * ```
 */
export function formatFid(fid: number): string {
  return `0x${fid.toString(16).padStart(8, '0')}`;
}
