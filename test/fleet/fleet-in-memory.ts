/** A fleet in memory with hosts in it, and people who ask it for something. */
import { gzipSync } from 'node:zlib';
import type { FleetAccess } from '../../src/fleet/fleet-access.ts';
import type { Kept } from '../../src/fleet/model/record.ts';
import { formatRecord, readEntry } from '../../src/fleet/model/record.ts';
import { CLAIM } from '../../src/fleet/model/record-kinds.ts';
import type { Claim, ClaimState, HostRecord, Mapping } from '../../src/fleet/model/records.ts';
import { claimKey, claimsPrefix, inventoryKey, mappingKey } from '../../src/fleet/model/keys.ts';
import { transition } from '../../src/fleet/model/transition.ts';
import type { FleetStore } from '../../src/fleet/store/store.ts';
import { type MemoryFleet, memoryFleet } from '../../src/testing/fleet-store/memory-fleet.ts';

export interface TestFleet {
  readonly memory: MemoryFleet;
  readonly store: FleetStore;
  /** Somebody who asks, over a connection of their own. */
  readonly access: (by?: string, random?: () => number) => FleetAccess;
  readonly publish: (record: HostRecord) => Promise<void>;
  readonly setMapping: (mapping: Mapping) => Promise<void>;
  readonly claims: () => Promise<Kept<Claim>[]>;
  /** A host's step with the claim of a function. */
  readonly step: (functionKey: string, to: ClaimState) => Promise<void>;
  readonly keys: (prefix: string) => Promise<string[]>;
}

export async function fleetInMemory(...records: readonly HostRecord[]): Promise<TestFleet> {
  const memory = memoryFleet();
  const store = memory.open();
  let count = 0;
  const put = async (key: string, value: Uint8Array): Promise<void> => {
    const { outcome } = await store.commit({ compares: [], operations: [{ kind: 'put', key, value }] });
    if (outcome !== 'done') throw new Error(`${key} was not written: ${outcome}`);
  };
  const publish = async (record: HostRecord): Promise<void> => put(inventoryKey(record.host), gzipSync(JSON.stringify(record)));
  const claims = async (): Promise<Kept<Claim>[]> => (await store.list(claimsPrefix)).entries.map((entry) => readEntry(entry, CLAIM));
  for (const record of records) await publish(record);
  return {
    ...{ memory, store, publish, claims },
    access: (by = 'alice', random = Math.random) => ({
      store: memory.open(),
      by,
      now: () => new Date('2026-11-26T09:00:00Z'),
      random,
      uuid: () => `request-${(count += 1)}`,
    }),
    setMapping: async (mapping) => put(mappingKey(mapping.name), formatRecord<Mapping>(mapping)),
    step: async (key, to) => {
      const found = (await claims()).filter((each) => each.key === claimKey(key));
      const { outcome } = await store.commit(transition(found, { to, hand: 'host', host: found[0]?.record.host ?? '' }));
      if (outcome !== 'done') throw new Error(`${key} did not become ${to}`);
    },
    keys: async (prefix) => (await store.list(prefix)).entries.map(({ key }) => key),
  };
}
