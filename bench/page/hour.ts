/** What an hour of events leaves in memory, in the page and in the server: one each second, as quick as they are shown. */
import type { Browser } from 'playwright-core';
import { type HostSize, serveHost } from './served-host.ts';

const EVENTS = 3600;

/** What is made once is made first; and what is kept for whoever loses the stream, eight megabytes of messages, is full then. */
const BEGINNING = 700;
const FUNCTIONS = 16;

/** What takes place in an hour takes place in a minute. */
const PACE: HostSize['pace'] = { settle: 1, glance: { told: 20, untold: 20 }, all: { told: 100, untold: 100, afterNews: 100 } };

const CHANGED = '0000:05:00.0';

export interface HourFigures {
  readonly events: number;
  /** Megabytes in use after what is not used was collected: at the start, in the middle, at the end. */
  readonly page: readonly [number, number, number];
  readonly server: readonly [number, number, number];
}

export async function measureHour(browser: Browser): Promise<HourFigures> {
  const host = await serveHost({ functions: FUNCTIONS, guests: 4, pace: PACE });
  try {
    const page = await host.open(browser);
    await page.goto(`http://${host.where}/#/host?as=table`);
    await page.getByText('live', { exact: true }).waitFor();
    const devtools = await page.context().newCDPSession(page);
    const used = async (): Promise<readonly [page: number, server: number]> => {
      await devtools.send('HeapProfiler.collectGarbage');
      const { usedSize } = (await devtools.send('Runtime.getHeapUsage')) as { usedSize: number };
      return [usedSize, await host.heap()];
    };
    const row = `document.querySelector('[data-key="${CHANGED}"]').innerText`;
    const change = async (times: number, functions: readonly string[] = [CHANGED]): Promise<void> => {
      for (let at = 0; at < times; at += 1) {
        const before = await page.evaluate<string>(row);
        host.rebind(...functions);
        await page.waitForFunction(`${row} !== ${JSON.stringify(before)}`, undefined, { timeout: 120_000 });
      }
    };
    await change(
      BEGINNING,
      Array.from({ length: FUNCTIONS }, (_, at) => `0000:${at.toString(16).padStart(2, '0')}:00.0`),
    );
    const start = await used();
    await change(EVENTS / 2);
    const middle = await used();
    await change(EVENTS / 2);
    const end = await used();
    await page.context().close();
    const megabytes = (which: 0 | 1): [number, number, number] =>
      [start[which], middle[which], end[which]].map((bytes) => bytes / 1024 / 1024) as [number, number, number];
    return { events: EVENTS, page: megabytes(0), server: megabytes(1) };
  } finally {
    host.end();
  }
}
