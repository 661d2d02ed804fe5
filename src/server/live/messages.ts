/** Messages in the order in which they came: the last ones are kept for whoever lost the stream for a moment. */
import type { Message } from '../api/events.ts';

const KEPT = 2000;

type Unnumbered<M> = M extends Message ? Omit<M, 'seq' | 'time'> : never;

export interface Messages {
  readonly last: () => number;
  readonly publish: (message: Unnumbered<Message>) => void;
  /** Everything behind a message; undefined where that is not known any more. */
  readonly after: (seq: number) => readonly Message[] | undefined;
  /** Told of each message from now on; gives what ends that. */
  readonly follow: (tell: (message: Message) => void) => () => void;
}

/** The first number is later than any of a server before this one: those come to know that they have to begin anew. */
export function messages(now: () => Date = () => new Date()): Messages {
  const first = now().getTime() * 1000;
  let seq = first;
  let kept: Message[] = [];
  const followers = new Set<(message: Message) => void>();
  return {
    last: () => seq,
    publish: (message) => {
      seq += 1;
      const numbered = { ...message, seq, time: now().toISOString() } as Message;
      kept.push(numbered);
      if (kept.length > 2 * KEPT) kept = kept.slice(-KEPT);
      for (const tell of followers) tell(numbered);
    },
    after: (from) => {
      if (from < (kept[0]?.seq ?? seq + 1) - 1 || from > seq || from < first) return undefined;
      return kept.filter((message) => message.seq > from);
    },
    follow: (tell) => {
      followers.add(tell);
      return () => void followers.delete(tell);
    },
  };
}
