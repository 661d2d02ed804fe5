/** Wishes of an emulated IBM Z host with every kind of part that it has, and what kernel, libvirt and guest show of them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { formatFid, formatUid } from '../../src/pci/zpci.ts';
import { lastFunctionList } from '../machine/guest-console.ts';
import type { LabHost } from '../machine/running.ts';
import { GUEST_BOOT_MS, waitForGuestFunctions } from '../s390x/guest.ts';
import { SAVED_GUEST } from '../s390x/saved-guest.ts';
import { hostdevsIn, type Seen, type WishedHost } from './wished-host.ts';

/** The guest's, the one that is kept for VFIO, and the slot that is switched. */
const NVME = '0007:00:00.0';
const IGB = '0009:00:00.0';
const CONSOLE = `${SAVED_GUEST}.console`;
const POWER = '/sys/bus/pci/slots/00000041/power';

/** What differs between the wishes. */
interface ZWish {
  readonly state?: 'standby' | 'configured';
  readonly persist?: boolean;
  readonly ids?: string;
}

export function zWish({ state = 'standby', persist = true, ids = 'uid: "0x0031", fid: "0x77"' }: ZWish = {}): string {
  return `formatVersion: 1
slots: [{ fid: "0x41", state: ${state} }]
functions: [{ function: { fid: "0x19" }, persist: ${persist} }]
guests:
  - guest: ${SAVED_GUEST}
    hostdevs: [{ function: "uid=0x7", ${ids} }]
`;
}

export const Z_BEFORE: Seen = { slot: '1', igb: 'igb (null)', nvme: 'nvme (null)', rules: [], live: [], config: [] };

async function see(host: LabHost): Promise<Seen> {
  const at = '/sys/bus/pci/devices';
  const shown = await host.sh(`cat ${POWER}
    for f in ${IGB} ${NVME}; do echo "$(basename "$(readlink ${at}/$f/driver)") $(cat ${at}/$f/driver_override)"; done
    cd /etc/udev/rules.d 2>/dev/null && ls | grep hostdev
    echo ====; virsh -q "dumpxml ${SAVED_GUEST}; dumpxml --inactive ${SAVED_GUEST}"`);
  const [functions = '', libvirt = ''] = shown.split('====\n');
  const [slot = '', igb = '', nvme = '', ...rules] = functions.trim().split('\n');
  const [, live = '', config = ''] = libvirt.split('<domain ');
  return { slot, igb, nvme, rules, live: hostdevsIn(live), config: hostdevsIn(config) };
}

/** The guest's kernel has the functions that libvirt says, with their ids. */
async function guestSees(host: LabHost, { live = [] }: Seen): Promise<void> {
  const shown = async (): Promise<string[]> => {
    // One that was woken has told nothing yet of what has not changed: it had none.
    if (lastFunctionList(await readFile(join(host.share, CONSOLE), 'utf8')) === undefined) return [];
    return (await waitForGuestFunctions(host, CONSOLE, GUEST_BOOT_MS)).map(({ uid, fid }) => `uid ${formatUid(uid)} fid ${formatFid(fid)}`);
  };
  await expect.poll(shown, { timeout: GUEST_BOOT_MS, interval: 500 }).toEqual([...live].map((name) => name.replace(/^.*(?=uid)/, '')));
}

export function wishedZ(host: LabHost): WishedHost {
  return { host, see: () => see(host), guestSees: (seen) => guestSees(host, seen) };
}
