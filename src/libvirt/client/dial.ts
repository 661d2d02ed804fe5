/** From a connection URI to a stream of bytes. */
import type { Duplex } from 'node:stream';
import type { LibvirtUri } from '../protocol/uri.ts';
import { dialSsh } from './dial-ssh.ts';
import { dialTls } from './dial-tls.ts';
import { dialUnix } from './dial-unix.ts';

export interface DialOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for getting through; {@link DIAL_TIMEOUT_MS} when missing. */
  readonly timeoutMs?: number | undefined;
}

/** ssh may ask for a passphrase meanwhile. */
const DIAL_TIMEOUT_MS = 60_000;

/**
 * Opens a stream to the libvirt that a URI names.
 *
 * @throws {HostdevError} `libvirt-unreachable`, `interrupted`.
 */
export async function dial(uri: LibvirtUri, options: DialOptions = {}): Promise<Duplex> {
  const limit = AbortSignal.timeout(options.timeoutMs ?? DIAL_TIMEOUT_MS);
  const signal = options.signal === undefined ? limit : AbortSignal.any([options.signal, limit]);
  switch (uri.transport) {
    case 'unix':
      return dialUnix(uri, signal);
    case 'ssh':
      return dialSsh(uri);
    case 'tls':
      return dialTls(uri, signal);
  }
}
