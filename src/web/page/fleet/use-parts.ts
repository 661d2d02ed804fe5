/** A list of the fleet as far as somebody has asked for it, read again while it is looked at. What was read stays, with its time, where the store does not answer. */
import { useCallback, useEffect, useState } from 'react';
import type { ProblemDetails } from '../../../server/api/problem-details.ts';
import type { FleetPart } from '../connection/api.ts';
import { detailsOf } from '../connection/refusal.ts';
import { readParts } from './read-parts.ts';

/** Between two readings; and that many times as long as the last one took, so that a large fleet is not read all the time. */
const PAUSE_MS = 5000;
const PAUSE_TIMES = 4;

export interface Parts<Item> {
  /** Undefined until the first answer. */
  readonly items: readonly Item[] | undefined;
  /** Of the last part that was read: this host, the store, the time. */
  readonly last: FleetPart<Item> | undefined;
  readonly looked: number;
  readonly unread: number;
  /** Of the first of those that could not be read. */
  readonly problems: FleetPart<Item>['problems'];
  /** Why the last reading has failed; what was there before is from before. */
  readonly trouble: ProblemDetails | undefined;
  /** Asks for the next part; undefined where there is none. */
  readonly more: (() => void) | undefined;
}

interface Read<Item> {
  readonly key: string;
  readonly parts: readonly FleetPart<Item>[];
  readonly trouble: ProblemDetails | undefined;
}

/** `key` says what is asked for: another one begins anew. */
export function useParts<Item>(key: string, ask: (after: string | null) => Promise<FleetPart<Item>>): Parts<Item> {
  const [read, setRead] = useState<Read<Item>>({ key, parts: [], trouble: undefined });
  const [wanted, setWanted] = useState({ key, count: 1 });
  const count = wanted.key === key ? wanted.count : 1;
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = async (): Promise<void> => {
      const began = Date.now();
      if (!document.hidden) {
        const next = await readParts(count, ask).catch((error: unknown) => detailsOf(error));
        if (isOver) return;
        setRead((before) => {
          if (Array.isArray(next)) return { key, parts: next, trouble: undefined };
          return { key, parts: before.key === key ? before.parts : [], trouble: next as ProblemDetails };
        });
      }
      timer = setTimeout(() => void again(), Math.max(PAUSE_MS, PAUSE_TIMES * (Date.now() - began)));
    };
    void again();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
    // `ask` is made anew at each rendering; what it asks for is told by the key.
  }, [key, count]);
  const { parts, trouble } = read.key === key ? read : { parts: [], trouble: undefined };
  const last = parts.at(-1);
  const more = useCallback(() => setWanted({ key, count: count + 1 }), [key, count]);
  return {
    ...{ items: last === undefined ? undefined : parts.flatMap(({ items }) => items), last, trouble },
    looked: parts.reduce((sum, part) => sum + part.looked, 0),
    unread: parts.reduce((sum, part) => sum + part.unread, 0),
    problems: parts.flatMap(({ problems }) => problems),
    more: last === undefined || last.next === null ? undefined : more,
  };
}
