/**
 * Address types other than PCI: what takes one of these needs no PCI slot. Done before PCI, in libvirt's order.
 *
 * Rules: docs/addressing.md §6.
 */
import { HostdevError } from '../../errors.ts';
import { type Device, isWanted, type Place } from '../guest/device.ts';
import { addVirtioSerial } from '../guest/drives.ts';
import { controllersOf, doesOf, type Guest, has, visitAll } from '../guest/guest.ts';
import { atDevice } from '../guest/locate.ts';
import { parseNumber } from '../../pci/number.ts';
import { deviceName } from '../guest/name.ts';

export function assignOtherTypes(guest: Guest): void {
  assignVirtioSerialPorts(guest);
  assignSpaprVio(guest);
  if (guest.machineClass === 's390-ccw') assignCcw(guest);
  if (['arm-virt', 'riscv-virt'].includes(guest.machineClass) || (guest.machine.startsWith('vexpress-') && /^(arm|aarch64)/.test(guest.arch))) {
    chooseMmioOrPci(guest);
  }
}

const PORTS = 31;

/** Consoles and channels take ports; when all controllers are full one more is added, which will want an address. */
function assignVirtioSerialPorts(guest: Guest): void {
  const { lists } = guest;
  const used = new Map<number, Set<number>>();
  const portsOf = (index: number): Set<number> => used.get(index) ?? used.set(index, new Set()).get(index) ?? new Set();
  const devices = [
    ...lists.console.filter((d) => d.bus === 'virtio').map((device) => ({ device, first: 0 })),
    ...lists.channel.filter((d) => d.bus === 'virtio').map((device) => ({ device, first: 1 })),
  ];
  const given = (place: Place, name: string): number => parseNumber(place.attributes[name] ?? '0') ?? 0;
  for (const { device } of devices) {
    if (device.place.type === 'virtio-serial' && given(device.place, 'port') > 0) {
      portsOf(given(device.place, 'controller')).add(given(device.place, 'port'));
    }
  }
  for (const { device, first } of devices) {
    if (device.place.type !== undefined && (device.place.type !== 'virtio-serial' || given(device.place, 'port') > 0)) continue;
    const room = controllersOf(guest, 'virtio-serial').find((c) => lowestFree(portsOf(c.index), first) < (c.ports ?? PORTS));
    const controller = room ?? addVirtioSerial(lists, doesOf(guest));
    portsOf(controller.index).add(lowestFree(portsOf(controller.index), first));
  }
}

function lowestFree(used: ReadonlySet<number>, first: number): number {
  let port = first;
  while (used.has(port)) port += 1;
  return port;
}

/** First register of each kind of spapr-vio device. */
const REGISTERS = { interface: 0x1000, controller: 0x2000, serial: 0x3000_0000, nvram: 0x3000, tpm: 0x4000 } as const;

function assignSpaprVio(guest: Guest): void {
  const { lists } = guest;
  const pseries = guest.machineClass === 'pseries';
  const groups: readonly (readonly [keyof typeof REGISTERS, readonly Device[]])[] = [
    ['interface', lists.interface.filter((nic) => nic.model === 'spapr-vlan')],
    ['controller', controllersOf(guest, 'scsi').filter((c) => c.model === 'ibmvscsi')],
    ['serial', lists.serial.filter((s) => s.bus === 'spapr-vio-serial' || (pseries && (s.bus === undefined || s.bus === 'isa-serial')))],
    ['nvram', pseries ? lists.nvram : []],
    ['tpm', pseries ? lists.tpm.filter((t) => t.model === undefined || t.model === 'tpm-spapr') : []],
  ];
  const used = new Map<number, string>();
  for (const [kind, devices] of groups) {
    for (const device of devices) {
      const { place } = device;
      const given = registerOf(device);
      // A model that only spapr-vio has goes there whatever its address says.
      if (place.type === undefined || ((kind === 'interface' || kind === 'controller') && place.type === 'pci')) place.type = 'spapr-vio';
      if (place.type !== 'spapr-vio') continue;
      let register: number = given ?? REGISTERS[kind];
      if (given === undefined) while (used.has(register)) register += 0x1000;
      const holder = used.get(register);
      if (holder !== undefined) {
        throw new HostdevError('guest-address-in-use', `${deviceName(device)} wants spapr-vio register 0x${register.toString(16)}, which ${holder} has`, {
          hint: 'give one of them another reg',
        });
      }
      used.set(register, deviceName(device));
      place.register = register;
    }
  }
}

/**
 * The register that an address names. Of one of type pci libvirt takes the numbers for one: any slot but 0 says that there is a register, domain
 * and bus are its halves, and the upper half has to be 0. Measured; the same in 9.0, 11.3 and 12.8.
 */
function registerOf(device: Device): number | undefined {
  const { place } = device;
  if (place.type === 'spapr-vio') return place.attributes['reg'] === undefined ? undefined : (parseNumber(place.attributes['reg']) ?? 0);
  if (place.type !== 'pci' || place.slot === 0) return undefined;
  if (place.bus === 0) return place.domain;
  throw new HostdevError('guest-address-type', `${deviceName(device)} is of a model that is on spapr-vio, but has an address of type pci`, {
    hint: 'leave its <address> out',
  });
}

/** Devices virtio can carry over ccw or mmio. */
function virtioCapable(guest: Guest, more: { readonly filesystemAndVsock: boolean }): Device[] {
  const { lists } = guest;
  const isVirtio = (device: Device): boolean => device.model?.startsWith('virtio') === true;
  return [
    ...lists.disk.filter((d) => d.bus === 'virtio'),
    ...lists.interface.filter((nic) => nic.type !== 'hostdev' && isVirtio(nic)),
    ...lists.sound.filter(isVirtio),
    ...lists.hostdev.filter((h) => h.hostdev?.type === 'scsi_host'),
    ...lists.video.filter(isVirtio),
    ...controllersOf(guest, 'virtio-serial'),
    ...controllersOf(guest, 'scsi'),
    ...lists.input.filter((input) => input.bus === 'virtio'),
    ...(more.filesystemAndVsock ? lists.filesystem : []),
    ...lists.memballoon.filter(isVirtio),
    ...lists.rng,
    ...(more.filesystemAndVsock ? lists.vsock : []),
    ...lists.memory.filter(isVirtio),
    ...lists.crypto,
  ];
}

/** On s390 everything virtio goes to the channel subsystem unless its address says pci. */
function assignCcw(guest: Guest): void {
  for (const hostdev of guest.lists.hostdev) {
    if (hostdev.hostdev?.type !== 'mdev' || !has(guest, 'vfio-ccw')) continue;
    if (hostdev.model === 'vfio-ccw' && hostdev.place.type === undefined) hostdev.place.type = 'ccw';
    if (hostdev.model === 'vfio-ap') hostdev.place.type = 'none';
  }
  for (const device of virtioCapable(guest, { filesystemAndVsock: true })) {
    if (device.place.type === undefined) device.place.type = 'ccw';
  }
  numberCcw(guest);
}

/** Numbers that are given first, then the lowest free ones of fe.0 in the order of devices. */
function numberCcw(guest: Guest): void {
  const used = new Map<string, string>();
  const devices = visitAll(guest).filter((device) => device.place.type === 'ccw');
  for (const device of devices) {
    const { cssid, ssid, devno } = device.place.attributes;
    if (devno === undefined) continue;
    const number = [cssid ?? '0xfe', ssid ?? '0', devno].map((text, i) => (parseNumber(text) ?? 0).toString(16).padStart(i === 2 ? 4 : 1, '0')).join('.');
    atDevice(guest, device, () => {
      const holder = used.get(number);
      if (holder === undefined) return;
      throw new HostdevError('guest-address-in-use', `${deviceName(device)} wants ccw device number ${number}, which ${holder} has`, {
        hint: 'give one of them another devno',
      });
    });
    used.set(number, deviceName(device));
    device.place.ccw = number;
  }
  let next = 0;
  for (const device of devices) {
    if (device.place.ccw !== undefined) continue;
    while (used.has(ccwNumber(next))) next += 1;
    device.place.ccw = ccwNumber(next);
    used.set(ccwNumber(next), deviceName(device));
  }
}

function ccwNumber(devno: number): string {
  return `fe.0.${devno.toString(16).padStart(4, '0')}`;
}

/** virtio without address goes to PCI where there are PCIe ports and nothing is on mmio yet, else to mmio. */
function chooseMmioOrPci(guest: Guest): void {
  const express = controllersOf(guest, 'pci').some((c) => c.index === 0 && c.model === 'pcie-root');
  const ports = has(guest, 'pcie-root-port') || has(guest, 'ioh3420');
  const onMmio = visitAll(guest).some((device) => device.place.type === 'virtio-mmio');
  const type = express && ports && !onMmio ? 'pci' : has(guest, 'virtio-mmio') ? 'virtio-mmio' : undefined;
  for (const device of virtioCapable(guest, { filesystemAndVsock: false })) {
    if (!isWanted(device.place) || device.place.type !== undefined || type === undefined) continue;
    device.place.type = type;
  }
}
