/** What `npm test` has no time for, of the page of an emulated PC: virtual functions, swap, libvirt's daemon killed, the server killed at every step. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeUnless } from '../../test/skip.ts';
import { ask, carryOut, click, give, leave, rowOf, takeBack } from '../browser/host-page.ts';
import type { LabHost } from '../machine/running.ts';
import { killsDaemon } from '../page/flows/killed-daemon.ts';
import { type KilledChange, killServerAtSteps } from '../page/flows/killed-server.ts';
import { driverOf, heldBy, listedFunctions } from '../page/flows/looking.ts';
import { swapsInGuest } from '../page/flows/swap.ts';
import { type OpenedPage, openPageOn } from '../page/opened.ts';
import { bootPcWithGuest } from '../page/pc-with-guest.ts';
import { waitForGuest } from '../pc/guest.ts';
import { labReason } from '../reason.ts';

const VF_MAC = '52:54:00:00:02:42';

const GUEST_MS = 4 * 60_000;

const RESTART =
  'p=$(pidof libvirtd); kill -9 $p; while [ -d /proc/$p ]; do usleep 50000; done; rm -f /run/libvirtd.pid; libvirtd > /run/libvirtd.log 2>&1 & until virsh -q -r uri >/dev/null 2>&1; do usleep 100000; done';

describeUnless(await labReason('pc-host', 'browser'), 'the page of an emulated PC, when things go on or wrong', () => {
  let host: LabHost;
  let opened: OpenedPage;
  let page: Page;
  let [nic, nic2, pf] = ['', '', ''];

  beforeAll(async () => {
    host = await bootPcWithGuest(['nic', 'second-nic', 'sriov-nic']);
    const listed = await listedFunctions(host);
    const [first, second] = listed.filter(({ driver }) => driver === 'e1000e');
    const one = (name: string): string => listed.find(({ driver }) => driver === name)?.hostAddress ?? '';
    [nic, nic2, pf] = [first?.hostAddress ?? '', second?.hostAddress ?? '', one('igb')];
    opened = await openPageOn(host, () => waitForGuest(host, 'web', GUEST_MS));
    page = opened.page;
  });
  afterAll(async () => {
    await opened?.close();
    await host?.stop();
  });

  const startAgain = async (): Promise<void> => {
    if ((await host.sh('virsh domstate web')).includes('running')) return;
    await host.sh(': > /share/web.console; virsh -q start web');
    await waitForGuest(host, 'web', GUEST_MS);
  };

  it('tells what came of a function that was being given when the daemon was killed, and goes on with the next daemon', async () => {
    process.stdout.write(`${await killsDaemon({ host, page }, { guest: 'web', address: nic, driver: 'e1000e', restart: RESTART })}\n`);
    await startAgain();
    await waitForGuest(host, 'web', GUEST_MS, (all) => all.every(({ driver }) => driver !== 'e1000e'));
  });

  it("swaps one function of the guest for another, which the guest's kernel has at the same place", async () => {
    const { planned } = await give(page, nic, 'web');
    await leave(page);
    await swapsInGuest({ host, page }, { guest: 'web', old: nic, next: nic2, driver: 'e1000e' });
    const seen = await waitForGuest(host, 'web', GUEST_MS, (all) => all.some(({ mac }) => mac === '52:54:00:00:12:00'));
    expect(seen.filter(({ driver }) => driver === 'e1000e')).toMatchObject([{ address: planned.guestAddress, mac: '52:54:00:00:12:00' }]);
    await host.says(`detach web ${nic2} --live --yes`);
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

  const releaseAll = async (): Promise<void> => {
    for (const held of await heldBy(host, 'web')) await host.says(`detach web ${held.split(' ')[0]} --persistent --yes`);
  };
  const giveOne = async (): Promise<void> => {
    if ((await heldBy(host, 'web')).join() === `${nic} live config`) return;
    await releaseAll();
    await host.says(`attach web ${nic} --persistent --yes`);
  };
  const guestState = async (): Promise<string> =>
    [(await heldBy(host, 'web')).join() || 'nothing', await driverOf(host, nic), await driverOf(host, nic2)].join('; ');
  const [none, one] = ['nothing; e1000e; e1000e', (): string => `${nic} live config; vfio-pci; e1000e`];
  const changes: Readonly<Record<string, () => KilledChange>> = {
    detach: () => ({
      wish: { verb: 'detach', guest: 'web', functions: [nic], scope: 'persistent' },
      name: `Take ${nic} back from web`,
      setUp: giveOne,
      state: guestState,
      ends: [one(), none],
    }),
    swap: () => ({
      wish: { verb: 'swap', guest: 'web', old: nic, next: nic2 },
      name: `Swap ${nic} for ${nic2} in web`,
      setUp: giveOne,
      state: guestState,
      ends: [one(), `${nic2} live config; e1000e; vfio-pci`],
    }),
  };
  it.each(Object.keys(changes))(
    'finds %s again after a reload at each step; where the server is killed there and started again, it offers to recover, which ends in the old or the new state',
    async (verb) => {
      const lines = await killServerAtSteps({ host, served: opened.served, page }, changes[verb]?.() as KilledChange);
      // Before the first step and behind it at least.
      expect(lines.length).toBeGreaterThanOrEqual(2);
    },
  );
});
