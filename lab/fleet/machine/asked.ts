/** What people ask of a host, where its operator sees it: `hostdev detach` is done on the host itself. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AskHost } from '../actors/asking.ts';
import { askedDirectoryOf, type MachinePlace } from './place.ts';

/** Asks the hosts whose machines are there. */
export function askInFiles(places: readonly MachinePlace[]): AskHost {
  return async (_, held) => {
    for (const { claim } of held) {
      const place = places.find(({ host }) => host === claim.host);
      if (place === undefined) throw new Error(`${claim.host} has no machine`);
      const directory = askedDirectoryOf(place);
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, claim.request), '');
    }
  };
}

/** Requests whose functions are to be taken from guests. */
export interface Asked {
  readonly all: () => ReadonlySet<string>;
  readonly done: (request: string) => void;
}

export function askedOf(place: MachinePlace): Asked {
  const directory = askedDirectoryOf(place);
  mkdirSync(directory, { recursive: true });
  return {
    all: () => new Set(readdirSync(directory)),
    done: (request) => rmSync(join(directory, request), { force: true }),
  };
}
