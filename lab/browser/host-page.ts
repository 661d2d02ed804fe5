/** The page of a host as a person uses it: rows opened, functions given and taken back. */
import type { Browser, Locator, Page } from 'playwright-core';

/** Emulated hosts are slow, and this machine may be busy. */
const PATIENCE_MS = 4 * 60_000;

/** What the page says that is given, before it is. */
interface PlannedFunction {
  readonly hostAddress: string;
  readonly guestAddress: string;
  readonly uid: string | null;
  readonly fid: string | null;
}

export interface Given {
  readonly planned: PlannedFunction;
  /** Steps in the words of the plan. */
  readonly steps: readonly string[];
  /** What the operation showed while it went on, and how each step ended. */
  readonly during: string;
  readonly ended: readonly string[];
}

/** Signs in by a link, in a browser that nobody has used, and waits until the page follows the host. */
export async function openHostPage(browser: Browser, link: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(link);
  await page.getByText('live', { exact: true }).waitFor();
  return page;
}

export function rowOf(page: Page, address: string): Locator {
  return page.locator(`[role=row][data-key="${address}"]`);
}

const click = (page: Page, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();

/** Gives a function to a guest: choose, check, plan, apply. */
export async function give(page: Page, address: string, guest: string): Promise<Given> {
  await rowOf(page, address).click();
  await click(page, 'Give to a guest…');
  await page.getByLabel('Guest', { exact: true }).selectOption(guest);
  await click(page, 'Check');
  await click(page, 'Plan');
  await page.getByRole('button', { name: `Give ${address} to ${guest}`, exact: true }).waitFor();
  const answer = JSON.parse((await page.getByLabel('JSON of the plan').textContent()) ?? '') as { items: { functions: PlannedFunction[] }[] };
  const [planned] = answer.items[0]?.functions ?? [];
  if (planned === undefined) throw new Error(`the plan gives nothing: ${JSON.stringify(answer)}`);
  const steps = await page.locator('.changes > li > .change-steps > li').allInnerTexts();
  return { planned, steps, ...(await apply(page, `Give ${address} to ${guest}`)) };
}

/** Undoes what the page has just given. */
export async function takeBack(page: Page, address: string, guest: string): Promise<void> {
  await click(page, 'Undo…');
  await apply(page, `Take ${address} back from ${guest}`);
}

/** Goes back to the rows, whatever is shown. */
export async function leave(page: Page): Promise<void> {
  await click(page, 'Leave');
}

/** Carries out the plan that is shown; an error in the page's words where it ends otherwise than done. */
async function apply(page: Page, name: string): Promise<Pick<Given, 'during' | 'ended'>> {
  await click(page, name);
  // Where it is at is seen while it goes on, or the steps do not live.
  const during = await page.locator('.live-steps [aria-current=step]').first().innerText();
  const status = page.getByRole('status').filter({ hasText: /^(done|failed|undone|stopped|left)/ });
  await status.waitFor();
  if (!(await status.innerText()).startsWith('done')) throw new Error(await page.getByRole('main').innerText());
  return { during, ended: await page.locator('.live-steps > li > span > .step-state').allInnerTexts() };
}
