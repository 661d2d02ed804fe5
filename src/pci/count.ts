/** Counts as people type them: what could be two of them is refused, none is silently another one. */
import { HostdevError } from '../errors.ts';
import { numberReadings } from './number.ts';

interface Range {
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
