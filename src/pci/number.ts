/** Numbers as libvirt reads them from XML (C's notation, whatever the base), and as people write them on a command line. */

/**
 * Reads an unsigned number written as decimal, `0x` hexadecimal or `0` octal. Returns undefined for anything
 * else, so the caller can say where it stood; also for a number so large that it would not be kept exactly.
 *
 * @example
 * ```ts
 * import { parseNumber } from 'hostdev';
 * console.log(parseNumber('0x1f'), parseNumber('017'), parseNumber('0x')); // → 31 15 undefined
 * ```
 */
export function parseNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^0[xX][0-9a-fA-F]+$/.test(trimmed)) return exact(trimmed.slice(2), 16);
  if (/^0[0-7]+$/.test(trimmed)) return exact(trimmed, 8);
  if (/^(0|[1-9]\d*)$/.test(trimmed)) return exact(trimmed, 10);
  return undefined;
}

/** How a number without 0x may be meant: a count is decimal or, with a leading 0, C's octal; an id is decimal or what the kernel prints, hexadecimal. */
export type WrittenFor = 'count' | 'id';

/**
 * Every value that digits may mean, the likeliest first; none when they are no number. More than one is to be refused: a guess takes
 * another function than was meant.
 *
 * @example
 * ```ts
 * import { numberReadings } from 'hostdev';
 * console.log(numberReadings('10', 'id').join(' or '), numberReadings('10', 'count').join(' or ')); // → 16 or 10 10
 * ```
 */
export function numberReadings(text: string, writtenFor: WrittenFor): number[] {
  const trimmed = text.trim();
  const hexadecimal = /^0[xX]([0-9a-fA-F]+)$/.exec(trimmed)?.[1];
  if (hexadecimal !== undefined) return distinct([exact(hexadecimal, 16)]);
  if (!/^\d+$/.test(trimmed)) return [];
  const octal = /^0[0-7]+$/.test(trimmed) ? exact(trimmed, 8) : undefined;
  return distinct(writtenFor === 'id' ? [exact(trimmed, 16), exact(trimmed, 10), octal] : [exact(trimmed, 10), octal]);
}

function distinct(values: readonly (number | undefined)[]): number[] {
  return [...new Set(values)].filter((value) => value !== undefined);
}

/** Beyond 2^53 neighbours become one number, and what was asked for would be another. */
function exact(digits: string, radix: number): number | undefined {
  const value = Number.parseInt(digits, radix);
  return Number.isSafeInteger(value) ? value : undefined;
}
