import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { journalFile } from '../execute/journal/journal.ts';
import { readText } from '../host/port.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { type FakeFunction, fakeKernel, type FakeKernel } from '../testing/fake-kernel.ts';
import { listPersistent } from './persistent-list.ts';
import { removePersistent } from './persistent-remove.ts';
import { prepareFunctions } from './prepare.ts';
import { switchSlot } from './slots.ts';
import { readStatus } from './status.ts';
import { type UndoReport, undoChanges } from './undo.ts';
import { createVfs, removeVfs } from './virtual-functions.ts';

const NVME: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, fid: 0x17 };
const SPARE: FakeFunction = { address: '0008:00:00.0', driver: 'nvme', iommuGroup: 2, fid: 0x18 };
const PF: FakeFunction = { address: '0000:02:00.0', driver: 'igb', iommuGroup: 8, netdev: 'eno1', sriov: { total: 7, driver: 'igbvf' } };

const BOOT_ID = '/proc/sys/kernel/random/boot_id';
const FILES = { [BOOT_ID]: 'first\n', '/etc/initramfs-tools/hooks/lvm2': '#!/bin/sh\n' };
const REBUILD = 'update-initramfs -u  # so that initramfs-tools has it in the initial RAM disk';

let port: FakeKernel;
let stateDirectory: string;
beforeEach(() => {
  port = fakeKernel([NVME, SPARE, PF], { files: FILES });
  stateDirectory = mkdtempSync(join(tmpdir(), 'hostdev-undo-'));
});
const context = (isRoot = true) => ({ port, isRoot, readPciIds: async () => undefined });
const change = (dryRun = false) => ({ dryRun, stateDirectory });
const NOTHING: UndoReport = { undone: [], problems: [], aftermaths: [], todo: [] };
const pf = parsePciAddress(PF.address);
const prepare = (address: string, persist = false): Promise<unknown> => prepareFunctions(context(), [parsePciAddress(address)], { ...change(), persist });
const commands = ({ undone }: UndoReport): string[] => undone.map(({ by }) => by);
const AT = `/sys/bus/pci/devices/${PF.address}`;
const VF = '0000:02:10.0';
const vfState = (): Promise<(string | undefined)[]> => Promise.all(['sriov_numvfs', 'sriov_drivers_autoprobe'].map((name) => readText(port, `${AT}/${name}`)));

/** Another boot, in which the kernel has everything anew; rules of ours are on the disk. */
function reboot(beforeWrite: (path: string) => void = () => undefined): void {
  port = fakeKernel([NVME, SPARE, PF], { beforeWrite, files: { ...Object.fromEntries(port.files), [BOOT_ID]: 'second\n' } });
}

/** What the rule of a function does at boot, or anybody else. */
async function take(address: string): Promise<void> {
  await port.write(`/sys/bus/pci/devices/${address}/driver_override`, 'vfio-pci');
  await port.write(`/sys/bus/pci/devices/${address}/driver/unbind`, address);
  await port.write('/sys/bus/pci/drivers_probe', address);
}

async function giveVfs(count: number): Promise<void> {
  await port.write(`${AT}/sriov_drivers_autoprobe`, '0');
  await port.write(`${AT}/sriov_numvfs`, String(count));
}

const inForce = async (): Promise<number> => (await readStatus(context(), stateDirectory)).changes.length + (await listPersistent(context())).rules.length;

describe('hostdev undo', () => {
  it('takes back rules, then the latest change first, until nothing is in force', async () => {
    await prepare(NVME.address, true);
    await createVfs(context(), pf, 2, change());
    await switchSlot(context(), 0x18, 'standby', change());
    const expected = ['persistent remove 0007:00:00.0', 'slot on 0x00000018', 'vf remove 0000:02:00.0', 'release 0007:00:00.0'];
    const planned = await undoChanges(context(), change(true));
    expect([commands(planned), planned.undone.every(({ changed }) => changed)]).toEqual([expected, true]);
    expect(await inForce()).toBeGreaterThan(3);
    const done = await undoChanges(context(), change());
    expect([commands(done), done.undone.every(({ changed }) => changed), done.problems]).toEqual([expected, true, []]);
    expect(await inForce()).toBe(0);
    expect(port.driverOf(NVME.address)).toBe('nvme');
    expect(await undoChanges(context(), change())).toEqual(NOTHING);
  });

  it.each([
    { title: 'one that host drivers had', autoprobe: '1', by: 'vf create 0000:02:00.0 1 --host-drivers', driver: 'igbvf' },
    { title: 'one that they were kept from', autoprobe: '0', by: 'vf create 0000:02:00.0 1', driver: undefined },
  ])('gives a physical function the virtual ones that it had: $title', async ({ autoprobe, by, driver }) => {
    await port.write(`${AT}/sriov_drivers_autoprobe`, autoprobe);
    await port.write(`${AT}/sriov_numvfs`, '1');
    for (const count of [3, 5]) await createVfs(context(), pf, count, change());
    expect(commands(await undoChanges(context(), change()))).toEqual([by]);
    expect(await vfState()).toEqual(['1', autoprobe]);
    expect(port.driverOf(VF)).toBe(driver);
    expect(await inForce()).toBe(0);
    expect(await undoChanges(context(), change())).toEqual(NOTHING);
  });

  it('takes virtual functions away whose number was changed again', async () => {
    for (const count of [4, 7]) await createVfs(context(), pf, count, change());
    expect(commands(await undoChanges(context(), change()))).toEqual(['vf remove 0000:02:00.0']);
    expect([await vfState(), await inForce()]).toEqual([['0', '1'], 0]);
  });

  it('leaves virtual functions that were there before a rule kept them', async () => {
    await port.write(`${AT}/sriov_numvfs`, '2');
    await createVfs(context(), pf, 2, { ...change(), persist: true });
    expect(commands(await undoChanges(context(), change()))).toEqual(['persistent remove 0000:02:00.0', 'vf create 0000:02:00.0 2 --host-drivers']);
    expect([await vfState(), port.driverOf(VF), await inForce()]).toEqual([['2', '1'], 'igbvf', 0]);
  });

  it('begins with what was there after the virtual functions were last removed', async () => {
    await port.write(`${AT}/sriov_numvfs`, '1');
    await createVfs(context(), pf, 4, change());
    await removeVfs(context(), pf, change());
    await createVfs(context(), pf, 2, change());
    expect(commands(await undoChanges(context(), change()))).toEqual(['vf remove 0000:02:00.0']);
  });

  it.each([true, false])('says what is left to do (dry run: %s)', async (dryRun) => {
    await prepare(NVME.address, true);
    await prepare(SPARE.address, true);
    expect((await undoChanges(context(), change(dryRun))).todo).toEqual([REBUILD]);
  });

  it('tells what cannot be taken back, and takes back the rest', async () => {
    let isBroken = false;
    port = fakeKernel([NVME, SPARE, PF], {
      beforeWrite: (path, text) => {
        if (isBroken && path.endsWith('/unbind') && text.includes(SPARE.address)) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
      },
    });
    await prepare(NVME.address);
    await prepare(SPARE.address);
    isBroken = true;
    const { undone, problems } = await undoChanges(context(), change());
    expect(undone.map(({ by }) => by)).toEqual(['release 0007:00:00.0']);
    expect(problems).toMatchObject([{ severity: 'error', message: expect.stringContaining(SPARE.address) as string }]);
    expect([port.driverOf(NVME.address), port.driverOf(SPARE.address)]).toEqual(['nvme', 'vfio-pci']);
  });

  it('leaves alone what somebody else has taken back, or what has gone', async () => {
    await prepare(NVME.address);
    await prepare(SPARE.address);
    port.vanish(SPARE.address);
    for (const power of ['0', '1']) await port.write('/sys/bus/pci/slots/00000017/power', power);
    expect(await undoChanges(context(), change())).toEqual(NOTHING);
  });

  it('leaves a function with the VFIO driver that it had before hostdev made a rule for it', async () => {
    port = fakeKernel([{ ...NVME, driver: 'vfio-pci' }, SPARE, PF]);
    await prepare(NVME.address, true);
    expect(commands(await undoChanges(context(), change()))).toEqual(['persistent remove 0007:00:00.0']);
    expect([port.driverOf(NVME.address), await inForce()]).toEqual(['vfio-pci', 0]);
  });

  it('shows all that it would do, and changes nothing when nobody agrees', async () => {
    await prepare(NVME.address);
    await prepare(SPARE.address);
    const asked: (readonly string[])[] = [];
    const agree = async (all: readonly string[]): Promise<boolean> => asked.push(all) > 1;
    await expect(undoChanges(context(), { ...change(), agree })).rejects.toMatchObject({ code: 'change-unconfirmed' });
    expect([asked, await inForce()]).toEqual([[['release 0008:00:00.0', 'release 0007:00:00.0']], 2]);
    expect(commands(await undoChanges(context(), { ...change(), agree }))).toEqual(asked[0]);
    expect(await inForce()).toBe(0);
  });

  it('does not ask when there is nothing to take back', async () => {
    expect(await undoChanges(context(), { ...change(), agree: async () => false })).toEqual(NOTHING);
  });

  it('changes nothing while a change is open', async () => {
    await prepare(NVME.address);
    const file = journalFile(stateDirectory);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    writeFileSync(file, `${lines.slice(0, -1).join('\n')}\n`);
    await expect(undoChanges(context(), change())).rejects.toMatchObject({ code: 'recovery-needed' });
    expect(port.driverOf(NVME.address)).toBe('vfio-pci');
  });

  it('changes nothing when records are damaged, and for nobody but root', async () => {
    await prepare(NVME.address);
    const file = journalFile(stateDirectory);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, `damage\n${text}`);
    await expect(undoChanges(context(), change())).rejects.toMatchObject({ code: 'journal-damaged' });
    writeFileSync(file, text);
    await expect(undoChanges(context(false), change())).rejects.toMatchObject({ code: 'not-root' });
    expect(port.driverOf(NVME.address)).toBe('vfio-pci');
  });
});

describe('hostdev undo after a reboot', () => {
  it('takes back what the rules did, once', async () => {
    await prepare(NVME.address, true);
    await createVfs(context(), pf, 2, { ...change(), persist: true });
    reboot();
    await take(NVME.address);
    await giveVfs(2);
    const expected = ['persistent remove 0000:02:00.0', 'persistent remove 0007:00:00.0', 'release 0007:00:00.0', 'vf remove 0000:02:00.0'];
    const planned = await undoChanges(context(), change(true));
    expect([commands(planned), planned.todo]).toEqual([expected, [REBUILD]]);
    const done = await undoChanges(context(), change());
    expect([commands(done), done.problems, done.todo]).toEqual([expected, [], [REBUILD]]);
    expect([port.driverOf(NVME.address), await vfState()]).toEqual(['nvme', ['0', '1']]);
    expect(await undoChanges(context(), change())).toEqual(NOTHING);
  });

  it('takes back what the rules did although those are gone by now', async () => {
    await prepare(NVME.address, true);
    await createVfs(context(), pf, 2, { ...change(), persist: true });
    reboot();
    await take(NVME.address);
    await giveVfs(2);
    await removePersistent(context(), [parsePciAddress(NVME.address), pf], change());
    expect(commands(await undoChanges(context(), change()))).toEqual(['release 0007:00:00.0', 'vf remove 0000:02:00.0']);
    expect([port.driverOf(NVME.address), await vfState()]).toEqual(['nvme', ['0', '1']]);
    expect(await undoChanges(context(), change())).toEqual(NOTHING);
  });

  it('takes back once more what could not be taken back at first', async () => {
    await prepare(NVME.address, true);
    let isBroken = false;
    reboot((path) => {
      if (isBroken && path.endsWith('/unbind')) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    });
    await take(NVME.address);
    isBroken = true;
    const { undone, problems } = await undoChanges(context(), change());
    expect([undone.map(({ by }) => by), problems.length]).toEqual([['persistent remove 0007:00:00.0'], 1]);
    isBroken = false;
    expect(commands(await undoChanges(context(), change()))).toEqual(['release 0007:00:00.0']);
    expect(port.driverOf(NVME.address)).toBe('nvme');
  });

  it('gives a virtual function back before those go away', async () => {
    await createVfs(context(), pf, 2, { ...change(), persist: true });
    await prepare(VF, true);
    reboot();
    await giveVfs(2);
    await port.write(`/sys/bus/pci/devices/${VF}/driver_override`, 'vfio-pci');
    await port.write('/sys/bus/pci/drivers_probe', VF);
    const done = await undoChanges(context(), change());
    const expected = ['persistent remove 0000:02:00.0', 'persistent remove 0000:02:10.0', 'release 0000:02:10.0', 'vf remove 0000:02:00.0'];
    expect([commands(done), done.problems, await vfState()]).toEqual([expected, [], ['0', '1']]);
  });

  it('takes virtual functions away that a rule made, whatever their number was changed to', async () => {
    await createVfs(context(), pf, 2, { ...change(), persist: true });
    reboot();
    await giveVfs(2);
    await createVfs(context(), pf, 5, change());
    expect(commands(await undoChanges(context(), change()))).toEqual(['persistent remove 0000:02:00.0', 'vf remove 0000:02:00.0']);
    expect(await vfState()).toEqual(['0', '1']);
  });

  it('only removes the rule where it did nothing', async () => {
    await prepare(NVME.address, true);
    await createVfs(context(), pf, 2, { ...change(), persist: true });
    reboot();
    expect(commands(await undoChanges(context(), change()))).toEqual(['persistent remove 0000:02:00.0', 'persistent remove 0007:00:00.0']);
  });

  it('leaves a function to whoever took it after it was given back', async () => {
    await prepare(NVME.address, true);
    reboot();
    await take(NVME.address);
    expect((await undoChanges(context(), change())).problems).toEqual([]);
    await take(NVME.address);
    expect(await undoChanges(context(), change())).toEqual(NOTHING);
  });

  it('takes back what the rule did to a card that the host numbers anew', async () => {
    await prepare(NVME.address, true);
    const files = { ...Object.fromEntries(port.files), [BOOT_ID]: 'second\n' };
    const moved = '0001:00:00.0';
    port = fakeKernel([{ ...NVME, address: moved }, { ...SPARE, address: NVME.address }, PF], { files });
    await take(moved);
    expect(commands(await undoChanges(context(), change()))).toEqual(['persistent remove 0007:00:00.0', 'release 0001:00:00.0']);
    expect(port.driverOf(moved)).toBe('nvme');
  });

  it('leaves another card alone that is where the one of the rule was', async () => {
    await prepare(NVME.address, true);
    const files = { ...Object.fromEntries(port.files), [BOOT_ID]: 'second\n' };
    port = fakeKernel([{ ...NVME, fid: 0x99, vendor: 0x1234 }, SPARE, PF], { files });
    await take(NVME.address);
    expect(commands(await undoChanges(context(), change()))).toEqual(['persistent remove 0007:00:00.0']);
    expect(port.driverOf(NVME.address)).toBe('vfio-pci');
  });
});
