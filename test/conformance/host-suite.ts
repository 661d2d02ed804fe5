/**
 * What changing a host may expect of a kernel. The same cases run against the fake kernel in memory and, inside
 * the emulated hosts, against real ones. A machine names what it has; cases that need more than that are left out.
 */
import { strict as assert } from 'node:assert';
import { prepareFunctions } from '../../src/app/prepare.ts';
import { releaseFunctions } from '../../src/app/release.ts';
import type { AppContext } from '../../src/app/context.ts';
import { HostdevError } from '../../src/errors.ts';
import { removePersistent } from '../../src/app/persistent-remove.ts';
import { listPersistent } from '../../src/app/persistent-list.ts';
import { switchSlot } from '../../src/app/slots.ts';
import { setVf } from '../../src/app/vf-set.ts';
import { createVfs, removeVfs } from '../../src/app/virtual-functions.ts';
import { readVfCount } from '../../src/host/vf-count.ts';
import { readInventory, readNodeDevice } from '../../src/host/inventory.ts';
import type { HostPort } from '../../src/host/port.ts';
import { formatPciAddress, pciAddress, type PciAddress } from '../../src/pci/address.ts';
import { parsePciAddress } from '../../src/pci/notation.ts';

export interface Machine {
  readonly port: HostPort;
  /** A function with a host driver, alone in its group, that the machine can do without. */
  readonly free: string;
  readonly freeDriver: string;
  /** Another such function. */
  readonly other: string;
  readonly otherDriver: string;
  readonly stateDirectory: string;
  /** A physical function that can have at least 3 virtual ones, and the driver that wants those. */
  readonly pf?: { readonly address: string; readonly vfDriver: string; readonly netdev: boolean };
  /** Function id of a slot that the machine can do without. */
  readonly slot?: number;
  /** There is a udevadm. */
  readonly hears?: true;
}

type Need = 'pf' | 'slot' | 'hears';

interface ConformanceCase {
  readonly title: string;
  readonly needs?: Need;
  readonly run: (machine: Machine) => Promise<void>;
}

const contextOf = ({ port }: Machine): AppContext => ({ port, isRoot: true, readPciIds: async () => undefined });
const driver = async ({ port }: Machine, name: string): Promise<string | undefined> => (await readNodeDevice(port, parsePciAddress(name)))?.driver;
const changeOn = ({ stateDirectory }: Machine) => ({ dryRun: false, stateDirectory });

const HOST_CASES: readonly ConformanceCase[] = [
  {
    title: 'a prepared function is with vfio-pci and has its override',
    run: async (machine) => {
      const [done] = await prepareFunctions(contextOf(machine), [parsePciAddress(machine.free)], changeOn(machine));
      assert.deepEqual([done?.before, done?.after, done?.changed], [machine.freeDriver, 'vfio-pci', true]);
      const now = await readNodeDevice(machine.port, parsePciAddress(machine.free));
      assert.deepEqual([now?.driver, now?.driverOverride], ['vfio-pci', 'vfio-pci']);
    },
  },
  {
    title: 'preparing it again changes nothing and says so',
    run: async (machine) => {
      const [done] = await prepareFunctions(contextOf(machine), [parsePciAddress(machine.free)], changeOn(machine));
      assert.deepEqual([done?.before, done?.after, done?.changed], ['vfio-pci', 'vfio-pci', false]);
    },
  },
  {
    title: 'a released function is with its host driver and has no override',
    run: async (machine) => {
      const [done] = await releaseFunctions(contextOf(machine), [parsePciAddress(machine.free)], changeOn(machine));
      assert.deepEqual([done?.before, done?.after, done?.changed], ['vfio-pci', machine.freeDriver, true]);
      const now = await readNodeDevice(machine.port, parsePciAddress(machine.free));
      assert.deepEqual([now?.driver, now?.driverOverride], [machine.freeDriver, undefined]);
    },
  },
  {
    title: 'releasing it again changes nothing and says so',
    run: async (machine) => {
      const [done] = await releaseFunctions(contextOf(machine), [parsePciAddress(machine.free)], changeOn(machine));
      assert.deepEqual([done?.after, done?.changed], [machine.freeDriver, false]);
    },
  },
  {
    title: 'a dry run names every write and makes none',
    run: async (machine) => {
      const [done] = await prepareFunctions(contextOf(machine), [parsePciAddress(machine.free)], { dryRun: true });
      assert.deepEqual(
        done?.steps.map((step) => step.kind === 'write' && step.path.split('/').at(-1)),
        ['driver_override', 'unbind', 'drivers_probe'],
      );
      assert.equal(await driver(machine, machine.free), machine.freeDriver);
    },
  },
  {
    title: 'two functions are prepared and released in one command',
    run: async (machine) => {
      const both = [machine.free, machine.other].map(parsePciAddress);
      await prepareFunctions(contextOf(machine), both, changeOn(machine));
      assert.deepEqual(await Promise.all([machine.free, machine.other].map((name) => driver(machine, name))), ['vfio-pci', 'vfio-pci']);
      await releaseFunctions(contextOf(machine), both, changeOn(machine));
      assert.deepEqual(await Promise.all([machine.free, machine.other].map((name) => driver(machine, name))), [machine.freeDriver, machine.otherDriver]);
    },
  },
  {
    title: 'a command that names an unknown function changes nothing, whatever else it names',
    run: async (machine) => {
      const unknown = pciAddress(0, 0xfe, 0x1f, 7);
      await assert.rejects(prepareFunctions(contextOf(machine), [parsePciAddress(machine.free), unknown], changeOn(machine)), (error) => {
        return error instanceof HostdevError && error.code === 'function-unknown' && error.subject === formatPciAddress(unknown);
      });
      assert.equal(await driver(machine, machine.free), machine.freeDriver);
    },
  },
  {
    title: 'the inventory has every function once, in order',
    run: async (machine) => {
      const names = (await readInventory(machine.port)).map((device) => formatPciAddress(device.address));
      assert.deepEqual(names, [...new Set(names)].sort());
      assert.ok(names.includes(machine.free));
    },
  },
  {
    title: 'virtual functions appear without host drivers, which stay off while they are there',
    needs: 'pf',
    run: async (machine) => {
      const pf = pfOf(machine);
      const done = await createVfs(contextOf(machine), pf, 3, changeOn(machine));
      assert.deepEqual([done.before, done.after, done.changed, done.virtualFunctions.length], [0, 3, true, 3]);
      assert.deepEqual(await Promise.all(done.virtualFunctions.map((name) => driver(machine, name))), [undefined, undefined, undefined]);
      assert.equal((await readVfCount(machine.port, formatPciAddress(pf)))?.['autoprobe'], '0');
    },
  },
  {
    title: 'the number of virtual functions that is there already changes nothing',
    needs: 'pf',
    run: async (machine) => {
      const done = await createVfs(contextOf(machine), pfOf(machine), 3, changeOn(machine));
      assert.deepEqual([done.changed, done.steps], [false, []]);
    },
  },
  {
    title: 'a physical function with virtual ones is not taken, and says which they are',
    needs: 'pf',
    run: async (machine) => {
      await assert.rejects(prepareFunctions(contextOf(machine), [pfOf(machine)], changeOn(machine)), (error) => {
        return error instanceof HostdevError && error.code === 'function-in-use' && /PF with 3 VFs/.test(error.message);
      });
    },
  },
  {
    title: 'a virtual function is prepared like any other, and released to nobody',
    needs: 'pf',
    run: async (machine) => {
      const [first] = (await readNodeDevice(machine.port, pfOf(machine)))?.sriov?.virtualFunctions ?? [];
      assert.ok(first);
      await prepareFunctions(contextOf(machine), [first], changeOn(machine));
      assert.equal(await driver(machine, formatPciAddress(first)), 'vfio-pci');
      const [done] = await releaseFunctions(contextOf(machine), [first], changeOn(machine));
      assert.deepEqual([done?.after, done?.changed], [null, true]);
    },
  },
  {
    title: 'another number replaces the virtual functions; host drivers take them when they may',
    needs: 'pf',
    run: async (machine) => {
      const done = await createVfs(contextOf(machine), pfOf(machine), 2, { ...changeOn(machine), hostDrivers: true });
      assert.deepEqual([done.before, done.after, done.virtualFunctions.length], [3, 2, 2]);
      assert.deepEqual(await Promise.all(done.virtualFunctions.map((name) => driverAfter(machine, name))), [machine.pf?.vfDriver, machine.pf?.vfDriver]);
    },
  },
  {
    title: 'the MAC address and VLAN of a virtual function are set, read back and put back',
    needs: 'pf',
    run: async (machine) => {
      if (machine.pf?.netdev !== true) return;
      const [first] = (await readNodeDevice(machine.port, pfOf(machine)))?.sriov?.virtualFunctions ?? [];
      assert.ok(first);
      const set = await setVf(contextOf(machine), first, { mac: '52:54:00:00:00:77', vlan: '42' }, changeOn(machine));
      assert.deepEqual(set.after, { mac: '52:54:00:00:00:77', vlan: '42' });
      const again = await setVf(contextOf(machine), first, { mac: '52:54:00:00:00:77', vlan: '42' }, changeOn(machine));
      assert.equal(again.changed, false);
      const back = await setVf(contextOf(machine), first, { vlan: '0' }, changeOn(machine));
      assert.deepEqual([back.before, back.after], [{ vlan: '42' }, { vlan: '0' }]);
    },
  },
  {
    title: 'more virtual functions than there can be are refused before anything is written',
    needs: 'pf',
    run: async (machine) => {
      await assert.rejects(createVfs(contextOf(machine), pfOf(machine), 4096, changeOn(machine)), { code: 'sriov-count' });
      assert.equal((await readVfCount(machine.port, machine.pf?.address ?? ''))?.['count'], '2');
    },
  },
  {
    title: 'virtual functions go away again',
    needs: 'pf',
    run: async (machine) => {
      const done = await removeVfs(contextOf(machine), pfOf(machine), changeOn(machine));
      assert.deepEqual([done.after, done.virtualFunctions], [0, []]);
      assert.equal((await removeVfs(contextOf(machine), pfOf(machine), changeOn(machine))).changed, false);
      assert.equal((await readVfCount(machine.port, machine.pf?.address ?? ''))?.['autoprobe'], '1');
    },
  },
  {
    title: 'a function without SR-IOV cannot have virtual functions',
    run: async (machine) => {
      await assert.rejects(createVfs(contextOf(machine), parsePciAddress(machine.free), 1, changeOn(machine)), { code: 'sriov-missing' });
    },
  },
  {
    title: 'a configured function goes to standby, and its slot says so',
    needs: 'slot',
    run: async (machine) => {
      const done = await switchSlot(contextOf(machine), machine.slot ?? 0, 'standby', changeOn(machine));
      assert.deepEqual([done.before.state, done.after.state, done.after.address], ['configured', 'standby', null]);
      assert.equal(await readNodeDevice(machine.port, parsePciAddress(done.before.address ?? '')), undefined);
      assert.equal((await switchSlot(contextOf(machine), machine.slot ?? 0, 'standby', changeOn(machine))).changed, false);
    },
  },
  {
    title: 'a function on standby is configured again, and its host driver has it',
    needs: 'slot',
    run: async (machine) => {
      const done = await switchSlot(contextOf(machine), machine.slot ?? 0, 'configured', changeOn(machine));
      assert.deepEqual([done.before.state, done.after.state], ['standby', 'configured']);
      assert.ok(done.after.address);
      assert.notEqual(await driverAfter(machine, done.after.address), undefined);
      assert.equal((await switchSlot(contextOf(machine), machine.slot ?? 0, 'configured', changeOn(machine))).changed, false);
    },
  },
  {
    title: 'a function that is kept across boots has a rule in force, until it is removed',
    run: async (machine) => {
      const address = parsePciAddress(machine.free);
      await prepareFunctions(contextOf(machine), [address], { ...changeOn(machine), persist: true });
      const rule = async () => (await listPersistent(contextOf(machine))).rules.find((each) => each.address === machine.free);
      assert.deepEqual([(await rule())?.state, (await rule())?.driver], ['in force', 'vfio-pci']);
      await releaseFunctions(contextOf(machine), [address], changeOn(machine));
      assert.deepEqual((await rule())?.state, 'not taken');
      await removePersistent(contextOf(machine), [address], changeOn(machine));
      assert.equal(await rule(), undefined);
    },
  },
  {
    title: 'the kernel is heard to tell of a function that is taken and given back, and of virtual ones that come and go',
    needs: 'hears',
    run: async (machine) => {
      const heard = await hear(machine.port);
      await prepareFunctions(contextOf(machine), [parsePciAddress(machine.free)], changeOn(machine));
      await heard.until(machine.free);
      await releaseFunctions(contextOf(machine), [parsePciAddress(machine.free)], changeOn(machine));
      await heard.until(machine.free);
      if (machine.pf !== undefined) {
        const { virtualFunctions } = await createVfs(contextOf(machine), pfOf(machine), 2, changeOn(machine));
        for (const name of virtualFunctions) await heard.until(name);
        await removeVfs(contextOf(machine), pfOf(machine), changeOn(machine));
        for (const name of virtualFunctions) await heard.until(name);
      }
      await heard.end();
    },
  },
];

interface Heard {
  /** Until the kernel has told of a function since this was asked for it last. */
  readonly until: (name: string) => Promise<void>;
  readonly end: () => Promise<void>;
}

/** Resolves when nothing is missed any more. */
async function hear({ hearKernel }: HostPort): Promise<Heard> {
  assert.ok(hearKernel !== undefined);
  const told = new Set<string>();
  let stop: () => void = () => undefined;
  const until = new Promise<void>((resolve) => (stop = resolve));
  let ended: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    ended = hearKernel({ onBegin: resolve, onFunction: (name) => told.add(name), until });
    ended.catch(reject);
  });
  return {
    until: async (name) => {
      for (let i = 0; i < 200 && !told.has(name); i += 1) await new Promise((resolve) => setTimeout(resolve, 50));
      assert.ok(told.delete(name), `the kernel has told nothing of ${name}`);
    },
    end: () => {
      stop();
      return ended;
    },
  };
}

/** Drivers may probe behind the writer's back. */
async function driverAfter(machine: Machine, name: string): Promise<string | undefined> {
  for (let i = 0; i < 100 && (await driver(machine, name)) === undefined; i += 1) await new Promise((resolve) => setTimeout(resolve, 50));
  return driver(machine, name);
}

function pfOf({ pf }: Machine): PciAddress {
  return parsePciAddress(pf?.address ?? '');
}

/** The cases that a machine has everything for. */
export function casesFor(machine: Pick<Machine, Need>): ConformanceCase[] {
  return HOST_CASES.filter(({ needs }) => needs === undefined || machine[needs] !== undefined);
}
