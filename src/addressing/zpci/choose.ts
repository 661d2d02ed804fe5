/**
 * zPCI ids for a device that comes, free over whole definitions: libvirt completes half a pair from what it has read so far, and what it completes
 * can be what a device further down names.
 *
 * Rules: docs/addressing.md §12.
 */
import { ZPCI_RANGE, type ZpciIds } from '../../pci/zpci.ts';
import { readDomain } from '../../domain/domain.ts';
import { presetCapabilities } from '../capabilities/presets.ts';
import { visitAll } from '../guest/guest.ts';
import { placeGuest, type PlaceOptions } from '../place.ts';

/** The ids that were asked for, and for what is left out the lowest that no device of the definitions has; nothing where the guest has no zPCI. */
export function chooseZpciIds(definitions: readonly string[], wanted: ZpciIds, options: PlaceOptions = {}): Required<ZpciIds> | undefined {
  const used = usedZpciIds(definitions, options);
  if (used === undefined) return undefined;
  const lowest = (id: 'uid' | 'fid'): number => {
    let free: number = ZPCI_RANGE[id].min;
    while (used[id].has(free)) free += 1;
    return free;
  };
  return { uid: wanted.uid ?? lowest('uid'), fid: wanted.fid ?? lowest('fid') };
}

/** Ids of every device, given or generated; undefined where no guest has zPCI. */
export function usedZpciIds(definitions: readonly string[], options: PlaceOptions): Record<'uid' | 'fid', ReadonlySet<number>> | undefined {
  const withZpci = definitions.filter((xml) => hasZpci(xml, options));
  if (withZpci.length === 0) return undefined;
  const guests = withZpci.flatMap((xml) => placeGuest(xml, { ...options, newDefinition: false }).guest ?? []);
  const places = guests.flatMap((guest) => visitAll(guest).map(({ place }) => place));
  const idsOf = (id: 'uid' | 'fid'): ReadonlySet<number> => new Set(places.flatMap((place) => place[id] ?? []));
  return { uid: idsOf('uid'), fid: idsOf('fid') };
}

function hasZpci(xml: string, { capabilities, defaultArch = '' }: PlaceOptions): boolean {
  const { flags } = capabilities ?? presetCapabilities(readDomain(xml).arch ?? defaultArch);
  return flags.has('zpci');
}
