/** The order in which functions are offered. All are; first those that the wish is most likely about, as verdicts and holders say it. */
import type { Holders } from '../host/holders.ts';
import type { ListedFunction } from '../host/node.ts';
import type { Draft } from './wish-fields.ts';

interface Offer {
  readonly draft: Draft;
  /** Chosen when the list was opened. */
  readonly first: readonly string[];
  readonly holders: Holders;
}

export function offeredFirst(functions: readonly ListedFunction[], { draft, first, holders }: Offer): readonly ListedFunction[] {
  const rank = (each: ListedFunction): number => {
    if (first.includes(each.hostAddress)) return 0;
    return isLikely(each, draft, holders) ? 1 : 2;
  };
  return functions.toSorted((a, b) => rank(a) - rank(b));
}

function isLikely({ hostAddress, verdict, driver, physicalFunction }: ListedFunction, draft: Draft, holders: Holders): boolean {
  switch (draft.verb) {
    case 'detach':
      return (holders.get(hostAddress) ?? []).some(({ guest }) => guest === draft['guest']);
    case 'release':
      return driver !== null && driver.includes('vfio');
    case 'vf set':
      return physicalFunction !== null;
    case 'vf create':
    case 'vf remove':
      return physicalFunction === null;
    default:
      return verdict === 'free';
  }
}
