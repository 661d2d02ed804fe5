/** How many virtual functions a physical function has. Source: the kernel's ABI document sysfs-bus-pci (sriov_*). */
import { sysfsPath } from '../host/inventory.ts';
import { type HostPort, readText } from '../host/port.ts';
import { parsePciAddress } from '../pci/notation.ts';
import type { ChangeKind } from './change.ts';
import type { State } from './journal/record.ts';
import { type Step, write } from '../plan/step.ts';

/** `hostDrivers` of the wanted state: whether host drivers may take the new functions at once. */
export type VfDrivers = 'off' | 'on';

/** State: `count` is sriov_numvfs, `autoprobe` is sriov_drivers_autoprobe. */
export const VF_COUNT: ChangeKind = {
  read: (port, { subject }) => readVfCount(port, subject),
  steps: async (_, change, from, to) => vfSteps(change.subject, from, to, change.wanted['hostDrivers'] === 'on' ? 'on' : 'off'),
  // With the functions there, all that is left is to put back whether drivers may take them.
  finish: (now, { wanted }) => now['count'] === wanted['count'],
};

export async function readVfCount(port: HostPort, pf: string): Promise<State | undefined> {
  const at = sysfsPath(parsePciAddress(pf));
  const count = await readText(port, `${at}/sriov_numvfs`);
  if (count === undefined) return undefined;
  return { count, autoprobe: (await readText(port, `${at}/sriov_drivers_autoprobe`)) ?? null };
}

/**
 * The kernel changes the number from and to 0 only. Host drivers are kept off new functions while they appear: otherwise
 * each gets an interface that network services configure, seconds before it is taken away again.
 */
export function vfSteps(pf: string, from: State, to: State, hostDrivers: VfDrivers): Step[] {
  const at = sysfsPath(parsePciAddress(pf));
  const steps: Step[] = [];
  let autoprobe = from['autoprobe'] ?? null;
  const setAutoprobe = (value: string | null, why: string): void => {
    if (value === null || autoprobe === null || value === autoprobe) return;
    steps.push(write(`${at}/sriov_drivers_autoprobe`, value, why));
    autoprobe = value;
  };
  const [before, after] = [from['count'] ?? '0', to['count'] ?? '0'];
  if (before !== after) {
    if (before !== '0') steps.push(write(`${at}/sriov_numvfs`, '0', `${before} virtual ${before === '1' ? 'function goes' : 'functions go'} away`));
    if (after !== '0') {
      if (hostDrivers === 'off') setAutoprobe('0', 'no host driver takes the new functions');
      steps.push(write(`${at}/sriov_numvfs`, after, `${after} virtual ${after === '1' ? 'function appears' : 'functions appear'}`));
    }
  }
  setAutoprobe(to['autoprobe'] ?? null, 'as it was');
  return steps;
}
