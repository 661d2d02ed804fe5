/** For random hosts and wishes: what is shown is done, what is done can be undone to the byte, and a process may be killed anywhere. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { executeAll } from '../../src/execute/executor.ts';
import type { Journal } from '../../src/execute/journal/journal.ts';
import type { JournalRecord } from '../../src/execute/journal/record.ts';
import { planRecovery } from '../../src/execute/plan-recovery.ts';
import { planUndo } from '../../src/execute/plan-undo.ts';
import { journalRecorder } from '../../src/execute/recorder.ts';
import { openRecords, recover } from '../../src/execute/recover.ts';
import { type Executor, hostOnly } from '../../src/execute/target.ts';
import { NOTHING_LEFT, undoAll } from '../../src/execute/undo.ts';
import { HostdevError } from '../../src/errors.ts';
import { readNodeDevice } from '../../src/host/inventory.ts';
import type { HostPort } from '../../src/host/port.ts';
import { parsePciAddress } from '../../src/pci/notation.ts';
import type { Change } from '../../src/plan/change.ts';
import { planPrepare } from '../../src/plan/prepare.ts';
import { planRelease } from '../../src/plan/release.ts';
import { planSlot } from '../../src/plan/slot.ts';
import { waysBack } from '../../src/plan/way-back.ts';
import { vfCountSteps } from '../../src/plan/vf.ts';
import { type FakeFunction, fakeKernel, type FakeKernel } from '../../src/testing/fake-kernel.ts';
import { readLinkState } from '../../src/host/link-state.ts';
import { sysfsOfFunctions } from '../sysfs-of-functions.ts';

const BOOT = 'this boot';
const NAMES = ['0007:00:00.0', '0008:00:00.0', '0009:00:00.0'] as const;
const PF = '0000:02:00.0';
const SLOT = '00000041';
const FUNCTIONS: readonly FakeFunction[] = [
  ...NAMES.map((address, i): FakeFunction => ({ address, driver: 'nvme', iommuGroup: i, express: true })),
  { address: PF, driver: 'igb', iommuGroup: 7, netdev: 'eno1', sriov: { total: 4, driver: 'igbvf' } },
  { address: '0031:00:00.0', driver: 'nvme', iommuGroup: 8, fid: 0x41 },
];

/** What somebody did to a function before us. */
interface Beginning {
  readonly driver: 'host' | 'vfio' | 'none';
  readonly override: null | 'nvme' | 'uio_pci_generic' | 'vfio-pci';
}

const beginning = fc.record<Beginning>({
  driver: fc.constantFrom('host', 'vfio', 'none'),
  override: fc.constantFrom(null, 'nvme', 'uio_pci_generic', 'vfio-pci'),
});

interface Case {
  readonly functions: readonly Beginning[];
  readonly vfs: number;
  readonly wish: readonly ('prepare' | 'release' | 'vfs' | 'slot off')[];
  readonly newVfs: number;
}

const anyCase = fc.record<Case>({
  functions: fc.tuple(beginning, beginning, beginning),
  vfs: fc.nat({ max: 2 }),
  wish: fc.uniqueArray(fc.constantFrom('prepare', 'release', 'vfs', 'slot off'), { minLength: 1, maxLength: 3 }),
  newVfs: fc.nat({ max: 3 }),
});

/** Set by a test: which of the writes fails, counted from now. */
interface Fault {
  left: number;
}

async function begin({ functions, vfs }: Case): Promise<{ readonly port: FakeKernel; readonly fault: Fault }> {
  const fault: Fault = { left: Number.POSITIVE_INFINITY };
  const port = fakeKernel(FUNCTIONS, {
    drivers: ['vfio-pci', 'uio_pci_generic'],
    files: { '/proc/sys/kernel/random/boot_id': BOOT },
    beforeWrite: () => {
      fault.left -= 1;
      if (fault.left === 0) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    },
  });
  for (const [i, { driver, override }] of functions.entries()) {
    const at = `/sys/bus/pci/devices/${NAMES[i]}`;
    if (driver !== 'host') await port.write(`${at}/driver/unbind`, NAMES[i] ?? '');
    if (driver === 'vfio') {
      await port.write(`${at}/driver_override`, 'vfio-pci');
      await port.write('/sys/bus/pci/drivers_probe', NAMES[i] ?? '');
    }
    await port.write(`${at}/driver_override`, override ?? '\n');
  }
  if (vfs > 0) await port.write(`/sys/bus/pci/devices/${PF}/sriov_numvfs`, String(vfs));
  return { port, fault };
}

async function plan(port: HostPort, { wish, newVfs }: Case): Promise<Change[]> {
  const changes: Change[] = [];
  for (const [i, each] of wish.entries()) {
    const name = NAMES[i] ?? NAMES[0];
    const device = await readNodeDevice(port, parsePciAddress(name));
    if (device === undefined) throw new Error('it is not there');
    if (each === 'prepare') {
      const change = planPrepare({ device, link: await readLinkState(port, device), driver: 'vfio-pci' });
      if (change !== undefined) changes.push(change);
    } else if (each === 'release') {
      const change = planRelease(device, { driver: 'nvme', override: null, link: null });
      if (change !== undefined) changes.push(change);
    } else if (each === 'vfs') {
      const read = async (attribute: string): Promise<string> => new TextDecoder().decode(await port.read(`/sys/bus/pci/devices/${PF}/${attribute}`)).trim();
      const before = { count: await read('sriov_numvfs'), autoprobe: await read('sriov_drivers_autoprobe') };
      const wanted = { count: String(newVfs), autoprobe: '0' };
      const steps = vfCountSteps(PF, before, wanted);
      const verb = newVfs === 0 ? ('vf remove' as const) : ('vf create' as const);
      if (steps.length > 0) changes.push({ verb, subject: PF, before, wanted, steps, undo: vfCountSteps(PF, wanted, before) });
    } else
      changes.push(
        planSlot({ fid: `0x${SLOT}`, state: 'configured', address: '0031:00:00.0', uid: null, driver: 'nvme' }, undefined, { wanted: 'standby', force: false }),
      );
  }
  return changes;
}

/** Everything that can be seen of the machine. */
async function everything(port: HostPort): Promise<Record<string, string | undefined>> {
  const power = await port.read(`/sys/bus/pci/slots/${SLOT}/power`);
  return { ...(await sysfsOfFunctions(port)), power: power === undefined ? undefined : Buffer.from(power).toString() };
}

/** The same machine once so many of the changes were made, by nobody who is killed. */
async function afterSome(each: Case, count: number): Promise<Record<string, string | undefined>> {
  const { port } = await begin(each);
  await executeAll(executorOn(port, journal()), (await plan(port, each)).slice(0, count));
  return everything(port);
}

function journal(): Journal & { readonly records: JournalRecord[] } {
  const records: JournalRecord[] = [];
  return { records, read: async () => [...records], append: async (record) => void records.push(record), requireHeld: async () => undefined };
}

const executorOn = (port: HostPort, log: Journal): Executor => ({
  target: hostOnly(port),
  recorder: journalRecorder(log, { boot: BOOT, open: [] }),
  options: { timeoutMs: 0, leastWaitMs: 0 },
});

const writesOf = (changes: readonly Change[]): { path: string; text: string }[] =>
  changes.flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'write' ? [{ path: step.path, text: step.text }] : [])));

/** A function that nobody had stays with the host driver that it was given to: it may be in use by then. */
const canBeUndone = ({ verb, before }: Change): boolean => verb !== 'release' || before['driver'] !== null;

const runs = { numRuns: 150 };

describe('for every random host and wish', () => {
  it('the writes that are shown are those that are made, in that order', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async (each) => {
        const { port } = await begin(each);
        const changes = await plan(port, each);
        const before = port.writes.length;
        await executeAll(executorOn(port, journal()), changes);
        expect(port.writes.slice(before)).toEqual(writesOf(changes));
      }),
      runs,
    );
  });

  it('undoing what was done restores every byte, by the steps that were shown for it', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async (each) => {
        const { port } = await begin(each);
        const before = await everything(port);
        const changes = await plan(port, each);
        fc.pre(changes.every(canBeUndone));
        const log = journal();
        const executor = executorOn(port, log);
        await executeAll(executor, changes);
        const made = port.writes.length;
        const undone = await undoAll(executor, [...changes].reverse(), NOTHING_LEFT);
        expect(undone).toEqual(NOTHING_LEFT);
        expect(await everything(port)).toEqual(before);
        expect(openRecords(log.records)).toEqual([]);
        // A release does not know which driver takes the function, so its way back is only known when it is seen.
        if (changes.every(({ verb }) => verb !== 'release')) {
          const shown = [...changes].reverse().flatMap(({ undo }) => writesOf([{ steps: undo } as unknown as Change]));
          expect(port.writes.slice(made)).toEqual(shown);
        }
      }),
      runs,
    );
  });

  it('a plan that undoes two others restores every byte by the steps that it shows, and is undone itself by another one', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, anyCase, async (each, next) => {
        const isInBoth = (wish: Case['wish'][number]): boolean => each.wish.includes(wish) && next.wish.includes(wish);
        // What is planned here for a slot takes it for one that is configured; virtual functions that were made anew in between are as the kernel makes them.
        fc.pre(!isInBoth('slot off') && !isInBoth('vfs'));
        // A function that nobody had stays with the host driver that it was given to.
        fc.pre(each.functions.every(({ driver }) => driver !== 'none') || ![...each.wish, ...next.wish].includes('release'));
        const { port } = await begin(each);
        const executor = executorOn(port, journal());
        const before = await everything(port);
        const done: Change[] = [];
        for (const wish of [each, next]) {
          const changes = await plan(port, wish);
          fc.pre(changes.every(canBeUndone));
          done.push(...(await executeAll(executor, changes)).map(({ change }) => change));
        }
        const after = await everything(port);
        const undo = async (made: readonly Change[]): Promise<readonly Change[]> => {
          const { changes } = await planUndo(hostOnly(port), waysBack(made));
          const writes = port.writes.length;
          await executeAll(executor, changes);
          expect(port.writes.slice(writes)).toEqual(writesOf(changes));
          return changes;
        };
        const undone = await undo(done);
        expect(await everything(port)).toEqual(before);
        await undo(undone);
        // An override that names a host driver is somebody's, and stays once it is there again.
        if (each.functions.every(({ override }) => override === null || override === 'vfio-pci')) expect(await everything(port)).toEqual(after);
      }),
      runs,
    );
  });

  it('what is planned to recover is what recovering does, by the same writes', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, fc.integer({ min: 1, max: 9 }), fc.boolean(), async (each, at, behind) => {
        const { port, log } = await killedAt(each, { at, behind });
        const recoverer = { target: hostOnly(port), boot: BOOT };
        const planned = await planRecovery(await log.read(), recoverer);
        const writes = port.writes.length;
        const recovered = await recover(log, recoverer);
        expect(recovered.map(({ outcome }) => outcome)).toEqual(planned.map(({ outcome }) => outcome));
        expect(port.writes.slice(writes)).toEqual(writesOf(planned.flatMap(({ change }) => change ?? [])));
      }),
      runs,
    );
  });

  it('one write that fails leaves every byte as it was, and nothing open', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, fc.integer({ min: 1, max: 9 }), async (each, at) => {
        const { port, fault } = await begin(each);
        const before = await everything(port);
        const changes = await plan(port, each);
        fc.pre(at <= writesOf(changes).length && changes.every(canBeUndone));
        fault.left = at;
        const log = journal();
        await expect(executeAll(executorOn(port, log), changes)).rejects.toMatchObject({ message: expect.stringContaining('EIO') as string });
        expect(await everything(port)).toEqual(before);
        expect(openRecords(log.records)).toEqual([]);
      }),
      runs,
    );
  });

  it('a process that is killed at any write leaves what recover brings to its old or its new state', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, fc.integer({ min: 1, max: 9 }), fc.boolean(), async (each, at, behind) => {
        const { port, log, changes } = await killedAt(each, { at, behind });
        const open = openRecords(log.records);
        expect(open.length).toBeLessThanOrEqual(1);
        const recovered = await recover(log, { target: hostOnly(port), boot: BOOT });
        expect(recovered.map(({ outcome }) => outcome).filter((outcome) => outcome !== 'old' && outcome !== 'new')).toEqual([]);
        expect(openRecords(log.records)).toEqual([]);
        // Whatever was done before it stays done, and nothing behind it has begun.
        const begun = open.length === 0 ? log.records.length / 2 : changes.findIndex(({ subject }) => subject === open[0]?.subject);
        expect(await everything(port)).toEqual(await afterSome(each, begun + (recovered[0]?.outcome === 'new' ? 1 : 0)));
      }),
      runs,
    );
  });

  it('what can be neither done nor undone is named, with what it is left as, and every failure is told', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, fc.integer({ min: 1, max: 9 }), async (each, at) => {
        const { port, fault } = await begin(each);
        const changes = await plan(port, each);
        fc.pre(at <= writesOf(changes).length);
        fault.left = at;
        // From then on nothing works any more.
        const broken: HostPort = {
          ...port,
          write: async (path, text) => {
            if (fault.left <= 1) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
            await port.write(path, text);
          },
        };
        const log = journal();
        const before = await everything(port);
        const error: unknown = await executeAll(executorOn(broken, log), changes).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(HostdevError);
        const { code, message, details } = error as HostdevError;
        const left = (details['left'] ?? []) as readonly { readonly subject: string }[];
        // Either nothing had happened, or it is said of what.
        if (code !== 'stuck') expect(await everything(port)).toEqual(before);
        else for (const { subject } of left) expect(message).toContain(subject);
        if (code === 'stuck') expect(left.length).toBeGreaterThan(0);
      }),
      { numRuns: 40 },
    );
  });
});

/** A machine, and its journal, whose process was killed at one of its writes. */
async function killedAt(each: Case, point: { readonly at: number; readonly behind: boolean }) {
  const { port } = await begin(each);
  const changes = await plan(port, each);
  fc.pre(point.at <= writesOf(changes).length);
  const log = journal();
  const dying = mortal(port, log, point);
  await expect(executeAll(executorOn(dying.port, dying.log), changes)).rejects.toThrow();
  return { port, log, changes };
}

/** A process that is killed at the n-th write, before it or behind it: from then on it neither sees nor writes anything. */
function mortal(
  port: FakeKernel,
  log: Journal,
  { at, behind }: { readonly at: number; readonly behind: boolean },
): { readonly port: HostPort; readonly log: Journal } {
  let writes = 0;
  let isDead = false;
  const alive = <A extends unknown[], R>(act: (...args: A) => Promise<R>): ((...args: A) => Promise<R>) => {
    return async (...args) => {
      if (isDead) throw new Error('killed');
      return act(...args);
    };
  };
  const dying: HostPort = {
    ...port,
    read: alive(port.read),
    list: alive(port.list),
    readlink: alive(port.readlink),
    attributes: alive(port.attributes),
    run: alive(port.run),
    write: alive(async (path: string, text: string) => {
      writes += 1;
      if (writes === at && !behind) isDead = true;
      if (isDead) throw new Error('killed');
      await port.write(path, text);
      if (writes === at) {
        isDead = true;
        throw new Error('killed');
      }
    }),
  };
  return { port: dying, log: { read: alive(log.read), append: alive(log.append), requireHeld: alive(log.requireHeld) } };
}
