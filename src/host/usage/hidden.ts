/** Users of block devices that sysfs does not show as holders: btrfs on several disks, ZFS, zram, loop devices on disks. */
import type { ClaimState } from '../../state/host-state.ts';
import { type HostReader, readText } from '../port.ts';

const BLOCK = '/sys/class/block';

interface Users {
  readonly holders: Map<string, readonly string[]>;
  readonly labels: Map<string, string>;
  readonly uses: Map<string, string[]>;
}

/** Adds them to what is known of the block devices; `numbers` is `259:1` → name. */
export async function addHiddenUsers(port: HostReader, numbers: ReadonlyMap<string, string>, users: Users): Promise<void> {
  const names = new Set(numbers.values());
  for (const name of names) {
    const below = await readBacking(port, name);
    if (below !== undefined && names.has(below)) hold(users, below, name);
  }
  await addBtrfs(port, users);
  await addZfs(port, numbers, users);
}

/** What a device that is made of another one names as that. */
async function readBacking(port: HostReader, name: string): Promise<string | undefined> {
  const attribute = name.startsWith('loop') ? 'loop/backing_file' : name.startsWith('zram') ? 'backing_dev' : undefined;
  if (attribute === undefined) return undefined;
  const file = await readText(port, `${BLOCK}/${name}/${attribute}`);
  return file?.startsWith('/dev/') === true ? file.slice('/dev/'.length).replaceAll('/', '!') : undefined;
}

function hold(users: Users, below: string, above: string): void {
  const holders = users.holders.get(below) ?? [];
  if (!holders.includes(above)) users.holders.set(below, [...holders, above]);
}

/** A mount of btrfs names one of its disks; the kernel lists all of them. */
async function addBtrfs(port: HostReader, { uses }: Users): Promise<void> {
  for (const uuid of (await port.list('/sys/fs/btrfs')) ?? []) {
    const members = (await port.list(`/sys/fs/btrfs/${uuid}/devices`)) ?? [];
    const mounted = members.find((member) => (uses.get(member) ?? []).length > 0);
    if (mounted === undefined) continue;
    const use = `btrfs with ${mounted}, ${uses.get(mounted)?.[0]}`;
    for (const member of members) if (member !== mounted) uses.set(member, [...(uses.get(member) ?? []), use]);
  }
}

/** ZFS shows its pools, but not their disks; udev knows what stands on a disk, and the claim tells that it is in use. */
async function addZfs(port: HostReader, numbers: ReadonlyMap<string, string>, { uses }: Users): Promise<void> {
  if ((await port.list('/sys/module/zfs')) === undefined) return;
  for (const [number, name] of numbers) {
    const properties = (await readText(port, `/run/udev/data/b${number}`)) ?? '';
    if (!/^E:ID_FS_TYPE=zfs_member$/m.test(properties) || !mayBeClaimed(await port.claimState(`/dev/${name}`))) continue;
    const pool = /^E:ID_FS_LABEL=(.+)$/m.exec(properties)?.[1];
    uses.set(name, [...(uses.get(name) ?? []), `ZFS pool${pool === undefined ? '' : ` ${pool}`}`]);
  }
}

/** In a copy of a machine nobody can be asked; then udev's word has to do. */
function mayBeClaimed(state: ClaimState): boolean {
  return state === 'claimed' || state === 'not asked';
}
