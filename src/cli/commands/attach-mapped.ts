/** `hostdev attach GUEST mapping:NAME`: the fleet says which function of this host is meant; from there on it is an attach of that one. */
import { attachToGuest } from '../../app/guests/attach-to-guest.ts';
import { guestOfLibvirt } from '../../app/guests/libvirt-guest.ts';
import { asFileHint, guessedWord, type GuestTarget } from '../../app/guests/target.ts';
import { naming } from '../../app/mapped-functions.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { requireFleetHost } from '../../fleet/config.ts';
import { mappedFunctions } from '../../fleet/mapped-function.ts';
import type { Options } from '../command/table.ts';
import { elementSpecs } from '../element-options.ts';
import { refuseElsewhere, withFleet } from '../fleet.ts';
import type { Io } from '../io.ts';
import { guestOptions, reportGuest, withLibvirt } from '../libvirt.ts';
import { machineContext } from '../machine.ts';
import { onlyMapping, requireLibvirtGuest } from '../mapping-word.ts';

type AttachFlags = Options<'attach'>;

/** @throws {HostdevError} `fleet-absent`, as `mappedFunctions`, and whatever keeps that function from being attached. */
export async function attachMapped(io: Io, target: GuestTarget, words: readonly string[], options: AttachFlags): Promise<number> {
  const mapping = onlyMapping(words, options);
  const { word } = requireLibvirtGuest(target);
  const host = await requireFleetHost(io.machine.fleetFile);
  const change = guestOptions(io, options);
  const context = await machineContext(io.machine, options);
  const report = await withLibvirt(io, { ...options, signal: change.signal, guessed: guessedWord(target) }, async (link) => {
    refuseElsewhere(`mapping:${mapping}`, link);
    const { ref } = (await guestOfLibvirt(link, word)(change)).state;
    const wish = { mapping, guest: { name: ref.name, uuid: ref.uuid }, first: 'new', host } as const;
    const addresses = await withFleet(io, async (access) => mappedFunctions(access, context, wish, change.signal));
    // By its uuid: the claim is for this guest, whatever is called so by then.
    return attachToGuest(
      naming(context, new Map(addresses.map((each) => [formatPciAddress(each), mapping]))),
      link,
      { word: ref.uuid, specs: elementSpecs(addresses, options) },
      change,
    );
  }).catch((error: unknown) => {
    throw asFileHint(error, target);
  });
  return reportGuest(io, options, report);
}
