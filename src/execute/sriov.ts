/** How many virtual functions a physical function has. Source: the kernel's ABI document sysfs-bus-pci (sriov_*). */
import { readNodeDevice, sysfsPath } from '../host/inventory.ts';
import { type HostPort, readText } from '../host/port.ts';
import { parsePciAddress } from '../pci/notation.ts';
import type { ChangeKind } from './change.ts';
import type { State } from './journal/record.ts';
import { type Step, write } from '../plan/step.ts';

/** State: `count` is sriov_numvfs, `autoprobe` is sriov_drivers_autoprobe. */
export const VF_COUNT: ChangeKind = {
  read: (port, { subject }) => readVfCount(port, subject),
  steps: async (_, { subject }, from, to) => vfSteps(subject, from, to),
  // With the functions there, all that is left is whether drivers may take them.
  finish: (now, { wanted }) => now['count'] === wanted['count'],
  touches: async (port, { subject }) => (await readNodeDevice(port, parsePciAddress(subject)))?.sriov?.virtualFunctions ?? [],
};

export async function readVfCount(port: HostPort, pf: string): Promise<State | undefined> {
  const at = sysfsPath(parsePciAddress(pf));
  const count = await readText(port, `${at}/sriov_numvfs`);
  if (count === undefined) return undefined;
  return { count, autoprobe: (await readText(port, `${at}/sriov_drivers_autoprobe`)) ?? null };
}

/**
 * The kernel changes the number from and to 0 only. Whether host drivers may take virtual functions is set before those
 * appear, and stays so while they are there: a driver that is loaded later, because one appeared, would take them all.
 * Naming a driver for one (driver_override) works all the same.
 */
export function vfSteps(pf: string, from: State, to: State): Step[] {
  const at = sysfsPath(parsePciAddress(pf));
  const [before, after] = [from['count'] ?? '0', to['count'] ?? '0'];
  const probe = to['autoprobe'] ?? null;
  const autoprobe =
    probe === null || probe === (from['autoprobe'] ?? null)
      ? []
      : [
          write(
            `${at}/sriov_drivers_autoprobe`,
            probe,
            probe === '0' ? 'no host driver takes virtual functions of it' : 'host drivers may take virtual functions of it',
          ),
        ];
  const clear =
    before === '0' || before === after ? [] : [write(`${at}/sriov_numvfs`, '0', `${before} virtual ${before === '1' ? 'function goes' : 'functions go'} away`)];
  const create =
    after === '0' || before === after
      ? []
      : [write(`${at}/sriov_numvfs`, after, `${after} virtual ${after === '1' ? 'function appears' : 'functions appear'}`)];
  return [...clear, ...autoprobe, ...create];
}
