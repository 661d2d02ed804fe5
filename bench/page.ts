/** The page on a large host, in Debian's Chromium. */
import { openBrowser } from '../lab/browser/session.ts';
import { measurePage } from '../lab/page/measure.ts';

export const PAGE_TITLE = '## The page on a large host';

export async function page(progress: (text: string) => void): Promise<string[]> {
  progress('the page: a large host in a browser');
  const browser = await openBrowser();
  try {
    const { functions, guests, firstRowsMs, stateToRowsMs, longestTaskMs, eventToPaintMs, events, grownKb } = await measurePage(browser);
    return [
      PAGE_TITLE,
      '',
      `${functions} functions and ${guests} guests on a machine in memory; the server, which has read them before, the fake libvirt and what drives the browser are one process, which reads the host over and over meanwhile.`,
      '',
      '| | |',
      '| --- | --- |',
      `| from asking for the page to its first rows | ${firstRowsMs} ms |`,
      `| of which after the first of the state had come | ${stateToRowsMs} ms |`,
      `| longest task over 50 ms while somebody types into the search over all rows | ${longestTaskMs === 0 ? 'none' : `${longestTaskMs} ms`} |`,
      `| from an event that has come to what it changes being painted, the longest of four | ${eventToPaintMs} ms |`,
      `| memory of the page after ${events} events more | ${grownKb} KB |`,
      '',
    ];
  } finally {
    await browser.close();
  }
}
