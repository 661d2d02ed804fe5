/** On the IBM Z host, through libvirt: into a guest that runs, and out of it again. */
import { formatFid, formatUid } from '../../src/pci/zpci.ts';
import type { LabHost } from '../machine/running.ts';
import { bootHost } from '../s390x/host.ts';
import { SAVED_GUEST, savedGuest, wakeGuest } from '../s390x/saved-guest.ts';
import type { Stages } from '../stages.ts';
import { backWith, choose, command, driverOf, type LibvirtStory, WISH, writeWish } from './story.ts';
import { FID, FUNCTION, seen, UID } from './z-guest.ts';

export const withLibvirt: LibvirtStory = {
  machine: 'the emulated IBM Z host',
  boot: async (options) => {
    await savedGuest(options.shown);
    return bootHost(options);
  },
  startGuest,
  tell,
};

/** Booting it here would take longer than everything else together. */
async function startGuest(host: LabHost, stages: Stages): Promise<void> {
  await stages.run(`libvirt wakes the guest '${SAVED_GUEST}', which was saved after its boot`, () => wakeGuest(host));
}

async function tell(host: LabHost, stages: Stages): Promise<void> {
  await command(host, stages, 'hostdev list');
  const address = await choose(host, stages, FUNCTION);
  const before = await driverOf(host, address);
  await startGuest(host, stages);
  await command(host, stages, 'virsh list');
  const ids = `uid: "${formatUid(UID)}", fid: "${formatFid(FID)}"`;
  await writeWish(host, `guests:\n  - guest: ${SAVED_GUEST}\n    hostdevs:\n      - { function: "${address}", scope: live, ${ids} }\n`);
  await command(host, stages, `cat ${WISH}`);
  await command(host, stages, `hostdev apply -f ${WISH} --yes`);
  const during = await driverOf(host, address);
  if (during !== 'vfio-pci') throw new Error(`libvirt left ${address} with ${during}`);
  await command(host, stages, `lspci -Dk -s ${address}`);
  await seen(host, stages, SAVED_GUEST, "the guest's kernel sees a new PCI function");
  await command(host, stages, `virsh dumpxml ${SAVED_GUEST} | sed -n '/<hostdev/,/<\\/hostdev>/p'`);
  await command(host, stages, `hostdev detach ${SAVED_GUEST} ${address} --live --yes`);
  await command(host, stages, `lspci -Dk -s ${address}`);
  await backWith(host, stages, address, before);
}
