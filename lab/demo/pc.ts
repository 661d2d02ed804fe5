/** On the emulated PC: a virtual function of an SR-IOV card, with a MAC address and a VLAN, into a guest under nested KVM. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LabHost } from '../machine/running.ts';
import { guestDefinition, waitForGuest } from '../pc/guest.ts';
import { bootPc } from '../pc/host.ts';
import type { Stages } from '../stages.ts';
import { backWith, choose, command, driverOf, type LibvirtStory, show, WISH, writeWish } from './story.ts';

const MAC = '52:54:00:aa:bb:42';
const VLAN = 42;

/** What lspci calls the card. */
const CARD = '82576';
const VF_DRIVER = 'igbvf';

/** Generous: the machine may be busy. */
const GUEST_MS = 4 * 60_000;

export const pc: LibvirtStory = {
  machine: 'the emulated PC',
  boot: (options) => bootPc({ ...options, root: 'plain', libvirt: true, places: ['nic', 'sriov-nic', 'nvme'], terminal: true }),
  startGuest,
  tell,
};

/** Its kernel boots meanwhile. */
async function startGuest(host: LabHost, stages: Stages): Promise<void> {
  await writeFile(join(host.share, 'demo.xml'), guestDefinition('demo'));
  await command(host, stages, 'virsh define /share/demo.xml');
  await command(host, stages, 'virsh start demo');
}

async function tell(host: LabHost, stages: Stages): Promise<void> {
  await command(host, stages, 'hostdev list');
  const card = await choose(host, stages, CARD);
  const netdev = (await host.sh(`basename /sys/bus/pci/devices/${card}/net/*`)).trim();
  // Virtual functions have no link without.
  await command(host, stages, `ip link set ${netdev} up`);
  const before = await stateOf(host, card, netdev);
  await writeWish(host, `virtualFunctions:\n  - physicalFunction: "${card}"\n    numVfs: 1\n`);
  await command(host, stages, `cat ${WISH}`);
  await command(host, stages, `hostdev apply -f ${WISH} --yes`);
  const vf = (await host.sh(`basename "$(readlink /sys/bus/pci/devices/${card}/virtfn0)"`)).trim();
  const driver = await driverOf(host, vf);

  await command(host, stages, `lspci -Dk -s ${vf}`);

  await startGuest(host, stages);
  await stages.run("the guest's kernel boots", () => waitForGuest(host, 'demo', GUEST_MS));
  await command(host, stages, `hostdev attach demo ${vf} --live --interface --mac ${MAC} --vlan ${VLAN} --yes`);
  const functions = await stages.run(`the guest's kernel sees the card, and its ${VF_DRIVER} takes it`, () =>
    waitForGuest(host, 'demo', GUEST_MS, (all) => all.some((f) => f.driver === VF_DRIVER && f.mac === MAC)),
  );
  for (const f of functions.filter((each) => each.driver === VF_DRIVER)) show(`guest: ${f.address} driver=${f.driver} mac=${f.mac} class=${f.class}`);
  const link = await command(host, stages, `ip link show ${netdev}`);
  await command(host, stages, "virsh dumpxml demo | sed -n '/<interface/,/<\\/interface>/p'");
  if (!new RegExp(`vf 0 +link/ether ${MAC} .*vlan ${VLAN}\\b`).test(link)) throw new Error(`the card does not have ${MAC} in VLAN ${VLAN}`);

  await command(host, stages, `hostdev detach demo ${vf} --live --yes`);
  await backWith(host, stages, vf, driver);
  await stages.run('stop the guest', () => host.sh('virsh -q destroy demo && virsh -q undefine demo'));
  await command(host, stages, `hostdev vf remove ${card}`);
  await stages.run(`${card} is as before`, async () => {
    const now = await stateOf(host, card, netdev);
    if (now !== before) throw new Error(`it was\n${before}and is\n${now}`);
  });
}

/** All that the story changes of the card: its driver, its virtual functions, and what it keeps for each of them. */
function stateOf(host: LabHost, card: string, netdev: string): Promise<string> {
  return host.sh(`cd /sys/bus/pci/devices/${card}; basename "$(readlink driver)"; cat sriov_numvfs; ip link show ${netdev} | tail -n +2`);
}
