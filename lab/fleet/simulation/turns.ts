/** Actors that take turns in one process, in an order that a seed gives: one may be killed at any turn, or stopped for a while. */

export interface Turns {
  /** Waits until it is this actor's turn; for one who was killed that never comes. */
  readonly wait: (life: Life) => Promise<void>;
  /** Gives turns until nobody waits, no more than so many. `between` happens before each. */
  readonly run: (most: number, between: (turn: number) => void) => Promise<void>;
}

/** One actor from its start until it ends or is killed. */
export interface Life {
  readonly actor: string;
  killed: boolean;
  stopped: boolean;
  ended: boolean;
}

export function takeTurns(random: () => number): Turns {
  const waiting: { readonly life: Life; readonly go: () => void }[] = [];
  const isAtIt = (life: Life): boolean => !life.killed && !life.ended && !waiting.some((each) => each.life === life);
  return {
    wait: (life) => new Promise((resolve) => void waiting.push({ life, go: resolve })),
    run: async (most, between) => {
      for (let turn = 0; turn < most; turn += 1) {
        between(turn);
        const may = [...waiting.entries()].filter(([, { life }]) => !life.killed && !life.stopped);
        const chosen = may[Math.floor(random() * may.length)];
        if (chosen === undefined && waiting.every(({ life }) => life.killed)) return;
        if (chosen === undefined) continue;
        const [at, { life, go }] = chosen;
        waiting.splice(at, 1);
        go();
        // All that follows without waiting for another turn; also what takes its time (a record is unpacked by another thread).
        do await new Promise((resolve) => void setImmediate(resolve));
        while (isAtIt(life));
      }
      throw new Error(`the actors have not come to an end within ${most} turns`);
    },
  };
}

/** A generator of numbers from 0 to less than 1 that a seed determines (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
