/** What a migration would be in the shape of the JSON contract. */
import type { FLEET_MIGRATION } from '../../json/contract/fleet-migration.ts';
import type { Of } from '../../json/contract/shape.ts';
import type { FleetMigration, MovedFunction } from '../placement/migrate.ts';

export function fleetMigration({ guest, from, to, functions, placement, problems, notes }: FleetMigration): Of<typeof FLEET_MIGRATION> {
  return {
    ...{ guest: guest.ref.name, state: guest.state, from, to, possible: problems.length === 0 },
    functions: functions.map(({ finding, place, there }) => ({
      ...finding,
      ...inGuest(place),
      there:
        there === undefined
          ? null
          : {
              ...{ wanted: there.wanted.what, function: there.published.key, address: there.published.address },
              ...{ claimed: placement.claimed.has(there.published.key), ...inGuest(there.place) },
            },
    })),
    companions: placement.companions.map(({ key }) => key),
    far: placement.far.map(({ key }) => key),
    reasons: problems.map(({ code, message, hint = null }) => ({ code, message, hint })),
    notes: notes.map(({ code, message, hint = null }) => ({ code, message, hint })),
  };
}

function inGuest({ address, uid, fid }: MovedFunction['place']): Pick<Of<typeof FLEET_MIGRATION>['functions'][number], 'guestAddress' | 'uid' | 'fid'> {
  return { guestAddress: address, uid, fid };
}
