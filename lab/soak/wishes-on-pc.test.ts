/** An emulated PC and its guest as files say, on real kernels: exported, made, changed, pruned; one whose last part fails; interrupted in the middle. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeUnless } from '../../test/skip.ts';
import type { LabHost } from '../machine/running.ts';
import { listedFunctions } from '../page/flows/looking.ts';
import { guestDefinition, waitForGuest } from '../pc/guest.ts';
import { bootPc, WAIT_FOR_LIBVIRT, WAIT_UNTIL_SETTLED } from '../pc/host.ts';
import { labReason } from '../reason.ts';
import { killBehindSteps, recover, resetBehindStep } from '../wish/interrupted-apply.ts';
import { GUEST_MAC, HOST_MAC, PC_GUEST_MS, type PcFunctions, pcWish, vfHostdev, wishedPc } from '../wish/pc-wishes.ts';
import {
  apply,
  COMMAND_MS,
  exportsWhatIsThere,
  isClosed,
  isSoAlready,
  NOTHING_WISHED,
  type Seen,
  type WishedHost,
  WISH_FILE,
  writeWish,
} from '../wish/wished-host.ts';

describeUnless(await labReason('pc-host'), 'a PC and its guest are as a file says', () => {
  let host: LabHost;
  let functions: PcFunctions;
  let wished: WishedHost;
  let before: Seen;

  const bringUp = (): Promise<string> => host.sh(`ip link set ${functions.netdev} up`);
  beforeAll(async () => {
    host = await bootPc({ root: 'plain', libvirt: true, places: ['nic', 'sriov-nic', 'nvme'] });
    await writeFile(join(host.share, 'web.xml'), guestDefinition('web'));
    await host.sh('virsh -q define /share/web.xml && virsh -q start web');
    const listed = await listedFunctions(host);
    const [nic = '', nvme = '', pf = ''] = ['e1000e', 'nvme', 'igb'].map((name) => listed.find(({ driver }) => driver === name)?.hostAddress);
    functions = { nic, nvme, pf, netdev: (await host.sh(`basename /sys/bus/pci/devices/${pf}/net/*`)).trim() };
    await bringUp();
    wished = wishedPc(host, functions);
    before = await wished.see();
    await waitForGuest(host, 'web', PC_GUEST_MS);
  });
  afterAll(async () => host?.stop());

  const rules = (...addresses: readonly string[]): string[] => addresses.map((each) => `10-hostdev-${each.replaceAll(/[:.]/g, '-')}.rules`);
  /** As {@link pcWish} says where nothing else is said. */
  const everything = (): Seen => {
    const { nic, nvme, pf } = functions;
    const vf = (index: number): string => `${pf.replace(/00\.0$/, '10')}.${index * 2}`;
    const held = [`${nic} managed`, `${vf(1)} managed`];
    return {
      ...{ nic: expect.stringMatching(/^vfio-pci/), nvme: 'vfio-pci vfio-pci', vfs: '2 0', settings: [`0 ${HOST_MAC} vlan 42 trust on`, `1 ${GUEST_MAC}`] },
      ...{ rules: rules(nvme), pools: ['fast active'], live: held, config: held },
    };
  };

  it('when what is there is exported, and applied again', async () => {
    expect(before).toEqual({
      ...{ nic: 'e1000e (null)', nvme: 'nvme (null)', vfs: '0 1', settings: [] },
      ...{ rules: [], pools: [], live: [], config: [] },
    });
    await exportsWhatIsThere(wished);
    await isSoAlready(wished, NOTHING_WISHED, '--prune');
  });

  it('or as before, where its last part fails: that the guest has no place for so many functions is seen once they are there', async () => {
    const given = [0, 1, 2, 3, 4, 5, 6].map((index) => vfHostdev(functions.pf, index));
    await writeWish(wished, pcWish(functions, { numVfs: 7, hostdevs: [`{ function: "${functions.nic}", scope: live }`, ...given] }));
    const failed = await host.hostdev(`apply -f ${WISH_FILE} --yes`, COMMAND_MS);
    expect(failed, failed.stderr).toMatchObject({ status: 1 });
    process.stdout.write(failed.stderr);
    expect(await wished.see()).toEqual(before);
    await wished.guestSees(before);
    await isClosed(wished);
  });

  it('or as before by recover, when its process is killed behind any kind of step', async () => {
    const kinds = await killBehindSteps(wished, pcWish(functions));
    // Of virtual functions and their settings, a function, its rule, a pool, and a guest.
    const some = ['write:sriov_numvfs', 'program:ip', 'write:driver_override', 'file', 'program:udevadm', 'call:defineNetwork', 'call:startNetwork'];
    expect(kinds).toEqual(expect.arrayContaining([...some, 'call:attachDevice']));
  });

  it('when nobody kills it: virtual functions with MAC address, VLAN and trust, a function that is kept, a pool, and what a guest has are made; then there is nothing to do', async () => {
    const seen = await wished.see();
    expect(seen).toEqual(everything());
    await wished.guestSees(seen);
    await isSoAlready(wished, pcWish(functions), '--prune');
    const exported = await exportsWhatIsThere(wished);
    for (const word of [HOST_MAC, 'vlan: 42', 'trust: true', 'persist: true', 'network: "fast"', 'guest: "web"']) expect(exported).toContain(word);
  });

  it('when each of them is changed', async () => {
    const changed = pcWish(functions, {
      ...{ settings: `mac: "${HOST_MAC.replace(/00$/, '0f')}", vlan: 7, trust: false`, persist: false },
      hostdevs: [`{ function: "${functions.nic}", managed: false }`, vfHostdev(functions.pf, 1)],
    });
    const done = await apply(wished, changed);
    expect(done.map((each) => each.split(' ').slice(0, 2).join(' '))).toEqual(expect.arrayContaining(['vf set', `unpersist ${functions.nvme}`]));
    const seen = await wished.see();
    const held = [functions.nic, ...(everything()['live'] ?? []).slice(1)];
    const settings = [`0 ${HOST_MAC.replace(/00$/, '0f')} vlan 7`, `1 ${GUEST_MAC}`];
    expect(seen).toEqual({ ...everything(), settings, rules: [], live: held, config: held });
    await wished.guestSees(seen);
    await isSoAlready(wished, changed);
  });

  it('when what the file names no longer is pruned, at first some of it, then all', async () => {
    const less = pcWish(functions, { pool: false, persist: false, settings: 'vlan: 7', hostdevs: [vfHostdev(functions.pf, 1)] });
    await apply(wished, less, '--prune');
    const seen = await wished.see();
    const [vf = ''] = (everything()['live'] ?? []).slice(1);
    expect(seen).toMatchObject({ nic: 'e1000e (null)', nvme: 'vfio-pci vfio-pci', vfs: '2 0', pools: [], live: [vf], config: [vf] });
    await wished.guestSees(seen);
    await apply(wished, NOTHING_WISHED, '--prune');
    expect(await wished.see()).toEqual(before);
    await wished.guestSees(before);
    await isSoAlready(wished, NOTHING_WISHED, '--prune');
  });

  it('or as before by recover, when the machine is reset once the guest that runs has the first function, which its definition has not', async () => {
    await resetBehindStep(wished, pcWish(functions), 'call:attachDevice');
    await host.run(WAIT_UNTIL_SETTLED, PC_GUEST_MS);
    await host.run(WAIT_FOR_LIBVIRT, PC_GUEST_MS);
    await bringUp();
    // What is kept is there; the rest has ended with the boot. The rule was in force when the machine came up.
    const kept = { ...before, nvme: 'vfio-pci vfio-pci' };
    expect(await wished.see()).toEqual({ ...kept, rules: rules(functions.nvme), pools: ['fast inactive'] });
    process.stdout.write(`reset behind call:attachDevice: ${await recover(wished)}\n`);
    expect(await wished.see()).toEqual(kept);
    await isClosed(wished);
  });
});
