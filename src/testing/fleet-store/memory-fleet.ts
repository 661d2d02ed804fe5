/**
 * The store of a fleet in memory, with the faults that a real one has: answers that are lost, watches that are cut, history that is forgotten, a disk
 * that is full. It is held to the same suite as the directory and etcd.
 */
import { HostdevError } from '../../errors.ts';
import { ensureKeys, ensureLease, ensurePageWish, ensurePrefix, ensureRevision, ensureTransaction } from '../../fleet/store/request.ts';
import { keepRevisions } from '../../fleet/store/revisions.ts';
import type { Alive, Commit, FleetStore, Transaction, WatchEvent } from '../../fleet/store/store.ts';
import { testLeases } from './leases.ts';

/** What becomes of a transaction whose answer is lost: it never arrives, it has happened, or it waits on its way until `deliver`. */
export type LostAnswer = 'before' | 'after' | 'late';

/** The fleet's keys, which several stores share as processes of several hosts would. */
export interface MemoryFleet {
  /** A store of its own over the same keys. */
  readonly open: () => FleetStore;
  /** The answers of the next transactions are lost, each in its way. */
  readonly loseAnswers: (...ways: readonly LostAnswer[]) => void;
  /** Transactions that are late arrive; gives what became of them. */
  readonly deliver: () => Commit[];
  /** Every watch loses its connection, and what was on its way to it. */
  readonly cutWatches: () => void;
  /** Forgets what was before the revision of now. */
  readonly compact: () => void;
  /** That store's process says nothing any more, as when it is stopped. */
  readonly silence: (store: FleetStore) => void;
  /** Seconds pass: keys of silent writers go. */
  readonly pass: (seconds: number) => void;
  /** Transactions are refused with this code until it is given back. */
  readonly refuse: (code: 'fleet-full' | 'fleet-unwritable' | undefined) => void;
}

/** Something that happens once, and that several wait for. */
interface Gate {
  readonly open: () => void;
  readonly isOpen: () => boolean;
  readonly opened: Promise<void>;
}

function gate(): Gate {
  let isOpen = false;
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = () => {
      isOpen = true;
      resolve();
    };
  });
  return { open: () => open(), isOpen: () => isOpen, opened };
}

/** Whole revisions, and about so many events, at once. */
const AT_ONCE = 100;

const REFUSALS = { 'fleet-full': 'the store is full', 'fleet-unwritable': 'the store is read-only' } as const;

/**
 * A fleet's store in memory, for tests of what is built on one.
 *
 * @example
 * ```ts
 * import { memoryFleet } from 'hostdev/testing';
 * const fleet = memoryFleet();
 * const [one, two] = [fleet.open(), fleet.open()];
 * const claim = { compares: [{ kind: 'absent', key: 'claims/a' }], operations: [{ kind: 'put', key: 'claims/a', value: new Uint8Array(1) }] } as const;
 * const outcomes = (await Promise.all([one.commit(claim), two.commit(claim)])).map(({ outcome }) => outcome);
 * console.log(outcomes.join(' ')); // → done refused
 * ```
 */
export function memoryFleet(): MemoryFleet {
  const keys = keepRevisions();
  const leases = testLeases();
  const lost: LostAnswer[] = [];
  const late: Transaction[] = [];
  const silent = new Set<FleetStore>();
  let refused: keyof typeof REFUSALS | undefined;
  let changed = gate();
  let cuts = 0;

  const wake = (): void => {
    changed.open();
    changed = gate();
  };

  function happen({ compares, operations }: Transaction): Commit {
    const current = keys.inTheWay(compares);
    if (current !== undefined) return { outcome: 'refused', revision: keys.revision(), current };
    if (keys.changes(operations)) {
      keys.apply(keys.revision() + 1n, operations);
      for (const { key } of operations) leases.lose(key);
      wake();
    }
    return { outcome: 'done', revision: keys.revision() };
  }

  function commit(transaction: Transaction): Commit {
    if (refused !== undefined) throw new HostdevError(refused, REFUSALS[refused], { hint: 'nothing was changed' });
    const way = lost.shift();
    if (way === undefined) return happen(transaction);
    if (way === 'after') happen(transaction);
    else if (way === 'late') late.push(transaction);
    return { outcome: 'unclear', why: 'nobody answered in time' };
  }

  async function* watch(prefix: string, from: bigint, ended: Gate): AsyncGenerator<WatchEvent> {
    let position = from;
    while (!ended.isOpen()) {
      const change = changed.opened;
      const connection = cuts;
      const found = keys.changed(prefix, position, AT_ONCE);
      await Promise.resolve();
      // What was on its way is lost with the connection: it is asked for again from where it was told.
      if (connection !== cuts) continue;
      if (found === undefined) {
        yield { kind: 'compacted', revision: keys.oldest() };
        return;
      }
      yield* found.events;
      if (found.upTo > position) yield { kind: 'progress', revision: found.upTo };
      else await Promise.race([change, ended.opened]);
      position = found.upTo;
    }
  }

  function open(): FleetStore {
    const closed = gate();
    const answer = async <T>(make: () => T): Promise<T> => {
      // As over a network: what others ask at the same time gets between.
      await Promise.resolve();
      if (closed.isOpen()) throw new Error('the store was closed');
      return make();
    };
    const store: FleetStore = {
      get: async (wanted) => {
        ensureKeys(wanted);
        return answer(() => ({ entries: [...new Set(wanted)].flatMap((key) => keys.get(key) ?? []), revision: keys.revision() }));
      },
      list: async (prefix, wish = {}) => {
        ensurePageWish(prefix, wish);
        return answer(() => keys.page(prefix, wish));
      },
      commit: async (transaction) => {
        ensureTransaction(transaction);
        return answer(() => commit(transaction));
      },
      watch: (prefix, from, signal) => {
        ensurePrefix(prefix);
        ensureRevision(from);
        const ended = gate();
        if (signal.aborted) ended.open();
        signal.addEventListener('abort', ended.open, { once: true });
        void closed.opened.then(ended.open);
        return watch(prefix, from, ended);
      },
      alive: async (key, value, seconds): Promise<Alive> => {
        ensureLease(key, value, seconds);
        return answer(() => {
          let onLost: (why: string) => void = () => undefined;
          const lost = new Promise<string>((resolve) => {
            onLost = resolve;
          });
          happen({ compares: [], operations: [{ kind: 'put', key, value }] });
          const { modified } = keys.get(key) ?? { modified: 0n };
          leases.begin({ key, seconds, isSilent: () => silent.has(store), onLost });
          return {
            lost,
            end: async () => {
              // Of somebody else's key nothing is taken.
              if (keys.get(key)?.modified !== modified) return;
              leases.end(key);
              happen({ compares: [], operations: [{ kind: 'delete', key }] });
            },
          };
        });
      },
      close: async () => {
        closed.open();
        silent.add(store);
      },
    };
    return store;
  }

  return {
    open,
    loseAnswers: (...ways) => void lost.push(...ways),
    deliver: () => late.splice(0).map(happen),
    cutWatches: () => {
      cuts += 1;
      wake();
    },
    compact: () => keys.forgetBefore(keys.revision()),
    silence: (store) => void silent.add(store),
    pass: (seconds) => {
      for (const { key, onLost } of leases.pass(seconds)) {
        happen({ compares: [], operations: [{ kind: 'delete', key }] });
        onLost('its writer was silent for too long');
      }
    },
    refuse: (code) => {
      refused = code;
    },
  };
}
