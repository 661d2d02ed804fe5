import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeUnless } from '../test/skip.ts';
import { installCommand, type LabHost } from './machine/running.ts';
import { duringChange, endGuest, strayDevices } from './mid-change.ts';
import { labReason } from './reason.ts';
import { guestDefinition, waitForGuestFunctions } from './s390x/guest.ts';
import { bootHost, WAIT_FOR_LIBVIRT } from './s390x/host.ts';
import { wakeGuest, wakeWithoutLibvirt } from './s390x/saved-guest.ts';
import { SCOPE } from './scope.ts';
import { itemsIn } from '../test/json/items.ts';

const GUEST_MS = 8 * 60_000;
const NVME = '0007:00:00.0';
const NVME_2 = '0031:00:00.0';

describeUnless(await labReason('z-host'), 'guests of an emulated IBM Z', () => {
  let host: LabHost;

  beforeAll(async () => {
    host = await bootHost();
    await installCommand(host, 'dist/cli');
    await installCommand(host, 'build/lab', 'lab');
    await host.sh(WAIT_FOR_LIBVIRT);
    await wakeGuest(host);
  });
  afterAll(async () => host?.stop());

  async function define(name: string): Promise<void> {
    await writeFile(join(host.share, `${name}.xml`), guestDefinition(name));
    await host.sh(`virsh -q define /share/${name}.xml`);
  }
  interface Report {
    readonly functions: readonly { readonly uid: string; readonly fid: string }[];
  }
  const change = async (words: string): Promise<Report> => itemsIn<Report>(await host.says(`${words} --yes --json`))[0] as Report;
  const driverOf = async (address: string): Promise<string> => (await host.sh(`basename $(readlink /sys/bus/pci/devices/${address}/driver)`)).trim();
  const held = async (name: string): Promise<string[]> => {
    const rows = itemsIn<{
      guest: string;
      functions: { hostAddress: string; uid: string; fid: string; live: boolean; config: boolean }[];
    }>(await host.says('guests --json'));
    const found = rows.find(({ guest }) => guest === name);
    return (found?.functions ?? []).map(
      ({ hostAddress, uid, fid, live, config }) => `${hostAddress} ${uid} ${fid} ${live ? 'live' : '-'} ${config ? 'config' : '-'}`,
    );
  };
  /** What the guest's own kernel shows: PCI domain, uid, fid and slot. */
  const sees = async (name: string, ...wanted: readonly string[]): Promise<void> => {
    const shown = async (): Promise<string[]> =>
      (await waitForGuestFunctions(host, `${name}.console`, GUEST_MS)).map(({ address, uid, fid, slot }) => `${address} ${uid} ${fid} ${slot}`).sort();
    await expect.poll(shown, { timeout: GUEST_MS, interval: 500 }).toEqual(wanted);
  };

  /** Ids of the functions that a guest's QEMU has, by its own word. */
  const zpciOf = async (name: string): Promise<string[]> => {
    const tree = await host.sh(`virsh qemu-monitor-command ${name} --hmp 'info qtree'`);
    const devices = tree.split(/^ *dev: /m).filter((device) => device.startsWith('zpci,'));
    const idOf = (device: string, id: string): string => new RegExp(`\\b${id} = (\\d+)`).exec(device)?.[1] ?? 'none';
    return devices.map((device) => `uid ${idOf(device, 'uid')} fid ${idOf(device, 'fid')}`).sort();
  };

  it('get a function with the uid and fid that were given, and let it go again', async () => {
    await change(`attach web ${NVME} --live --uid 0x21 --fid 0x55`);
    await sees('web', '0021:00:00.0 33 85 00000055');
    await change(`detach web ${NVME} --live`);
    await sees('web');
    expect(await driverOf(NVME)).toBe('nvme');
  });

  it('get ids that are free in what runs and in the definition, and have the same after a restart', async () => {
    await change(`attach web ${NVME_2} --config --uid 1 --fid 0`);
    const { functions } = await change(`attach web ${NVME} --persistent`);
    expect(functions).toMatchObject([{ uid: '0x0002', fid: '0x00000001' }]);
    await sees('web', '0002:00:00.0 2 1 00000001');
    const both = [`${NVME_2} 0x0001 0x00000000 live config`, `${NVME} 0x0002 0x00000001 live config`];
    if (SCOPE === 'all') {
      await host.sh('virsh -q destroy web && : > /share/web.console && virsh -q start web');
      await sees('web', '0001:00:00.0 1 0 00000000', '0002:00:00.0 2 1 00000001');
      expect(await held('web')).toEqual(both);
      await change(`detach web ${NVME} ${NVME_2} --persistent`);
      await sees('web');
      return;
    }
    // A boot takes most of a minute; what the guest's kernel sees of functions that are there from the beginning s390x.test.ts has.
    await host.sh('virsh -q destroy web && virsh -q start web --paused');
    expect(await zpciOf('web')).toEqual(['uid 1 fid 0', 'uid 2 fid 1']);
    expect(await held('web')).toEqual(both);
    await host.sh('virsh -q destroy web; : > /share/web.console');
    await change(`detach web ${NVME} ${NVME_2} --config`);
    expect(await held('web')).toEqual([]);
    await wakeGuest(host);
  });

  // In `npm test` a guest of the PC does it.
  if (SCOPE === 'all') {
    it('swap one function for another with the same uid and fid', async () => {
      await change(`attach web ${NVME} --persistent --uid 0x31 --fid 0x7`);
      await sees('web', '0031:00:00.0 49 7 00000007');
      await change(`swap web ${NVME} ${NVME_2}`);
      await sees('web', '0031:00:00.0 49 7 00000007');
      expect(await held('web')).toEqual([`${NVME_2} 0x0031 0x00000007 live config`]);
      expect([await driverOf(NVME), await driverOf(NVME_2)]).toEqual(['nvme', 'vfio-pci']);
      await change(`detach web ${NVME_2} --persistent`);
    });

    it('that are paused get a function, and let it go when they go on', async () => {
      await host.sh('virsh -q suspend web');
      await change(`attach web ${NVME} --live`);
      const refused = await host.hostdev(`detach web ${NVME} --live --yes --timeout 2`, 120_000);
      expect(refused).toMatchObject({ status: 1, stdout: '' });
      expect(refused.stderr).toMatch(/still attached: it is paused/);
      expect(await driverOf(NVME)).toBe('vfio-pci');
      await host.sh('virsh -q resume web');
      const gone = await host.hostdev(`detach web ${NVME} --live --yes`, 240_000);
      if (gone.status !== 0) expect(gone.stderr).toMatch(/does not have/);
      await sees('web');
      expect(await driverOf(NVME)).toBe('nvme');
    });
  }

  it('that are destroyed in the middle of it leave all or nothing behind', async () => {
    await define('short');
    for (const delayMs of SCOPE === 'all' ? [0, 500] : [500]) {
      await host.sh('virsh -q start short --paused');
      await duringChange(host, `attach short ${NVME} --persistent --yes`, delayMs, 'virsh -q destroy short');
      const has = await held('short');
      expect([[], [`${NVME} 0x0001 0x00000000 - config`]]).toContainEqual(has);
      expect(await driverOf(NVME)).toBe('nvme');
      if (has.length > 0) await change(`detach short ${NVME} --config`);
    }
    expect(itemsIn(await host.says('status --json'))).toEqual([]);
  });

  it('whose daemon is killed and restarted in the middle of it have all or nothing', async () => {
    const restart = `p=$(ps | awk '/[l]ibvirtd/ { print $1 }'); kill -9 $p; while [ -d /proc/$p ]; do usleep 50000; done; rm -f /run/libvirtd.pid /run/libvirt/libvirt-sock; libvirtd >/run/libvirtd.out 2>&1 & ${WAIT_FOR_LIBVIRT}`;
    const done = await duringChange(host, `attach web ${NVME} --persistent --yes --timeout 5`, 300, restart);
    // libvirt itself may give a guest up that it cannot make out any more; ours is that nothing is half done.
    await host.sh('sleep 5');
    const found = await strayDevices(host, 'web');
    const running = (await host.sh('virsh domstate web')).includes('running');
    const has = await held('web');
    expect([[], [`${NVME} 0x0001 0x00000000 ${running ? 'live' : '-'} config`]]).toContainEqual(has);
    const strays = running && has.length === 0 ? found : [];
    process.stdout.write(`killed: ${has.join()}; of QEMU alone: ${strays.join()}\n`);
    if (strays.length > 0) await endGuest(host, 'web', done.stderr, NVME);
    if (has.length === 0) expect(await driverOf(NVME)).toBe('nvme');
    if (has.length > 0) await change(`detach web ${NVME} ${running ? '--persistent' : '--config'}`);
    expect(itemsIn(await host.says('status --json'))).toEqual([]);
    expect(await driverOf(NVME)).toBe('nvme');
    if (strays.length > 0 || !running) await wakeGuest(host);
  });

  // In `npm test` a guest of the PC does it.
  if (SCOPE === 'all') {
    it('are whole again after recover when we are killed before and behind any call', async () => {
      const lines = await host.tells('kill-in-guest', ['web', NVME, SCOPE], 900_000);
      process.stdout.write(`${lines.join('\n')}\n`);
      expect(lines.filter((line) => !line.startsWith('ok '))).toEqual([]);
      expect(lines.length).toBeGreaterThanOrEqual(4);
      if ((await held('web')).length > 0) await change(`detach web ${NVME} --persistent`);
    });
  }

  it('without libvirt get a function with uid and fid through the monitor, and give it back', async () => {
    await host.sh('virsh -q destroy web');
    await wakeWithoutLibvirt(host, 'direct', '-qmp unix:/run/direct.qmp,server=on,wait=off');
    await change(`attach qmp:/run/direct.qmp ${NVME} --uid 0x77`);
    await sees('direct', '0077:00:00.0 119 0 00000000');
    expect(await driverOf(NVME)).toBe('vfio-pci');
    await change(`detach qmp:/run/direct.qmp ${NVME}`);
    await sees('direct');
    expect(await driverOf(NVME)).toBe('nvme');
    // The ids are free again.
    expect((await change(`attach qmp:/run/direct.qmp ${NVME} --uid 0x77`)).functions).toMatchObject([{ uid: '0x0077', fid: '0x00000000' }]);
    await sees('direct', '0077:00:00.0 119 0 00000000');
  });
});
