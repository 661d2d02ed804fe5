/** How commands reach libvirt. */
import { LibvirtLink } from '../../guest/libvirt/link.ts';
import { connectLibvirt, defaultUri, type Libvirt, parseLibvirtUri } from '../../libvirt/index.ts';

/** A connection to a libvirt, made anew when its daemon was restarted. */
export type LibvirtConnection = LibvirtLink;

/** Connects to the libvirt of a URI, or to the default one. Only the first attempt may be interrupted: later ones may be needed to undo. */
export function openLibvirt(uri: string | undefined, signal: AbortSignal | undefined): Promise<LibvirtConnection> {
  let first = true;
  return LibvirtLink.open(() => {
    const options = { signal: first ? signal : undefined, pulse: true };
    first = false;
    return connectLibvirt(uri, options);
  });
}

/** Acts with a way to the connection, which is made when it is first asked for, and closed whatever happens. */
export async function withLibvirtIfAsked<T>(
  uri: string | undefined,
  act: (link: () => Promise<LibvirtConnection>) => Promise<T>,
  signal?: AbortSignal | undefined,
): Promise<T> {
  let opened: Promise<LibvirtConnection> | undefined;
  try {
    return await act(() => (opened ??= openLibvirt(uri, signal)));
  } finally {
    await opened?.then(
      (link) => link.close(),
      () => undefined,
    );
  }
}

/** Connections for those who only look: the signal ends every attempt. */
export function lookingConnector(uri: string | undefined, signal: AbortSignal): () => Promise<Libvirt> {
  return () => connectLibvirt(uri, { signal, pulse: true });
}

/** Whether the libvirt of a URI, or the default one, is reached over a network: that may take long, and ask on the terminal. */
export async function isAway(uri: string | undefined): Promise<boolean> {
  return parseLibvirtUri(uri ?? (await defaultUri())).transport !== 'unix';
}
