/**
 * Drive addresses: not PCI, but they decide which storage controllers must exist.
 *
 * Rules: docs/addressing.md §5.
 */
import { HostdevError } from '../../errors.ts';
import { addController, type Does, lowestFreeIndex } from './controllers.ts';
import type { Controller, Device, DeviceKind } from './device.ts';
import { parseNumber } from '../../pci/number.ts';
import { newController } from './make.ts';
import { targetIndex } from './target-name.ts';
import { wordTable } from '../../word-table.ts';

type Lists = Record<DeviceKind, Device[]>;

/** More than any guest can have slots for. */
const MOST_CONTROLLERS = 8192;

/** How many units one controller of each disk bus has. */
const UNITS = wordTable<number>({ scsi: 7, ide: 4, sata: 6, fdc: 2 });

/** Of disks on bus nvme the name says which controller: nvme1n2 is the second namespace of controller 1. */
const NVME = /^nvme(\d+)n\d+/;

/** The bus of a disk that does not say: by the prefix of its target name. */
export function defaultDiskBus(disk: Device): string {
  const target = disk.target ?? '';
  if (disk.element?.attributes.some((a) => a.name === 'device' && a.value === 'floppy')) return 'fdc';
  const prefix = /^(hd|sd|vd|xvd|ubd|nvme)/.exec(target)?.[1];
  return { hd: 'ide', sd: 'scsi', vd: 'virtio', xvd: 'xen', ubd: 'uml', nvme: 'nvme' }[prefix ?? ''] ?? 'ide';
}

/** Gives disks without address a drive address from their target name, SCSI host devices the first free unit. */
export function assignDrives(lists: Lists): void {
  for (const disk of lists.disk) {
    if (disk.bus === 'nvme' && disk.place.type === undefined) {
      disk.drive = { controller: Number(NVME.exec(disk.target ?? '')?.[1] ?? 0), bus: 0, target: 0, unit: 0 };
      continue;
    }
    const units = Object.hasOwn(UNITS, disk.bus ?? '') ? UNITS[disk.bus ?? ''] : undefined;
    if (units === undefined || disk.place.type !== undefined) continue;
    const index = targetIndex(disk.target);
    if (index < 0) continue;
    disk.drive = { controller: Math.floor(index / units), bus: 0, target: 0, unit: index % units };
  }
  for (const hostdev of lists.hostdev) {
    if (hostdev.hostdev?.type === 'scsi' && hostdev.place.type === undefined && hostdev.drive === undefined) {
      hostdev.drive = firstFreeScsiUnit(lists);
    }
  }
}

function firstFreeScsiUnit(lists: Lists): Device['drive'] {
  const used = new Set<string>();
  for (const device of [...lists.disk.filter((d) => d.bus === 'scsi'), ...lists.hostdev.filter((h) => h.hostdev?.type === 'scsi')]) {
    const { drive } = device;
    if (drive !== undefined && drive.bus === 0 && drive.target === 0) used.add(`${drive.controller}.${drive.unit}`);
  }
  for (let controller = 0; ; controller += 1) {
    const model = scsiController(lists, controller)?.model;
    const units = model === 'lsisas1068' ? 1 : 7;
    for (let unit = 0; unit < units; unit += 1) {
      if (!used.has(`${controller}.${unit}`)) return { controller, bus: 0, target: 0, unit };
    }
  }
}

function scsiController(lists: Lists, index: number): Controller | undefined {
  return (lists.controller as Controller[]).find((c) => c.type === 'scsi' && c.index === index);
}

/** Adds what disks, channels, consoles, smartcards and SCSI host devices need, every index up to the highest. */
export function addDriveControllers(lists: Lists, does: Does): void {
  const addUpTo = (type: string, highest: number, reason: string): void => addAll({ lists, does }, type, highest, { reason });
  const addOne = (type: string, index: number, reason: string): void => addMissing({ lists, does }, type, index, { reason });
  const disks = (bus: string): number[] => lists.disk.filter((d) => d.bus === bus).map((d) => d.drive?.controller ?? -1);
  for (const type of ['scsi', 'fdc', 'ide', 'sata', ...(does('nvme') ? ['nvme'] : [])])
    addUpTo(type, Math.max(-1, ...disks(type)), `a disk on the ${type} bus`);
  // A port or card names one controller, and only that one is added.
  const named = (device: Device): number => parseNumber(device.place.attributes['controller'] ?? '0') ?? 0;
  for (const channel of lists.channel) if (channel.bus === 'virtio') addOne('virtio-serial', named(channel), 'a virtio channel');
  for (const console of lists.console) if (console.bus === 'virtio') addOne('virtio-serial', named(console), 'a virtio console');
  for (const card of lists.smartcard) addOne('ccid', card.place.type === 'ccid' ? named(card) : 0, 'a smartcard');
  addDriveControllersForHostdev(lists, does);
}

/** The SCSI controllers that SCSI host devices need; their model is that of one such devices already use. */
export function addDriveControllersForHostdev(lists: Lists, does: Does): void {
  // One that has no address yet counts as on controller 0.
  const wanted = lists.hostdev.filter((h) => h.hostdev?.type === 'scsi').map((h) => h.drive?.controller ?? 0);
  const model = wanted.map((index) => scsiController(lists, index)?.model).find((m) => m !== undefined);
  addAll({ lists, does }, 'scsi', Math.max(-1, ...wanted), { reason: 'a SCSI host device', model });
}

interface Addition {
  readonly lists: Lists;
  readonly does: Does;
}

interface Why {
  readonly reason: string;
  readonly model?: string | undefined;
}

/** Adds the controllers 0…highest of a type that are missing. */
function addAll(to: Addition, type: string, highest: number, why: Why): void {
  // 'sdzzzz' is a disk name as good as any, and would need hundreds of thousands of controllers.
  if (highest > MOST_CONTROLLERS) {
    throw new HostdevError('device-unsupported', `${why.reason} needs ${type} controller ${highest}`, {
      hint: `give the disk a lower target name; at most ${MOST_CONTROLLERS} ${type} controllers are added`,
    });
  }
  for (let index = 0; index <= highest; index += 1) addMissing(to, type, index, why);
}

function addMissing({ lists, does }: Addition, type: string, index: number, { reason, model }: Why): void {
  const list = lists.controller as Controller[];
  if (list.some((c) => c.type === type && c.index === index)) return;
  addController(list, newController(type, index, model, reason), does);
}

/** One more virtio-serial controller, where the ports of the others are used up. */
export function addVirtioSerial(lists: Lists, does: Does): Controller {
  const list = lists.controller as Controller[];
  const added = newController('virtio-serial', lowestFreeIndex(list, 'virtio-serial'), undefined, 'the ports of the others are used up');
  addController(list, added, does);
  return added;
}
