/** `hostdev detach GUEST mapping:NAME`: what the guest has of what is claimed for it by that mapping; from there on it is a detach of those. */
import { detachFromGuest } from '../../app/guests/detach-from-guest.ts';
import type { GuestTarget } from '../../app/guests/target.ts';
import { claimedByMapping } from '../../fleet/mapped-function.ts';
import { oneLine } from '../../printable.ts';
import { findDevice } from '../../state/guest-state.ts';
import type { Options } from '../command/table.ts';
import type { Io } from '../io.ts';
import { reportGuest } from '../libvirt.ts';
import { withMappedGuest } from '../mapped-guest.ts';

/** @throws {HostdevError} `fleet-absent`, `mapping-unknown`, and whatever keeps those functions from being detached. */
export async function detachMapped(io: Io, target: GuestTarget, words: readonly string[], options: Options<'detach'>): Promise<number> {
  const { mapping, report } = await withMappedGuest(io, { target, words, options }, async ({ mapping: name, state, fleet, context, link, change }) => {
    const { ref, live, config } = state;
    const wish = { mapping: name, guest: { name: ref.name, uuid: ref.uuid }, first: 'held', host: fleet.host } as const;
    const claimed = await fleet.ask(async (access) => claimedByMapping(access, context, wish, change.signal));
    const selectors = claimed.map((source) => ({ source })).filter((each) => findDevice(live, each) !== undefined || findDevice(config, each) !== undefined);
    // By its uuid: the claims are this guest's, whatever is called so by then.
    return { mapping: name, report: await detachFromGuest(context, link, { word: ref.uuid, selectors }, change) };
  });
  if (options.json !== true && report.functions.length === 0 && report.unchanged.length === 0) {
    io.out(`${oneLine(`nothing of the mapping ${mapping} is attached to ${report.guest}`)}, as it was before\n`);
    return 0;
  }
  return reportGuest(io, options, report);
}
