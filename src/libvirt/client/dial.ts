/** From a connection URI to a stream of bytes. */
import type { Duplex } from 'node:stream';
import { HostdevError } from '../../errors.ts';
import type { LibvirtUri, Transport } from '../protocol/uri.ts';
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
  try {
    return await dialers[uri.transport](uri, signal);
  } catch (error) {
    if (options.signal?.aborted === true)
      throw new HostdevError('interrupted', `interrupted while connecting to ${uri.text}`, { subject: uri.text, cause: error });
    throw error;
  }
}

/** ssh has time limits of its own, and may ask somebody for a passphrase. */
const dialers: Readonly<Record<Transport, (uri: LibvirtUri, signal: AbortSignal) => Promise<Duplex>>> = {
  unix: dialUnix,
  ssh: async (uri) => dialSsh(uri),
  tls: dialTls,
};
