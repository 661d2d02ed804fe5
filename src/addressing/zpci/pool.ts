/**
 * The zPCI ids of one guest: which are taken, and the lowest that are not.
 *
 * Rules: docs/addressing.md §12.
 */
import { HostdevError } from '../../errors.ts';
import { type Claimant, claimantName } from '../buses/table.ts';
import { formatFid, formatUid, ZPCI_RANGE } from '../../pci/zpci.ts';

export interface ZpciPool {
  readonly uid: IdSet;
  readonly fid: IdSet;
}

interface IdSet {
  readonly used: Map<number, Claimant>;
  readonly min: number;
  readonly max: number;
  /** Everything below is taken: ids are never given back within a pass. */
  next: number;
}

export function makeZpciPool(): ZpciPool {
  return { uid: makeSet(ZPCI_RANGE.uid), fid: makeSet(ZPCI_RANGE.fid) };
}

function makeSet({ min, max }: { readonly min: number; readonly max: number }): IdSet {
  return { used: new Map(), min, max, next: min };
}

/**
 * Takes an id that a definition names.
 *
 * @throws {HostdevError} `zpci-uid-in-use` or `zpci-fid-in-use`, naming who has it.
 */
export function reserveId(pool: ZpciPool, kind: 'uid' | 'fid', id: number, who: Claimant): void {
  const holder = pool[kind].used.get(id);
  if (holder !== undefined) {
    const shown = kind === 'uid' ? formatUid(id) : formatFid(id);
    throw new HostdevError(
      kind === 'uid' ? 'zpci-uid-in-use' : 'zpci-fid-in-use',
      `${claimantName(who)} wants zPCI ${kind} ${shown}, which ${claimantName(holder)} has`,
      {
        subject: shown,
        hint: `choose another ${kind}, or leave it out to have one generated`,
      },
    );
  }
  pool[kind].used.set(id, who);
}

/** The lowest id nobody has; it is not taken yet. */
export function lowestFreeId(pool: ZpciPool, kind: 'uid' | 'fid', who: Claimant): number {
  const set = pool[kind];
  while (set.used.has(set.next)) set.next += 1;
  if (set.next > set.max) {
    throw new HostdevError('zpci-exhausted', `no zPCI ${kind} is left for ${claimantName(who)}`, { hint: 'remove devices from the guest' });
  }
  return set.next;
}
