/** `hostdev attach GUEST mapping:NAME`: the fleet says which function of this host is meant; from there on it is an attach of that one. */
import { attachToGuest } from '../../app/guests/attach-to-guest.ts';
import type { GuestTarget } from '../../app/guests/target.ts';
import { naming } from '../../app/mapped-functions.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { mappedFunctions } from '../../fleet/mapped-function.ts';
import type { Options } from '../command/table.ts';
import { elementSpecs } from '../element-options.ts';
import type { Io } from '../io.ts';
import { reportGuest } from '../libvirt.ts';
import { withMappedGuest } from '../mapped-guest.ts';

type AttachFlags = Options<'attach'>;

/** @throws {HostdevError} `fleet-absent`, as `mappedFunctions`, and whatever keeps that function from being attached. */
export async function attachMapped(io: Io, target: GuestTarget, words: readonly string[], options: AttachFlags): Promise<number> {
  const report = await withMappedGuest(io, { target, words, options }, async ({ mapping, state: { ref }, fleet, context, link, change }) => {
    const wish = { mapping, guest: { name: ref.name, uuid: ref.uuid }, first: 'new', host: fleet.host } as const;
    const addresses = await fleet.ask(async (access) => mappedFunctions(access, context, wish, change.signal));
    // By its uuid: the claim is for this guest, whatever is called so by then.
    return attachToGuest(
      naming(context, new Map(addresses.map((each) => [formatPciAddress(each), mapping]))),
      link,
      { word: ref.uuid, specs: elementSpecs(addresses, options) },
      change,
    );
  });
  return reportGuest(io, options, report);
}
