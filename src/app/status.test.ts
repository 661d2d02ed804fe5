import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { journalUnder } from '../execute/journal/journal.ts';
import { withLock } from '../execute/journal/lock.ts';
import { bootId } from '../host/boot-id.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { type FakeFunction, fakeKernel, type FakeKernel } from '../testing/fake-kernel.ts';
import { readHistory } from './history.ts';
import { prepareFunctions } from './prepare.ts';
import { releaseFunctions } from './release.ts';
import { switchSlot } from './slots.ts';
import { explainError } from './standby.ts';
import { readStatus } from './status.ts';
import { createVfs, removeVfs } from './virtual-functions.ts';

const NVME: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, fid: 0x17 };
const SPARE: FakeFunction = { address: '0008:00:00.0', driver: 'nvme', iommuGroup: 2, fid: 0x18 };
const PF: FakeFunction = { address: '0000:02:00.0', driver: 'igb', iommuGroup: 8, netdev: 'eno1', sriov: { total: 7, driver: 'igbvf' } };
const VF = '0000:02:10.0';

let port: FakeKernel;
let stateDirectory: string;
beforeEach(() => {
  port = fakeKernel([NVME, SPARE, PF]);
  stateDirectory = mkdtempSync(join(tmpdir(), 'hostdev-status-'));
});
const context = () => ({ port, isRoot: true, readPciIds: async () => undefined });
const change = () => ({ dryRun: false, stateDirectory });
/** As the command tells it. */
const explained = async (error: unknown): Promise<never> => {
  throw await explainError(context(), stateDirectory, error);
};
const prepare = (address: string): Promise<unknown> => prepareFunctions(context(), [parsePciAddress(address)], change()).catch(explained);
const release = (address: string): Promise<unknown> => releaseFunctions(context(), [parsePciAddress(address)], change()).catch(explained);
const states = async (): Promise<string[]> =>
  (await readStatus(context(), stateDirectory)).changes.map(({ verb, subject, state, now }) => `${verb} ${subject}: ${state}, ${now}`);

describe('status knows what hostdev itself has done', () => {
  it('a prepare ends when the slot of the function goes off, and does not come back with it', async () => {
    await prepare(NVME.address);
    expect(await states()).toEqual(['prepare 0007:00:00.0: in force, vfio-pci']);
    await switchSlot(context(), 0x17, 'standby', change());
    expect(await states()).toEqual(['slot off 00000017: in force, on standby']);
    await switchSlot(context(), 0x17, 'configured', change());
    expect(await states()).toEqual([]);
    await prepare(NVME.address);
    expect(await states()).toEqual(['prepare 0007:00:00.0: in force, vfio-pci']);
  });

  it('a slot that somebody else switches is somebody else’s deed', async () => {
    await prepare(NVME.address);
    for (const power of ['0', '1']) await port.write('/sys/bus/pci/slots/00000017/power', power);
    expect(await states()).toEqual(['prepare 0007:00:00.0: changed by somebody else, nvme']);
  });

  it('what was done to a virtual function ends when it is taken away, and when their number changes', async () => {
    await createVfs(context(), parsePciAddress(PF.address), 1, change());
    await prepare(VF);
    await createVfs(context(), parsePciAddress(PF.address), 2, change());
    expect(await states()).toEqual(['vf create 0000:02:00.0: in force, 2 VFs']);
    await prepare(VF);
    await removeVfs(context(), parsePciAddress(PF.address), change());
    await createVfs(context(), parsePciAddress(PF.address), 1, change());
    expect(await states()).toEqual(['vf create 0000:02:00.0: in force, 1 VF']);
  });
});

describe('an interrupted change of a guest or a pool', () => {
  it.each(['attach', 'pool create'] as const)('(%s) is not said to be as it was before: nobody has looked', async (verb) => {
    const change = { verb, subject: 'web', before: { live: 'no', config: 'no', pool: 'absent' }, wanted: { live: 'yes', config: 'yes', pool: 'active' } };
    await withLock(stateDirectory, (lock) =>
      journalUnder(lock).append({ kind: 'begin', id: 'a1', time: '2026-01-01T00:00:00Z', boot: 'b', by: 'anna', ...change }),
    );
    expect(await states()).toEqual([`${verb} web: interrupted, not looked at`]);
  });

  it('is told beside one of the same name in another libvirt', async () => {
    for (const uri of ['qemu:///system', 'qemu:///session']) {
      const change = { verb: 'pool create' as const, subject: 'vfs', before: { pool: 'absent', uri }, wanted: { pool: 'active' } };
      await withLock(stateDirectory, (lock) =>
        journalUnder(lock).append({ kind: 'begin', id: uri, time: '2026-01-01T00:00:00Z', boot: 'b', by: 'anna', ...change }),
      );
    }
    expect(await states()).toHaveLength(2);
  });
});

describe('a function on standby', () => {
  it('that hostdev switched off says since when, by whom, and what brings it back', async () => {
    await switchSlot(context(), 0x17, 'standby', change());
    await expect(release(NVME.address)).rejects.toMatchObject({
      code: 'function-standby',
      message: expect.stringMatching(/^0007:00:00\.0 is on standby in slot 0x00000017 since 2\S+Z, when .* \(pid \d+\) switched its slot off$/) as unknown,
      hint: "'hostdev slot on 0x17' configures it",
    });
  });

  it('that somebody else switched off is one of those that may be meant', async () => {
    await port.write('/sys/bus/pci/slots/00000018/power', '0');
    await expect(prepare(SPARE.address)).rejects.toMatchObject({
      code: 'function-unknown',
      hint: expect.stringMatching(/; functions are on standby: 'hostdev slot on 0x18'$/) as unknown,
    });
  });

  it('is no word of a function that never was, where none is on standby', async () => {
    await expect(prepare('0042:00:00.0')).rejects.toMatchObject({ hint: expect.not.stringContaining('standby') as unknown });
  });
});

describe('a change that was begun and has not ended', () => {
  const begun = (id: string, more: object) => ({
    ...({ kind: 'begin', id, time: '2026-11-26T08:00:00.000Z', boot: '', by: 'anna (pid 7)', verb: 'prepare', subject: NVME.address } as const),
    ...{ before: { driver: 'nvme', override: null }, wanted: { driver: 'vfio-pci', override: 'vfio-pci' } },
    ...more,
  });
  const ofGuest = {
    verb: 'attach',
    subject: 'x in web',
    before: { live: 'no', config: 'no', uri: 'qemu:///system', guest: 'a', devices: 'x' },
    wanted: {},
  } as const;

  it('is being changed while whoever holds the lock is at it, and was interrupted once nobody is; one before it was in any case', async () => {
    const boot = await bootId(port);
    await withLock(stateDirectory, async (lock) => {
      const journal = journalUnder(lock);
      await journal.append(begun('a', { boot, ...ofGuest }));
      await journal.append(begun('b', { boot }));
      expect(await states()).toEqual(['attach x in web: interrupted, not looked at', 'prepare 0007:00:00.0: being changed, nvme']);
    });
    expect(await states()).toEqual(['attach x in web: interrupted, not looked at', 'prepare 0007:00:00.0: interrupted, nvme']);
  });

  it('is being changed with all parts of the whole that it is one of, between two of them as well', async () => {
    const boot = await bootId(port);
    const done = (id: string) => ({ kind: 'done', id, time: '2026-11-26T08:00:01.000Z', after: {} }) as const;
    await withLock(stateDirectory, async (lock) => {
      const journal = journalUnder(lock);
      await journal.append(begun('a', { boot, whole: 'before', subject: SPARE.address }));
      await journal.append(done('a'));
      await journal.append(begun('b', { boot, whole: 'now' }));
      await journal.append(done('b'));
      const between = ['prepare 0008:00:00.0: interrupted, nvme', 'prepare 0007:00:00.0: being changed, nvme'];
      expect(await states()).toEqual(between);
      await journal.append(begun('c', { boot, whole: 'now', ...ofGuest }));
      expect(await states()).toEqual([...between, 'attach x in web: being changed, not looked at']);
    });
    expect((await states()).map((each) => /: ([\w ]+),/.exec(each)?.[1])).toEqual(['interrupted', 'interrupted', 'interrupted']);
  });

  it('was interrupted where a process has the number of the one that had the lock, and not the lock', async () => {
    const boot = await bootId(port);
    await withLock(stateDirectory, (lock) => journalUnder(lock).append(begun('a', { boot })));
    writeFileSync(join(stateDirectory, 'lock.holder'), `root (pid ${process.pid})\n`);
    expect(await states()).toEqual(['prepare 0007:00:00.0: interrupted, nvme']);
  });
});

describe('a damaged journal', () => {
  const damage = (): void => {
    const file = join(stateDirectory, 'journal');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"kind":"done"', '"kind":"gone"'));
  };

  it('is read as far as it can be, with a warning', async () => {
    for (const { address } of [NVME, SPARE]) await prepare(address);
    damage();
    const { changes, problems } = await readStatus(context(), stateDirectory);
    expect(changes.map(({ subject, state }) => [subject, state])).toEqual([
      [NVME.address, 'interrupted'],
      [SPARE.address, 'in force'],
    ]);
    expect(problems).toMatchObject([{ code: 'journal-damaged', severity: 'warning', message: expect.stringContaining('line 2 of') as unknown }]);
    expect(await readHistory(stateDirectory)).toMatchObject({ entries: [{ outcome: 'interrupted' }, { outcome: 'done' }], problems });
  });

  it('keeps the host from being changed, and is not touched', async () => {
    await prepare(NVME.address);
    damage();
    const before = readFileSync(join(stateDirectory, 'journal'), 'utf8');
    const writes = port.writes.length;
    await expect(prepare(SPARE.address)).rejects.toMatchObject({ code: 'journal-damaged', hint: expect.stringContaining('recover --salvage') as unknown });
    expect(readFileSync(join(stateDirectory, 'journal'), 'utf8')).toBe(before);
    expect(port.writes).toHaveLength(writes);
  });
});

describe('a change that begins while it is looked', () => {
  it('is being made, not interrupted', async () => {
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    let changing: Promise<unknown> | undefined;
    const begin = (): Promise<void> =>
      new Promise((begun) => {
        changing = withLock(stateDirectory, async (lock) => {
          const change = { verb: 'attach', subject: 'web', before: { live: 'no' }, wanted: { live: 'yes' } } as const;
          const boot = await bootId(port);
          await journalUnder(lock).append({ kind: 'begin', id: 'a1', time: '2026-01-01T00:00:00Z', boot, by: 'anna', ...change });
          begun();
          await ended;
        });
      });
    // Behind the first look at the lock, and before the journal is read.
    const read: typeof port.read = async (path, limit) => {
      if (path.endsWith('boot_id') && changing === undefined) await begin();
      return port.read(path, limit);
    };
    const { changes } = await readStatus({ ...context(), port: { ...port, read } }, stateDirectory);
    end();
    await changing;
    expect(changes.map(({ state }) => state)).toEqual(['being changed']);
  });
});

describe('a change that begins while status is asked for', () => {
  /** The machine on which something happens when status looks at one of its places, once. */
  function meanwhile(...happenings: readonly (readonly [path: RegExp, act: () => Promise<void>])[]): FakeKernel {
    const left = [...happenings];
    const at = async (path: string): Promise<void> => {
      if (left[0]?.[0].test(path) === true) await left.shift()?.[1]();
    };
    return {
      ...port,
      read: async (path, limit) => (await at(path), port.read(path, limit)),
      readlink: async (path) => (await at(path), port.readlink(path)),
      attributes: async (...args) => (await at(args[0]), port.attributes(...args)),
      list: async (path) => (await at(path), port.list(path)),
    };
  }

  /** A prepare whose lock is held, and whose record is open, until it is let go. */
  function changing(id: string): { readonly begin: () => Promise<void>; readonly end: () => Promise<void>; readonly die: () => Promise<void> } {
    let letGo: (isDone: boolean) => void = () => undefined;
    let held: Promise<void> = Promise.resolve();
    const begin = async (): Promise<void> => {
      const boot = await bootId(port);
      const isGoing = new Promise<boolean>((resolve) => (letGo = resolve));
      await new Promise<void>((hasBegun, failed) => {
        held = withLock(stateDirectory, async (lock) => {
          const journal = journalUnder(lock);
          const time = '2026-01-01T00:00:00Z';
          const states = { before: { driver: 'nvme', override: null }, wanted: { driver: 'vfio-pci', override: 'vfio-pci' } };
          await journal.append({ kind: 'begin', id, time, boot, by: 'anna', verb: 'prepare', subject: NVME.address, ...states });
          hasBegun();
          if (await isGoing) await journal.append({ kind: 'undone', id, time, after: states.before, reason: undefined });
        });
        held.catch(failed);
      });
    };
    const going = (isDone: boolean) => async (): Promise<void> => (letGo(isDone), held);
    return { begin, end: going(true), die: going(false) };
  }
  const told = async (on: FakeKernel): Promise<string[]> =>
    (await readStatus({ ...context(), port: on }, stateDirectory)).changes.map(({ verb, subject, state }) => `${verb} ${subject}: ${state}`);
  const OF_FUNCTION = new RegExp(NVME.address);

  it('and ends between its looks at the lock is not said to be interrupted', async () => {
    const one = changing('a1');
    expect(await told(meanwhile([/boot_id$/, one.begin], [OF_FUNCTION, one.end]))).toEqual([]);
  });

  it('and is followed by another one is being changed, each time', async () => {
    const [one, two] = [changing('a1'), changing('b2')];
    const on = meanwhile([/boot_id$/, one.begin], [OF_FUNCTION, async () => (await one.end(), two.begin())]);
    expect(await told(on)).toEqual(['prepare 0007:00:00.0: being changed']);
    await two.end();
  });

  it('and dies is interrupted', async () => {
    const one = changing('a1');
    expect(await told(meanwhile([/boot_id$/, one.begin], [OF_FUNCTION, one.die]))).toEqual(['prepare 0007:00:00.0: interrupted']);
    expect(await told(port)).toEqual(['prepare 0007:00:00.0: interrupted']);
  });
});
