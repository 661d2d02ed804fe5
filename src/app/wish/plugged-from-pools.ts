/** Interfaces that only run, and whose function a pool has chosen: there libvirt shows the function, without a word of the pool. */
import { readDomain } from '../../domain/domain.ts';
import { type Hostdev, readHostdevs } from '../../domain/hostdev.ts';
import { networkOf } from '../../domain/interface-networks.ts';
import type { Problem } from '../../errors.ts';
import { formatPciAddress, samePciAddress } from '../../pci/address.ts';
import type { UsedPool } from '../../plan/pool-users.ts';
import { findDevice, type GuestState } from '../../state/guest-state.ts';

export interface PluggedFromPool {
  readonly network: string;
  readonly mac: string;
  readonly hostdev: Hostdev;
}

/**
 * Of each guest, by its uuid. A guest may have been given a function of a pool by its address, too; libvirt counts only those that it has by the pool.
 *
 * @param notes - is given what cannot be told apart.
 */
export function pluggedFromPools(guests: readonly GuestState[], pools: readonly UsedPool[], notes: Problem[]): ReadonlyMap<string, readonly PluggedFromPool[]> {
  const found = new Map<string, PluggedFromPool[]>();
  for (const { name, active, pool } of pools) {
    const perhaps = guests.flatMap((guest) => onlyRunning(guest, { name, active, pool }).map((each) => ({ guest, ...each })));
    const counted = (pool.connections ?? 0) - guests.reduce((sum, guest) => sum + definedAndRunning(guest, name), 0);
    if (perhaps.length === 0 || counted <= 0) continue;
    if (perhaps.length > counted) {
      notes.push(...perhaps.map(({ guest, mac, hostdev }) => untold(guest, name, { mac, hostdev })));
      continue;
    }
    for (const { guest, mac, hostdev } of perhaps)
      found.set(guest.ref.uuid, [...(found.get(guest.ref.uuid) ?? []), { network: name, mac: mac.toLowerCase(), hostdev }]);
  }
  return found;
}

/** Interfaces of a function of the pool, of which the definition knows nothing. */
function onlyRunning({ live, config }: GuestState, { active, pool }: UsedPool): { readonly mac: string; readonly hostdev: Hostdev }[] {
  if (live === undefined || !active) return [];
  return readHostdevs(readDomain(live)).flatMap((hostdev) => {
    const { form, mac, source } = hostdev;
    if (form !== 'interface' || mac === undefined || source === undefined || !pool.functions.some((each) => samePciAddress(each, source))) return [];
    const isDefined = findDevice(config, { source }) !== undefined || interfacesIn(config).some((each) => each.mac?.toLowerCase() === mac.toLowerCase());
    return isDefined ? [] : [{ mac, hostdev }];
  });
}

function definedAndRunning({ live, config }: GuestState, network: string): number {
  return interfacesIn(config).filter(
    ({ element, source, mac }) =>
      source === undefined && networkOf(element) === network && mac !== undefined && findDevice(live, { mac, pools: [network] }) !== undefined,
  ).length;
}

function interfacesIn(xml: string | undefined): readonly Hostdev[] {
  return xml === undefined ? [] : readHostdevs(readDomain(xml), 'with pools').filter(({ form }) => form === 'interface');
}

function untold({ ref }: GuestState, pool: string, { mac, hostdev }: { readonly mac: string; readonly hostdev: Hostdev }): Problem {
  const name = hostdev.source === undefined ? mac : formatPciAddress(hostdev.source);
  const message = `${name} in ${ref.name}: whether it has it by the pool ${pool} or by its address cannot be told, and it is written by its address`;
  return { code: 'interface-invalid', severity: 'warning', subject: name, message, hint: `write it under interfaces, with ${mac}, if it is of the pool` };
}
