/** Ids of IBM Z that somebody in the fleet has: by claims, and by what hosts tell of their guests. */
import type { Problem } from '../errors.ts';
import { everyEntry } from './every-page.ts';
import { joinZpciIds, type ZpciIdSets } from '../pci/zpci.ts';
import { hasIds } from './model/free-ids.ts';
import { zpciKey, zpciPrefix } from './model/keys.ts';
import type { KeptHost } from './model/view.ts';
import { everyHostRecord } from './read-fleet.ts';
import type { FleetStore } from './store/store.ts';

interface Reading {
  readonly signal?: AbortSignal | undefined;
}

const UID = zpciKey('uid', '');
const FID = zpciKey('fid', '');

/** Those that claims keep. The key says it, whatever is written there. */
export async function readReservedIds(store: FleetStore, { signal }: Reading = {}): Promise<ZpciIdSets> {
  const taken = { uid: new Set<number>(), fid: new Set<number>() };
  for await (const { key } of everyEntry(store, zpciPrefix, signal)) {
    if (key.startsWith(UID)) taken.uid.add(Number(key.slice(UID.length)));
    if (key.startsWith(FID)) taken.fid.add(Number(key.slice(FID.length)));
  }
  return taken;
}

/** Those that guests have, as their hosts have told: every record is read for it, and one that cannot be read says nothing. */
export async function readGuestIds(store: FleetStore, { signal }: Reading = {}): Promise<ZpciIdSets> {
  const taken = { uid: new Set<number>(), fid: new Set<number>() };
  const unread: Problem[] = [];
  for await (const { record } of everyHostRecord(store, unread, { signal })) {
    for (const id of record.guestIds?.uid ?? []) taken.uid.add(Number(id));
    for (const id of record.guestIds?.fid ?? []) taken.fid.add(Number(id));
  }
  return taken;
}

/** All of these, where one of the hosts has functions with ids; nobody reads so much for others. */
export async function takenIdsFor(store: FleetStore, hosts: readonly KeptHost[], signal?: AbortSignal): Promise<ZpciIdSets | undefined> {
  if (!hosts.some(({ record }) => record.functions.some(hasIds))) return undefined;
  return joinZpciIds([await readReservedIds(store, { signal }), await readGuestIds(store, { signal })]);
}
