/** `hostdev detach GUEST mapping:NAME`: what the guest has of what is claimed for it by that mapping; from there on it is a detach of those. */
import { detachFromGuest } from '../../app/guests/detach-from-guest.ts';
import { guestOfLibvirt } from '../../app/guests/libvirt-guest.ts';
import { asFileHint, guessedWord, type GuestTarget } from '../../app/guests/target.ts';
import { requireFleetHost } from '../../fleet/config.ts';
import { claimedByMapping } from '../../fleet/mapped-function.ts';
import { findDevice } from '../../state/guest-state.ts';
import type { Options } from '../command/table.ts';
import { refuseElsewhere, withFleet } from '../fleet.ts';
import type { Io } from '../io.ts';
import { guestOptions, reportGuest, withLibvirt } from '../libvirt.ts';
import { machineContext } from '../machine.ts';
import { onlyMapping, requireLibvirtGuest } from '../mapping-word.ts';
import { oneLine } from '../../printable.ts';

/** @throws {HostdevError} `fleet-absent`, `mapping-unknown`, and whatever keeps those functions from being detached. */
export async function detachMapped(io: Io, target: GuestTarget, words: readonly string[], options: Options<'detach'>): Promise<number> {
  const mapping = onlyMapping(words, options);
  const { word } = requireLibvirtGuest(target);
  const host = await requireFleetHost(io.machine.fleetFile);
  const change = guestOptions(io, options);
  const context = await machineContext(io.machine, options);
  const report = await withLibvirt(io, { ...options, signal: change.signal, guessed: guessedWord(target) }, async (link) => {
    refuseElsewhere(`mapping:${mapping}`, link);
    const { ref, live, config } = (await guestOfLibvirt(link, word)(change)).state;
    const wish = { mapping, guest: { name: ref.name, uuid: ref.uuid }, first: 'held', host } as const;
    const claimed = await withFleet(io, async (access) => claimedByMapping(access, context, wish, change.signal));
    const selectors = claimed.map((source) => ({ source })).filter((each) => findDevice(live, each) !== undefined || findDevice(config, each) !== undefined);
    // By its uuid: the claims are this guest's, whatever is called so by then.
    return detachFromGuest(context, link, { word: ref.uuid, selectors }, change);
  }).catch((error: unknown) => {
    throw asFileHint(error, target);
  });
  if (options.json !== true && report.functions.length === 0 && report.unchanged.length === 0) {
    io.out(`${oneLine(`nothing of the mapping ${mapping} is attached to ${report.guest}`)}, as it was before\n`);
    return 0;
  }
  return reportGuest(io, options, report);
}
