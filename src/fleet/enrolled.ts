/** Who is asked before guests of this machine are changed: its fleet, where it is a host of one; on all others nobody. */
import type { AppContext } from '../app/context.ts';
import type { ClaimGuard } from '../execute/claim-guard.ts';
import { readFleetConfig } from './config.ts';

export interface GuardedMachine {
  readonly context: Pick<AppContext, 'port'>;
  readonly fleetFile: string;
  readonly stateDirectory: string;
}

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
