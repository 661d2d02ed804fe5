/** How quick the page is on a large host: 1,024 functions and 200 guests, the server warm. */
import type { Browser, Page } from 'playwright-core';
import { NOTES, notesOf } from './notes.ts';
import { serveHost } from './served-host.ts';

const FUNCTIONS = 1024;
const GUESTS = 200;
const LOADS = 5;
const CHANGES = 10;

/** One that nothing uses. */
const CHANGED = '0000:05:00.0';

export interface LargeHostFigures {
  readonly functions: number;
  readonly guests: number;
  /** From asking for the page to its first rows being painted; the median of some. */
  readonly firstRowsMs: number;
  /** Of which after the state had begun to come. */
  readonly stateToRowsMs: number;
  /** The longest task of the browser while somebody types into the search over all rows. */
  readonly longestTaskMs: number;
  /** From an event that has come to what it changes being painted; the longest of some. */
  readonly eventToPaintMs: number;
  /** From the change of the host to its being painted; median and longest of some. */
  readonly changeToPaintMs: { readonly median: number; readonly longest: number };
}

const longest = (values: readonly number[]): number => Math.round(Math.max(0, ...values));
const median = (values: readonly number[]): number => Math.round([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN);

export async function measureLargeHost(browser: Browser): Promise<LargeHostFigures> {
  const host = await serveHost({ functions: FUNCTIONS, guests: GUESTS });
  try {
    // The server follows the host for the page that is open; the next ones find it warm.
    const watching = await host.open(browser);
    await watching.goto(`http://${host.where}/#/host`);
    await watching.locator('[role=row][data-key]').first().waitFor({ timeout: 120_000 });
    const loads: { readonly firstRows: number; readonly stateCame: number }[] = [];
    let page = watching;
    for (let load = 0; load < LOADS; load += 1) {
      if (load > 0) await page.close();
      page = await watching.context().newPage();
      await page.addInitScript(NOTES);
      await page.goto(`http://${host.where}/#/host?as=table`);
      await page.waitForFunction('globalThis.notes.firstRows > 0', undefined, { timeout: 120_000 });
      loads.push(await notesOf(page));
    }
    await watching.close();
    await page.getByText('live', { exact: true }).waitFor();
    const longestTaskMs = await typing(page);
    const paints: number[] = [];
    const seen: number[] = [];
    const row = `document.querySelector('[data-key="${CHANGED}"]').innerText`;
    for (let change = 0; change < CHANGES; change += 1) {
      await page.evaluate('notes.paints.length = 0');
      const before = await page.evaluate<string>(row);
      const began = performance.now();
      host.rebind(CHANGED);
      await page.waitForFunction(`${row} !== ${JSON.stringify(before)}`, undefined, { timeout: 120_000 });
      await page.waitForFunction('notes.paints.length > 0');
      seen.push(performance.now() - began);
      paints.push(...(await notesOf(page)).paints);
    }
    await page.context().close();
    return {
      functions: FUNCTIONS,
      guests: GUESTS,
      firstRowsMs: median(loads.map(({ firstRows }) => firstRows)),
      stateToRowsMs: median(loads.map(({ firstRows, stateCame }) => firstRows - stateCame)),
      longestTaskMs,
      eventToPaintMs: longest(paints),
      changeToPaintMs: { median: median(seen), longest: longest(seen) },
    };
  } finally {
    host.end();
  }
}

/** The longest task that blocks the page while somebody looks for something. */
async function typing(page: Page): Promise<number> {
  await page.evaluate('notes.tasks.length = 0');
  await page.locator('#search').pressSequentially('82574 01:1', { delay: 80 });
  await page.locator('#search').fill('');
  await page.waitForTimeout(500);
  return longest((await notesOf(page)).tasks);
}
