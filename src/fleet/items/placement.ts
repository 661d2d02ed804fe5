/** Placements in the shape of the JSON contract. */
import type { FLEET_PLACEMENT } from '../../json/contract/fleet-placement.ts';
import type { Of } from '../../json/contract/shape.ts';
import type { Placement } from '../placement/place.ts';
import type { PlacedFunction } from '../placement/placed-definition.ts';

/** `rank`: from 1 on, null where the host was not compared; one that cannot run the definition has none. `definition`: where it was asked for. */
export function fleetPlacement(placement: Placement, rank: number | null, definition: string | null): Of<typeof FLEET_PLACEMENT> {
  const { host, problems, functions, companions, far, claimed } = placement;
  const { host: name, architecture, libvirt, qemu } = host.record;
  const fits = placement.definition !== undefined;
  // Only whoever asks what the definition would be has looked at which ids are free.
  const idsOf = ({ ids }: PlacedFunction): Pick<Of<typeof FLEET_PLACEMENT>['functions'][number], 'uid' | 'fid' | 'reserved'> =>
    ids === undefined || definition === null ? { uid: null, fid: null, reserved: false } : { uid: ids.uid, fid: ids.fid, reserved: ids.reserved };
  return {
    ...{ host: name, fits, rank: fits ? rank : null, architecture, libvirt, qemu, definition },
    functions: functions.map((each) => {
      const { wanted, published } = each;
      return {
        ...{ wanted: wanted.what, function: published.key, address: published.address, numaNode: published.numaNode, claimed: claimed.has(published.key) },
        ...idsOf(each),
      };
    }),
    companions: companions.map(({ key }) => key),
    far: far.map(({ key }) => key),
    reasons: problems.map(({ code, message, hint = null }) => ({ code, message, hint })),
  };
}
