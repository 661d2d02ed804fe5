/** Numbers of options, as people type them. */
import { HostdevError } from '../errors.ts';
import { parseCount } from '../pci/count.ts';

/** A VLAN tag that is written into a definition. VLAN tags have 12 bits (IEEE 802.1Q); libvirt takes all of them. */
export function parseVlan(text: string): number {
  return parseCount('--vlan', text, { least: 0, most: 4095, hint: 'choose a tag from 1 to 4094 (0 means untagged)' });
}

const MOST_SECONDS = 86_400;

/**
 * Milliseconds of an option that is given in seconds; `more` says what it is when it is left out.
 *
 * @throws {HostdevError} `usage`.
 */
export function parseSeconds(option: string, text: string, least: number, more = ''): number {
  const seconds = /^(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (seconds >= least && seconds <= MOST_SECONDS) return seconds * 1000;
  throw new HostdevError('usage', `${option} is a number of seconds, not '${text}'`, { hint: `from ${least} to ${MOST_SECONDS}${more}` });
}
