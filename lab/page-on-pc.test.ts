/** The page in a browser, of a host with a real kernel: the server runs in an emulated PC, as root of it, and its port leads here. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeUnless } from '../test/skip.ts';
import { ask, carryOut, click, give, leave, rowOf, takeBack } from './browser/host-page.ts';
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

const VF_MAC = '52:54:00:00:02:42';

const GUEST_MS = 4 * 60_000;

/** Within a second where nothing else runs; emulated, beside other tests, it may take longer. */
const SEEN_MS = 60_000;

describeUnless(await labReason('pc-host', 'browser'), 'the page of an emulated PC', () => {
  let host: LabHost;
  let opened: OpenedPage;
  let page: Page;
  let [nic, nvme, pf] = ['', '', ''];

  beforeAll(async () => {
    host = await bootPcWithGuest(['nic', 'nvme', 'sriov-nic']);
    const listed = await listedFunctions(host);
    [nic, nvme, pf] = ['e1000e', 'nvme', 'igb'].map((name) => listed.find(({ driver }) => driver === name)?.hostAddress ?? '') as [string, string, string];
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

  it('makes virtual functions, gives one a MAC address and a VLAN, which the card has, and then to the guest, whose kernel has them', async () => {
    await rowOf(page, pf).click();
    await click(page, 'Virtual functions…');
    await page.getByLabel('How many there are to be').fill('2');
    await carryOut(page, `Make 2 virtual functions of ${pf}`);
    const at = `/sys/bus/pci/devices/${pf}`;
    const netdev = (await host.sh(`basename ${at}/net/*`)).trim();
    // Virtual functions have no link without.
    await host.sh(`ip link set ${netdev} up`);
    const vf = (await host.sh(`basename "$(readlink ${at}/virtfn0)"`)).trim();
    expect(await host.sh(`cat ${at}/sriov_numvfs`)).toBe('2\n');
    await page.goto(`http://${opened.served.where}/#/host?${new URLSearchParams({ toggled: `vfs ${pf}` }).toString()}`);
    await rowOf(page, vf).click();
    await click(page, 'MAC, VLAN…');
    await page.getByLabel('MAC address').fill(VF_MAC);
    await page.getByLabel('VLAN').fill('42');
    await carryOut(page, `Set ${vf}`);
    expect(await host.sh(`ip link show ${netdev}`)).toMatch(new RegExp(`vf 0 +link/ether ${VF_MAC} .*vlan 42\\b`));
    await leave(page);
    const { planned } = await give(page, vf, 'web');
    const seen = await waitForGuest(host, 'web', GUEST_MS, (all) => all.some(({ mac }) => mac === VF_MAC));
    expect(seen.find(({ mac }) => mac === VF_MAC)).toMatchObject({ address: planned.guestAddress, driver: 'igbvf' });
    await takeBack(page, vf, 'web');
    await waitForGuest(host, 'web', GUEST_MS, (all) => all.every(({ mac }) => mac !== VF_MAC));
    await ask(page, { verb: 'vf remove', physicalFunction: pf });
    await carryOut(page, `Remove the virtual functions of ${pf}`);
    expect(await host.sh(`cat ${at}/sriov_numvfs`)).toBe('0\n');
    await leave(page);
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
