/** A store whose answers are lost now and then: of a transaction that never arrived, that happened, or that happens later. */
import type { Commit, FleetStore, Transaction } from '../../../src/fleet/store/store.ts';

export interface Losing {
  /** Of all answers, how many; asked anew each time. */
  readonly share: () => number;
  readonly random: () => number;
  /** Lets it happen at some later time. */
  readonly later: (act: () => Promise<unknown>) => void;
}

export function losingStore(store: FleetStore, { share, random, later }: Losing): FleetStore {
  const lose = async (transaction: Transaction): Promise<Commit> => {
    const way = Math.floor(random() * 3);
    if (way === 1) await store.commit(transaction);
    if (way === 2) later(() => store.commit(transaction));
    return { outcome: 'unclear', why: 'nobody answered in time' };
  };
  return { ...store, commit: (transaction, signal) => (random() < share() ? lose(transaction) : store.commit(transaction, signal)) };
}
