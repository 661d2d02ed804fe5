/** zPCI ids as people write them. The kernel prints them as hexadecimal with and without 0x, so digits alone are rarely clear. */
import { HostdevError } from '../errors.ts';
import { numberReadings } from './number.ts';
import { checkFid, checkUid } from './zpci.ts';

/**
 * Reads an id: `0x17`, or digits that mean the same in every notation.
 *
 * @param what - what it is, for the message: `fid`, `--uid`.
 * @throws {HostdevError} `number-malformed`; `number-ambiguous` with every reading.
 */
export function parseId(what: string, text: string): number {
  const [first, ...others] = numberReadings(text, 'id');
  const shown = text.trim().slice(0, 40);
  if (first === undefined) {
    const hexadecimal = /^[0-9a-f]{1,8}$/i.test(shown);
    throw new HostdevError('number-malformed', `${what} '${shown}' is not a number`, {
      subject: shown,
      hint: hexadecimal ? `if it is hexadecimal, write 0x${shown.toLowerCase()}` : 'write it hexadecimal with 0x, for example 0x21',
    });
  }
  if (others.length === 0) return first;
  const readings = [first, ...others].map((value) => `0x${value.toString(16)}`);
  throw new HostdevError('number-ambiguous', `${what} '${shown}' can mean ${readings.slice(0, -1).join(', ')} or ${readings.at(-1)}`, {
    subject: shown,
    hint: `write ${readings[0]} if it is hexadecimal, as the kernel and lspci print ids, or ${others.length === 1 ? readings[1] : 'the other one that is meant, with 0x'}`,
  });
}

/**
 * Reads a fid. Eight hexadecimal digits are one as well: the name of its slot in `/sys/bus/pci/slots`.
 *
 * @throws {HostdevError} as {@link parseId}; `fid-range`.
 * @example
 * ```ts
 * import { parseFid } from 'hostdev';
 * console.log(parseFid('0x17'), parseFid('00000100')); // → 23 256
 * ```
 */
export function parseFid(text: string, what = 'fid'): number {
  const trimmed = text.trim();
  return /^[0-9a-f]{8}$/i.test(trimmed) ? Number.parseInt(trimmed, 16) : checkFid(parseId(what, trimmed), trimmed);
}

/**
 * Reads a uid.
 *
 * @throws {HostdevError} as {@link parseId}; `uid-range`.
 * @example
 * ```ts
 * import { parseUid } from 'hostdev';
 * console.log(parseUid('0x21')); // → 33
 * ```
 */
export function parseUid(text: string, what = 'uid'): number {
  const trimmed = text.trim();
  return checkUid(parseId(what, trimmed), trimmed);
}
