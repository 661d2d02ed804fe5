/** The connection to libvirt of a command that may need none. */
import { type LibvirtConnection, withLibvirtIfAsked } from '../app/guests/connect.ts';
import type { ConnectFlags } from './command/options.ts';
import type { Io } from './io.ts';

/** Acts with a way to the connection that the command has. */
export function withLink<T>(io: Io, { connect }: ConnectFlags, act: (link: () => Promise<LibvirtConnection>) => Promise<T>): Promise<T> {
  return withLibvirtIfAsked(connect ?? io.machine.libvirtUri, act);
}
