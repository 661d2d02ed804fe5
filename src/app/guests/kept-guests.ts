/** The guests of libvirt as they were read last: read anew is only what is not known, or not known any more. */
import type { Libvirt } from '../../libvirt/index.ts';
import { type ListedGuest, readGuests } from './list-guests.ts';

export interface KeptGuests {
  /** All of them; what was forgotten, has come, or has started or ended since is read. */
  readonly read: (libvirt: Libvirt) => Promise<readonly ListedGuest[]>;
  /** Something has happened to a guest. */
  readonly forget: (uuid: string) => void;
  readonly forgetAll: () => void;
}

export function keptGuests(): KeptGuests {
  let known: ReadonlyMap<string, ListedGuest> = new Map();
  /** What happens to a guest while it is read is not known yet. */
  let forgotten = new Set<string>();
  let isAllForgotten = false;
  return {
    read: async (libvirt) => {
      const [before, gone] = [isAllForgotten ? new Map<string, ListedGuest>() : known, forgotten];
      [forgotten, isAllForgotten] = [new Set(), false];
      try {
        const domains = await libvirt.listDomains();
        const kept = domains.flatMap(({ uuid, id, name }) => {
          const guest = gone.has(uuid) ? undefined : before.get(uuid);
          // The number of a guest is another one when it has started or ended.
          return guest?.guest.ref.id === id && guest.guest.ref.name === name ? [guest] : [];
        });
        const there = new Set(kept.map(({ guest }) => guest.ref.uuid));
        const read = await readGuests(
          libvirt,
          domains.filter(({ uuid }) => !there.has(uuid)),
        );
        const all = [...kept, ...read];
        known = new Map(all.map((each) => [each.guest.ref.uuid, each]));
        return all;
      } catch (error) {
        isAllForgotten = true;
        throw error;
      }
    },
    forget: (uuid) => void forgotten.add(uuid),
    forgetAll: () => {
      isAllForgotten = true;
    },
  };
}
