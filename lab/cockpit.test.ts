/** The page in Debian's Cockpit: the real server on a unix socket over a machine in memory, the real bridge, the shell around it in a browser. */
import type { Browser, BrowserContext, FrameLocator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { readHistory } from '../src/app/history.ts';
import { describeUnless } from '../test/skip.ts';
import { openBrowser } from './browser/session.ts';
import { type RunningCockpit, type SessionKind, startCockpit } from './cockpit/cockpit.ts';
import { USER } from './cockpit/tree.ts';
import { MACHINES } from './page/machines.ts';
import { type Served, serveMachine } from './page/served.ts';
import { labReason } from './reason.ts';

/** Everything here goes through four processes, on a machine that may be busy. */
const PATIENCE_MS = 60_000;

const FUNCTION = '0030:00:00.0';

describeUnless(await labReason('cockpit', 'browser'), 'the page in Cockpit', () => {
  let browser: Browser;
  let context: BrowserContext;
  let cockpit: RunningCockpit;
  let served: Served;
  let shell: Page;
  let page: FrameLocator;
  const violations: string[] = [];
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await context.close();
    await cockpit.stop();
    await served.end();
    expect(violations.splice(0)).toEqual([]);
  });

  async function open(kind: SessionKind): Promise<void> {
    cockpit = await startCockpit(kind);
    served = await serveMachine(MACHINES.z, { socket: cockpit.socket });
    context = await browser.newContext();
    shell = await context.newPage();
    shell.setDefaultTimeout(PATIENCE_MS);
    shell.on('pageerror', (error) => violations.push(error.message));
    shell.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) violations.push(message.text());
    });
    page = shell.frameLocator('iframe[name="cockpit1:localhost/hostdev"]');
    await shell.goto(`${cockpit.url}hostdev`);
  }

  const button = (name: string | RegExp): ReturnType<Page['locator']> => page.getByRole('button', { name });
  const isLive = (): Promise<void> => page.getByText('live', { exact: true }).waitFor();
  const hasFunction = (): boolean => served.libvirt.qemu.named('linux1').live?.includes("domain='0x0030'") === true;

  /** What the shell asks of whoever wants to be administrator; sudo asks for no password here. */
  async function becomeAdministrator(): Promise<void> {
    await shell.getByRole('button', { name: 'Limited access' }).click();
    await shell.getByRole('contentinfo').getByRole('button', { name: 'Close' }).click();
  }

  it('shows nothing without administrative access, and says what to do; with it, gives a function and takes it back', async () => {
    await open('local');
    await page.getByText('administrative access is off').waitFor();
    expect(await page.getByText('PCHID').count()).toBe(0);
    await becomeAdministrator();
    await isLive();
    await page.getByText('PCHID 0x0128').waitFor();
    expect(await page.getByLabel('Colours').count()).toBe(0);

    await page.locator(`[role=row][data-key="${FUNCTION}"]`).click();
    await button('Give to a guest…').click();
    await page.getByLabel('Guest', { exact: true }).selectOption('linux1');
    await button('Check').click();
    await button('Plan').click();
    await page.getByText('00:02.0 uid').waitFor();
    await button(`Give ${FUNCTION} to linux1`).click();
    await page.getByText(/^done in/).waitFor();
    expect(new Set(await page.locator('.live-steps > li > span > .step-state').allInnerTexts())).toEqual(new Set(['done']));
    expect(hasFunction()).toBe(true);

    // A guest that does not let go has time to be seen: the steps come while they are made.
    served.libvirt.qemu.named('linux1').onDetach = 'ignore';
    await button('Undo…').click();
    await button(`Undo: Give ${FUNCTION} to linux1`).click();
    await page.getByText(/the guest has \d+ s left to let go/).waitFor();
    await button('Stop and undo').click();
    await page.getByText(/^stopped in/).waitFor();
    served.libvirt.qemu.named('linux1').onDetach = 'release';
    expect(hasFunction()).toBe(true);

    await page.getByRole('link', { name: 'Host' }).click();
    await page.locator(`[role=row][data-key="${FUNCTION}"]`).click();
    await button('Take back from linux1…').click();
    await button('Check').click();
    await button('Plan').click();
    await button(`Take ${FUNCTION} back from linux1`).click();
    await page.getByText(/^done in/).waitFor();
    expect(hasFunction()).toBe(false);
    const names = (await readHistory(served.stateDirectory)).entries.map(({ by }) => by);
    expect(new Set(names)).toEqual(new Set([`${USER.name}, as the page says, over the page from the unix socket`]));
  });

  it('goes on when the server was started again, follows the colours of the shell, and says so when administrative access goes', async () => {
    await open('local');
    await becomeAdministrator();
    await isLive();
    const theme = (): Promise<string | null> => page.locator('html').getAttribute('data-theme');
    expect(await theme()).toBeNull();
    await shell.getByRole('button', { name: 'Session' }).click();
    await shell.getByRole('button', { name: 'Dark' }).click();
    await expect.poll(theme).toBe('dark');

    await served.stopServer();
    await page.getByText('reconnecting').waitFor();
    await page.getByText('systemctl enable --now hostdev-ui.socket').waitFor();
    await served.restart();
    await isLive();
    // The tab is of the server that has gone.
    await page.locator(`[role=row][data-key="${FUNCTION}"]`).click();
    await button('Prepare').click();
    await button('Check').click();
    await button('Plan').click();
    await button(`Prepare ${FUNCTION}`).click();
    await page.getByText(/^done in/).waitFor();
    expect(served.kernel.driverOf(FUNCTION)).toBe('vfio-pci');

    // The editor of the planner has styles of its own, which Cockpit's policy would forbid in the document.
    await page.getByRole('link', { name: 'Planner' }).click();
    await page.getByRole('textbox', { name: 'Domain XML' }).waitFor();
    await page.getByRole('link', { name: 'Activity' }).click();
    await page.getByText(`prepare ${FUNCTION}`).first().waitFor();

    await shell.getByRole('button', { name: 'Administrative access' }).click();
    await shell.getByRole('dialog').getByRole('button', { name: 'Limit access' }).click();
    await page.getByText('administrative access is off').waitFor();
    await becomeAdministrator();
    await page.getByText(`prepare ${FUNCTION}`).first().waitFor();
  });

  it('is behind the login of Cockpit, which asks PAM, and keeps its place when all of Cockpit is loaded anew', async () => {
    await open('login');
    await shell.getByLabel('User name').fill(USER.name);
    await shell.getByLabel('Password', { exact: true }).fill('wrong');
    await shell.getByRole('button', { name: 'Log in' }).click();
    await shell.getByText('Wrong user name or password').waitFor();
    expect(shell.frames()).toHaveLength(1);
    await shell.getByLabel('Password', { exact: true }).fill(USER.password);
    await shell.getByRole('button', { name: 'Log in' }).click();
    await becomeAdministrator();
    await isLive();
    await page.locator(`[role=row][data-key="${FUNCTION}"]`).click();
    await page.getByRole('heading', { name: FUNCTION }).waitFor();
    // The place is in the shell's own address.
    expect(shell.url()).toMatch(/\/hostdev#\/host\?open=/);
    await shell.reload();
    await isLive();
    await page.getByRole('heading', { name: FUNCTION }).waitFor();
  });
});
