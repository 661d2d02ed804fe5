/** What a machine asks its fleet, where it is a host of one: before guests are changed, and what mappings stand for. */
import type { AppContext } from '../app/context.ts';
import type { FunctionsOfMapping } from '../app/mapped-functions.ts';
import type { ClaimGuard } from '../execute/claim-guard.ts';
import { readFleetConfig, requireFleetHost } from './config.ts';

export interface GuardedMachine {
  readonly context: Pick<AppContext, 'port'>;
  readonly fleetFile: string;
  readonly stateDirectory: string;
}

/** On a machine that is no host of a fleet nobody is asked. */
export function guardOf({ context, fleetFile, stateDirectory }: GuardedMachine): ClaimGuard {
  return {
    begin: async (changes, options) => {
      // Looked at each time: the server of the page stays while its machine joins and leaves.
      const config = await readFleetConfig(fleetFile);
      if (config === undefined || config.host === null) return undefined;
      const { host, store } = config;
      const [{ claimGuard }, { openStore }] = await Promise.all([import('./claim-guard.ts'), import('./open-store.ts')]);
      return claimGuard({ context, host, stateDirectory, open: async () => openStore(store) }).begin(changes, options);
    },
  };
}

export function mappedOf({ context, fleetFile }: Omit<GuardedMachine, 'stateDirectory'>): FunctionsOfMapping {
  return async (wish, signal) => {
    const host = await requireFleetHost(fleetFile);
    const [{ mappedFunctions }, { openFleet }] = await Promise.all([import('./mapped-function.ts'), import('./open-store.ts')]);
    const { store } = await openFleet(fleetFile);
    try {
      return await mappedFunctions({ store }, context, { ...wish, host }, signal);
    } finally {
      await store.close();
    }
  };
}
