/** Opening the store of a fleet by its address; what speaks with it is loaded only then. */
import { type FleetConfig, requireFleetConfig } from './config.ts';
import type { StoreAddress } from './store-address.ts';
import type { FleetStore } from './store/store.ts';

/** @throws {HostdevError} why the directory, or the certificates, cannot be used. */
export async function openStore(address: StoreAddress): Promise<FleetStore> {
  if (address.kind === 'directory') return (await import('./file-store/file-store.ts')).openFileStore(address.path);
  return (await import('./etcd/etcd-store.ts')).openEtcdStore(address);
}

export interface OpenFleet {
  readonly config: FleetConfig;
  readonly store: FleetStore;
}

/**
 * The fleet that this machine is of.
 *
 * @throws {HostdevError} `fleet-absent`, `fleet-config`, and as {@link openStore}.
 */
export async function openFleet(file: string): Promise<OpenFleet> {
  const config = await requireFleetConfig(file);
  return { config, store: await openStore(config.store) };
}
