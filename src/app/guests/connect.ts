/** How commands reach libvirt. */
import { connectLibvirt, type Libvirt } from '../../libvirt/index.ts';

/** Connects to the libvirt of a URI, or to the default one, every time it is called. Only the first time may be interrupted: later ones may be needed to undo. */
export function connector(uri: string | undefined, signal: AbortSignal | undefined): () => Promise<Libvirt> {
  let first = true;
  return () => {
    const options = { signal: first ? signal : undefined, pulse: true };
    first = false;
    return connectLibvirt(uri, options);
  };
}

/** The same for those who only look: the signal ends every attempt. */
export function lookingConnector(uri: string | undefined, signal: AbortSignal): () => Promise<Libvirt> {
  return () => connectLibvirt(uri, { signal, pulse: true });
}
