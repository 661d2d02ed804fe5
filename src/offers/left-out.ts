/** What is left out of a file that is made for another program, as comments of it. */
import { oneLine } from '../printable.ts';
import type { LeftOut } from './offer.ts';

/** Lines that begin with #. What to do is told where the file itself is what keeps a function: how to stop using something is not its to say. */
export function leftOutComments(leftOut: readonly LeftOut[]): string[] {
  if (leftOut.length === 0) return [];
  const lines = leftOut.flatMap(({ address, code, why, hint }) => [
    `# ${address} ${oneLine(why)}`,
    ...(code === 'offer-impossible' && hint !== undefined ? [`#   ${oneLine(hint)}`] : []),
  ]);
  return ['# Left out:', ...lines];
}
