/** Where commands that look at definitions get them, and what they hold them against. */
import type { DefinitionSource } from '../app/definition.ts';
import { HostdevError } from '../errors.ts';
import type { PlaceFlags } from './command/options.ts';
import type { Io } from './io.ts';
import { withLibvirt } from './libvirt.ts';

/** Acts with what the options say; while the connection is open, where they name one. */
export function withDefinitions<T>(io: Io, flags: PlaceFlags, act: (source: DefinitionSource) => Promise<T>): Promise<T> {
  const { libvirt, capabilities, host, connect } = flags;
  const source: DefinitionSource = { stdin: io.stdin, place: { libvirt, capabilities, host } };
  if (connect === undefined) return act(source);
  refuseBeside(flags);
  return withLibvirt(io, { connect }, (link) => act({ ...source, link }));
}

function refuseBeside({ libvirt, root }: PlaceFlags): void {
  if (libvirt !== undefined) {
    throw new HostdevError('option-conflict', '--connect and --libvirt name two libvirts', { hint: 'leave one of them out' });
  }
  if (root !== undefined) {
    throw new HostdevError('option-conflict', '--connect and --root name two machines', { hint: 'leave one of them out' });
  }
}
