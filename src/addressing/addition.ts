/** What a definition becomes when it gets devices more: what is wrong only because of them, and where they are. */
import type { Problem } from '../errors.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import type { ZpciIds } from '../pci/zpci.ts';
import { slotOf } from './buses/slots.ts';
import { isPresent } from './guest/device.ts';
import { controllersOf, type Guest } from './guest/guest.ts';
import { placeGuest, type PlaceOptions } from './place.ts';
import { notAmong } from './problems.ts';
import { writePlacements } from './write.ts';

export interface Addition {
  /** What was wrong without the devices that come: no reason against them. */
  readonly before: readonly Problem[];
  /** What is wrong only with them. */
  readonly refusals: readonly Problem[];
  /** The definition with them, and with all addresses where it is one that can be predicted. */
  readonly xml: string;
  /** Models of the PCI controllers that libvirt adds for them. */
  readonly controllers: readonly string[];
  /** Where one of them is; undefined where that cannot be predicted. */
  readonly placeOf: (source: PciAddress) => AddedPlace | undefined;
}

interface AddedPlace {
  readonly address: PciAddress;
  readonly zpci: ZpciIds | undefined;
}

/**
 * Compares a definition with what it becomes, for the libvirt of the options, else the newest that is known; both are texts of the same guest.
 *
 * @throws {HostdevError} `version-malformed` where `options.libvirt` is no version.
 * @example
 * ```ts
 * import { addHostdevs, compareAddition, formatPciAddress, parsePciAddress, readDomain } from 'hostdev';
 * const before = "<domain type='kvm'><os><type arch='s390x' machine='s390-ccw-virtio'>hvm</type></os><devices/></domain>";
 * const source = parsePciAddress('0007:00:00.0');
 * const place = compareAddition(before, addHostdevs(readDomain(before), [{ source }])).placeOf(source);
 * console.log(place && formatPciAddress(place.address), place?.zpci); // → 0000:00:01.0 { uid: 1, fid: 0 }
 * ```
 */
export function compareAddition(before: string, after: string, options: PlaceOptions = {}): Addition {
  const isError = ({ severity }: Problem): boolean => severity === 'error';
  const { guest, problems } = placeGuest(after, options);
  const [found, models] = [problems().filter(isError), addedModels(guest)];
  // Most are accepted as they are, and a guest with thousands of devices takes its time: what there was before is asked for only then.
  const old = found.length === 0 && models.length === 0 ? undefined : placeGuest(before, options);
  const faults = old?.problems().filter(isError) ?? [];
  return {
    before: faults,
    refusals: notAmong(found, faults),
    xml: guest === undefined || found.length > 0 ? after : writePlacements(guest),
    controllers: models.slice(addedModels(old?.guest).length),
    placeOf: (source) => placeOf(guest, formatPciAddress(source)),
  };
}

function addedModels(guest: Guest | undefined): string[] {
  if (guest === undefined) return [];
  return controllersOf(guest, 'pci').flatMap(({ added, index, model }) => (added === undefined || index === 0 || model === undefined ? [] : [model]));
}

function placeOf(guest: Guest | undefined, key: string): AddedPlace | undefined {
  const place = guest?.lists.hostdev.find(({ hostdev }) => hostdev?.type === 'pci' && hostdev.key === key)?.place;
  if (place === undefined || !isPresent(place)) return undefined;
  const { uid, fid } = place;
  return { address: { domain: 0, ...slotOf(place) }, zpci: uid === undefined || fid === undefined ? undefined : { uid, fid } };
}
