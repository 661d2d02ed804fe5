/** A guest of this host, and what a mapping means for it: how attach and detach begin where a mapping stands in the place of addresses. */
import type { AppContext } from '../app/context.ts';
import { guestOfLibvirt } from '../app/guests/libvirt-guest.ts';
import { asFileHint, guessedWord, type GuestTarget } from '../app/guests/target.ts';
import type { GuestState } from '../state/guest-state.ts';
import type { Options } from './command/table.ts';
import { fleetOfHost, type HostFleet, refuseElsewhere } from './fleet.ts';
import type { Io } from './io.ts';
import { guestOptions, withLibvirt } from './libvirt.ts';
import { machineContext } from './machine.ts';
import { onlyMapping, requireLibvirtGuest } from './mapping-word.ts';

export interface MappedGuest {
  readonly mapping: string;
  readonly state: GuestState;
  readonly fleet: HostFleet;
  readonly context: AppContext;
  readonly link: Parameters<Parameters<typeof withLibvirt>[2]>[0];
  readonly change: ReturnType<typeof guestOptions>;
}

/** @throws {HostdevError} `fleet-absent`, `option-conflict`, and whatever keeps the guest from being found. */
export async function withMappedGuest<T>(
  io: Io,
  { target, words, options }: { readonly target: GuestTarget; readonly words: readonly string[]; readonly options: Options<'attach'> | Options<'detach'> },
  act: (asked: MappedGuest) => Promise<T>,
): Promise<T> {
  const mapping = onlyMapping(words, options);
  const { word } = requireLibvirtGuest(target);
  const fleet = await fleetOfHost(io.machine);
  const change = guestOptions(io, options);
  const context = await machineContext(io.machine, options);
  return withLibvirt(io, { ...options, signal: change.signal, guessed: guessedWord(target) }, async (link) => {
    refuseElsewhere(`mapping:${mapping}`, link);
    const { state } = await guestOfLibvirt(link, word)(change);
    return act({ mapping, state, fleet, context, link, change });
  }).catch((error: unknown) => {
    throw asFileHint(error, target);
  });
}
