/** The record of a host of a fleet that is only measured with: as many functions as wanted, of two kinds, on two NUMA nodes. */
import type { HostRecord, PublishedFunction } from '../src/fleet/model/records.ts';

export const FUNCTIONS = 64;

export const nameOf = (i: number): string => `host-${String(i).padStart(5, '0')}`;

export function hostOf(i: number): HostRecord {
  const host = nameOf(i);
  return {
    ...{ version: 1, host, uuid: `5b6c0f8e-0000-4000-8000-${String(i).padStart(12, '0')}`, bootId: `0f4b6d1c-0000-4000-8000-${String(i).padStart(12, '0')}` },
    ...{ sequence: 7, hostdev: '0.2.0', at: '2026-11-26T08:00:00.000Z', architecture: 'x86_64', libvirt: '11.3.0', qemu: '10.0.0', memoryKib: 263_842_816 },
    problems: [],
    functions: Array.from({ length: FUNCTIONS }, (_, slot) => functionOf(host, slot)),
  };
}

function functionOf(host: string, slot: number): PublishedFunction {
  const address = `0000:${(0x10 + (slot >> 3)).toString(16)}:00.${slot & 7}`;
  const serial = `${host.slice(-5)}${slot.toString(16).padStart(2, '0')}`;
  return {
    ...{ key: `host/${host}/${address}`, address, class: '0x020000', vendor: '0x8086', device: slot % 4 === 0 ? '0x1572' : '0x154c' },
    fingerprint: `vendor=0x8086 device=0x1572 subsystem_vendor=0x8086 subsystem_device=0x0000 serial=340:${serial}`,
    ...{ verdict: 'free', evidence: [], driver: 'i40e', iommuGroup: slot, numaNode: slot >> 5, companions: [], physicalFunction: null },
    ...{ uid: null, fid: null, physicalNetwork: 'physnet1', heldBy: [] },
  };
}
