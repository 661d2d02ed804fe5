/** File systems that cannot have the store of a fleet, by the numbers that statfs(2) gives. Source: linux/magic.h, and docs/fleet-store.md for the reasons. */
import { HostdevError } from '../../errors.ts';

const UNFIT: ReadonlyMap<number, readonly [string, string]> = new Map([
  [0x4d44, ['FAT', 'it has no hard links']],
  [0x2011bab0, ['exFAT', 'it has no hard links']],
  [0xff534d42, ['SMB', 'what another host has written is seen late, and hard links are up to its server']],
  [0xfe534d42, ['SMB', 'what another host has written is seen late, and hard links are up to its server']],
  [0x01021997, ['9p', 'what another host has written is seen late']],
  [0x65735546, ['FUSE', 'whether hard links and syncing are what they say is up to a program']],
]);

/** @throws HostdevError `fleet-directory` */
export function ensureFileSystem(path: string, type: number): void {
  // Some architectures have it signed.
  const unfit = UNFIT.get(type >>> 0);
  if (unfit === undefined) return;
  const [name, why] = unfit;
  throw new HostdevError('fleet-directory', `${path} is on ${name}: ${why}`, { subject: path, hint: 'use a local disk of one host, NFSv4, or an etcd' });
}
