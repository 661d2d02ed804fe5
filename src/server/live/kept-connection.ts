/** One connection to libvirt for all that is read. */
import { type LibvirtConnection, openLibvirt } from '../../app/guests/connect.ts';
import { HostdevError } from '../../errors.ts';
import type { ServedHost } from '../host.ts';
import type { Reach } from './read-state.ts';

export interface KeptConnection {
  readonly reach: () => Promise<Reach>;
  readonly close: () => Promise<void>;
}

export function keptConnection({ libvirtUri }: ServedHost): KeptConnection {
  let link: LibvirtConnection | undefined;
  return {
    reach: async () => {
      try {
        // A link waits until a daemon is back; whoever looks wants to know that it is away.
        if (link !== undefined && !link.isOpen) {
          await link.close();
          link = undefined;
        }
        link ??= await openLibvirt(libvirtUri, undefined);
        return { link };
      } catch (error) {
        if (!(error instanceof HostdevError)) throw error;
        return { problem: error.toProblem() };
      }
    },
    close: async () => link?.close(),
  };
}
