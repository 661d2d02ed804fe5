import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepLooking } from './pace.ts';

type Look = 'glance' | 'news' | 'renew' | 'all';

/** What was looked at, and when, in milliseconds from the beginning. */
let looks: [at: number, what: Look][];
let took: Readonly<Record<Look, number>>;
let isTold: boolean;
/** Whether the next short look finds something. */
let finds: boolean;
let stop: AbortController;
let news: () => void;

const begin = (): void => {
  const began = performance.now();
  const look = async (what: Look): Promise<void> => {
    looks.push([performance.now() - began, what]);
    if (took[what] > 0) await new Promise((resolve) => setTimeout(resolve, took[what]));
  };
  const glance = async (): Promise<boolean> => {
    await look('glance');
    const found = finds;
    finds = false;
    return found;
  };
  news = keepLooking({ glance, look, renew: () => look('renew'), isTold: () => isTold }, stop.signal);
};
const run = async (ms: number): Promise<void> => void (await vi.advanceTimersByTimeAsync(ms));
const of = (what: Look): number[] => looks.filter(([, each]) => each === what).map(([at]) => at);

beforeEach(() => {
  vi.useFakeTimers();
  looks = [];
  took = { glance: 0, news: 0, renew: 0, all: 0 };
  isTold = false;
  finds = false;
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  vi.useRealTimers();
});

describe('who looks at a host', () => {
  it('begins with everything', async () => {
    begin();
    await run(0);
    expect(looks).toEqual([
      [0, 'renew'],
      [0, 'all'],
    ]);
  });

  it('looks twice a second for a moment where nobody tells anything, and less often where kernel and libvirt do', async () => {
    begin();
    await run(9999);
    const untold = [of('glance').length, of('all').length];
    looks = [];
    isTold = true;
    await run(9999);
    const told = [of('glance').length, of('all').length];
    expect(untold).toEqual([19, 5]);
    expect(told).toEqual([10, 2]);
  });

  it('looks as often where the clock is set back or forward', async () => {
    begin();
    await run(1000);
    looks = [];
    vi.setSystemTime(Date.now() - 3_600_000);
    await run(9999);
    vi.setSystemTime(Date.now() + 7_200_000);
    await run(9999);
    expect([of('glance').length, of('all').length]).toEqual([39, 10]);
  });

  it('reads what has changed 30 ms after it was told of it, once for all that comes together', async () => {
    begin();
    await run(100);
    for (let at = 0; at < 5; at += 1) {
      news();
      await run(5);
    }
    await run(100);
    expect(of('news')).toEqual([130]);
  });

  it('reads what a short look has found at once', async () => {
    begin();
    await run(100);
    finds = true;
    await run(400);
    expect(looks.slice(2)).toEqual([
      [500, 'glance'],
      [500, 'news'],
    ]);
  });

  it('reads everything within a second or so after there was news, for what hangs on it', async () => {
    isTold = true;
    begin();
    await run(2100);
    news();
    await run(30);
    expect(looks.slice(-3)).toEqual([
      [2130, 'news'],
      [2130, 'renew'],
      [2130, 'all'],
    ]);
  });

  it('reads each of a few changes that follow each other at once', async () => {
    took = { glance: 0, news: 200, renew: 0, all: 0 };
    isTold = true;
    begin();
    await run(100);
    news();
    await run(150);
    news();
    await run(700);
    // What happened during the first look, as soon as that has ended.
    expect(of('news')).toEqual([130, 330]);
  });

  it('reads no more than half of the time, whatever happens without an end', async () => {
    took = { glance: 10, news: 200, renew: 0, all: 0 };
    begin();
    for (let at = 0; at < 2000; at += 1) {
      news();
      await run(10);
    }
    // And the second that may be ahead.
    expect(of('news').length * 200).toBeLessThanOrEqual(10_000 + 1000);
    expect(of('news').length * 200).toBeGreaterThan(8000);
  });

  it('reads everything no more than a quarter of the time where that takes long', async () => {
    took = { glance: 0, news: 10, renew: 1500, all: 500 };
    begin();
    await run(39_999);
    expect(of('renew')).toEqual([0, 8000, 16_000, 24_000, 32_000]);
    expect(of('all')).toEqual([1500, 9500, 17_500, 25_500, 33_500]);
  });

  it('reads news in between, also while everything is read', async () => {
    took = { glance: 0, news: 10, renew: 3000, all: 0 };
    begin();
    await run(1000);
    news();
    await run(100);
    expect(of('news')).toEqual([1030]);
    expect(of('all')).toEqual([]);
  });

  it('looks again for what happens during a look', async () => {
    took = { glance: 0, news: 100, renew: 0, all: 0 };
    begin();
    await run(100);
    news();
    await run(80);
    news();
    await run(300);
    expect(of('news')).toEqual([130, 230]);
  });

  it('ends with the signal, and looks no more', async () => {
    begin();
    await run(1000);
    stop.abort();
    const before = looks.length;
    news();
    await run(60_000);
    expect(looks).toHaveLength(before);
    expect(vi.getTimerCount()).toBe(0);
  });
});
