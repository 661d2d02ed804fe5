import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepareFunctions } from '../app/prepare.ts';
import { recoverChanges } from '../app/recover-changes.ts';
import { releaseFunctions } from '../app/release.ts';
import { HostdevError } from '../errors.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { type FakeFunction, fakeKernel, type FakeKernel } from '../testing/fake-kernel.ts';
import { executeAll } from './executor.ts';
import { journalUnder, openJournal } from './journal/journal.ts';
import { withLock } from './journal/lock.ts';
import type { BeginRecord } from './journal/record.ts';
import { openRecords } from './recover.ts';
import { withExecutor } from './session.ts';
import { hostOnly } from './target.ts';

const [FIRST, SECOND, THIRD] = ['0007:00:00.0', '0008:00:00.0', '0009:00:00.0'] as const;
const FUNCTIONS: readonly FakeFunction[] = [FIRST, SECOND, THIRD].map((address, i) => ({ address, driver: 'nvme', iommuGroup: i, express: true }));
const at = parsePciAddress;
const context = (port: FakeKernel) => ({ port, isRoot: true, readPciIds: async () => undefined });
const change = () => ({ dryRun: false, stateDirectory: mkdtempSync(join(tmpdir(), 'hostdev-executor-')) });
const eio = (): Error => Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
const overrideOf = async (port: FakeKernel, name: string): Promise<string> =>
  new TextDecoder().decode(await port.read(`/sys/bus/pci/devices/${name}/driver_override`)).trim();

describe('a plan that fails', () => {
  it('and cannot be undone names the function that stays with vfio-pci, whatever it was that failed first', async () => {
    const options = change();
    const port = fakeKernel(FUNCTIONS, {
      beforeWrite: (path, text) => {
        if (path.includes(SECOND) && text === 'vfio-pci') throw eio();
        if (path === `/sys/bus/pci/devices/${FIRST}/driver/unbind` && port.driverOf(FIRST) === 'vfio-pci') throw eio();
      },
    });
    const error: unknown = await prepareFunctions(context(port), [at(FIRST), at(SECOND)], options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(HostdevError);
    expect(error).toMatchObject({
      code: 'stuck',
      subject: FIRST,
      message: expect.stringMatching(
        /^writing "vfio-pci" to .*0008:00:00\.0.* failed: EIO.*; and it could not be undone: writing "0007:00:00\.0" to .*unbind failed: EIO.*; 0007:00:00\.0 is left with vfio-pci$/,
      ) as string,
      details: {
        errors: [{ code: 'bind-failed' }, { code: 'bind-failed' }],
        left: [{ subject: FIRST, now: { driver: 'vfio-pci' } }],
      },
    });
    // What is neither here nor there stays open, and recover brings it back.
    expect(openRecords(await openJournal(options.stateDirectory).read())).toMatchObject([{ verb: 'release', subject: FIRST }]);
  });

  it('undoes everything else all the same', async () => {
    const port = fakeKernel(FUNCTIONS, {
      beforeWrite: (path, text) => {
        if (path.includes(THIRD) && text === 'vfio-pci') throw eio();
        if (path === `/sys/bus/pci/devices/${SECOND}/driver/unbind` && port.driverOf(SECOND) === 'vfio-pci') throw eio();
      },
    });
    await expect(prepareFunctions(context(port), [at(FIRST), at(SECOND), at(THIRD)], change())).rejects.toMatchObject({ code: 'stuck', subject: SECOND });
    expect([FIRST, SECOND, THIRD].map((name) => port.driverOf(name))).toEqual(['nvme', 'vfio-pci', 'nvme']);
  });

  it('at one function of several that go back to the host gives back the others, and tells of the one', async () => {
    const port = fakeKernel(FUNCTIONS, {
      beforeWrite: (path) => {
        if (path === `/sys/bus/pci/devices/${SECOND}/driver/unbind` && port.driverOf(SECOND) === 'vfio-pci') throw eio();
      },
    });
    const options = change();
    const all = [FIRST, SECOND, THIRD].map(at);
    await prepareFunctions(context(port), all, options);
    await expect(releaseFunctions(context(port), all, options)).rejects.toMatchObject({
      code: 'bind-failed',
      message: expect.stringContaining(SECOND) as string,
    });
    expect([FIRST, SECOND, THIRD].map((name) => port.driverOf(name))).toEqual(['nvme', 'vfio-pci', 'nvme']);
    expect(await overrideOf(port, SECOND)).toBe('vfio-pci');
  });

  it('keeps its reason, and its record open, when it cannot be seen what became of it', async () => {
    const { stateDirectory } = change();
    const kernel = fakeKernel(FUNCTIONS);
    let isBlind = false;
    const blind = {
      ...kernel,
      write: async () => {
        isBlind = true;
        throw eio();
      },
      list: async (path: string) => {
        if (isBlind) throw new Error('sysfs has gone');
        return kernel.list(path);
      },
    };
    const before = { driver: 'nvme', override: null, link: null };
    const wanted = { driver: 'vfio-pci', override: 'vfio-pci' };
    const steps = [{ kind: 'write' as const, path: '/sys/bus/pci/drivers_probe', text: FIRST, why: 'a test' }];
    const session = { target: hostOnly(blind), options: { timeoutMs: 0 }, directory: stateDirectory };
    const failing = withExecutor(session, (executor) => executeAll(executor, [{ verb: 'prepare', subject: FIRST, before, wanted, steps, undo: [] }]));
    await expect(failing).rejects.toMatchObject({ message: expect.stringMatching(/EIO.*sysfs has gone.*what became of 0007:00:00\.0 is not known/) as string });
    expect((await openJournal(stateDirectory).read()).map(({ kind }) => kind)).toEqual(['begin']);
  });
});

describe("recovering a release keeps somebody else's override", () => {
  const UIO = 'uio_pci_generic';
  const PATH = `/sys/bus/pci/devices/${FIRST}`;

  /** With uio_pci_generic by somebody's word, then taken by us. */
  async function taken(): Promise<{ readonly port: FakeKernel; readonly options: ReturnType<typeof change>; readonly dead: { is: boolean } }> {
    const dead = { is: false };
    const port = fakeKernel(FUNCTIONS, {
      drivers: ['vfio-pci', UIO],
      beforeWrite: () => {
        if (dead.is) throw new Error('killed');
      },
    });
    await port.write(`${PATH}/driver_override`, UIO);
    await port.write(`${PATH}/driver/unbind`, FIRST);
    await port.write('/sys/bus/pci/drivers_probe', FIRST);
    const options = change();
    await prepareFunctions(context(port), [at(FIRST)], options);
    expect(port.driverOf(FIRST)).toBe('vfio-pci');
    return { port, options, dead };
  }

  it('that it had before it was taken, when the process is killed before its first step', async () => {
    const { port, options, dead } = await taken();
    dead.is = true;
    await expect(releaseFunctions(context(port), [at(FIRST)], options)).rejects.toThrow('killed');
    dead.is = false;
    await reopen(options.stateDirectory);
    expect(await recoverChanges(context(port), options.stateDirectory)).toMatchObject([
      { verb: 'release', outcome: 'new', now: { driver: UIO, override: UIO } },
    ]);
  });

  it('that it had before it was taken, although a record of 0.1.0 does not say so', async () => {
    const { port, options } = await taken();
    await append(options.stateDirectory, { before: { driver: 'vfio-pci', override: 'vfio-pci', link: null }, wanted: { driver: null, override: null } });
    expect(await recoverChanges(context(port), options.stateDirectory)).toMatchObject([{ outcome: 'new', now: { driver: UIO, override: UIO } }]);
  });

  it('that was given to it in the meantime', async () => {
    const { port, options } = await taken();
    await append(options.stateDirectory, { before: { driver: 'vfio-pci', override: 'vfio-pci', link: null }, wanted: { driver: null, override: null } });
    await port.write(`${PATH}/driver_override`, 'nvme');
    await recoverChanges(context(port), options.stateDirectory);
    expect([port.driverOf(FIRST), await overrideOf(port, FIRST)]).toEqual(['nvme', 'nvme']);
  });

  async function append(directory: string, states: Pick<BeginRecord, 'before' | 'wanted'>): Promise<void> {
    const record: BeginRecord = {
      kind: 'begin',
      id: 'a1',
      time: '2026-01-01T00:00:00Z',
      boot: 'unknown',
      verb: 'release',
      subject: FIRST,
      by: 'root (pid 1)',
      ...states,
    };
    await withLock(directory, (lock) => journalUnder(lock).append(record));
  }

  /** The release that was killed had begun and not ended: what its rollback said, a dead process does not say. */
  async function reopen(directory: string): Promise<void> {
    const records = await openJournal(directory).read();
    const begun = records.findLast((record): record is BeginRecord => record.kind === 'begin');
    if (begun === undefined) throw new Error('nothing was begun');
    await append(directory, { before: begun.before, wanted: begun.wanted });
  }
});
