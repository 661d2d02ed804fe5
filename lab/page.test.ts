/** The page in a browser, on the real server over a machine in memory and a fake libvirt. */
import { existsSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { bootId } from '../src/host/boot-id.ts';
import { appendRecords } from '../test/journal.ts';
import { describeUnless } from '../test/skip.ts';
import { accessFaults, openBrowser } from './browser/session.ts';
import { fleetOfScenes, MAPPED_DEFINITION } from './page/fleet-of-scenes.ts';
import { largeMachine, MACHINES } from './page/machines.ts';
import { type Served, serveMachine } from './page/served.ts';
import { labReason } from './reason.ts';

const WISH = `formatVersion: 1
virtualFunctions: [{ physicalFunction: "0000:04:00.0", numVfs: 2 }]
functions: [{ function: "0000:03:00.0", persist: true }]
guests:
  - guest: web
    hostdevs: [{ function: { physicalFunction: "0000:04:00.0", index: 0 } }]
`;

/** What is loaded before anything is seen, compressed (the editor of the planner comes later). */
const FIRST_LOAD_KB = 260;

describeUnless(await labReason('browser'), 'the page', () => {
  let browser: Browser;
  let context: BrowserContext;
  let served: Served;
  let page: Page;
  const faults: string[] = [];
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  async function open(machine: Parameters<typeof serveMachine>[0], place = '', options: Parameters<typeof serveMachine>[1] = {}): Promise<void> {
    served = await serveMachine(machine, options);
    context = await browser.newContext();
    page = await context.newPage();
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      // What the server refuses is no fault of the page; its policy, when it is broken, is.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) faults.push(message.text());
    });
    await page.goto(served.link);
    await page.getByText('live', { exact: true }).waitFor();
    if (place !== '') await page.goto(`http://${served.where}/${place}`);
  }
  afterEach(async () => {
    await context.close();
    await served.end();
    expect(faults.splice(0)).toEqual([]);
  });

  const row = (address: string): ReturnType<Page['locator']> => page.locator(`[role=row][data-key="${address}"]`);
  const button = (name: string | RegExp): ReturnType<Page['getByRole']> => page.getByRole('button', { name });

  it('signs in by the link once, forgets its token, asks nobody else, and is small', async () => {
    served = await serveMachine(MACHINES.z);
    context = await browser.newContext();
    page = await context.newPage();
    const hosts = new Set<string>();
    let bytes = 0;
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    page.on('requestfinished', (request) => {
      if (/\/$|\.(js|css|html)$/.test(new URL(request.url()).pathname)) void request.sizes().then(({ responseBodySize }) => (bytes += responseBodySize));
    });
    await page.goto(served.link);
    await page.getByText('PCHID 0x0128').waitFor();
    expect(page.url()).not.toContain('token');
    expect([...hosts].filter((host) => host !== '')).toEqual([served.where]);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(FIRST_LOAD_KB * 1024);
    await page.reload();
    await page.getByText('PCHID 0x0128').waitFor();
    const other = await browser.newContext();
    const stranger = await other.newPage();
    await stranger.goto(served.link);
    await stranger.getByText('You are not signed in here').waitFor();
    await other.close();
  });

  it('gives a function to a guest that runs and takes it back, with the keyboard alone', async () => {
    await open(MACHINES.z);
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await press('/');
    await page.keyboard.type('0x60');
    await page.getByText('1 row found').waitFor();
    // Out of the search, past filters and layouts, into the rows: the grid is one stop.
    for (let stops = 0; stops < 12 && (await page.locator('[role=row]:focus').count()) === 0; stops += 1) await press('Tab');
    await press('End', 'Enter');
    await page.locator('h2:focus', { hasText: '0030:00:00.0' }).waitFor();
    await press('Escape');
    await page.locator('[role=row]:focus').waitFor();
    await press('g');
    await page.getByLabel('Guest', { exact: true }).focus();
    await page.keyboard.type('linux1');
    await button('Check').focus();
    await press('Enter');
    await button('Plan').focus();
    await press('Enter');
    await page.getByText('00:02.0 uid').waitFor();
    expect(await page.locator('section:focus').getAttribute('aria-label')).toBe('Change, step Plan');
    await button('Give 0030:00:00.0 to linux1').focus();
    await press('Enter');
    await page.getByText(/^done in/).waitFor();
    expect(served.libvirt.qemu.named('linux1').live).toContain("domain='0x0030'");
    await page.reload();
    await page.getByText(/^done in/).waitFor();
    await button('Undo…').focus();
    await press('Enter');
    await button('Undo: Give 0030:00:00.0 to linux1').focus();
    await press('Enter');
    await page.getByText(/^done in/).waitFor();
    expect(served.libvirt.qemu.named('linux1').live).not.toContain("domain='0x0030'");
  });

  it('shows within a second or so what somebody else changes, marks it, and says when the server is away', async () => {
    await open(MACHINES.pc);
    expect(await row('0000:03:00.0').innerText()).toContain('nvme');
    const began = Date.now();
    await served.kernel.write('/sys/bus/pci/devices/0000:03:00.0/driver/unbind', '0000:03:00.0');
    await row('0000:03:00.0').getByText('no driver').waitFor();
    // A second on a quiet machine; this one may do other things.
    expect(Date.now() - began).toBeLessThan(5000);
    expect(await row('0000:03:00.0').getAttribute('data-marked')).toBe('');
    await served.stopServer();
    await page.getByText('reconnecting').waitFor();
    expect(await row('0000:03:00.0').count()).toBe(1);
    await served.restart();
    await page.getByText('You are not signed in here').waitFor();
  });

  it('refuses with the evidence of the command, and asks for the address before anything is forced', async () => {
    await open(MACHINES.pc, `#/host/check?${new URLSearchParams({ wish: '{"verb":"prepare","functions":["0000:02:00.0"]}' }).toString()}`);
    await button('Plan').click();
    await page.getByRole('alert').getByText('nvme0n1p2 → mounted on /').first().waitFor();
    await button('Plan it by force…').click();
    const apply = button('Prepare 0000:02:00.0');
    await apply.waitFor();
    expect(await apply.isDisabled()).toBe(true);
    await page.getByLabel('Type 0000:02:00.0 to go on').fill('0000:02:00.0');
    expect(await apply.isEnabled()).toBe(true);
    expect(existsSync(served.stateDirectory)).toBe(false);
  });

  it('writes nothing where the plan is not so any more, and plans again', async () => {
    await open(MACHINES.pc, `#/host/check?${new URLSearchParams({ wish: '{"verb":"prepare","functions":["0000:03:00.0"]}' }).toString()}`);
    await button('Plan').click();
    await button('Prepare 0000:03:00.0').waitFor();
    await served.kernel.write('/sys/bus/pci/devices/0000:03:00.0/driver/unbind', '0000:03:00.0');
    const { length } = served.kernel.writes;
    await button('Prepare 0000:03:00.0').click();
    await page.getByText('What has changed since').waitFor();
    expect(served.kernel.writes).toHaveLength(length);
    expect(existsSync(served.stateDirectory)).toBe(false);
    await button('Plan again').click();
    await button('Prepare 0000:03:00.0').click();
    await page.getByText(/^done in/).waitFor();
    expect(served.kernel.driverOf('0000:03:00.0')).toBe('vfio-pci');
  });

  const checkOf = (wish: object): string => `#/host/check?${new URLSearchParams({ wish: JSON.stringify(wish) }).toString()}`;

  it('finds what became of a plan whose answer was lost, and tries what never arrived again', async () => {
    await open(MACHINES.pc, checkOf({ verb: 'prepare', functions: ['0000:03:00.0'] }));
    await button('Plan').click();
    // The server does it, and its answer is lost on the way.
    await page.route('**/apply', async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    });
    await button('Prepare 0000:03:00.0').click();
    await page.getByText(/^done in/).waitFor();
    await page.goBack();
    await page.getByText(/carried out once: done/).waitFor();
    await button('What became of it').click();
    await button('Undo…').click();
    await page.unroute('**/apply');
    await page.route('**/apply', (route) => route.abort('connectionreset'), { times: 1 });
    await button('Undo: Prepare 0000:03:00.0').click();
    await page.getByText('knows of no operation of this plan').waitFor();
    expect(served.kernel.driverOf('0000:03:00.0')).toBe('vfio-pci');
    await button('Try again').click();
    await page.getByText(/^done in/).waitFor();
    expect(served.kernel.driverOf('0000:03:00.0')).toBe('nvme');
  });

  it('asks for another value of its tab where the server has forgotten the first one', async () => {
    await open(MACHINES.pc, checkOf({ verb: 'prepare', functions: ['0000:03:00.0'] }));
    await button('Plan').waitFor();
    // More tabs than a session has.
    await page.evaluate("Promise.all(Array.from({ length: 64 }, () => fetch('api/v1/session')))");
    await button('Plan').click();
    await button('Prepare 0000:03:00.0').click();
    await page.getByText(/^done in/).waitFor();
  });

  it('has somebody sign in again whose session ends between two requests, and goes on where he was', async () => {
    await open(MACHINES.pc, checkOf({ verb: 'prepare', functions: ['0000:03:00.0'] }));
    await button('Plan').waitFor();
    await context.clearCookies();
    await button('Plan').click();
    await page.getByText('You are not signed in here').waitFor();
    // The link of a server that was started anew, opened in the same tab: nothing is loaded then.
    await page.goto(await served.restart());
    await button('Plan').click();
    await button('Prepare 0000:03:00.0').waitFor();
    expect(page.url()).not.toContain('token');
  });

  it('plans again what a server that was started anew knows nothing of', async () => {
    await open(MACHINES.pc, checkOf({ verb: 'prepare', functions: ['0000:03:00.0'] }));
    await button('Plan').click();
    await button('Prepare 0000:03:00.0').waitFor();
    const place = new URL(page.url()).hash;
    // The link is taken once: whoever loads the page anew before the answer is not signed in.
    const signedIn = page.waitForResponse((answer) => answer.url().endsWith('/session') && answer.request().method() === 'POST');
    await page.goto(await served.restart());
    await signedIn;
    await page.goto(`http://${served.where}/${place}`);
    await page.reload();
    await button('Plan again').click();
    await button('Prepare 0000:03:00.0').waitFor();
    expect(new URL(page.url()).hash).not.toBe(place);
  });

  /** From the form to the end of the operation. */
  async function carryOut(apply: string | RegExp): Promise<void> {
    await button('Check').click();
    await button('Plan').click();
    await button(apply).click();
    await page.getByText(/^done in/).waitFor();
  }
  const ask = (wish: object): string => `#/host/choose?${new URLSearchParams({ wish: JSON.stringify(wish) }).toString()}`;

  it('makes virtual functions and gives one a MAC address and a VLAN', async () => {
    await open(MACHINES.pc, ask({ verb: 'vf create', physicalFunction: '0000:04:00.0' }));
    await page.getByLabel('How many there are to be').fill('4');
    await carryOut(/^Make 4 virtual functions/);
    await page.goto(`http://${served.where}/#/host?toggled=vfs+0000%3A04%3A00.0`);
    await row('0000:04:10.2').click();
    await button('MAC, VLAN…').click();
    await page.getByLabel('MAC address').fill('52:54:00:00:00:07');
    await page.getByLabel('VLAN').fill('42');
    await carryOut('Set 0000:04:10.2');
    await page
      .getByText('--mac 52:54:00:00:00:07')
      .or(page.getByText(/vlan 42/).first())
      .first()
      .waitFor();
  });

  it('swaps one function for another, and switches a slot off and on', async () => {
    await open(MACHINES.z, ask({ verb: 'attach', guest: 'linux1', functions: ['0030:00:00.0'] }));
    await carryOut(/^Give/);
    await page.goto(`http://${served.where}/#/host?open=0030%3A00%3A00.0`);
    await button('Swap in linux1…').click();
    await page.getByRole('group', { name: 'Gives instead' }).getByText('0031:00:00.0').click();
    await carryOut('Swap 0030:00:00.0 for 0031:00:00.0 in linux1');
    expect(served.libvirt.qemu.named('linux1').live).toContain("domain='0x0031'");
    await page.goto(`http://${served.where}/#/host?open=0032%3A00%3A00.0`);
    await button('Slot off…').click();
    await carryOut('Switch 0x00000062 off');
    await page.goto(`http://${served.where}/#/host`);
    await row('fid 0x00000062').getByText('standby').waitFor();
    await row('fid 0x00000062').click();
    await button('Configure…').click();
    await carryOut('Switch 0x00000062 on');
    await page.goto(`http://${served.where}/#/host`);
    await row('0032:00:00.0').waitFor();
  });

  it('plans a wish that is written or opened, with what is wrong at its line, applies it as one operation, and undoes it', async () => {
    await open(MACHINES.pc, '#/activity');
    await button('Apply a wish…').click();
    // The field until the editor is there is called the same.
    await page.locator('.cm-content').waitFor();
    const text = page.getByRole('textbox', { name: 'Wish', exact: true });
    const planIt = page.getByRole('button', { name: 'Plan', exact: true });
    await text.fill('formatVersion: 1\nfunction: []\n');
    await button(/there is no 'function' here/).waitFor();
    expect(await planIt.isDisabled()).toBe(true);
    await text.fill('formatVersion: 1\nfunctions: [{ function: "0000:02:00.0" }]\n');
    await planIt.click();
    await button(/\[function-in-use\]/).click();
    await page.locator('.cm-content:focus').waitFor();
    await page.reload();
    await page.locator('.cm-content').getByText('0000:02:00.0').waitFor();
    expect(page.url()).not.toContain('formatVersion');
    await page.getByLabel('Open a file').setInputFiles({ name: 'workshop.yaml', mimeType: 'application/yaml', buffer: Buffer.from(WISH) });
    await planIt.click();
    await page.getByRole('heading', { name: 'Apply workshop.yaml' }).waitFor();
    await page.getByText('web has virtual function 0 of 0000:04:00.0: planned once 0000:04:00.0 has its virtual functions').waitFor();
    await page.getByRole('tab', { name: 'Wish' }).click();
    await page.getByText('hostdevs: [{ function:').waitFor();
    await page.getByRole('tab', { name: 'Command' }).click();
    await page.getByText('hostdev apply -f workshop.yaml --yes').waitFor();
    await page.reload();
    await button('Apply workshop.yaml').click();
    await page.getByText(/^done in/).waitFor();
    expect(served.kernel.driverOf('0000:03:00.0')).toBe('vfio-pci');
    expect(served.libvirt.qemu.named('web').config).toContain("bus='0x04'");
    await page.getByText('attach 0000:04:10.0 in web').waitFor();
    await button('Undo…').click();
    await button('Undo: Apply workshop.yaml').click();
    await page.getByText(/^done in/).waitFor();
    expect(served.kernel.driverOf('0000:03:00.0')).toBe('nvme');
    expect(served.libvirt.qemu.named('web').config).not.toContain("bus='0x04'");
  });

  it('undoes several operations by one plan, chosen where they are listed', async () => {
    await open(MACHINES.pc, ask({ verb: 'prepare', functions: ['0000:03:00.0'] }));
    await carryOut(/^Prepare/);
    await page.goto(`http://${served.where}/${ask({ verb: 'vf create', physicalFunction: '0000:04:00.0', numVfs: 2 })}`);
    await carryOut(/^Make 2/);
    await page.goto(`http://${served.where}/#/activity`);
    for (const box of await page.getByRole('checkbox', { name: /to be undone$/ }).all()) await box.check();
    await button('Undo 2 operations…').click();
    await page.getByRole('tab', { name: 'Command' }).click();
    await page.getByText('No command does the same').waitFor();
    await button('Undo 2 operations').click();
    await page.getByText(/^done in/).waitFor();
    expect([served.kernel.driverOf('0000:03:00.0'), await served.kernel.list('/sys/bus/pci/devices/0000:04:10.0')]).toEqual(['nvme', undefined]);
    await page.goto(`http://${served.where}/#/activity`);
    // What is undone can be done again; what was done first is no more to be undone.
    await page.getByRole('link', { name: 'Undo 2 operations' }).waitFor();
  });

  it('adds places for hot-plug from the page of a guest, which says that they come with its next start', async () => {
    await open(MACHINES.pc, '#/guests?open=web');
    await button('Add…').click();
    await page.getByLabel('How many root ports more').fill('3');
    await carryOut('Add 3 root ports to web');
    expect(served.libvirt.qemu.named('web').config?.split("model='pcie-root-port'").length).toBeGreaterThan(3);
  });

  it('shows of a plan what becomes of the host and of the guest, what is written, the definition, the command and its JSON', async () => {
    await open(MACHINES.pc, checkOf({ verb: 'attach', guest: 'web', functions: ['0000:03:00.0'], scope: 'live and config' }));
    await button('Plan').click();
    const tab = (name: string): ReturnType<Page['getByRole']> => page.getByRole('tab', { name });
    await tab('Host afterwards').waitFor();
    const cells = page.getByRole('row', { name: /0000:03:00\.0/ }).getByRole('cell');
    expect(await cells.allInnerTexts()).toEqual([expect.stringMatching(/free nvme/), expect.stringMatching(/held vfio-pci · → web at /)]);
    // Arrows go from one to the next; each is told by its name.
    await tab('Host afterwards').focus();
    for (const [name, seen] of [
      ['Guest afterwards', 'In the guest'],
      ['Host writes', 'Nothing is written on the host by hostdev'],
      ['XML diff', "<hostdev mode='subsystem'"],
      ['Command', 'hostdev attach web 0000:03:00.0 --live --config --yes'],
      ['JSON', '"dryRun": true'],
    ] as const) {
      await page.keyboard.press('ArrowRight');
      expect(await tab(name).getAttribute('aria-selected')).toBe('true');
      await page.getByRole('tabpanel').getByText(seen).first().waitFor();
    }
  });

  it('says how long a guest has left, stops, and undoes', async () => {
    await open(MACHINES.z, ask({ verb: 'attach', guest: 'linux1', functions: ['0030:00:00.0'], scope: 'live' }));
    await carryOut(/^Give/);
    served.libvirt.qemu.named('linux1').onDetach = 'ignore';
    await page.goto(`http://${served.where}/${ask({ verb: 'detach', guest: 'linux1', functions: ['0030:00:00.0'], scope: 'live' })}`);
    await button('Check').click();
    await button('Plan').click();
    await button(/^Take/).click();
    await page.getByText(/the guest has \d+ s left to let go/).waitFor();
    await page.reload();
    // Its record is open as long as it runs; that is no interruption.
    await button('Stop and undo').waitFor();
    expect(await page.getByText('Interrupted').count()).toBe(0);
    await button('Stop and undo').click();
    await page.getByText(/^stopped in/).waitFor();
    expect(await button('Undo…').count()).toBe(0);
  });

  it('finds what a server that was killed has left, and recovers it by a plan', async () => {
    await open(MACHINES.pc, '#/host/operation/of-the-one-before');
    await page.getByText('Nothing is interrupted').waitFor();
    const { kernel, stateDirectory } = served;
    await appendRecords(stateDirectory, {
      ...{ kind: 'begin', id: 'open', time: '2026-11-26T08:00:00.000Z', boot: await bootId(kernel), by: 'root', subject: '0000:03:00.0' },
      ...{ verb: 'prepare', before: { driver: 'nvme', override: null }, wanted: { driver: 'vfio-pci', override: 'vfio-pci' } },
    });
    await kernel.write('/sys/bus/pci/devices/0000:03:00.0/driver/unbind', '0000:03:00.0');
    await page.getByText('Interrupted: prepare 0000:03:00.0').waitFor();
    await button('Recover…').first().click();
    await carryOut('Recover what was interrupted');
    expect(kernel.driverOf('0000:03:00.0')).toBe('nvme');
    await page.getByText('Interrupted: prepare').waitFor({ state: 'hidden' });
  });

  it('shows the fleet of its host: hosts, functions that are searched for, claims, and where a definition can run', async () => {
    const fleet = fleetOfScenes();
    await open(MACHINES.pc, '', { fleet });
    await page.getByRole('link', { name: 'Fleet' }).click();
    const line = (name: string | RegExp): ReturnType<Page['getByRole']> => page.getByRole('row', { name });
    await line(/^kvm4/).getByText('silent').waitFor();
    expect(await line(/^workshop/).innerText()).toMatch(
      /this host[\s\S]*alive[\s\S]*gpu: 1 function, 0 free, 1 held, 0 in use[\s\S]*nic: 2 functions, 1 free, 0 held, 1 in use/,
    );
    await page.getByRole('link', { name: 'kvm2' }).click();
    await page.getByText('4 functions', { exact: true }).waitFor();
    // By the keyboard: search, a vendor, only what is free.
    await page.locator('h2').click();
    await page.keyboard.press('/');
    expect(await page.locator('#search').inputValue()).toBe('kvm2');
    await page.keyboard.press('Tab');
    await page.keyboard.type('10de');
    await page.keyboard.press('Enter');
    await page.getByText('2 functions', { exact: true }).waitFor();
    await page.getByLabel('free, and claimed by nobody').check();
    // What somebody else claims is seen.
    await fleet.claim(0, 'mail');
    await page.getByText('1 function', { exact: true }).waitFor();
    expect(await page.getByRole('rowheader').allInnerTexts()).toEqual(['kvm2']);
    await page.reload();
    await page.getByText('1 function', { exact: true }).waitFor();
    await page.getByLabel('Vendor').fill('Intel');
    await button('Search').click();
    await page.getByRole('alert').getByText("vendor 'Intel' is no id").waitFor();
    await page.getByRole('link', { name: 'Claims' }).click();
    await line(/^kvm2 0000:3b:00.0/)
      .getByText('mail')
      .waitFor();
    await page.getByLabel('State').selectOption('lost');
    await page.getByText('1 claim;').waitFor();
    await page.getByRole('link', { name: 'Placement' }).click();
    await page.locator('.cm-content').waitFor();
    await page.getByRole('textbox', { name: 'Domain XML' }).fill(MAPPED_DEFINITION);
    await button('Find hosts').click();
    await page.getByText('1 of 5 hosts can run guest.xml now').waitFor();
    await line(/^kvm3/).getByText('guest db on kvm3').waitFor();
    await button('The definition on kvm2').click();
    await page.getByLabel('what differs on kvm2').getByText("slot='0x01'").waitFor();
    await page.getByRole('combobox', { name: 'Definition' }).selectOption('web');
    await button('Find hosts').click();
    await page.getByText(/hosts can run web now/).waitFor();
    expect(await accessFaults(page)).toEqual([]);
  });

  it('shows no hosts for a definition when they are found after another one was chosen', async () => {
    await open(MACHINES.pc, '#/fleet?fleet-part=placement', { fleet: fleetOfScenes() });
    await page.locator('.cm-content').waitFor();
    let answer = (): void => undefined;
    await page.route('**/fleet/placements', async (route) => {
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      await route.continue();
    });
    await page.getByRole('textbox', { name: 'Domain XML' }).fill(MAPPED_DEFINITION);
    await button('Find hosts').click();
    await page.getByText('Looking at every host…').waitFor();
    await page.getByRole('combobox', { name: 'Definition' }).selectOption('web');
    await button('Find hosts').waitFor();
    const answered = page.waitForResponse('**/fleet/placements');
    answer();
    await (await answered).finished();
    await page.unroute('**/fleet/placements');
    expect(await page.getByText(/hosts can run/).count()).toBe(0);
    await button('Find hosts').click();
    await page.getByText(/hosts can run web now/).waitFor();
    expect(await page.getByText(/hosts can run/).count()).toBe(1);
  });

  it('keeps what it has seen of a fleet whose store is away, says from when that is, and goes on', async () => {
    const fleet = fleetOfScenes();
    await open(MACHINES.pc, '#/fleet', { fleet });
    await page.getByText('5 hosts').waitFor();
    fleet.setAway(true);
    await page.getByText(/^State of .*nobody answers at https:\/\/etcd1:2379/).waitFor();
    expect(await page.getByRole('row').count()).toBe(6);
    fleet.setAway(false);
    await page.getByText(/^State of/).waitFor({ state: 'detached' });
    await page.getByText('5 hosts').waitFor();
  });

  it('says of a host that is of no fleet how to join one', async () => {
    await open(MACHINES.pc, '#/fleet');
    await page.getByText('this machine is of no fleet').waitFor();
    await page.getByText("'hostdev fleet join' makes it a host of one").waitFor();
  });

  it('moves no row below somebody who is among them: what has gone says so, and what has come waits', async () => {
    await open(MACHINES.pc, '#/host?as=table');
    const keys = (): Promise<(string | null)[]> => page.locator('[role=row][data-key]').evaluateAll((rows) => rows.map((each) => each.dataset['key'] ?? null));
    await row('0000:04:00.0').focus();
    const before = await keys();
    await served.kernel.write('/sys/bus/pci/devices/0000:04:00.0/sriov_numvfs', '4');
    await page.getByText('4 rows more when you leave the rows').waitFor();
    expect(await keys()).toEqual(before);
    // A key leads to the row that is seen beside it.
    await page.keyboard.press('ArrowUp');
    expect(await page.locator('[role=row]:focus').getAttribute('data-key')).toBe(before[before.indexOf('0000:04:00.0') - 1]);
    await page.locator('#search').focus();
    await row('0000:04:10.0').waitFor();
    await row('0000:04:10.2').focus();
    await served.kernel.write('/sys/bus/pci/devices/0000:04:00.0/sriov_numvfs', '0');
    await row('0000:04:10.2').getByText('gone', { exact: true }).waitFor();
    expect(await page.locator('[role=row]:focus').getAttribute('data-key')).toBe('0000:04:10.2');
    await page.locator('#search').focus();
    await row('0000:04:10.2').waitFor({ state: 'detached' });
    expect(await keys()).toEqual(before);
  });

  it('comes to every row of a large table by the keyboard, and draws no more than it needs', async () => {
    await open(largeMachine(5, 50));
    for (const bus of [10, 11, 12, 13, 14]) await served.kernel.write(`/sys/bus/pci/devices/0000:${bus}:00.0/sriov_numvfs`, '63');
    await page.getByText('320 functions').waitFor();
    await button('Table').click();
    await row('0000:10:00.0').focus();
    expect(await page.locator('[role=row]').count()).toBeLessThan(250);
    await page.keyboard.press('End');
    await page.locator('[role=row]:focus').waitFor();
    expect(await page.locator('[role=row]').count()).toBe(321);
    await page.getByLabel(/^Search/).fill('14:00.0');
    await page.getByText('1 row found').waitFor();
    expect(await page.locator('[role=row]').count()).toBe(2);
  });

  it('has nothing that axe finds, in forced colours too', async () => {
    served = await serveMachine(MACHINES.pc, { fleet: fleetOfScenes() });
    // axe is put into the page, which its policy forbids everybody else.
    context = await browser.newContext({ bypassCSP: true, forcedColors: 'active', viewport: { width: 320, height: 800 } });
    page = await context.newPage();
    await page.goto(served.link);
    await page.getByText('live', { exact: true }).waitFor();
    const fleet = ['', '?fleet-part=functions', '?fleet-part=claims', '?fleet-part=placement'].map((part) => `#/fleet${part}`);
    for (const place of ['#/host', '#/host?open=0000%3A01%3A00.0', '#/guests', '#/activity', ...fleet, ask({ verb: 'apply', text: 'formatVersion: 2\n' })]) {
      await page.goto(`http://${served.where}/${place}`);
      await page.getByRole('main').waitFor();
      expect(await accessFaults(page)).toEqual([]);
    }
  });
});
