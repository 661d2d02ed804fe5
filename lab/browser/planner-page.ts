/** The planner as a person uses it: files are opened, tabs chosen, texts read. */
import type { Page } from 'playwright-core';

/** What the page says that a command prints. */
export interface Printed {
  readonly out: string;
  readonly err: string;
}

export type PrintedOf = Readonly<Record<'expand' | 'validate' | 'args', Printed>>;

/** Opens the planner and waits until it can be used. */
export async function openPlanner(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByRole('textbox', { name: 'Domain XML' }).waitFor();
  await page.getByRole('tab').first().waitFor();
}

export async function openFile(page: Page, name: string, bytes: Buffer): Promise<void> {
  await page.getByLabel('Open definition, wish or host').setInputFiles({ name, mimeType: 'text/plain', buffer: bytes });
}

/** Opens a definition, and gives what the tab that has the command's own words says of it. */
export async function printedOf(page: Page, name: string, bytes: Buffer): Promise<PrintedOf> {
  await openFile(page, name, bytes);
  const results = page.locator(`[aria-label="Results"][data-of=${JSON.stringify(name)}]`);
  await results.waitFor();
  return results.evaluate((section) => {
    const textOf = (command: string, stream: string): string => section.querySelector(`[data-command="${command}"] .${stream}`)?.textContent ?? '';
    const printed = (command: string): Printed => ({ out: textOf(command, 'out'), err: textOf(command, 'err') });
    return { expand: printed('expand'), validate: printed('validate'), args: printed('args') };
  });
}
