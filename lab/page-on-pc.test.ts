/** The page in a browser, of a host with a real kernel: the server runs in an emulated PC, as root of it, and its port leads here. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { itemsIn } from '../test/json/items.ts';
import { describeUnless } from '../test/skip.ts';
import { give, leave, openHostPage, rowOf, takeBack } from './browser/host-page.ts';
import { openBrowser } from './browser/session.ts';
import { installCommand, type LabHost } from './machine/running.ts';
import { type PageOnHost, pageOnHost } from './page/on-host.ts';
import { guestDefinition, waitForGuest } from './pc/guest.ts';
import { bootPc } from './pc/host.ts';
import { labReason } from './reason.ts';

const GUEST_MS = 4 * 60_000;

/** Within a second where nothing else runs; emulated, beside other tests, it may take longer. */
const SEEN_MS = 60_000;

describeUnless(await labReason('pc-host', 'browser'), 'the page of an emulated PC', () => {
  let host: LabHost;
  let served: PageOnHost;
  let browser: Browser;
  let page: Page;
  let nic = '';
  const functions = async (): Promise<{ hostAddress: string; driver: string | null; evidence: string[] }[]> => itemsIn(await host.says('list --json'));
  const driverOf = async (address: string): Promise<string> => (await host.sh(`basename $(readlink -f /sys/bus/pci/devices/${address}/driver)`)).trim();

  beforeAll(async () => {
    host = await bootPc({ root: 'plain', libvirt: true, places: ['nic', 'nvme'] });
    await installCommand(host, 'dist/cli');
    await installCommand(host, 'dist/web', 'web');
    await writeFile(join(host.share, 'web.xml'), guestDefinition('web'));
    await host.sh('virsh -q define /share/web.xml && virsh -q start web');
    nic = (await functions()).find(({ driver }) => driver === 'e1000e')?.hostAddress ?? '';
    served = await pageOnHost(host);
    browser = await openBrowser();
    await waitForGuest(host, 'web', GUEST_MS);
    page = await openHostPage(browser, await served.serve());
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
    await host?.stop();
  });

  it('has a row for every function that the command lists, with the same driver; in the tree a port is in the row of its only function', async () => {
    const listed = await functions();
    expect(await rowOf(page, nic).innerText()).toContain(`00:08.0 › ${nic}`);
    await page.getByRole('button', { name: 'Table', exact: true }).click();
    for (const { hostAddress, driver } of listed) expect(await rowOf(page, hostAddress).innerText()).toContain(driver ?? 'no driver');
    expect(await page.locator('[role=row][data-kind=function]').count()).toBe(listed.length);
    await page.getByRole('button', { name: 'Tree', exact: true }).click();
  });

  it('gives a function to the guest that runs, step by step; its kernel has it where the plan said; and takes it back', async () => {
    const { planned, steps, during, ended } = await give(page, nic, 'web');
    expect(planned.hostAddress).toBe(nic);
    expect(steps.length).toBeGreaterThan(0);
    expect(during).toContain('doing');
    expect(new Set(ended)).toEqual(new Set(['done']));
    const seen = await waitForGuest(host, 'web', GUEST_MS, (all) => all.some(({ driver }) => driver === 'e1000e'));
    expect(seen.find(({ driver }) => driver === 'e1000e')).toMatchObject({ address: planned.guestAddress, mac: '52:54:00:00:01:00' });
    expect(await driverOf(nic)).toBe('vfio-pci');
    expect(await host.says('history')).toMatch(/over the page from 127\.0\.0\.1/);
    await takeBack(page, nic, 'web');
    await waitForGuest(host, 'web', GUEST_MS, (all) => all.every(({ driver }) => driver !== 'e1000e'));
    expect(await driverOf(nic)).toBe('e1000e');
    await leave(page);
    await rowOf(page, nic).getByText('e1000e').waitFor();
  });

  it("refuses the disk that the host runs from, with the command's own evidence, and writes nothing down", async () => {
    const root = (await functions()).find(({ evidence }) => evidence.some((chain) => chain.endsWith('mounted on /')));
    const before = await host.says('history --json');
    await page.goto(
      `http://${served.where}/#/host/check?${new URLSearchParams({ wish: JSON.stringify({ verb: 'prepare', functions: [root?.hostAddress] }) }).toString()}`,
    );
    await page.getByRole('button', { name: 'Plan', exact: true }).click();
    const refusal = page.getByRole('alert');
    await refusal.waitFor();
    const said = await refusal.innerText();
    for (const chain of root?.evidence ?? ['no evidence']) expect(said).toContain(chain);
    const { stderr } = await host.hostdev(`prepare ${root?.hostAddress}`);
    expect(stderr).toContain(await refusal.locator('.refusal-what').innerText());
    expect(await host.says('history --json')).toBe(before);
    await page.getByRole('button', { name: 'Cancel' }).click();
  });

  it('shows what virsh changes behind its back', async () => {
    const device = `pci_${nic.replaceAll(/[:.]/g, '_')}`;
    // What is seen at once is seen because the kernel is heard.
    expect(await host.sh("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")).toContain('udevadm monitor --kernel');
    const delays: number[] = [];
    for (const [verb, driver] of [
      ['nodedev-detach', 'vfio-pci'],
      ['nodedev-reattach', 'e1000e'],
    ] as const) {
      const shown = rowOf(page, nic)
        .getByText(driver)
        .waitFor()
        .then(() => Date.now());
      await host.sh(`virsh -q ${verb} ${device}`);
      const changed = Date.now();
      delays.push(Math.max(0, (await shown) - changed));
    }
    process.stderr.write(`what virsh had changed on the PC was shown ${delays.map((ms) => (ms / 1000).toFixed(1)).join(' and ')} s after virsh had ended\n`);
    for (const delay of delays) expect(delay).toBeLessThan(SEEN_MS);
  });
});
