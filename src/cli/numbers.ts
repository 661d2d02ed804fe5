/** Numbers of options and arguments, as people type them: what could be two of them is refused, none is silently another one. */
import { HostdevError } from '../errors.ts';
import { numberReadings } from '../pci/number.ts';

export interface Range {
  readonly least: number;
  readonly most: number;
  /** What to do, when the number is none of these. */
  readonly hint: string;
}

/**
 * A whole number. `what` is the option, or what the argument is.
 *
 * @throws {HostdevError} `number-malformed`, or `number-ambiguous` for one with a leading 0, which C reads as octal.
 */
export function parseCount(what: string, text: string, { least, most, hint }: Range): number {
  const [value, other] = numberReadings(text, 'count');
  const shown = text.slice(0, 40);
  if (value !== undefined && other !== undefined) {
    throw new HostdevError('number-ambiguous', `${what} '${shown}' can mean ${value} or, as octal, ${other}`, {
      subject: shown,
      hint: 'write it without 0 in front',
    });
  }
  if (value !== undefined && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or higher` : `from ${least} to ${most}`;
  throw new HostdevError('number-malformed', `${what} is a number ${range}, not '${shown}'`, { subject: shown, hint });
}

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
