/** The libvirt whose pools and guests a wish names, for what asks it and changes them. */
import { HostdevError } from '../../errors.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import type { GuestPort } from '../../guest/port.ts';
import type { MappedChoice } from './mapped-choice.ts';
import type { GuestChangeOptions } from '../guests/run-change.ts';

/** A connection to libvirt, and how its guests are changed. */
export interface WithLibvirt {
  /** Made when it is needed. */
  readonly link: () => Promise<LibvirtLink>;
  readonly options: GuestChangeOptions;
  /** Guests by their id, for whoever carries the plan out. */
  readonly guests: Map<string, GuestPort>;
  /** What mappings stand for. */
  readonly mapped: MappedChoice;
}

/** A wish is about one host: its functions, and the guests that run on it. */
export async function requireLocal({ link }: Pick<WithLibvirt, 'link'>): Promise<LibvirtLink> {
  const found = await link();
  if (found.isLocal) return found;
  throw onAnotherHost();
}

/** Of a copy of a host the guests are on another one as well. */
export function onAnotherHost(): HostdevError {
  return new HostdevError('option-conflict', 'the guests of a wish are those of the host whose functions it names, and that libvirt is on another one', {
    hint: 'run hostdev there',
  });
}
