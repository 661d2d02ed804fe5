/**
 * What kind of slot each device needs: one row a kind of device.
 *
 * Rules: docs/addressing.md §7.
 */
import { parsePciAddress } from '../../pci/notation.ts';
import { type Device, isController, isPresent } from '../guest/device.ts';
import { controllersOf, does, type Guest, has } from '../guest/guest.ts';
import { type Plug, plugOfModel } from './models.ts';

/** A device's need; undefined means it has nothing to do with PCI. */
export interface Need {
  readonly plug: Plug;
  /** Part of the machine: must sit on bus 0, and may, whatever that bus takes otherwise. */
  readonly integrated: boolean;
  /** Several may share one slot, one function each. */
  readonly aggregates: boolean;
  readonly hotplug: boolean;
}

/** Row letters: C conventional; E express where the guest is; V as E if QEMU has non-transitional virtio; 0 not PCI. */
type Letter = 'C' | 'E' | 'V' | '0';

const need = (plug: Plug, more: Partial<Need> = {}): Need => ({ plug, integrated: false, aggregates: false, hotplug: false, ...more });

/** Whether bus 0 is pcie-root: only then does any device need a PCIe slot. */
export function isExpressGuest(guest: Guest): boolean {
  return controllersOf(guest, 'pci').some((c) => c.index === 0 && c.model === 'pcie-root');
}

/** The need of a device, as libvirt computes it before it assigns addresses. */
export function needOf(guest: Guest, device: Device, expressGuest = isExpressGuest(guest)): Need | undefined {
  if (isController(device) && device.type === 'pci') {
    const plug = plugOfModel(device.model);
    return plug === undefined ? undefined : need(plug, { aggregates: plug === 'pcie-root-port' });
  }
  const letter = letterOf(guest, device);
  if (letter === '0') return isPresent(device.place) ? need('conventional') : undefined;
  const express = letter !== 'C' && expressGuest && (letter === 'E' || has(guest, 'virtio-pci-non-transitional'));
  return need(express ? 'express' : 'conventional', { integrated: isIntegrated(device) });
}

function isIntegrated(device: Device): boolean {
  return (device.kind === 'iommu' && (device.model === 'virtio' || device.model === 'amd')) || (device.kind === 'panic' && device.model === 'pvpanic');
}

const virtio = (device: Device): Letter => (device.model === 'virtio-transitional' ? 'C' : 'V');
const only = (condition: boolean, letter: Letter): Letter => (condition ? letter : '0');

const LETTERS: Partial<Record<Device['kind'], (guest: Guest, device: Device) => Letter>> = {
  disk: (_, d) => (d.bus === 'virtio' ? virtio(d) : '0'),
  interface: interfaceLetter,
  controller: (_, d) => controllerLetter(d),
  filesystem: (_, d) => filesystemLetter(d),
  sound: (_, d) => (d.model === 'virtio' ? 'V' : only(['es1370', 'ac97', 'ich6', 'ich9'].includes(d.model ?? ''), 'C')),
  video: (_, d) => videoLetter(d),
  hostdev: hostdevLetter,
  memballoon: (_, d) => (d.model === 'none' ? '0' : virtio(d)),
  rng: (_, d) => virtio(d),
  vsock: (_, d) => virtio(d),
  memory: (_, d) => only(d.model === 'virtio-pmem' || d.model === 'virtio-mem', 'V'),
  input: (_, d) => (d.bus === 'virtio' ? virtio(d) : '0'),
  watchdog: (_, d) => only(d.model === 'i6300esb', 'C'),
  serial: (_, d) => only(d.bus === 'pci-serial', 'C'),
  shmem: () => 'C',
  crypto: () => 'C',
  pstore: () => 'C',
  iommu: (_, d) => only(d.model === 'virtio' || d.model === 'amd', 'V'),
  panic: (_, d) => only(d.model === 'pvpanic', 'C'),
};

function letterOf(guest: Guest, device: Device): Letter {
  return LETTERS[device.kind]?.(guest, device) ?? '0';
}

const CONVENTIONAL_NICS = new Set([
  'netfront',
  'rtl8139',
  'e1000',
  'virtio-transitional',
  'spapr-vlan',
  'lan9118',
  'scm91c111',
  'vlance',
  'vmxnet',
  'vmxnet2',
  'vmxnet3',
  'Am79C970A',
  'Am79C973',
  '82540EM',
  '82545EM',
  '82543GC',
]);

/** Built into boards of Arm. */
const ON_BOARD = new Set(['lan9118', 'scm91c111', 'smc91c111']);

function interfaceLetter(guest: Guest, nic: Device): Letter {
  if (nic.type === 'hostdev' || nic.model === 'usb-net') return '0';
  if (ON_BOARD.has(nic.model ?? '') && does(guest, 'nics-without-pci')) return '0';
  if (nic.model === 'virtio' || nic.model === 'virtio-non-transitional') return 'V';
  // A model libvirt does not know counts as PCIe.
  return CONVENTIONAL_NICS.has(nic.model ?? '') ? 'C' : 'E';
}

function controllerLetter(controller: Device): Letter {
  const { type, model } = controller;
  switch (type) {
    case 'sata':
    case 'ide':
      return 'C';
    case 'usb':
      if (model === 'nec-xhci' || model === 'qemu-xhci') return 'E';
      return model === 'none' ? '0' : 'C';
    case 'nvme':
      return 'E';
    case 'scsi':
      if (model === 'virtio-scsi' || model === 'virtio-non-transitional') return 'V';
      return model === 'ncr53c90' ? '0' : 'C';
    case 'virtio-serial':
      return virtio(controller);
    default:
      return '0';
  }
}

function filesystemLetter(filesystem: Device): Letter {
  const driver = filesystem.bus ?? 'default';
  if (driver === 'virtiofs') return 'V';
  return ['default', 'path', 'handle'].includes(driver) ? virtio(filesystem) : '0';
}

function videoLetter(video: Device): Letter {
  switch (video.model) {
    case 'virtio':
      return 'V';
    case 'bochs':
      return 'E';
    case 'none':
    case 'ramfb':
    case 'gop':
      return '0';
    default:
      return 'C';
  }
}

function hostdevLetter(guest: Guest, device: Device): Letter {
  switch (device.hostdev?.type) {
    case 'pci':
      return isPresent(device.place) || isExpressOnHost(guest, device.hostdev.key) ? 'E' : 'C';
    case 'mdev':
      return 'E';
    case 'scsi_host':
      return isPresent(device.place) ? 'E' : virtio(device);
    default:
      return '0';
  }
}

/** A function that the host does not have counts as PCIe: most are. */
function isExpressOnHost(guest: Guest, key: string | undefined): boolean {
  if (key === undefined) return true;
  return guest.host.pciFunction(parsePciAddress(key))?.express ?? true;
}
