/** The fleet that a machine may be of, for whoever stays while it joins and leaves; what speaks with a store is loaded only then. */
import type { FleetConfig } from './config.ts';
import type { StoreAddress } from './store-address.ts';
import type { FleetStore } from './store/store.ts';

export interface FleetSource {
  /** As it is now. @throws {HostdevError} `fleet-absent`, `fleet-config`. */
  readonly config: () => Promise<FleetConfig>;
  /** @throws {HostdevError} as `openStore`. */
  readonly open: (address: StoreAddress) => Promise<FleetStore>;
}

/** That of a machine whose file this is. */
export function fleetSource(file: string): FleetSource {
  return {
    config: async () => (await import('./config.ts')).requireFleetConfig(file),
    open: async (address) => (await import('./open-store.ts')).openStore(address),
  };
}
