/** Keys that go when their writer is silent, by a clock that the test turns. */
export interface Leases {
  readonly begin: (lease: Lease) => void;
  /** The writer has ended it. */
  readonly end: (key: string) => void;
  /** Somebody has changed a key: if it had a lease, that is lost. */
  readonly lose: (key: string) => void;
  /** Lets so many seconds pass; gives the keys whose writers were silent for longer than they said. */
  readonly pass: (seconds: number) => Lease[];
}

interface Lease {
  readonly key: string;
  readonly seconds: number;
  readonly isSilent: () => boolean;
  readonly onLost: (why: string) => void;
}

export function testLeases(): Leases {
  const running = new Map<string, { readonly lease: Lease; silence: number }>();
  return {
    begin: (lease) => void running.set(lease.key, { lease, silence: 0 }),
    end: (key) => void running.delete(key),
    lose: (key) => {
      const found = running.get(key);
      running.delete(key);
      found?.lease.onLost('somebody else has changed the key');
    },
    pass: (seconds) => {
      const over: Lease[] = [];
      for (const each of running.values()) {
        each.silence = each.lease.isSilent() ? each.silence + seconds : 0;
        if (each.silence > each.lease.seconds) over.push(each.lease);
      }
      for (const { key } of over) running.delete(key);
      return over;
    },
  };
}
