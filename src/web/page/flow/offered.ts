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

export interface Offered {
  readonly function: ListedFunction;
  /** What was there when the list was opened, and is not any more. */
  readonly isGone: boolean;
}

/** The list as it was opened, with what is known now; what has come stands behind. Whoever is about to choose finds each where it was. */
export function offeredInPlace(opened: readonly ListedFunction[], now: readonly ListedFunction[], all: readonly ListedFunction[]): readonly Offered[] {
  const there = new Map(all.map((each) => [each.hostAddress, each]));
  const before = new Set(opened.map(({ hostAddress }) => hostAddress));
  return [
    ...opened.map((each) => ({ function: there.get(each.hostAddress) ?? each, isGone: !there.has(each.hostAddress) })),
    ...now.filter(({ hostAddress }) => !before.has(hostAddress)).map((each) => ({ function: each, isGone: false })),
  ];
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
