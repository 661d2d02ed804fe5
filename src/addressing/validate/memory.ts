/**
 * Memory devices: virtio-mem and virtio-pmem are PCI devices, or on IBM Z of the channel subsystem.
 *
 * Rules: docs/addressing.md §15.
 */
import { attribute, childElement, descend } from '../../xml/read.ts';
import type { Device } from '../guest/device.ts';
import { does, type Guest, has } from '../guest/guest.ts';
import { report } from './report.ts';
import { wordTable } from '../../word-table.ts';

/** Those that grow a guest's memory. SGX enclaves are none. */
const GROWING = new Set(['dimm', 'nvdimm', 'virtio-pmem', 'virtio-mem']);

/** Types of addresses that each virtio model can have. */
const ADDRESSES = wordTable<readonly string[]>({ 'virtio-mem': ['pci', 'ccw'], 'virtio-pmem': ['pci'] });

export function checkMemory(guest: Guest): void {
  for (const memory of guest.lists.memory) {
    if (!GROWING.has(memory.model ?? '')) continue;
    const { root } = guest.domain.document;
    if (childElement(root, 'maxMemory') === undefined) refuse(guest, memory, 'needs room to grow', "write <maxMemory slots='…'>");
    else if (!does(guest, 'memory-without-numa') && guest.machineClass !== 'pseries' && descend(root, 'cpu', 'numa') === undefined)
      refuse(guest, memory, 'needs NUMA cells', 'write <cpu><numa><cell …/></numa></cpu>');
    checkVirtio(guest, memory);
  }
}

function checkVirtio(guest: Guest, memory: Device): void {
  const { model = '', place } = memory;
  const types = Object.hasOwn(ADDRESSES, model) ? ADDRESSES[model] : undefined;
  if (types === undefined) return;
  const type = place.type ?? attribute(memory.element === undefined ? undefined : childElement(memory.element, 'address'), 'type');
  if (type !== undefined && !types.includes(type)) {
    report(guest, memory, {
      code: 'guest-address-type',
      message: `has an address of type ${type}`,
      hint: `its address is of type ${types.join(' or ')}; leave it out to have one generated`,
    });
  }
  if (!has(guest, type === 'ccw' ? `${model}-ccw` : `${model}-pci`))
    refuse(guest, memory, 'is of a model that this QEMU does not have', 'choose another model');
}

function refuse(guest: Guest, memory: Device, message: string, hint: string): void {
  report(guest, memory, { code: 'device-unsupported', message, hint, element: memory.element });
}
