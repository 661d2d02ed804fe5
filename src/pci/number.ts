/** Numbers as libvirt reads them from XML: C's notation, whatever the base. */

/**
 * Reads an unsigned number written as decimal, `0x` hexadecimal or `0` octal. Returns undefined for anything
 * else, so the caller can say where it stood.
 *
 * @example
 * ```ts
 * import { parseNumber } from 'hostdev';
 * console.log(parseNumber('0x1f'), parseNumber('017'), parseNumber('0x')); // → 31 15 undefined
 * ```
 */
export function parseNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^0[xX][0-9a-fA-F]+$/.test(trimmed)) return Number.parseInt(trimmed.slice(2), 16);
  if (/^0[0-7]+$/.test(trimmed)) return Number.parseInt(trimmed, 8);
  if (/^(0|[1-9]\d*)$/.test(trimmed)) return Number.parseInt(trimmed, 10);
  return undefined;
}
