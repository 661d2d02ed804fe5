/** libvirt's sockets on this machine. */
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { HostdevError } from '../../errors.ts';
import type { LibvirtUri } from '../protocol/uri.ts';

/** Connects to the socket that the URI names, or to the one that libvirt would take. */
export async function dialUnix(uri: LibvirtUri, signal: AbortSignal): Promise<Duplex> {
  return connectSocket(socketPath(uri), uri, signal);
}

/**
 * The socket of a URI: as it says, or that of the modular daemon where there is one, or libvirtd's.
 */
export function socketPath(uri: LibvirtUri, exists: (path: string) => boolean = existsSync, env: NodeJS.ProcessEnv = process.env): string {
  const { socket, mode = 'auto' } = uri.parameters;
  if (socket !== undefined) return socket;
  const directory = uri.path === '/session' ? sessionDirectory(env) : '/run/libvirt';
  const modular = join(directory, 'virtqemud-sock');
  const monolithic = join(directory, 'libvirt-sock');
  // Only libvirtd has the test driver.
  if (mode === 'legacy' || uri.driver !== 'qemu') return monolithic;
  if (mode === 'direct') return modular;
  return exists(modular) || (!exists(monolithic) && exists('/usr/sbin/virtqemud')) ? modular : monolithic;
}

function sessionDirectory(env: NodeJS.ProcessEnv): string {
  const runtime = env['XDG_RUNTIME_DIR'];
  return runtime === undefined || runtime === '' ? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'libvirt') : join(runtime, 'libvirt');
}

function connectSocket(path: string, uri: LibvirtUri, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    const aborted = (): void => void socket.destroy(signal.reason as Error);
    signal.addEventListener('abort', aborted, { once: true });
    socket.once('connect', () => {
      signal.removeEventListener('abort', aborted);
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      signal.removeEventListener('abort', aborted);
      reject(unreachable(path, uri, error));
    });
  });
}

/** A user's own libvirt rarely has the guests that are looked for, and none of the host's functions. */
const START = {
  '/session': "the guests of this machine are mostly those of its own libvirt: name it with '--connect qemu:///system'",
  '/system': "start libvirt ('systemctl start libvirtd' or virtqemud.socket), or name another one with --connect",
} as const;

function unreachable(path: string, { text: subject, path: whose }: LibvirtUri, error: NodeJS.ErrnoException): HostdevError {
  const [why, hint] =
    error.code === 'ENOENT' || error.code === 'ECONNREFUSED'
      ? ['nobody listens there', START[whose === '/session' ? whose : '/system']]
      : error.code === 'EACCES'
        ? ['it may not be opened', "run the command as root, or as a member of the group 'libvirt'"]
        : [error.message, 'check the connection URI'];
  return new HostdevError('libvirt-unreachable', `${subject}: ${path} cannot be reached: ${why}`, { subject, hint, cause: error });
}
