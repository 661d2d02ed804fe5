/** How commands reach libvirt. */
import { connectLibvirt, type Libvirt } from '../../libvirt/index.ts';

/** Connects to the libvirt of a URI, or to the default one, every time it is called. */
export function connector(uri: string | undefined, signal: AbortSignal | undefined): () => Promise<Libvirt> {
  return () => connectLibvirt(uri, { signal, pulse: true });
}
