/** A libvirt with that many guests as a process of its own; every other one runs. */
import { largeMachine } from '../../lab/page/machines.ts';
import { startFakeLibvirt } from '../../src/testing/fake-libvirt/fake-libvirt.ts';

const libvirt = await startFakeLibvirt();
for (const { xml, runs } of largeMachine(0, Number(process.argv[2])).guests) {
  const guest = libvirt.qemu.define(xml);
  if (runs) libvirt.qemu.start(guest, false);
}
process.on('disconnect', () => process.exit());
process.send?.({ socket: libvirt.socket });
