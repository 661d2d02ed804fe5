import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { journalFile } from '../execute/journal/journal.ts';
import { readText } from '../host/port.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { type FakeFunction, fakeKernel, type FakeKernel } from '../testing/fake-kernel.ts';
import { listPersistent } from './persistent-list.ts';
import { prepareFunctions } from './prepare.ts';
import { switchSlot } from './slots.ts';
import { readStatus } from './status.ts';
import { type UndoReport, undoAll } from './undo.ts';
import { createVfs } from './virtual-functions.ts';

const NVME: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, fid: 0x17 };
const SPARE: FakeFunction = { address: '0008:00:00.0', driver: 'nvme', iommuGroup: 2, fid: 0x18 };
const PF: FakeFunction = { address: '0000:02:00.0', driver: 'igb', iommuGroup: 8, netdev: 'eno1', sriov: { total: 7, driver: 'igbvf' } };

let port: FakeKernel;
let stateDirectory: string;
beforeEach(() => {
  port = fakeKernel([NVME, SPARE, PF]);
  stateDirectory = mkdtempSync(join(tmpdir(), 'hostdev-undo-'));
});
const context = (isRoot = true) => ({ port, isRoot, readPciIds: async () => undefined });
const change = (dryRun = false) => ({ dryRun, stateDirectory });
const pf = parsePciAddress(PF.address);
const prepare = (address: string, persist = false): Promise<unknown> => prepareFunctions(context(), [parsePciAddress(address)], { ...change(), persist });
const commands = ({ undone }: UndoReport): string[] => undone.map(({ by }) => by);
const inForce = async (): Promise<number> => (await readStatus(context(), stateDirectory)).changes.length + (await listPersistent(context())).rules.length;

describe('hostdev undo', () => {
  it('takes back rules, then the latest change first, until nothing is in force', async () => {
    await prepare(NVME.address, true);
    await createVfs(context(), pf, 2, change());
    await switchSlot(context(), 0x18, 'standby', change());
    const expected = ['persistent remove 0007:00:00.0', 'slot on 0x00000018', 'vf remove 0000:02:00.0', 'release 0007:00:00.0'];
    const planned = await undoAll(context(), change(true));
    expect([commands(planned), planned.undone.some(({ changed }) => changed)]).toEqual([expected, false]);
    expect(await inForce()).toBeGreaterThan(3);
    const done = await undoAll(context(), change());
    expect([commands(done), done.undone.every(({ changed }) => changed), done.problems]).toEqual([expected, true, []]);
    expect(await inForce()).toBe(0);
    expect(port.driverOf(NVME.address)).toBe('nvme');
    expect(await undoAll(context(), change())).toEqual({ undone: [], problems: [] });
  });

  it('gives a physical function as many virtual ones as it had', async () => {
    await port.write(`/sys/bus/pci/devices/${PF.address}/sriov_numvfs`, '1');
    await createVfs(context(), pf, 3, change());
    expect(commands(await undoAll(context(), change()))).toEqual(['vf create 0000:02:00.0 1']);
    expect(await readText(port, `/sys/bus/pci/devices/${PF.address}/sriov_numvfs`)).toBe('1');
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
    const { undone, problems } = await undoAll(context(), change());
    expect(undone.map(({ by }) => by)).toEqual(['release 0007:00:00.0']);
    expect(problems).toMatchObject([{ severity: 'error', message: expect.stringContaining(SPARE.address) as string }]);
    expect([port.driverOf(NVME.address), port.driverOf(SPARE.address)]).toEqual(['nvme', 'vfio-pci']);
  });

  it('leaves alone what somebody else has taken back, or what has gone', async () => {
    await prepare(NVME.address);
    await prepare(SPARE.address);
    port.vanish(SPARE.address);
    for (const power of ['0', '1']) await port.write('/sys/bus/pci/slots/00000017/power', power);
    expect(await undoAll(context(), change())).toEqual({ undone: [], problems: [] });
  });

  it('shows all that it would do, and changes nothing when nobody agrees', async () => {
    await prepare(NVME.address);
    await prepare(SPARE.address);
    const asked: (readonly string[])[] = [];
    const agree = async (all: readonly string[]): Promise<boolean> => asked.push(all) > 1;
    await expect(undoAll(context(), { ...change(), agree })).rejects.toMatchObject({ code: 'change-unconfirmed' });
    expect([asked, await inForce()]).toEqual([[['release 0008:00:00.0', 'release 0007:00:00.0']], 2]);
    expect(commands(await undoAll(context(), { ...change(), agree }))).toEqual(asked[0]);
    expect(await inForce()).toBe(0);
  });

  it('does not ask when there is nothing to take back', async () => {
    expect(await undoAll(context(), { ...change(), agree: async () => false })).toEqual({ undone: [], problems: [] });
  });

  it('changes nothing while a change is open', async () => {
    await prepare(NVME.address);
    const file = journalFile(stateDirectory);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    writeFileSync(file, `${lines.slice(0, -1).join('\n')}\n`);
    await expect(undoAll(context(), change())).rejects.toMatchObject({ code: 'recovery-needed' });
    expect(port.driverOf(NVME.address)).toBe('vfio-pci');
  });

  it('changes nothing when records are damaged, and for nobody but root', async () => {
    await prepare(NVME.address);
    const file = journalFile(stateDirectory);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, `damage\n${text}`);
    await expect(undoAll(context(), change())).rejects.toMatchObject({ code: 'journal-damaged' });
    writeFileSync(file, text);
    await expect(undoAll(context(false), change())).rejects.toMatchObject({ code: 'not-root' });
    expect(port.driverOf(NVME.address)).toBe('vfio-pci');
  });
});
