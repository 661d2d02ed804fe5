/** The page of an emulated host, open in a browser of its own. */
import type { Page } from 'playwright-core';
import { openHostPage } from '../browser/host-page.ts';
import { openBrowser } from '../browser/session.ts';
import { installCommand, type LabHost } from '../machine/running.ts';
import { type PageOnHost, pageOnHost } from './on-host.ts';

export interface OpenedPage {
  readonly page: Page;
  readonly served: PageOnHost;
  readonly close: () => Promise<void>;
}

/** Puts the command and the page into a host; its guests may start meanwhile. */
export async function installPage(host: LabHost): Promise<void> {
  await installCommand(host, 'dist/cli');
  await installCommand(host, 'dist/web', 'web');
}

/** Serves the page that was put into a host, and signs in. `ready`: what is waited for before, as the link is good for a minute. */
export async function openPageOn(host: LabHost, ready: () => Promise<unknown> = async () => undefined): Promise<OpenedPage> {
  const served = await pageOnHost(host);
  const browser = await openBrowser();
  const close = async (): Promise<void> => {
    await browser.close();
    await served.close();
  };
  try {
    await ready();
    return { page: await openHostPage(browser, await served.serve()), served, close };
  } catch (error) {
    await close();
    throw error;
  }
}
