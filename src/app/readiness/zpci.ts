/** What is particular to IBM Z: whether addresses stay the same, and what waits to be configured. */
import { readSlotPower, SLOTS } from '../../execute/slot.ts';
import { readAddresses } from '../../host/inventory.ts';
import { type HostReader, readNumber } from '../../host/port.ts';
import { formatPciAddress } from '../../pci/address.ts';
import type { Readiness } from './finding.ts';

export async function zpciReadiness(port: HostReader): Promise<Readiness[]> {
  return [...(await uids(port)), ...(await slots(port))];
}

/** Without unique uids a function's address may change at the next boot; the fid does not. */
async function uids(port: HostReader): Promise<Readiness[]> {
  for (const address of await readAddresses(port)) {
    const unique = await readNumber(port, `/sys/bus/pci/devices/${formatPciAddress(address)}/uid_is_unique`);
    if (unique === undefined) continue;
    if (unique === 1) return [{ what: 'zPCI uids', state: 'ok', found: 'unique: addresses stay the same across boots', hint: null }];
    return [
      {
        what: 'zPCI uids',
        state: 'missing',
        found: 'not unique: PCI domains are numbered in the order functions appear',
        hint: "set 'unique UIDs' for this LPAR on the HMC, or identify functions by fid",
      },
    ];
  }
  return [];
}

async function slots(port: HostReader): Promise<Readiness[]> {
  const names = ((await port.list(SLOTS)) ?? []).filter((name) => /^[0-9a-f]{8}$/.test(name));
  if (names.length === 0) return [];
  const standby: string[] = [];
  for (const name of names) if ((await readSlotPower(port, name))?.['power'] === '0') standby.push(name);
  const found = `${names.length - standby.length} configured, ${standby.length} on standby`;
  return [{ what: 'zPCI slots', state: 'ok', found, hint: standby.length === 0 ? null : `'hostdev slot on 0x${standby[0]}' configures one` }];
}
