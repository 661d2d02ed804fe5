/** The connection to libvirt of a command that may need none. */
import { type LibvirtConnection, openLibvirt } from '../app/guests/connect.ts';
import type { ConnectFlags } from './command/options.ts';
import type { Io } from './io.ts';

/** Acts with a way to the connection, which is made when it is first asked for, and closed whatever happens. */
export async function withLink<T>(io: Io, { connect }: ConnectFlags, act: (link: () => Promise<LibvirtConnection>) => Promise<T>): Promise<T> {
  let opened: Promise<LibvirtConnection> | undefined;
  try {
    return await act(() => (opened ??= openLibvirt(connect ?? io.machine.libvirtUri, undefined)));
  } finally {
    await opened?.then(
      (link) => link.close(),
      () => undefined,
    );
  }
}
