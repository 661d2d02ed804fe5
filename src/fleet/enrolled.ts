/** What a machine asks its fleet, where it is a host of one: before guests are changed, and what mappings stand for. */
import type { AppContext } from '../app/context.ts';
import type { HostMappings } from '../app/mapped-functions.ts';
import type { ClaimGuard } from '../execute/claim-guard.ts';
import type { ToldIds } from './attached-ids.ts';
import { hostIn, readFleetConfig, requireFleetConfig } from './config.ts';
import type { StoreAddress } from './store-address.ts';
import type { FleetStore } from './store/store.ts';

export interface GuardedMachine {
  readonly context: Pick<AppContext, 'port'>;
  readonly fleetFile: string;
  readonly stateDirectory: string;
  /** Opens a fleet's store; as every command does, where nothing else is said. */
  readonly openStore?: (address: StoreAddress) => Promise<FleetStore>;
}

/** On a machine that is no host of a fleet nobody is asked. */
export function guardOf({ context, fleetFile, stateDirectory, openStore }: GuardedMachine): ClaimGuard {
  const toldIds: ToldIds = new Map();
  const guard = async (): Promise<ClaimGuard | undefined> => {
    // Looked at each time: the server of the page stays while its machine joins and leaves.
    const config = await readFleetConfig(fleetFile);
    if (config === undefined || config.host === null) return undefined;
    const { host, store } = config;
    const [{ claimGuard }, open] = await Promise.all([import('./claim-guard.ts'), openStore ?? usualStore()]);
    return claimGuard({ context, host, stateDirectory, toldIds, open: () => open(store) });
  };
  return {
    ids: async (wish, signal) => (await (await guard())?.ids(wish, signal)) ?? new Map(),
    begin: async (changes, options) => (await guard())?.begin(changes, options),
  };
}

/** On a machine that is no host of a fleet no mapping means anything. */
export function mappedOf({ context, fleetFile }: Pick<GuardedMachine, 'context' | 'fleetFile'>): HostMappings {
  const ask = async <T>(act: (store: FleetStore, host: string) => Promise<T>): Promise<T> => {
    // Read once: a machine may join another fleet meanwhile, and its name there is not the one here.
    const config = await requireFleetConfig(fleetFile);
    const host = hostIn(config, fleetFile);
    const store = await (await usualStore())(config.store);
    try {
      return await act(store, host);
    } finally {
      await store.close();
    }
  };
  return {
    choose: (wish, signal) => ask(async (store, host) => (await import('./mapped-function.ts')).mappedFunctions({ store }, context, { ...wish, host }, signal)),
    all: (mapping, signal) => ask(async (store, host) => (await import('./mappings.ts')).addressesOfMapping(store, mapping, host, signal)),
  };
}

async function usualStore(): Promise<NonNullable<GuardedMachine['openStore']>> {
  return (await import('./open-store.ts')).openStore;
}
