/** The page on a large host, in Debian's Chromium. */
import { openBrowser } from '../lab/browser/session.ts';
import { measureHour } from './page/hour.ts';
import { measureLargeHost } from './page/large-host.ts';
import { measureReading } from './page/reading.ts';

export const PAGE_TITLE = '## The page on a large host';

const megabytes = (values: readonly number[]): string => values.map((value) => value.toFixed(1)).join(', ');

export async function page(progress: (text: string) => void): Promise<string[]> {
  progress('the page: looks of the server at a large host');
  const { allMs, newsMs, glanceMs } = await measureReading();
  const browser = await openBrowser();
  try {
    progress('the page: a large host in a browser');
    const large = await measureLargeHost(browser);
    progress('the page: an hour of events');
    const hour = await measureHour(browser);
    return [
      PAGE_TITLE,
      '',
      `${large.functions} functions, every tenth a disk, every tenth a network card, and ${large.guests} guests. The host is files in memory, which the server reads as it reads sysfs; server, libvirt (a fake one), browser and what drives it are processes of their own. The server has read the host before.`,
      '',
      '| | |',
      '| --- | --- |',
      `| from asking for the page to its first rows (median of 5) | ${large.firstRowsMs} ms |`,
      `| of which after the first of the state had come | ${large.stateToRowsMs} ms |`,
      `| longest task over 50 ms while somebody types into the search over all rows | ${large.longestTaskMs === 0 ? 'none' : `${large.longestTaskMs} ms`} |`,
      `| from an event that has come to what it changes being painted, the longest of ten | ${large.eventToPaintMs} ms |`,
      `| from a function losing its driver to that being painted: median, longest of ten | ${large.changeToPaintMs.median} ms, ${large.changeToPaintMs.longest} ms |`,
      '',
      'What a look of the server costs with as many functions, without guests, medians of 15 in turns in one process:',
      '',
      '| look | ms | of everything |',
      '| --- | --- | --- |',
      ...(
        [
          ['at everything', allMs],
          ['at one function that has changed', newsMs],
          ['a short one', glanceMs],
        ] as const
      ).map(([what, ms]) => `| ${what} | ${ms.toFixed(0)} | ${(ms / allMs).toFixed(2)} |`),
      '',
      `An hour with an event each second, shortened: each of ${hour.events} is shown before the next one; the messages that are kept for whoever loses the stream (8 MB) are there before. Megabytes in use after collection at the start, in the middle, at the end: page ${megabytes(hour.page)}; server ${megabytes(hour.server)}.`,
      '',
    ];
  } finally {
    await browser.close();
  }
}
