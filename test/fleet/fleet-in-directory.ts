/** A fleet in a directory, and a machine that is of it: as `fleet init`, agents and `fleet mapping set` leave it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFleetConfig } from '../../src/fleet/config.ts';
import { initFileStore, openFileStore } from '../../src/fleet/file-store/file-store.ts';
import { encodeHostRecord } from '../../src/fleet/host-record-bytes.ts';
import { inventoryKey, mappingKey } from '../../src/fleet/model/keys.ts';
import { formatRecord } from '../../src/fleet/model/record.ts';
import type { HostRecord, Mapping } from '../../src/fleet/model/records.ts';
import type { FleetStore, Operation } from '../../src/fleet/store/store.ts';

export interface FleetContents {
  readonly hosts: readonly HostRecord[];
  readonly mappings: readonly Mapping[];
}

/** Writes the file that says so; gives it, and the store to look into, which its user closes. */
export async function fleetInDirectory(
  directory: string,
  { hosts, mappings }: FleetContents,
): Promise<{ readonly fleetFile: string; readonly store: FleetStore }> {
  const path = join(directory, 'fleet');
  mkdirSync(path);
  await initFileStore(path);
  const store = await openFileStore(path);
  const told = await Promise.all(
    hosts.map(async (record): Promise<Operation> => ({ kind: 'put', key: inventoryKey(record.host), value: await encodeHostRecord(record) })),
  );
  const named = mappings.map((mapping): Operation => ({ kind: 'put', key: mappingKey(mapping.name), value: formatRecord<Mapping>(mapping) }));
  const { outcome } = await store.commit({ compares: [], operations: [...told, ...named] });
  if (outcome !== 'done') throw new Error(`the fleet was not written: ${outcome}`);
  const fleetFile = join(directory, 'fleet.conf');
  await writeFleetConfig(fleetFile, { host: null, store: { kind: 'directory', path } });
  return { fleetFile, store };
}
