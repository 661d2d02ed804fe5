/** A boot of an emulated PC as the units order it: the host is made before libvirt runs, its guests behind; and guests whose function has gone, whom the hook refuses. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { UNITS } from '../../packaging/systemd/units.ts';
import { itemsIn } from '../../test/json/items.ts';
import { describeUnless } from '../../test/skip.ts';
import type { LabHost } from '../machine/running.ts';
import { guestDefinition } from '../pc/guest.ts';
import { bootPc, WAIT_FOR_LIBVIRT } from '../pc/host.ts';
import { labReason } from '../reason.ts';

const START_MS = 5 * 60_000;

/** The words that a unit starts hostdev with. */
const wordsOf = (unit: string): string => /^ExecStart=\/usr\/bin\/hostdev (.*)$/m.exec(UNITS[unit] ?? '')?.[1] ?? '';

/** It stands for systemd, which this host is not run by: the unit has failed where the file is there. */
const SYSTEMCTL = `#!/bin/sh
[ "$*" = '--quiet is-failed hostdev-apply.service' ] && [ -e /run/apply-has-failed ]
`;

describeUnless(await labReason('pc-host'), 'a boot of an emulated PC', () => {
  let host: LabHost;
  let nvme = '';
  const driverOf = async (address: string): Promise<string> => (await host.sh(`basename $(readlink -f /sys/bus/pci/devices/${address}/driver)`)).trim();
  const start = async (guest: string): Promise<{ status: number; stderr: string }> => host.run(`virsh -q start ${guest}`, START_MS);

  beforeAll(async () => {
    host = await bootPc({ root: 'plain', places: ['nic', 'nvme'] });
    const listed = itemsIn<{ hostAddress: string; class: string; verdict: string }>(await host.says('list --json'));
    nvme = listed.find(({ class: code, verdict }) => code === '0x0108' && verdict === 'free')?.hostAddress ?? 'no disk is free';
    await mkdir(join(host.share, 'etc'));
    await writeFile(
      join(host.share, 'etc/host.yaml'),
      `formatVersion: 1\nfunctions: [{ function: "${nvme}" }]\nguests: [{ guest: web, hostdevs: [{ function: "${nvme}", scope: config }] }]\n`,
    );
    await writeFile(join(host.share, 'etc/hook'), await readFile('packaging/libvirt/qemu-hook'));
    await writeFile(join(host.share, 'etc/systemctl'), SYSTEMCTL);
    for (const name of ['web', 'plain']) await writeFile(join(host.share, `etc/${name}.xml`), guestDefinition(name));
    await host.sh(`mkdir -p /etc/hostdev /etc/libvirt/hooks/qemu.d; cp /share/etc/host.yaml /etc/hostdev/
cp /share/etc/hook /etc/libvirt/hooks/qemu.d/hostdev; cp /share/etc/systemctl /usr/bin/systemctl; chmod 755 /etc/libvirt/hooks/qemu.d/hostdev /usr/bin/systemctl
/usr/sbin/modprobe -a kvm_amd vfio-pci`);
  });
  afterAll(() => host?.stop());

  it('has its functions ready before libvirt runs, and its guests as they are wished once it does', async () => {
    await host.says(wordsOf('hostdev-apply.service'));
    expect(await driverOf(nvme)).toBe('vfio-pci');
    await host.sh(`libvirtd > /run/libvirtd.log 2>&1 & ${WAIT_FOR_LIBVIRT}`, START_MS);
    await host.sh('for name in web plain; do virsh -q define /share/etc/$name.xml; done');
    await host.says(wordsOf('hostdev-apply-guests.service'));
    expect(await host.sh('virsh dumpxml --inactive web')).toContain("<hostdev mode='subsystem' type='pci' managed='yes'>");
    expect(JSON.parse(await host.says(`${wordsOf('hostdev-apply-guests.service')} --json`))).toMatchObject({ changed: false });
    expect(await start('web')).toMatchObject({ status: 0 });
    await host.sh('virsh -q destroy web');
  });

  it('starts no guest with functions while the host is not as it is wished, and others all the same', async () => {
    await host.sh('touch /run/apply-has-failed');
    const { status, stderr } = await start('web');
    expect(status).toBe(1);
    expect(stderr).toMatch(/hostdev: web is not started: .*hostdev-apply/);
    expect(await start('plain')).toMatchObject({ status: 0 });
    await host.sh('virsh -q destroy plain; rm /run/apply-has-failed');
  });

  it('says which function has gone, to who applies and to who starts the guest, and moves nothing', async () => {
    await host.sh(`virsh -q autostart web; echo 1 > /sys/bus/pci/devices/${nvme}/remove`);
    const applied = await host.hostdev(wordsOf('hostdev-apply.service'));
    expect(applied.status).toBe(1);
    expect(applied.stderr).toContain(`/etc/hostdev/host.yaml:2:13: this machine has no PCI function ${nvme} [function-unknown]`);
    const history = await host.says('history --json');
    const { status, stderr } = await start('web');
    expect(status).toBe(1);
    expect(stderr).toMatch(new RegExp(`hostdev: web is not started: this host has no PCI function ${nvme};`));
    expect(await host.says('history --json')).toBe(history);
  });

  it('has libvirt try a guest once that is marked for autostart, and no more', async () => {
    // The next daemon takes itself for the first one of this boot.
    await host.sh(
      `kill $(pidof libvirtd); while pidof libvirtd > /dev/null; do usleep 100000; done
rm -f /run/libvirt/qemu/autostarted /run/libvirt/network/autostarted; libvirtd > /run/libvirtd.log 2>&1 & ${WAIT_FOR_LIBVIRT}`,
      START_MS,
    );
    const tries = async (): Promise<number> => Number(await host.sh("grep -c 'Failed to autostart' /run/libvirtd.log || :"));
    await expect.poll(tries, { timeout: 60_000, interval: 1000 }).toBe(1);
    await host.sh('sleep 15');
    expect(await tries()).toBe(1);
  });

  it('starts the guest once its function is back and the host is made again', async () => {
    await host.sh('echo 1 > /sys/bus/pci/rescan');
    await host.says(wordsOf('hostdev-apply.service'));
    expect(await start('web')).toMatchObject({ status: 0 });
  });
});
