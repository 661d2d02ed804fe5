/** The server is killed at each step of an operation and started again: whoever has the page open goes on. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Wish } from '../../../src/server/api/wishes.ts';
import { itemsIn } from '../../../test/json/items.ts';
import { ask, carryOut, click, ending, plan } from '../../browser/host-page.ts';
import { installCommand, type LabHost } from '../../machine/running.ts';
import type { PageOnHost } from '../on-host.ts';
import type { Looking } from './looking.ts';

export interface KilledChange {
  readonly wish: Wish;
  /** What the page calls it. */
  readonly name: string;
  /** Brings its beginning about, whatever was left. */
  readonly setUp: () => Promise<unknown>;
  /** What the host and the guest are seen to have. */
  readonly state: () => Promise<string>;
  /** What they have before it, and behind it. */
  readonly ends: readonly [before: string, after: string];
}

export interface Serving extends Looking {
  readonly served: PageOnHost;
}

interface Point {
  readonly step: number;
  readonly when: 'before' | 'behind';
}

/** There from when the server has come to its point. */
const HELD = '/run/hostdev-ui.held';

/** Where its point is told, as long as it is to be held. */
const HOLD = '/run/hostdev-ui.hold';
const SERVER = `HOSTDEV_HOLD=@${HOLD} LC_CTYPE=C.UTF-8 node /share/held/held-command.cjs`;

const HOLD_MS = 10 * 60_000;

/** How often is recovered what a guest has not let go of yet. */
const TRIES = 10;

/** From a page that is signed in, at another server. Gives a line a point: before the first step, and behind each, which is before the next one. */
export async function killServerAtSteps(serving: Serving, change: KilledChange): Promise<string[]> {
  await installCommand(serving.host, 'build/lab/held', 'held');
  await serving.host.sh(`rm -f ${HOLD}`);
  await signInAgain(serving.page, await serving.served.serveWith(SERVER));
  const lines: string[] = [];
  for (let at = 0; ; at += 1) {
    const line = await killAt(serving, change, at === 0 ? { step: 0, when: 'before' } : { step: at - 1, when: 'behind' });
    if (line === undefined) return lines;
    process.stdout.write(`${line}\n`);
    lines.push(line);
  }
}

/** undefined where the operation has no such point: it was carried out whole. */
async function killAt(serving: Serving, change: KilledChange, point: Point): Promise<string | undefined> {
  try {
    return await killThere(serving, change, point);
  } catch (error) {
    const shown = await serving.page.locator('body').innerText();
    throw new Error(`${change.name}, killed ${point.when} step ${point.step}: ${(error as Error).message}\nthe page shows:\n${shown}`, { cause: error });
  }
}

async function killThere(
  { host, served, page }: Serving,
  { wish, name, setUp, state, ends }: KilledChange,
  { step, when }: Point,
): Promise<string | undefined> {
  await setUp();
  expect(await state()).toBe(ends[0]);
  await host.sh(`rm -f ${HELD}; echo '${step} ${when} ${HELD}' > ${HOLD}`);
  await ask(page, wish);
  await plan(page, name);
  await click(page, name);
  const end = new AbortController();
  const isHeld = await Promise.race([
    isThere(host, HELD, end.signal),
    ending(page)
      .waitFor()
      .then(() => false),
  ]).finally(() => end.abort());
  if (!isHeld) {
    expect(await ending(page).innerText()).toMatch(/^done/);
    expect(await state()).toBe(ends[1]);
    await host.sh(`rm ${HOLD}`);
    return undefined;
  }
  await findsItAgain(page, name);
  await served.kill();
  await host.sh(`rm ${HOLD}`);
  await page
    .getByText(/reconnecting$/)
    .first()
    .waitFor();
  await signInAgain(page, await served.serveWith(SERVER));
  // Operations end with their server; what the journal has of this one is at the same place.
  await page.getByText('A change was interrupted. Recovering finishes or undoes it.').waitFor();
  const tries = await recover(page);
  const now = await state();
  expect(ends).toContain(now);
  const [last] = itemsIn<{ outcome: string }>(await host.says('history --json')).slice(-1);
  expect(last?.outcome, now).toBe(now === ends[1] ? 'done' : 'undone');
  expect(itemsIn<{ state: string }>(await host.says('status --json')).filter((each) => each.state === 'interrupted')).toEqual([]);
  return `${name}: killed ${when} step ${step}, recovered ${tries === 1 ? '' : `the ${tries}th time `}to ${now === ends[0] ? 'the old' : 'the new'} state`;
}

async function isThere(host: LabHost, file: string, signal: AbortSignal): Promise<boolean> {
  for (const last = Date.now() + HOLD_MS; !signal.aborted && Date.now() < last; ) {
    const found = await host.sh(`i=0; while [ ! -e ${file} ] && [ $i -lt 20 ]; do i=$((i+1)); usleep 100000; done; [ -e ${file} ] && echo there || true`);
    if (found.trim() === 'there') return true;
  }
  throw new Error(`${file} did not come to be`);
}

/** Where it is at is at the same place after a reload, and its record, which is open, is no interruption. */
async function findsItAgain(page: Page, name: string): Promise<void> {
  await page.locator('.live-steps [aria-current=step]').first().waitFor();
  await page.reload();
  await page.getByRole('heading', { name, exact: true }).waitFor();
  await page.locator('.live-steps [aria-current=step]').first().waitFor();
  await page.getByRole('button', { name: 'Stop and undo' }).waitFor();
  expect(await page.getByText(/^Interrupted/).count()).toBe(0);
}

/** A server that was started again knows nobody: the page asks for its link, and stays where it is. */
async function signInAgain(page: Page, link: string): Promise<void> {
  await page.getByText('You are not signed in here').waitFor();
  await page.getByLabel('Link, or the password of this server').fill(link);
  await click(page, 'Sign in');
}

/** From the page's own offer to the end; again where a guest needs longer. How often it was. */
async function recover(page: Page): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    await page.getByRole('button', { name: 'Recover…', exact: true }).first().click();
    const error = await carryOut(page, 'Recover what was interrupted').catch((failed: unknown) => failed);
    if (error !== undefined && (tries === TRIES || !(await page.getByRole('main').innerText()).includes('stuck'))) throw error;
    if (error !== undefined) continue;
    await page.getByText(/^Interrupted/).waitFor({ state: 'hidden' });
    return tries;
  }
}
