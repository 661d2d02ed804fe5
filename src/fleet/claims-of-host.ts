/** Claims that name a host: under its own name, and of functions that all partitions of its IBM Z machine share. */
import { everyEntry } from './every-page.ts';
import { claimKey } from './model/keys.ts';
import { CLAIM } from './model/record-kinds.ts';
import { readEntry } from './model/record.ts';
import type { KeptClaim } from './model/view.ts';
import type { HostIdentity } from './model/function-keys.ts';
import type { FleetStore } from './store/store.ts';

/** Prefixes under which claims may stand that are a host's business. */
export function claimPrefixes({ host, serial }: HostIdentity): string[] {
  return [`${claimKey(`host/${host}`)}/`, ...(serial === undefined ? [] : [`${claimKey(`cpc/${serial}`)}/`])];
}

/**
 * Claims of a host's functions, whoever they name.
 *
 * @throws {HostdevError} `fleet-record-malformed`, `fleet-record-newer`: of a claim that cannot be read nobody may say that it is not this host's.
 */
export async function claimsOfFunctions(store: FleetStore, identity: HostIdentity, signal?: AbortSignal): Promise<KeptClaim[]> {
  const found: KeptClaim[] = [];
  for (const prefix of claimPrefixes(identity)) {
    for await (const entry of everyEntry(store, prefix, signal)) found.push(readEntry(entry, CLAIM));
  }
  return found;
}

/** Those that name the host itself. */
export async function claimsOfHost(store: FleetStore, identity: HostIdentity, signal?: AbortSignal): Promise<KeptClaim[]> {
  return (await claimsOfFunctions(store, identity, signal)).filter(({ record }) => record.host === identity.host);
}
