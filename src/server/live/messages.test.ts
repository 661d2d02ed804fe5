import { describe, expect, test } from 'vitest';
import { messages } from './messages.ts';

const heartbeats = (count: number, of: ReturnType<typeof messages>): void => {
  for (let i = 0; i < count; i += 1) of.publish({ kind: 'heartbeat' });
};

describe('messages', () => {
  test('go on from where somebody was', () => {
    const kept = messages();
    const before = kept.last();
    heartbeats(3, kept);
    expect(kept.after(before + 1)?.map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual([before + 2, before + 3]);
    expect(kept.after(kept.last())).toEqual([]);
  });

  test('are forgotten from the oldest on, and who was there begins anew', () => {
    const kept = messages(undefined, 500);
    const before = kept.last();
    heartbeats(100, kept);
    expect(kept.after(before)).toBeUndefined();
    const few = kept.after(kept.last() - 3);
    expect(few).toHaveLength(3);
  });

  test('of another server are not known: its numbers come before or behind', () => {
    const kept = messages();
    heartbeats(1, kept);
    expect([kept.after(17), kept.after(kept.last() + 1), kept.after(kept.last() - 2)]).toEqual([undefined, undefined, undefined]);
  });

  test('are told to who follows, until they do not', () => {
    const kept = messages();
    const told: string[] = [];
    const end = kept.follow((line) => void told.push(line));
    heartbeats(2, kept);
    end();
    heartbeats(1, kept);
    expect(told).toHaveLength(2);
  });
});
