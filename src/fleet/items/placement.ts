/** Placements in the shape of the JSON contract. */
import type { FLEET_PLACEMENT } from '../../json/contract/fleet-placement.ts';
import type { Of } from '../../json/contract/shape.ts';
import type { Placement } from '../placement/place.ts';

/** `rank`: from 1 on, null where the host was not compared; one that cannot run the definition has none. `definition`: where it was asked for. */
export function fleetPlacement(placement: Placement, rank: number | null, definition: string | null): Of<typeof FLEET_PLACEMENT> {
  const { host, problems, functions, companions, far, claimed } = placement;
  const { host: name, architecture, libvirt, qemu } = host.record;
  const fits = placement.definition !== undefined;
  return {
    ...{ host: name, fits, rank: fits ? rank : null, architecture, libvirt, qemu, definition },
    functions: functions.map(({ wanted, published }) => ({
      ...{ wanted: wanted.what, function: published.key, address: published.address, numaNode: published.numaNode, claimed: claimed.has(published.key) },
    })),
    companions: companions.map(({ key }) => key),
    far: far.map(({ key }) => key),
    reasons: problems.map(({ code, message, hint = null }) => ({ code, message, hint })),
  };
}
