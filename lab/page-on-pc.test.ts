/** The page in a browser, of a host with a real kernel: the server runs in an emulated PC, as root of it, and its port leads here. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeUnless } from '../test/skip.ts';
import { give, leave, rowOf, takeBack } from './browser/host-page.ts';
import type { LabHost } from './machine/running.ts';
import { inSeconds, seesWhatVirshDoes } from './page/flows/behind-its-back.ts';
import { driverOf, listedFunctions } from './page/flows/looking.ts';
import { refusesWithEvidence } from './page/flows/refusal.ts';
import { filtersRows } from './page/flows/rows.ts';
import { refusesStalePlan } from './page/flows/stale-plan.ts';
import { type OpenedPage, openPageOn } from './page/opened.ts';
import { bootPcWithGuest } from './page/pc-with-guest.ts';
import { waitForGuest } from './pc/guest.ts';
import { labReason } from './reason.ts';

const GUEST_MS = 4 * 60_000;

/** Within a second where nothing else runs; emulated, beside other tests, it may take longer. */
const SEEN_MS = 60_000;

describeUnless(await labReason('pc-host', 'browser'), 'the page of an emulated PC', () => {
  let host: LabHost;
  let opened: OpenedPage;
  let page: Page;
  let [nic, nvme] = ['', ''];

  beforeAll(async () => {
    host = await bootPcWithGuest(['nic', 'nvme']);
    const listed = await listedFunctions(host);
    [nic, nvme] = ['e1000e', 'nvme'].map((name) => listed.find(({ driver }) => driver === name)?.hostAddress ?? '') as [string, string];
    opened = await openPageOn(host, () => waitForGuest(host, 'web', GUEST_MS));
    page = opened.page;
  });
  afterAll(async () => {
    await opened?.close();
    await host?.stop();
  });

  it('has a row for every function that the command lists, with the same driver, and filters them; in the tree a port is in the row of its only function', async () => {
    expect(await rowOf(page, nic).innerText()).toContain(`00:08.0 › ${nic}`);
    await filtersRows({ host, page });
  });

  it('gives a function to the guest that runs, step by step; its kernel has it where the plan said; and takes it back', async () => {
    const { planned, steps, during, ended } = await give(page, nic, 'web');
    expect(planned.hostAddress).toBe(nic);
    expect(steps.length).toBeGreaterThan(0);
    expect(during).toContain('doing');
    expect(new Set(ended)).toEqual(new Set(['done']));
    const seen = await waitForGuest(host, 'web', GUEST_MS, (all) => all.some(({ driver }) => driver === 'e1000e'));
    expect(seen.find(({ driver }) => driver === 'e1000e')).toMatchObject({ address: planned.guestAddress, mac: '52:54:00:00:01:00' });
    expect(await driverOf(host, nic)).toBe('vfio-pci');
    expect(await host.says('history')).toMatch(/over the page from 127\.0\.0\.1/);
    await takeBack(page, nic, 'web');
    await waitForGuest(host, 'web', GUEST_MS, (all) => all.every(({ driver }) => driver !== 'e1000e'));
    expect(await driverOf(host, nic)).toBe('e1000e');
    await leave(page);
    await rowOf(page, nic).getByText('e1000e').waitFor();
  });

  it('refuses with 412 what is planned for a function that the kernel has taken from its driver meanwhile, and nothing is written, not in the journal either', async () => {
    await refusesStalePlan({ host, page }, nvme);
  });

  it("refuses the disk that the host runs from, with the command's own evidence, and writes nothing down", async () => {
    const root = (await listedFunctions(host)).find(({ evidence }) => evidence.some((chain) => chain.endsWith('mounted on /')));
    await refusesWithEvidence({ host, page }, root?.hostAddress ?? '');
  });

  it('shows what virsh changes behind its back', async () => {
    // What is seen at once is seen because the kernel is heard.
    expect(await host.sh("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")).toContain('udevadm monitor --kernel');
    const delays = await seesWhatVirshDoes({ host, page }, { address: nic, driver: 'e1000e' });
    process.stderr.write(`what virsh had changed on the PC was shown ${inSeconds(delays)} after virsh had ended\n`);
    for (const delay of delays) expect(delay).toBeLessThan(SEEN_MS);
  });
});
