/** The page of a host as a person uses it: rows opened, functions given and taken back. */
import type { Browser, Locator, Page } from 'playwright-core';
import type { Wish } from '../../src/server/api/wishes.ts';

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

export const click = (page: Page, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();

/** Opens the form of a wish, as a link to it does; what has to be chosen besides is chosen there. */
export async function ask(page: Page, wish: Pick<Wish, 'verb'> & Partial<Record<string, unknown>>): Promise<void> {
  const query = new URLSearchParams({ wish: JSON.stringify(wish) });
  await page.goto(`${new URL(page.url()).origin}/#/host/choose?${query.toString()}`);
  await page.getByRole('button', { name: 'Check', exact: true }).waitFor();
}

/** From the form to the plan, which `name` would carry out. */
export async function plan(page: Page, name: string): Promise<void> {
  await click(page, 'Check');
  await click(page, 'Plan');
  await page.getByRole('button', { name, exact: true }).waitFor();
}

/** From the form to the end of the operation. */
export async function carryOut(page: Page, name: string): Promise<void> {
  await plan(page, name);
  await click(page, name);
  await requireDone(page);
}

/** Where the operation that is shown says that it has ended, however that was. */
export function ending(page: Page): Locator {
  return page.getByRole('status').filter({ hasText: /^(done|failed|undone|stopped|left)/ });
}

/** Waits for the end of the operation that is shown; an error in the page's words where it ends otherwise than done. */
async function requireDone(page: Page): Promise<void> {
  await ending(page).waitFor();
  if (!(await ending(page).innerText()).startsWith('done')) throw new Error(await page.getByRole('main').innerText());
}

/** Gives a function to a guest: choose, check, plan, apply. */
export async function give(page: Page, address: string, guest: string): Promise<Given> {
  const name = `Give ${address} to ${guest}`;
  await rowOf(page, address).click();
  await click(page, 'Give to a guest…');
  await page.getByLabel('Guest', { exact: true }).selectOption(guest);
  await plan(page, name);
  const [planned] = await plannedFunctions(page);
  if (planned === undefined) throw new Error('the plan gives nothing');
  const steps = await page.locator('.changes > li > .change-steps > li').allInnerTexts();
  return { planned, steps, ...(await watch(page, name)) };
}

/** What the plan that is shown says of the functions of its guest. */
async function plannedFunctions(page: Page): Promise<readonly PlannedFunction[]> {
  await page.getByRole('tab', { name: 'JSON' }).click();
  const answer = JSON.parse((await page.locator('pre[aria-label=JSON]').textContent()) ?? '') as { items: { functions: PlannedFunction[] }[] };
  return answer.items[0]?.functions ?? [];
}

/** Undoes what the page has just given. */
export async function takeBack(page: Page, address: string, guest: string): Promise<void> {
  await click(page, 'Undo…');
  await watch(page, `Undo: Give ${address} to ${guest}`);
}

/** Goes back to the rows, whatever is shown. */
export async function leave(page: Page): Promise<void> {
  await click(page, 'Leave');
}

/** Carries out the plan that is shown, and says what was seen meanwhile. */
async function watch(page: Page, name: string): Promise<Pick<Given, 'during' | 'ended'>> {
  await click(page, name);
  // Where it is at is seen while it goes on, or the steps do not live; what takes no time may have ended before anybody looks.
  const current = page.locator('.live-steps [aria-current=step]');
  await current.or(ending(page)).first().waitFor();
  const [during = ''] = await current.allInnerTexts();
  await requireDone(page);
  return { during, ended: await page.locator('.live-steps > li > span > .step-state').allInnerTexts() };
}
