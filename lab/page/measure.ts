/** How quick the page is on a large host: 1,024 functions and 200 guests, the server warm. */
import type { Browser, Page } from 'playwright-core';
import { largeMachine, MACHINES } from './machines.ts';
import { type Served, serveMachine, signIn } from './served.ts';

const PHYSICAL_FUNCTIONS = 16;
const VIRTUAL_FUNCTIONS = 63;
const GUESTS = 200;
const EVENTS = 120;

export interface PageFigures {
  readonly functions: number;
  readonly guests: number;
  /** From asking for the page to its first rows being painted. */
  readonly firstRowsMs: number;
  /** Of which after the state had begun to come. */
  readonly stateToRowsMs: number;
  /** The longest task of the browser while somebody types into the search over all rows. */
  readonly longestTaskMs: number;
  /** From an event that has come to what it changes being painted; the longest of some. */
  readonly eventToPaintMs: number;
  /** Memory that is used more after that many events than before. */
  readonly events: number;
  readonly grownKb: number;
}

/** What the page notes about itself: tasks that block it, when bytes of the stream come, when rows are painted. */
const NOTES = `
  globalThis.notes = { tasks: [], firstRows: 0, came: undefined, stateCame: 0, paints: [] };
  new PerformanceObserver((list) => notes.tasks.push(...list.getEntries().map((each) => each.duration))).observe({ type: 'longtask' });
  const read = ReadableStreamDefaultReader.prototype.read;
  ReadableStreamDefaultReader.prototype.read = async function () {
    const found = await read.call(this);
    notes.came = performance.now();
    notes.stateCame ||= notes.came;
    return found;
  };
  new MutationObserver(() => {
    // What is painted later for the same event, as the end of a mark, is no answer to it.
    const { came } = notes;
    notes.came = undefined;
    requestAnimationFrame(() => setTimeout(() => {
      if (notes.firstRows === 0 && document.querySelector('[role=row][data-key]') !== null) notes.firstRows = performance.now();
      if (came !== undefined) notes.paints.push(performance.now() - came);
    }));
  }).observe(document, { subtree: true, childList: true, attributes: true });
`;

interface Notes {
  readonly tasks: readonly number[];
  readonly firstRows: number;
  readonly stateCame: number;
  readonly paints: readonly number[];
}

const notesOf = (page: Page): Promise<Notes> => page.evaluate('globalThis.notes');
const longest = (values: readonly number[]): number => Math.round(Math.max(0, ...values));

export async function measurePage(browser: Browser): Promise<PageFigures> {
  return { ...(await onLargeHost(browser)), ...(await overManyEvents(browser)) };
}

async function onLargeHost(browser: Browser): Promise<Omit<PageFigures, 'events' | 'grownKb'>> {
  const served = await serveMachine(largeMachine(PHYSICAL_FUNCTIONS, GUESTS));
  for (let at = 0; at < PHYSICAL_FUNCTIONS; at += 1) {
    const bus = (0x10 + at).toString(16);
    await served.kernel.write(`/sys/bus/pci/devices/0000:${bus}:00.0/sriov_numvfs`, String(VIRTUAL_FUNCTIONS));
  }
  const page = await openSignedIn(browser, served);
  await page.goto(`http://${served.where}/#/host`);
  await page.locator('[role=row][data-key]').first().waitFor({ timeout: 120_000 });
  // The server follows the host for the page that is open; the next one finds it warm.
  const second = await page.context().newPage();
  await second.addInitScript(NOTES);
  await second.goto(`http://${served.where}/#/host?as=table`);
  await second.locator('[role=row][data-key]').first().waitFor();
  await page.close();
  await second.waitForFunction('globalThis.notes.firstRows > 0');
  const { firstRows, stateCame } = await notesOf(second);
  await second.getByText('live', { exact: true }).waitFor();
  await second.evaluate('notes.tasks.length = 0');
  await second.locator('#search').pressSequentially('x550 10:1', { delay: 80 });
  await second.locator('#search').fill('');
  await second.waitForTimeout(500);
  const longestTaskMs = longest((await notesOf(second)).tasks);
  const paints: number[] = [];
  const moves = ['/sys/bus/pci/devices/0000:10:00.0/driver/unbind', '/sys/bus/pci/drivers_probe'];
  for (const move of [...moves, ...moves]) {
    await second.evaluate('notes.paints.length = 0');
    const before = await second.locator('[data-key="0000:10:00.0"]').innerText();
    await served.kernel.write(move, '0000:10:00.0');
    await second.waitForFunction(`document.querySelector('[data-key="0000:10:00.0"]').innerText !== ${JSON.stringify(before)}`, undefined, {
      timeout: 120_000,
    });
    await second.waitForFunction('notes.paints.length > 0');
    paints.push(...(await notesOf(second)).paints);
  }
  await second.context().close();
  await served.end();
  const functions = PHYSICAL_FUNCTIONS * (VIRTUAL_FUNCTIONS + 1);
  return {
    functions,
    guests: GUESTS,
    firstRowsMs: Math.round(firstRows),
    stateToRowsMs: Math.round(firstRows - stateCame),
    longestTaskMs,
    eventToPaintMs: longest(paints),
  };
}

async function overManyEvents(browser: Browser): Promise<Pick<PageFigures, 'events' | 'grownKb'>> {
  const served = await serveMachine(MACHINES.pc);
  const page = await openSignedIn(browser, served);
  await page.goto(`http://${served.where}/#/host`);
  await page.getByText('live', { exact: true }).waitFor();
  const devtools = await page.context().newCDPSession(page);
  const used = async (): Promise<number> => {
    await devtools.send('HeapProfiler.collectGarbage');
    return ((await devtools.send('Runtime.getHeapUsage')) as { usedSize: number }).usedSize;
  };
  const change = async (times: number): Promise<void> => {
    for (let at = 0; at < times; at += 1) {
      const numVfs = at % 2 === 0 ? '4' : '0';
      await served.kernel.write('/sys/bus/pci/devices/0000:04:00.0/sriov_numvfs', numVfs);
      await page.getByText(numVfs === '0' ? '8 functions' : '12 functions').waitFor();
    }
  };
  // What is made once is made in the first few.
  await change(20);
  const before = await used();
  await change(EVENTS);
  const grownKb = Math.round(((await used()) - before) / 1024);
  await page.context().close();
  await served.end();
  return { events: EVENTS, grownKb };
}

async function openSignedIn(browser: Browser, { link, where }: Served): Promise<Page> {
  const { cookie } = await signIn(link);
  const [name = '', value = ''] = cookie.split('=');
  // Its policy would keep us from asking it anything in words.
  const context = await browser.newContext({ bypassCSP: true });
  await context.addCookies([{ name, value, url: `http://${where}/` }]);
  return context.newPage();
}
