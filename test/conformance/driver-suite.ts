/**
 * What the driver room may expect of a kernel. The same cases run against the fake kernel in memory and, inside
 * the emulated host, against a real one.
 */
import { strict as assert } from 'node:assert';
import { prepareFunctions, releaseFunctions } from '../../src/app/prepare.ts';
import type { AppContext } from '../../src/app/context.ts';
import { HostdevError } from '../../src/errors.ts';
import { readInventory, readNodeDevice } from '../../src/host/inventory.ts';
import type { HostPort } from '../../src/host/port.ts';
import { formatPciAddress, pciAddress } from '../../src/pci/address.ts';
import { parsePciAddress } from '../../src/pci/notation.ts';

interface Machine {
  readonly port: HostPort;
  /** A function with a host driver, alone in its group, that the machine can do without. */
  readonly free: string;
  readonly freeDriver: string;
  /** Another such function. */
  readonly other: string;
  readonly otherDriver: string;
  readonly stateDirectory: string;
}

export interface ConformanceCase {
  readonly title: string;
  readonly run: (machine: Machine) => Promise<void>;
}

const contextOf = ({ port }: Machine): AppContext => ({ port, isRoot: true, readPciIds: async () => undefined });
const driver = async ({ port }: Machine, name: string): Promise<string | undefined> => (await readNodeDevice(port, parsePciAddress(name)))?.driver;
const changeOn = ({ stateDirectory }: Machine) => ({ dryRun: false, stateDirectory });

export const DRIVER_CASES: readonly ConformanceCase[] = [
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
        done?.writes.map((write) => write.path.split('/').at(-1)),
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
];
