/** A browser for the tests of the page: Debian's, or none and why. */
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { type Browser, chromium as driver, type Page } from 'playwright-core';
import { chromium } from './chromium.ts';

/** Nothing that it would ask the network for by itself. */
const QUIET = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
];

/** A browser with an empty profile of its own, which goes with it. */
export async function openBrowser(): Promise<Browser> {
  return driver.launch({ executablePath: await chromium(), args: QUIET });
}

/** What is wrong with a page for people who do not see it, do not hear it or do not use a mouse: each with the elements that it is about. */
export async function accessFaults(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run: (options: object) => Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }> };
    };
    const { violations } = await axe.run({ preload: false });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary ?? ''}`));
  });
}
