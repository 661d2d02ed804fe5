/** The changes of a guest that are interrupted, and the points at which they are. */
import { attachToGuest } from '../../src/app/guests/attach-to-guest.ts';
import { detachFromGuest } from '../../src/app/guests/detach-from-guest.ts';
import type { GuestChangeOptions } from '../../src/app/guests/run-change.ts';
import type { LibvirtLink } from '../../src/guest/libvirt/link.ts';
import { openMachine } from '../../src/host/machine-port.ts';
import type { Libvirt } from '../../src/libvirt/index.ts';
import type { PciAddress } from '../../src/pci/address.ts';

export const STATE = '/var/lib/hostdev-guest-crash';
/** Tells the parent that the point was reached. */
export const MARK = '/run/guest-crash-point';

export type GuestChange = 'attach' | 'detach';

/** Which function, and whose it becomes. */
export interface Given {
  readonly guest: string;
  readonly source: PciAddress;
}

export const context = { port: openMachine(), isRoot: true, readPciIds: async () => undefined };
const options: GuestChangeOptions = { scope: 'persistent', dryRun: false, force: false, timeoutMs: 60_000, stateDirectory: STATE };
const CHANGING = new Set(['attachDevice', 'detachDevice', 'detachDeviceAlias']);

/** A libvirt that tells of each point: before and behind every call that changes a guest. */
export function telling(libvirt: Libvirt, pass: () => void): Libvirt {
  return new Proxy(libvirt, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      const method = value.bind(target) as (...args: unknown[]) => unknown;
      if (!CHANGING.has(String(key))) return method;
      return async (...args: unknown[]) => {
        pass();
        const result = await method(...args);
        pass();
        return result;
      };
    },
  });
}

export async function act(link: LibvirtLink, what: GuestChange, { guest, source }: Given): Promise<void> {
  if (what === 'attach') await attachToGuest(context, link, { word: guest, specs: [{ source }] }, options);
  else await detachFromGuest(context, link, { word: guest, selectors: [{ source }] }, options);
}
