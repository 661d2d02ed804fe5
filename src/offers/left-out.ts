/** What is left out of a file that is made for another program, as comments of it. */
import { oneLine } from '../printable.ts';
import type { LeftOut } from './offer.ts';

/** Lines that begin with #. */
export function leftOutComments(leftOut: readonly LeftOut[]): string[] {
  if (leftOut.length === 0) return [];
  return ['# Left out:', ...leftOut.map(({ address, why }) => `# ${address} ${oneLine(why)}`)];
}
