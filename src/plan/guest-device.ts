/** A device of a guest in records and steps: its name, and what it takes to find it again. */
import { parsePciAddress } from '../pci/notation.ts';
import type { DeviceSelector } from '../state/guest-state.ts';
import type { State } from './transition.ts';

/** For the journal: which pools a MAC address belongs to. A list of JSON, since names of networks may have blanks. */
export function poolsFact(selector: DeviceSelector): State {
  return 'pools' in selector ? { pools: JSON.stringify(selector.pools) } : {};
}

/** The device that a name means: a function, or a MAC address of an interface from one of the record's pools. */
export function deviceSelector(name: string, { pools }: State): DeviceSelector {
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(name)
    ? { mac: name, pools: JSON.parse(pools ?? '[]') as readonly string[] }
    : { source: parsePciAddress(name) };
}
