/** Every flow of the page on an emulated IBM Z host, but for those of the demonstration (`page-on-z.test.ts`). */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatFid, formatUid } from '../../src/pci/zpci.ts';
import { describeUnless } from '../../test/skip.ts';
import { carryOut, click, give, leave, rowOf } from '../browser/host-page.ts';
import type { LabHost } from '../machine/running.ts';
import { inSeconds, seesWhatVirshDoes } from '../page/flows/behind-its-back.ts';
import { killsDaemon } from '../page/flows/killed-daemon.ts';
import { type KilledChange, killServerAtSteps } from '../page/flows/killed-server.ts';
import { driverOf, heldBy, listedFunctions } from '../page/flows/looking.ts';
import { refusesWithEvidence } from '../page/flows/refusal.ts';
import { filtersRows } from '../page/flows/rows.ts';
import { refusesStalePlan } from '../page/flows/stale-plan.ts';
import { swapsInGuest } from '../page/flows/swap.ts';
import { installPage, type OpenedPage, openPageOn } from '../page/opened.ts';
import { labReason } from '../reason.ts';
import { GUEST_BOOT_MS, waitForGuestFunctions } from '../s390x/guest.ts';
import { bootHost, WAIT_FOR_LIBVIRT } from '../s390x/host.ts';
import { pauseGuest, SAVED_GUEST, wakeGuest, whileRunning } from '../s390x/saved-guest.ts';

const NVME = '0007:00:00.0';
const NVME_2 = '0031:00:00.0';
/** Function id of NVME_2, and what the kernel has of its slot. */
const FID_2 = '0x00000041';
const POWER_2 = '/sys/bus/pci/slots/00000041/power';
const IGB = '0009:00:00.0';

const RESTART = `p=$(ps | awk '/[l]ibvirtd/ { print $1 }'); kill -9 $p; while [ -d /proc/$p ]; do usleep 50000; done; rm -f /run/libvirtd.pid /run/libvirt/libvirt-sock; libvirtd >/run/libvirtd.out 2>&1 & ${WAIT_FOR_LIBVIRT}`;

/** Emulated, beside other tests. */
const SEEN_MS = 5 * 60_000;

describeUnless(await labReason('z-host', 'browser'), 'the page of an emulated IBM Z host', () => {
  let host: LabHost;
  let opened: OpenedPage;
  let page: Page;

  beforeAll(async () => {
    host = await bootHost();
    await installPage(host);
    await host.sh(WAIT_FOR_LIBVIRT);
    await wakeGuest(host);
    await pauseGuest(host);
    opened = await openPageOn(host);
    page = opened.page;
  });
  afterAll(async () => {
    await opened?.close();
    await host?.stop();
  });

  /** What the guest's own kernel shows: uid, fid and slot of each function. */
  const sees = async (...wanted: readonly string[]): Promise<void> => {
    const shown = async (): Promise<string[]> =>
      (await waitForGuestFunctions(host, `${SAVED_GUEST}.console`, GUEST_BOOT_MS)).map(({ uid, fid, slot }) => `${formatUid(uid)} ${formatFid(fid)} ${slot}`);
    await expect.poll(shown, { timeout: GUEST_BOOT_MS, interval: 500 }).toEqual(wanted);
  };

  it('has a row for every function below its channel, and filters them as the command lists them', async () => {
    const listed = await listedFunctions(host);
    const channels = await page.locator('[role=row][data-kind=channel]').allInnerTexts();
    expect(channels).toHaveLength(new Set(listed.map(({ pchid }) => pchid)).size);
    for (const { pchid } of listed) expect(channels.some((text) => text.includes(`PCHID ${pchid}`))).toBe(true);
    await filtersRows({ host, page });
  });

  it('swaps one function of the guest for another, and the guest has the same ids as before', async () => {
    await whileRunning(host, async () => {
      const { planned } = await give(page, NVME, SAVED_GUEST);
      const ids = `${planned.uid} ${planned.fid} ${planned.fid?.slice(2)}`;
      await sees(ids);
      await leave(page);
      await swapsInGuest({ host, page }, { guest: SAVED_GUEST, old: NVME, next: NVME_2, driver: 'nvme' });
      await sees(ids);
      await host.says(`detach ${SAVED_GUEST} ${NVME_2} --live --yes`);
      await sees();
    });
  });

  it('switches a slot off, where its function goes, and on again', async () => {
    await rowOf(page, NVME_2).click();
    await click(page, 'Slot off…');
    await carryOut(page, `Switch ${FID_2} off`);
    expect(await host.sh(`cat ${POWER_2}; [ -e /sys/bus/pci/devices/${NVME_2} ] || echo gone`)).toBe('0\ngone\n');
    await leave(page);
    await rowOf(page, `fid ${FID_2}`).getByText('standby').waitFor();
    await rowOf(page, `fid ${FID_2}`).click();
    await click(page, 'Configure…');
    await carryOut(page, `Switch ${FID_2} on`);
    expect(await host.sh(`cat ${POWER_2}`)).toBe('1\n');
    await leave(page);
    await rowOf(page, NVME_2).getByText('nvme', { exact: true }).waitFor();
  });

  it('refuses with 412 what is planned for a function that the kernel has taken from its driver meanwhile, and nothing is written, not in the journal either', async () => {
    await refusesStalePlan({ host, page }, NVME_2);
  });

  it("refuses a disk that is mounted, with the command's own evidence, and writes nothing down", async () => {
    await host.sh(`d=/dev/$(basename /sys/bus/pci/devices/${NVME_2}/nvme/nvme*/nvme*n1) && mke2fs -q $d && mkdir -p /mnt && mount -t ext4 $d /mnt`);
    try {
      await refusesWithEvidence({ host, page }, NVME_2);
    } finally {
      await host.sh('umount /mnt');
    }
  });

  it('shows what virsh changes behind its back', async () => {
    const delays = await seesWhatVirshDoes({ host, page }, { address: IGB, driver: 'igb' });
    process.stderr.write(`what virsh had changed on IBM Z was shown ${inSeconds(delays)} after virsh had ended\n`);
    for (const delay of delays) expect(delay).toBeLessThan(SEEN_MS);
  });

  it('tells what came of a function that was being given when the daemon was killed', async () => {
    await whileRunning(host, async () => {
      process.stdout.write(`${await killsDaemon({ host, page }, { guest: SAVED_GUEST, address: NVME, driver: 'nvme', restart: RESTART })}\n`);
      if ((await host.sh(`virsh domstate ${SAVED_GUEST}`)).includes('running')) await sees();
      else await wakeGuest(host);
    });
  });

  const releaseAll = async (): Promise<void> => {
    for (const held of await heldBy(host, SAVED_GUEST)) await host.says(`detach ${SAVED_GUEST} ${held.split(' ')[0]} --persistent --yes`);
  };
  const changes: Readonly<Record<string, KilledChange>> = {
    prepare: {
      wish: { verb: 'prepare', functions: [NVME_2] },
      name: `Prepare ${NVME_2}`,
      setUp: () => host.says(`release ${NVME_2}`),
      state: async () => `${await driverOf(host, NVME_2)} ${(await host.sh(`cat /sys/bus/pci/devices/${NVME_2}/driver_override`)).trim()}`,
      ends: ['nvme (null)', 'vfio-pci vfio-pci'],
    },
    'slot off': {
      wish: { verb: 'slot off', fids: [FID_2] },
      name: `Switch ${FID_2} off`,
      setUp: async () => {
        if ((await host.sh(`cat ${POWER_2}`)) === '0\n') await host.says(`slot on ${FID_2}`);
        await host.says(`release ${NVME_2}`);
      },
      state: async () => (await host.sh(`cat ${POWER_2}`)).trim(),
      ends: ['1', '0'],
    },
    attach: {
      wish: { verb: 'attach', guest: SAVED_GUEST, functions: [NVME], scope: 'persistent' },
      name: `Give ${NVME} to ${SAVED_GUEST}`,
      setUp: releaseAll,
      state: async () => `${(await heldBy(host, SAVED_GUEST)).join() || 'nothing'}; ${await driverOf(host, NVME)}`,
      ends: ['nothing; nvme', `${NVME} live config; vfio-pci`],
    },
  };
  it.each(Object.keys(changes))(
    'finds %s again after a reload at each step; where the server is killed there and started again, it offers to recover, which ends in the old or the new state',
    async (verb) => {
      const kill = (): Promise<string[]> => killServerAtSteps({ host, served: opened.served, page }, changes[verb] as KilledChange);
      // What a guest was given it has to let go of itself.
      const lines = await (verb === 'attach' ? whileRunning(host, kill) : kill());
      // Before the first step and behind it at least.
      expect(lines.length).toBeGreaterThanOrEqual(2);
    },
  );
});
