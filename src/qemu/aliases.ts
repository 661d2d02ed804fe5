/**
 * QEMU's ids of devices, as libvirt names them when a guest starts.
 *
 * Rules: docs/addressing.md §16.
 */
import type { Controller, Device } from '../addressing/guest/device.ts';
import type { Guest } from '../addressing/guest/guest.ts';
import { userAlias } from '../addressing/guest/bus-name.ts';
import { targetIndex } from '../addressing/guest/target-name.ts';

export type Aliases = ReadonlyMap<Device, string>;

/** The id of every device that can be the target of a zpci object, or a bus. */
export function aliasesOf(guest: Guest, poolInterfaces: ReadonlySet<Device>): Aliases {
  const aliases = new Map<Device, string>();
  for (const kind of KINDS) guest.lists[kind].forEach((device, i) => aliases.set(device, userAlias(device) ?? `${NAMES[kind]}${i}`));
  for (const controller of guest.lists.controller) aliases.set(controller, userAlias(controller) ?? controllerAlias(controller as Controller));
  for (const disk of guest.lists.disk) aliases.set(disk, userAlias(disk) ?? `${disk.bus}-disk${targetIndex(disk.target)}`);
  nameHostdevs(guest, poolInterfaces, aliases);
  return aliases;
}

const NAMES = {
  interface: 'net',
  sound: 'sound',
  video: 'video',
  input: 'input',
  filesystem: 'fs',
  watchdog: 'watchdog',
  memballoon: 'balloon',
  rng: 'rng',
  shmem: 'shmem',
  vsock: 'vsock',
  crypto: 'crypto',
} as const;
const KINDS = Object.keys(NAMES) as (keyof typeof NAMES)[];

function controllerAlias(controller: Controller): string {
  const { type, index, model } = controller;
  if (type === 'pci') return model === 'pcie-root' ? `pcie.${index}` : `pci.${index}`;
  if (type === 'usb' && index === 0) return 'usb';
  return `${type}${index}`;
}

/** Interfaces that are host devices come first, in interface order; each takes one more than the highest number so far. */
function nameHostdevs(guest: Guest, poolInterfaces: ReadonlySet<Device>, aliases: Map<Device, string>): void {
  let next = 0;
  const name = (device: Device): void => {
    const given = userAlias(device);
    aliases.set(device, given ?? `hostdev${next}`);
    if (given === undefined) next += 1;
  };
  for (const nic of guest.lists.interface) {
    const own = guest.lists.hostdev.find((h) => h.interface === nic);
    if (own !== undefined) name(own);
    else if (poolInterfaces.has(nic)) name(nic);
  }
  for (const hostdev of guest.lists.hostdev) if (hostdev.interface === undefined) name(hostdev);
}
