/** The changes of a host that are interrupted: how each begins, what it does, and what tells its end from its beginning. */
import { existsSync, readFileSync } from 'node:fs';
import { removePersistent } from '../../src/app/persistent-remove.ts';
import { prepareFunctions } from '../../src/app/prepare.ts';
import { releaseFunctions } from '../../src/app/release.ts';
import { listSlots, switchSlot } from '../../src/app/slots.ts';
import { createVfs, removeVfs } from '../../src/app/virtual-functions.ts';
import { ruleFile } from '../../src/state/persist/paths.ts';
import { readNodeDevice } from '../../src/host/inventory.ts';
import { openMachine } from '../../src/host/machine-port.ts';
import type { HostPort } from '../../src/host/port.ts';
import { parsePciAddress } from '../../src/pci/notation.ts';

/** What the machine can do without: a function, and a physical function or a slot where changes need them. */
export interface Spare {
  readonly function: string;
  readonly pf?: string;
  readonly slot?: number;
  /** Where changes of these functions are written down; a directory on the root file system when missing. */
  readonly stateDirectory?: string;
}

export interface Change {
  readonly setUp: () => Promise<unknown>;
  readonly act: (port: HostPort) => Promise<unknown>;
  readonly state: () => Promise<string>;
}

export const machine = openMachine();

const context = (port: HostPort) => ({ port, isRoot: true, readPciIds: async () => undefined });

/** For what is not interrupted. */
export const own = context(machine);

export function stateDirectoryOf(spare: Spare): string {
  return spare.stateDirectory ?? '/var/lib/hostdev-crash';
}

/** Brings a change's beginning about, whatever the point before it left. */
const quietly = async (act: () => Promise<unknown>): Promise<void> => void (await act().catch(() => undefined));

/** The change of that name, of these functions. */
export function changeOf(name: string, spare: Spare): Change {
  const found = changesOf(spare)[name];
  if (found === undefined) throw new Error(`${name} is no change`);
  return found;
}

function changesOf(spare: Spare): Readonly<Record<string, Change>> {
  const change = { dryRun: false, stateDirectory: stateDirectoryOf(spare) };
  const address = parsePciAddress(spare.function);
  const pf = parsePciAddress(spare.pf ?? spare.function);
  const slot = spare.slot ?? 0;
  const driverState = async (): Promise<string> => {
    const now = await readNodeDevice(machine, address);
    return `${now?.driver} ${now?.driverOverride}`;
  };
  const vfState = async (): Promise<string> => {
    const at = `/sys/bus/pci/devices/${spare.pf}`;
    return `${readFileSync(`${at}/sriov_numvfs`, 'utf8').trim()} ${readFileSync(`${at}/sriov_drivers_autoprobe`, 'utf8').trim()}`;
  };
  const slotState = async (): Promise<string> => String((await listSlots(own)).find(({ fid }) => Number(fid) === slot)?.state);
  const ruleState = async (): Promise<string> => (existsSync(ruleFile(spare.function)) ? readFileSync(ruleFile(spare.function), 'utf8') : 'none');
  const prepare = (port: HostPort): Promise<unknown> => prepareFunctions(context(port), [address], change);
  const release = (port: HostPort): Promise<unknown> => releaseFunctions(context(port), [address], change);
  const persist = (port: HostPort): Promise<unknown> => prepareFunctions(context(port), [address], { ...change, persist: true });
  const unpersist = (port: HostPort): Promise<unknown> => removePersistent(context(port), [address], change);
  const createTwo = (port: HostPort): Promise<unknown> => createVfs(context(port), pf, 2, change);
  const removeAll = (port: HostPort): Promise<unknown> => removeVfs(context(port), pf, change);
  const slotOff = (port: HostPort): Promise<unknown> => switchSlot(context(port), slot, 'standby', change);
  const slotOn = (port: HostPort): Promise<unknown> => switchSlot(context(port), slot, 'configured', change);
  return {
    prepare: { setUp: () => release(machine), act: prepare, state: driverState },
    release: { setUp: () => prepare(machine), act: release, state: driverState },
    'vf-create': { setUp: () => removeAll(machine), act: createTwo, state: vfState },
    'vf-remove': { setUp: () => createTwo(machine), act: removeAll, state: vfState },
    'slot-off': { setUp: () => quietly(() => slotOn(machine)), act: slotOff, state: slotState },
    'slot-on': { setUp: () => quietly(() => slotOff(machine)), act: slotOn, state: slotState },
    persist: {
      setUp: async () => {
        await prepare(machine);
        await quietly(() => unpersist(machine));
      },
      act: persist,
      state: ruleState,
    },
    unpersist: { setUp: () => persist(machine), act: unpersist, state: ruleState },
  };
}

/** Whether these functions have what a change of that name needs. */
export function canChange(name: string, spare: Spare): boolean {
  if (name.startsWith('vf-')) return spare.pf !== undefined;
  return !name.startsWith('slot-') || spare.slot !== undefined;
}
