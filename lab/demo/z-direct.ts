/** On the IBM Z host, without libvirt: hostdev prepares the function, and QEMU gets its arguments. */
import { parsePciAddress } from '../../src/pci/notation.ts';
import { formatClassic } from '../../src/qemu/device-object.ts';
import { vfioPci, zpci } from '../../src/qemu/vfio.ts';
import type { LabHost } from '../machine/running.ts';
import { GUEST_ICOUNT, GUEST_INITRAMFS, GUEST_KERNEL } from '../s390x/guest.ts';
import { bootHost } from '../s390x/host.ts';
import { GUEST_COMMAND_LINE } from '../s390x/recipe.ts';
import type { Stages } from '../stages.ts';
import { backWith, choose, command, driverOf, type Story, show } from './story.ts';
import { FID, FUNCTION, seen, UID } from './z-guest.ts';

export const direct: Story = { machine: 'the emulated IBM Z host', boot: bootHost, tell };

async function tell(host: LabHost, stages: Stages): Promise<void> {
  await command(host, stages, 'hostdev list');
  const address = await choose(host, stages, FUNCTION);
  const before = await driverOf(host, address);
  await command(host, stages, `hostdev prepare ${address}`);
  const devices = [zpci(UID, FID, 'h0'), vfioPci('h0', parsePciAddress(address))].map((device) => `-device ${formatClassic(device)}`).join(' ');
  show(devices);
  await stages.run('QEMU starts the guest', () =>
    host.sh(`qemu-system-s390x -name demo -M s390-ccw-virtio -accel tcg -cpu max -m 128M -display none -nodefaults -no-user-config \
        -icount ${GUEST_ICOUNT} -chardev file,id=c,path=/share/demo.console -device sclpconsole,chardev=c \
        -kernel ${GUEST_KERNEL} -initrd ${GUEST_INITRAMFS} -append '${GUEST_COMMAND_LINE}' ${devices} \
        -daemonize -pidfile /run/demo.pid`),
  );
  await seen(host, stages, 'demo', "the guest's kernel boots and lists its PCI functions");
  await stages.run('stop the guest', () => host.sh('p=$(cat /run/demo.pid); kill "$p"; while [ -d "/proc/$p" ]; do usleep 50000; done'));
  await command(host, stages, `hostdev release ${address}`);
  await backWith(host, stages, address, before);
}
