/** A fleet in memory that the host of a page is of: hosts with cards, claims, one host that is silent; its store can be away. */
import { HostdevError } from '../../src/errors.ts';
import type { FleetSource } from '../../src/fleet/fleet-source.ts';
import { encodeHostRecord } from '../../src/fleet/host-record-bytes.ts';
import { aliveKey, claimKey, inventoryKey, mappingKey } from '../../src/fleet/model/keys.ts';
import { formatRecord } from '../../src/fleet/model/record.ts';
import type { Claim, HostRecord, Mapping, PublishedFunction } from '../../src/fleet/model/records.ts';
import type { FleetStore, Operation } from '../../src/fleet/store/store.ts';
import { memoryFleet } from '../../src/testing/fleet-store/memory-fleet.ts';
import { claimOf, hostRecord, mappingOf, publishedOf } from '../../test/fleet/fleet-records.ts';
import { mappedDefinition } from '../../test/fleet/mapped-definition.ts';

const gpu = (host: string, slot: number, otherwise: Partial<PublishedFunction> = {}): PublishedFunction => publishedOf(slot, otherwise, host);
const nic = (host: string, slot: number, otherwise: Partial<PublishedFunction> = {}): PublishedFunction =>
  publishedOf(slot, { class: '0x020000', vendor: '0x8086', device: '0x1563', numaNode: 1, ...otherwise }, host);

const USED = { verdict: 'in use', evidence: ['eno1 → default route'], driver: 'ixgbe' } as const;
const HELD = { verdict: 'held', heldBy: ['games'], driver: 'vfio-pci' } as const;

const HOSTS: readonly HostRecord[] = [
  hostRecord([gpu('workshop', 0, HELD), nic('workshop', 4, USED), nic('workshop', 5)], { host: 'workshop' }),
  hostRecord([gpu('kvm2', 0), gpu('kvm2', 1), nic('kvm2', 4, USED), nic('kvm2', 5)], { host: 'kvm2' }),
  hostRecord([gpu('kvm3', 0), gpu('kvm3', 1, { verdict: 'unknown', evidence: ['its holders could not be read'] })], { host: 'kvm3', libvirt: '9.0.0' }),
  hostRecord([gpu('kvm4', 0)], { host: 'kvm4' }),
  hostRecord([], { host: 'kvm5', libvirt: null, problems: ['IOMMU: the kernel has none'] }),
];

const CLAIMS: readonly Claim[] = [
  claimOf(gpu('workshop', 0), { host: 'workshop', guest: 'games', state: 'attached' }),
  claimOf(gpu('kvm3', 0), { host: 'kvm3', guest: 'db', mapping: 'gpu-a10', until: '2027-01-31' }),
  claimOf(gpu('kvm4', 7), { host: 'kvm4', guest: 'mail', state: 'lost', why: 'it has gone from the host' }),
].map(({ record }) => record);

/** A definition that wants what the mapping of this fleet stands for. */
export const MAPPED_DEFINITION = mappedDefinition('render');

export interface FleetOfScenes extends FleetSource {
  /** Whether its store does not answer. */
  readonly setAway: (isAway: boolean) => void;
  /** Somebody claims what kvm2 has of that slot. */
  readonly claim: (slot: number, guest: string) => Promise<void>;
}

export function fleetOfScenes(hosts: readonly HostRecord[] = HOSTS): FleetOfScenes {
  const memory = memoryFleet();
  let filled: Promise<void> | undefined;
  let isAway = false;
  const unlessAway = (): void => {
    if (isAway) throw new HostdevError('fleet-unreachable', 'nobody answers at https://etcd1:2379', { hint: 'check the network, and that etcd runs there' });
  };
  return {
    setAway: (next) => {
      isAway = next;
    },
    claim: async (slot, guest) => {
      const { record } = claimOf(gpu('kvm2', slot), { host: 'kvm2', guest });
      await write(memory.open(), [put(claimKey(record.function), formatRecord<Claim>(record))]);
    },
    config: async () => ({ host: 'workshop', store: { kind: 'directory', path: '/srv/hostdev-fleet' } }),
    open: async () => {
      unlessAway();
      filled ??= fill(memory.open(), hosts);
      await filled;
      const store = memory.open();
      return { ...store, list: async (...asked) => (unlessAway(), store.list(...asked)), get: async (...asked) => (unlessAway(), store.get(...asked)) };
    },
  };
}

const put = (key: string, value: Uint8Array): Operation => ({ kind: 'put', key, value });

async function fill(store: FleetStore, hosts: readonly HostRecord[]): Promise<void> {
  const told = await Promise.all(hosts.map(async (record) => put(inventoryKey(record.host), await encodeHostRecord(record))));
  const claims = CLAIMS.map((record) => put(claimKey(record.function), formatRecord<Claim>(record)));
  await write(store, [...told, ...claims, put(mappingKey('gpu-a10'), formatRecord<Mapping>(mappingOf([{ ids: '10de:2236' }]).record))]);
  for (const { host } of hosts) if (host !== 'kvm4') await store.alive(aliveKey(host), new Uint8Array(), 86_400);
}

async function write(store: FleetStore, operations: readonly Operation[]): Promise<void> {
  for (let at = 0; at < operations.length; at += 100) {
    const { outcome } = await store.commit({ compares: [], operations: operations.slice(at, at + 100) });
    if (outcome !== 'done') throw new Error(`the fleet was not written: ${outcome}`);
  }
}
