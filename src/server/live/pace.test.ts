import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepLooking } from './pace.ts';

/** What was looked at, and when, in milliseconds from the beginning. */
let looks: [at: number, what: 'glance' | 'news' | 'all'][];
let took: Readonly<Record<'glance' | 'news' | 'all', number>>;
let isTold: boolean;
/** Whether the next short look finds something. */
let finds: boolean;
let stop: AbortController;
let news: () => void;

const begin = (): void => {
  const began = Date.now();
  const look = async (what: 'glance' | 'news' | 'all'): Promise<void> => {
    looks.push([Date.now() - began, what]);
    if (took[what] > 0) await new Promise((resolve) => setTimeout(resolve, took[what]));
  };
  const glance = async (): Promise<boolean> => {
    await look('glance');
    const found = finds;
    finds = false;
    return found;
  };
  news = keepLooking({ glance, look, isTold: () => isTold }, stop.signal);
};
const run = async (ms: number): Promise<void> => void (await vi.advanceTimersByTimeAsync(ms));
const of = (what: 'glance' | 'news' | 'all'): number[] => looks.filter(([, each]) => each === what).map(([at]) => at);

beforeEach(() => {
  vi.useFakeTimers();
  looks = [];
  took = { glance: 0, news: 0, all: 0 };
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
    expect(looks[0]).toEqual([0, 'all']);
  });

  it('looks twice a second for a moment where nobody tells anything, and less often where kernel and libvirt do', async () => {
    begin();
    await run(9999);
    const untold = [of('glance').length, of('all').length];
    looks = [];
    isTold = true;
    await run(9999);
    const told = [of('glance').length, of('all').length];
    expect(untold).toEqual([20, 5]);
    expect(told).toEqual([10, 2]);
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
    finds = true;
    await run(0);
    expect(looks).toEqual([
      [0, 'all'],
      [0, 'glance'],
      [0, 'news'],
    ]);
  });

  it('reads everything within a second or so after there was news, for what hangs on it', async () => {
    isTold = true;
    begin();
    await run(2000);
    news();
    await run(30);
    expect(looks.slice(-2)).toEqual([
      [2030, 'news'],
      [2030, 'all'],
    ]);
  });

  it('reads no more than half of the time, whatever happens without an end', async () => {
    took = { glance: 10, news: 200, all: 0 };
    begin();
    for (let at = 0; at < 1000; at += 1) {
      news();
      await run(10);
    }
    expect(of('news').length * 200).toBeLessThanOrEqual(5000);
    expect(of('news').length * 200).toBeGreaterThan(3500);
  });

  it('reads everything no more than a quarter of the time where that takes long, and news in between', async () => {
    took = { glance: 0, news: 10, all: 2000 };
    begin();
    await run(3000);
    news();
    await run(100);
    expect(of('news')).toEqual([3030]);
    await run(36_899);
    expect(of('all')).toEqual([0, 8000, 16_000, 24_000, 32_000]);
  });

  it('looks again for what happens during a look', async () => {
    took = { glance: 0, news: 100, all: 0 };
    begin();
    await run(100);
    news();
    await run(80);
    news();
    await run(300);
    expect(of('news')).toEqual([130, 330]);
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
