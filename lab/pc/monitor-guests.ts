/** Guests of an emulated PC that a QEMU runs alone: hostdev talks to its monitor. */
import { describe, expect, it } from 'vitest';
import type { LabHost } from '../machine/running.ts';
import { waitForGuest } from './guest.ts';
import { SCOPE } from '../scope.ts';
import { GUEST_COMMAND_LINE } from './recipe.ts';

const GUEST_MS = 4 * 60_000;
const SOCKET = '/run/alone.qmp';
const PORTS = [1, 2, 3].map((n) => `-device pcie-root-port,id=rp${n},bus=pcie.0,chassis=${n},slot=${n},addr=0${n + 1}.0`).join(' ');

/** A card of Intel's, and two NVMe functions of one slot. */
export interface Spare {
  readonly nic: string;
  readonly pair: readonly string[];
}

/** Describes them on a host that is up when they are run, with functions that nobody has then. */
export function describeGuestsWithoutLibvirt(up: () => { readonly host: LabHost; readonly at: Spare }): void {
  describe('a guest without libvirt', () => {
    const driverOf = async (address: string): Promise<string> => (await up().host.sh(`basename $(readlink -f /sys/bus/pci/devices/${address}/driver)`)).trim();

    async function start(name: string, words = ''): Promise<void> {
      const boot = `-kernel /lab/guest/vmlinuz -initrd /lab/guest/initramfs -append "${GUEST_COMMAND_LINE}${words}"`;
      const console = `-chardev file,id=c,path=/share/${name}.console -device isa-serial,chardev=c`;
      await up().host.sh(
        `qemu-system-x86_64 -name ${name} -machine q35 -accel kvm -cpu host -m 192M -nodefaults -no-user-config -display none ${boot} ${PORTS} ${console} -qmp unix:/run/${name}.qmp,server=on,wait=off -pidfile /run/${name}.pid -daemonize`,
      );
      await waitForGuest(up().host, name, GUEST_MS);
    }

    it('gets a function that the host prepares for it, and the host driver gets it back', async () => {
      const { host, at } = up();
      await start('alone');
      await host.says(`attach qmp:${SOCKET} ${at.nic} --yes`);
      await waitForGuest(host, 'alone', GUEST_MS, (all) => all.some(({ mac }) => mac === '52:54:00:00:01:00'));
      expect(await driverOf(at.nic)).toBe('vfio-pci');
      expect(await host.says(`attach qmp:${SOCKET} ${at.nic} --yes`)).toMatch(/unchanged|as it was before|already/);
      await host.says(`detach qmp:${SOCKET} ${at.nic} --yes`);
      await waitForGuest(host, 'alone', GUEST_MS, (all) => !all.some(({ driver }) => driver === 'e1000e'));
      expect(await driverOf(at.nic)).toBe('e1000e');
    });

    it('gets two functions as one device, and gives them back together', async () => {
      const { host, at } = up();
      await host.says(`attach qmp:${SOCKET} ${at.pair.join(' ')} --multifunction --yes`);
      const seen = await waitForGuest(host, 'alone', GUEST_MS, (all) => all.filter(({ driver }) => driver === 'nvme').length === 2);
      const [first, second] = seen.filter(({ driver }) => driver === 'nvme').map(({ address }) => address);
      expect([first?.slice(-2), second]).toEqual(['.0', first?.replace(/0$/, '1')]);
      const one = await host.hostdev(`detach qmp:${SOCKET} ${at.pair[0]} --yes`);
      expect(one).toMatchObject({ status: 2, stdout: '' });
      expect(one.stderr).toMatch(/would go with it/);
      await host.says(`detach qmp:${SOCKET} ${at.pair.join(' ')} --yes`);
      await waitForGuest(host, 'alone', GUEST_MS, (all) => !all.some(({ driver }) => driver === 'nvme'));
      expect(await Promise.all(at.pair.map(driverOf))).toEqual(['nvme', 'nvme']);
    });

    // In `npm test` one of libvirt does it.
    if (SCOPE === 'all') {
      it('that does not let go keeps it, and it stays with vfio', async () => {
        const { host, at } = up();
        await start('silent', ' acpiphp.disable=1 pcie_ports=compat');
        await host.says(`attach qmp:/run/silent.qmp ${at.nic} --yes`);
        const refused = await host.hostdev(`detach qmp:/run/silent.qmp ${at.nic} --yes --timeout 3`);
        expect(refused).toMatchObject({ status: 1, stdout: '' });
        expect(refused.stderr).toMatch(/has not let go .* still attached/);
        expect(await driverOf(at.nic)).toBe('vfio-pci');
        const held = await host.hostdev(`release ${at.nic}`);
        expect(held.stderr).toMatch(/is held/);
        await host.sh('kill $(cat /run/silent.pid)');
        await host.says(`release ${at.nic} --wait=20`);
        expect(await driverOf(at.nic)).toBe('e1000e');
      });
    }
  });
}
