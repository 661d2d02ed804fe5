/**
 * The guest as the rules work on it: lists of devices in libvirt's order, and the facts about machine and QEMU.
 *
 * Rules: docs/addressing.md §3.
 */
import type { Domain } from '../../domain/domain.ts';
import { childElement } from '../../xml/read.ts';
import type { Capabilities } from '../capabilities/capabilities.ts';
import type { HostFacts } from '../host-facts.ts';
import { CHANGES, type ChangeName } from '../libvirt/changes.ts';
import type { VersionNumber } from '../libvirt/version.ts';
import type { MachineClass } from '../machine/class.ts';
import type { ProblemList } from '../problems.ts';
import { type Controller, DEVICE_KINDS, type Device, type DeviceKind } from './device.ts';

export interface Guest {
  readonly domain: Domain;
  readonly arch: string;
  readonly machine: string;
  readonly machineClass: MachineClass;
  /** The libvirt that the rules are to be those of. */
  readonly libvirt: VersionNumber;
  /** Whether somebody said so; else it is the newest that is known. */
  readonly libvirtSaid: boolean;
  readonly capabilities: Capabilities;
  readonly host: HostFacts;
  /** Set when the definition is new (define, create), not when a stored one is loaded. */
  readonly newDefinition: boolean;
  readonly lists: Record<DeviceKind, Device[]>;
  /** What was refused so far; a refused device is left as it is and the others go on. */
  readonly problems: ProblemList;
}

/** Every device, list after list, in the order in which addresses are collected and zPCI ids handed out. */
export function visitAll(guest: Guest): readonly Device[] {
  const consoleAlias = guest.lists.console[0];
  const skipped = consoleAlias !== undefined && isSerialAlias(guest, consoleAlias) ? consoleAlias : undefined;
  // A dozen rules visit all devices: an array is several times quicker than a generator.
  const devices: Device[] = [];
  for (const kind of DEVICE_KINDS) {
    for (const device of guest.lists[kind]) if (device !== skipped) devices.push(device);
  }
  return devices;
}

/** The first console of an hvm guest is only another name of the first serial. */
function isSerialAlias(guest: Guest, console: Device): boolean {
  return guest.domain.osType === 'hvm' && (console.bus === undefined || console.bus === 'serial');
}

export function controllers(guest: Guest): Controller[] {
  return guest.lists.controller as Controller[];
}

export function controllersOf(guest: Guest, type: string): Controller[] {
  return controllers(guest).filter((controller) => controller.type === type);
}

/** Whether the guest's libvirt has a change. */
export function does({ libvirt }: Pick<Guest, 'libvirt'>, change: ChangeName): boolean {
  return libvirt >= CHANGES[change].since;
}

/** The same, for those that know nothing else of the guest. */
export function doesOf(guest: Pick<Guest, 'libvirt'>): (change: ChangeName) => boolean {
  return (change) => does(guest, change);
}

/** Whether QEMU has a device or feature, by the flag names of libvirt's capability files. */
export function has(guest: Guest, flag: string): boolean {
  return guest.capabilities.flags.has(flag);
}

/** Whether the guest has graphics of any type; libvirt adds a video to it, and inputs. */
export function hasGraphics({ domain }: Guest): boolean {
  return domain.devices !== undefined && childElement(domain.devices, 'graphics') !== undefined;
}
