import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectQmp } from '../src/qmp/client/qmp.ts';
import { QMP_CASES } from '../test/conformance/qmp-suite.ts';
import { describeUnless } from '../test/skip.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmulator } from './machine/emulator.ts';
import { installCommand, type LabHost } from './machine/running.ts';
import { waitForGuest } from './pc/guest.ts';
import { bootPc, pcImages } from './pc/host.ts';
import { GUEST_COMMAND_LINE } from './pc/recipe.ts';
import { labReason } from './reason.ts';
import { itemsIn } from '../test/json/items.ts';

const GUEST_MS = 4 * 60_000;
const SOCKET = '/run/web.qmp';
const PORTS = [1, 2, 3].map((n) => `-device pcie-root-port,id=rp${n},bus=pcie.0,chassis=${n},slot=${n},addr=0${n + 1}.0`).join(' ');

describeUnless(await labReason('pc-host'), "QEMU's monitor", () => {
  describe('of a real QEMU', () => {
    for (const { title, run } of QMP_CASES) {
      it(title, async () => {
        const emulator = { tree: (await pcImages()).emulator, program: 'qemu-system-x86_64', firmware: ['usr/share/qemu', 'usr/share/seabios'] };
        const directory = await mkdtemp(join(tmpdir(), 'hostdev-qmp-'));
        const socket = join(directory, 'qmp.sock');
        const ports = [0, 1].flatMap((n) => ['-device', `pcie-root-port,id=rp${n},chassis=${n + 1}`]);
        const args = ['-name', 'suite', '-machine', 'q35', '-nodefaults', '-display', 'none', '-S', '-qmp', `unix:${socket},server=on,wait=off`, ...ports];
        const child = startEmulator(emulator, join(directory, 'log'), args);
        try {
          const qmp = await retried(() => connectQmp(socket));
          await run(qmp);
          qmp.close();
        } finally {
          child.kill('SIGKILL');
          await rm(directory, { recursive: true, force: true });
        }
      });
    }
  });

  describe('of a guest without libvirt', () => {
    let host: LabHost;
    const at = { nic: '', pair: ['', ''] };

    beforeAll(async () => {
      host = await bootPc({ root: 'bare', places: ['nic', 'multifunction'] });
      await installCommand(host, 'dist/cli');
      await host.sh('/usr/sbin/modprobe -a kvm_amd vfio-pci nvme e1000e; while [ ! -e /sys/bus/pci/drivers/nvme/0* ]; do usleep 100000; done 2>/dev/null');
      const rows = itemsIn<{ hostAddress: string; driver: string | null }>(await host.says('list --json'));
      [at.nic = ''] = rows.flatMap(({ hostAddress, driver }) => (driver === 'e1000e' ? [hostAddress] : []));
      at.pair = rows.flatMap(({ hostAddress, driver }) => (driver === 'nvme' ? [hostAddress] : []));
      await start('web');
    });
    afterAll(async () => host?.stop());

    const driverOf = async (address: string): Promise<string> => (await host.sh(`basename $(readlink -f /sys/bus/pci/devices/${address}/driver)`)).trim();

    async function start(name: string, words = ''): Promise<void> {
      const boot = `-kernel /lab/guest/vmlinuz -initrd /lab/guest/initramfs -append "${GUEST_COMMAND_LINE}${words}"`;
      const console = `-chardev file,id=c,path=/share/${name}.console -device isa-serial,chardev=c`;
      await host.sh(
        `qemu-system-x86_64 -name ${name} -machine q35 -accel kvm -cpu host -m 192M -nodefaults -no-user-config -display none ${boot} ${PORTS} ${console} -qmp unix:/run/${name}.qmp,server=on,wait=off -pidfile /run/${name}.pid -daemonize`,
      );
      await waitForGuest(host, name, GUEST_MS);
    }

    it('gets a function that the host prepares for it, and the host driver gets it back', async () => {
      await host.says(`attach qmp:${SOCKET} ${at.nic} --yes`);
      await waitForGuest(host, 'web', GUEST_MS, (all) => all.some(({ mac }) => mac === '52:54:00:00:01:00'));
      expect(await driverOf(at.nic)).toBe('vfio-pci');
      expect(await host.says(`attach qmp:${SOCKET} ${at.nic} --yes`)).toMatch(/unchanged|as it was before|already/);
      await host.says(`detach qmp:${SOCKET} ${at.nic} --yes`);
      await waitForGuest(host, 'web', GUEST_MS, (all) => !all.some(({ driver }) => driver === 'e1000e'));
      expect(await driverOf(at.nic)).toBe('e1000e');
    });

    it('gets two functions as one device, and gives them back together', async () => {
      await host.says(`attach qmp:${SOCKET} ${at.pair.join(' ')} --multifunction --yes`);
      const seen = await waitForGuest(host, 'web', GUEST_MS, (all) => all.filter(({ driver }) => driver === 'nvme').length === 2);
      const [first, second] = seen.filter(({ driver }) => driver === 'nvme').map(({ address }) => address);
      expect([first?.slice(-2), second]).toEqual(['.0', first?.replace(/0$/, '1')]);
      const one = await host.hostdev(`detach qmp:${SOCKET} ${at.pair[0]} --yes`);
      expect(one).toMatchObject({ status: 2, stdout: '' });
      expect(one.stderr).toMatch(/would go with it/);
      await host.says(`detach qmp:${SOCKET} ${at.pair.join(' ')} --yes`);
      await waitForGuest(host, 'web', GUEST_MS, (all) => !all.some(({ driver }) => driver === 'nvme'));
      expect(await Promise.all(at.pair.map(driverOf))).toEqual(['nvme', 'nvme']);
    });

    it('that does not let go keeps it, and it stays with vfio', async () => {
      await start('deaf', ' acpiphp.disable=1 pcie_ports=compat');
      await host.says(`attach qmp:/run/deaf.qmp ${at.nic} --yes`);
      const refused = await host.hostdev(`detach qmp:/run/deaf.qmp ${at.nic} --yes --timeout 3`);
      expect(refused).toMatchObject({ status: 1, stdout: '' });
      expect(refused.stderr).toMatch(/has not let go .* still attached/);
      expect(await driverOf(at.nic)).toBe('vfio-pci');
      const held = await host.hostdev(`release ${at.nic}`);
      expect(held.stderr).toMatch(/is held/);
      await host.sh('kill $(cat /run/deaf.pid)');
      await host.says(`release ${at.nic} --wait=20`);
      expect(await driverOf(at.nic)).toBe('e1000e');
    });
  });
});

async function retried<T>(act: () => Promise<T>): Promise<T> {
  for (let i = 0; ; i += 1) {
    try {
      return await act();
    } catch (error) {
      if (i === 100) throw error;
      await sleep(100);
    }
  }
}
