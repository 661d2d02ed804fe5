/** Where a server listens: `127.0.0.1:7788`, `[::1]:0`, `unix:/run/hostdev/ui.sock`. */
import { HostdevError } from '../../errors.ts';

export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly isLoopback: boolean }
  | { readonly kind: 'unix'; readonly path: string }
  /** A socket that systemd has opened and hands over (sd_listen_fds(3)). */
  | { readonly kind: 'systemd'; readonly fd: number };

/** @throws {HostdevError} `usage`. */
export function parseListenAddress(text: string): ListenAddress {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length);
    // sockaddr_un(7) has room for 107 bytes.
    if (path.startsWith('/') && Buffer.byteLength(path) <= 107 && !path.includes('\0')) return { kind: 'unix', path };
    throw malformed(text, 'a unix socket has an absolute path of at most 107 bytes: unix:/run/hostdev/ui.sock');
  }
  const found = /^(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]+)):(\d{1,5})$/.exec(text);
  const [host, port] = [found?.[1] ?? found?.[2], Number(found?.[3])];
  if (host === undefined || port > 65_535) throw malformed(text, 'write ADDRESS:PORT, as 127.0.0.1:7788, [::1]:7788, or unix:PATH');
  return { kind: 'tcp', host, port, isLoopback: isLoopback(host) };
}

/** RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3. */
export function isLoopback(host: string): boolean {
  return /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host) || host === '::1' || host.toLowerCase() === 'localhost';
}

function malformed(text: string, hint: string): HostdevError {
  return new HostdevError('usage', `'${text}' is no address to listen on`, { subject: text, hint });
}

const FIRST_FD = 3;

/**
 * The socket that systemd hands over, where there is one, and it is for this process.
 *
 * @throws {HostdevError} `listen-impossible` for several: who has opened them expects each to be served, and none in their place.
 */
export function socketOfSystemd(env: NodeJS.ProcessEnv, pid: number): ListenAddress | undefined {
  const count = env['LISTEN_PID'] === String(pid) ? Number(env['LISTEN_FDS'] ?? 0) : 0;
  if (count === 1) return { kind: 'systemd', fd: FIRST_FD };
  if (!(count > 1)) return undefined;
  throw new HostdevError('listen-impossible', `systemd hands over ${count} sockets, and one is served`, {
    hint: 'leave one ListenStream= in the socket unit, or name an address with --listen',
  });
}
