/** Records of a fleet for tests: hosts with functions, claims of them, as a store would have them. */
import { claimKey, inventoryKey, mappingKey } from '../../src/fleet/model/keys.ts';
import type { Kept } from '../../src/fleet/model/record.ts';
import type { Claim, HostRecord, Mapping, PublishedFunction } from '../../src/fleet/model/records.ts';
import type { KeptClaim, KeptHost } from '../../src/fleet/model/view.ts';

/** A function of kvm1 at that slot of bus 0x3b, free and alone in its group, but for what is said otherwise. */
export function publishedOf(slot: number, otherwise: Partial<PublishedFunction> = {}, host = 'kvm1'): PublishedFunction {
  const address = `0000:3b:${slot.toString(16).padStart(2, '0')}.0`;
  return {
    ...{ key: `host/${host}/${address}`, address, class: '0x030200', vendor: '0x10de', device: '0x2236' },
    fingerprint: `vendor=0x10de device=0x2236 subsystem_vendor=0x10de subsystem_device=0x1482 place=${address}`,
    ...{ verdict: 'free', evidence: [], driver: null, iommuGroup: slot, numaNode: 0, companions: [], physicalFunction: null },
    ...{ uid: null, fid: null, physicalNetwork: null, heldBy: [] },
    ...otherwise,
  };
}

/** Virtual function of the one at that slot. */
export function virtualOf(slot: number, index: number, otherwise: Partial<PublishedFunction> = {}, host = 'kvm1'): PublishedFunction {
  const physical = publishedOf(slot, {}, host);
  const address = `0000:3c:00.${index}`;
  return publishedOf(slot, { key: `${physical.key}/vf/${index}`, address, physicalFunction: physical.key, iommuGroup: 100 + index, ...otherwise }, host);
}

export function hostRecord(functions: readonly PublishedFunction[], otherwise: Partial<HostRecord> = {}): HostRecord {
  const host = otherwise.host ?? 'kvm1';
  return {
    ...{ version: 1, host, uuid: `uuid of ${host}`, bootId: 'boot', sequence: 1, hostdev: '0.2.0', at: '2026-11-26T08:00:00Z', architecture: 'x86_64' },
    ...{ libvirt: '11.3.0', qemu: '10.0.0', memoryKib: null, problems: [], functions },
    ...otherwise,
  };
}

export function keptHost(functions: readonly PublishedFunction[], otherwise: Partial<HostRecord> = {}): KeptHost {
  const record = hostRecord(functions, otherwise);
  return { record, key: inventoryKey(record.host), created: 1n, modified: 7n };
}

export function claimOf(published: PublishedFunction, otherwise: Partial<Claim> = {}): KeptClaim {
  const record: Claim = {
    ...{ version: 1, request: 'r1', function: published.key, host: 'kvm1', guest: 'web', state: 'claimed', mapping: null, together: [] },
    ...{ fingerprint: published.fingerprint, by: 'alice', at: '2026-11-26T09:00:00Z', until: null, why: null },
    ...otherwise,
  };
  return { record, key: claimKey(published.key), created: 20n, modified: 21n };
}

export function mappingOf(match: Mapping['match'], otherwise: Partial<Mapping> = {}): Kept<Mapping> {
  const record: Mapping = { version: 1, name: 'gpu-a10', match, wholeGroup: false, description: null, ...otherwise };
  return { record, key: mappingKey(record.name), created: 5n, modified: 6n };
}
