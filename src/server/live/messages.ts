/** Messages in the order in which they came, as lines: the last ones are kept for whoever lost the stream for a moment. */
import type { Message } from '../api/events.ts';

/** An operation on many functions is some ten thousand letters, at each of its steps. */
const MOST_LETTERS = 8_000_000;

type Unnumbered<M> = M extends Message ? Omit<M, 'seq' | 'time'> : never;

interface Line {
  readonly seq: number;
  readonly text: string;
}

export interface Messages {
  readonly last: () => number;
  readonly publish: (message: Unnumbered<Message>) => void;
  /** Every line behind a message; undefined where that is not known any more. */
  readonly after: (seq: number) => readonly string[] | undefined;
  /** Told of each line from now on; gives what ends that. */
  readonly follow: (tell: (line: string) => void) => () => void;
}

/** The first number is later than any of a server before this one: those come to know that they have to begin anew. */
export function messages(now: () => Date = () => new Date(), mostLetters = MOST_LETTERS): Messages {
  const first = now().getTime() * 1000;
  let seq = first;
  let letters = 0;
  const kept: Line[] = [];
  const followers = new Set<(line: string) => void>();
  return {
    last: () => seq,
    publish: (message) => {
      seq += 1;
      const text = JSON.stringify({ ...message, seq, time: now().toISOString() });
      kept.push({ seq, text });
      letters += text.length;
      while (letters > mostLetters && kept.length > 1) letters -= kept.shift()?.text.length ?? 0;
      for (const tell of followers) tell(text);
    },
    after: (from) => {
      const oldest = kept[0]?.seq ?? seq + 1;
      if (from < oldest - 1 || from > seq || from < first) return undefined;
      return kept.filter((line) => line.seq > from).map(({ text }) => text);
    },
    follow: (tell) => {
      followers.add(tell);
      return () => void followers.delete(tell);
    },
  };
}
