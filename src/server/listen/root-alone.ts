/** Whether a unix socket is root's alone. Node does not tell who a peer is (SO_PEERCRED, unix(7)); who may be one, the socket's file says. */
import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import type { ListenAddress } from './address.ts';

/** The file of the socket that is listened on; undefined where there is none that can be found, as for an abstract one. */
export function fileOfSocket(listen: ListenAddress): string | undefined {
  if (listen.kind === 'unix') return listen.path;
  return listen.kind === 'systemd' ? fileOfHandedOver(listen.fd) : undefined;
}

/** The kernel knows where a socket is bound that somebody else has opened (proc(5), /proc/net/unix). */
function fileOfHandedOver(fd: number): string | undefined {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
    const rows = readFileSync('/proc/net/unix', 'utf8').split('\n');
    const found = rows.map((row) => /^(?:\S+ +){6}(\d+) (\/.*)$/.exec(row)).find((row) => row?.[1] === inode);
    return found?.[2];
  } catch {
    return undefined;
  }
}

/** connect(2) asks for the right to write the file (unix(7)). An ACL for others shows in the group's bits (acl(5)). */
export function isOfRootAlone(file: string | undefined): boolean {
  if (file === undefined) return false;
  try {
    const { uid, mode } = lstatSync(file);
    return uid === 0 && (mode & 0o077) === 0;
  } catch {
    return false;
  }
}
