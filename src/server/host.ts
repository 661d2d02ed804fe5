/** The host that a server is for, and how it is reached. */
import type { AppContext } from '../app/context.ts';
import { type LibvirtConnection, openLibvirt } from '../app/guests/connect.ts';
import type { FleetSource } from '../fleet/fleet-source.ts';

export interface ServedHost {
  readonly context: () => Promise<AppContext>;
  /** Where the journal is. */
  readonly stateDirectory: string;
  /** Connection URI of libvirt; its own default when missing. */
  readonly libvirtUri?: string | undefined;
  /** The fleet that it may be of. */
  readonly fleet: FleetSource;
  readonly name: string;
  /** Of hostdev. */
  readonly version: string;
  readonly readOnly: boolean;
}

/** Connects to libvirt for one thing, and closes the connection whatever happens. */
export async function withLibvirt<T>({ libvirtUri }: ServedHost, act: (link: LibvirtConnection) => Promise<T>, signal?: AbortSignal): Promise<T> {
  const link = await openLibvirt(libvirtUri, signal);
  try {
    return await act(link);
  } finally {
    await link.close();
  }
}
