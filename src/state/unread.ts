/** What could not be read of a host, and of which functions nothing sure can be said because of it. */
import { formatPciAddress } from '../pci/address.ts';
import type { HostState, Unread } from './host-state.ts';
import { isVfioDriver, type NodeDevice } from './node-device.ts';
import { disksOf } from './storage-uses.ts';
import { ASKED_ADDRESSES } from './network-uses.ts';
import type { Evidence } from './verdict.ts';

/** What depends on a path: which functions cannot be judged without it, and how to say so. */
interface Dependence {
  readonly path: RegExp;
  readonly what: string;
  readonly concerns: (device: NodeDevice, state: HostState) => boolean;
}

const isOfClass =
  (...bases: readonly number[]) =>
  ({ pciClass }: NodeDevice): boolean =>
    bases.includes(pciClass >> 16);

const hasDisks = ({ address }: NodeDevice, { block }: HostState): boolean => disksOf(block, address).length > 0;

const mayHaveDisks = (device: NodeDevice, state: HostState): boolean => isOfClass(0x01)(device) || hasDisks(device, state);

/** Somebody may have it open: a guest its group, a program its node, its disk. */
const canBeOpen = (device: NodeDevice, state: HostState): boolean =>
  isVfioDriver(device.driver) || hasDisks(device, state) || (state.nodes.byFunction.get(formatPciAddress(device.address)) ?? []).length > 0;

/** What is named here concerns some functions only; every other path may concern all of them. */
const DEPENDENCES: readonly Dependence[] = [
  { path: /^\/proc(?:\/\d+\/(?:fd(?:\/\d+)?|comm|cmdline))?$/, what: 'which processes have it open', concerns: canBeOpen },
  { path: /^\/run\/libvirt\/qemu(?:\/|$)/, what: "which guests libvirt's files name", concerns: ({ driver }) => isVfioDriver(driver) },
  { path: /^\/proc\/(?:self\/mountinfo|swaps)$/, what: 'what is mounted from its disks', concerns: hasDisks },
  { path: /^\/sys\/class\/block\/|^\/sys\/fs\/|^\/run\/udev\/data\//, what: 'what stands on its disks', concerns: hasDisks },
  { path: /^\/sys\/class\/nvme(?:-subsystem|-generic)?(?:\/|$)/, what: 'which disks are its own', concerns: mayHaveDisks },
  {
    path: new RegExp(`^${ASKED_ADDRESSES}$`),
    what: 'which addresses its interfaces have',
    concerns: ({ address }, { net }) => (net.byFunction.get(formatPciAddress(address)) ?? []).some((name) => net.untold.has(name)),
  },
  { path: /^\/proc\/net\//, what: 'which routes its interfaces carry', concerns: ({ netdevs }) => netdevs.length > 0 },
  { path: /^\/sys\/class\/net(?:\/|$)/, what: 'what its interfaces are for', concerns: isOfClass(0x02) },
  { path: /^\/proc\/iomem$|^\/sys\/class\/(?:graphics|drm)(?:\/|$)/, what: 'whether the console draws on it', concerns: isOfClass(0x03) },
  { path: /^\/sys\/class\/(?:sound|video4linux|dvb)(?:\/|$)/, what: 'which programs play on it', concerns: isOfClass(0x04) },
  { path: /^\/sys\/bus\/pci\/devices\/[^/]+(?:\/|$)/, what: 'what the kernel says about it', concerns: () => false },
];

/** How many paths are named before the rest is counted. */
const NAMED = 2;

/** Of the configuration space only the header is needed; what uevent says, attributes say as well, and are asked then. */
const SAID_ELSEWHERE = /\/(?:config|uevent)$/;

/** What could not be looked at of everything that might speak against giving a function away. */
export function unreadEvidence(state: HostState, device: NodeDevice): Evidence[] {
  if (state.unread.length === 0) return [];
  const own = `/sys/bus/pci/devices/${formatPciAddress(device.address)}`;
  const about = state.unread.filter(({ path }) => path === own || (path.startsWith(`${own}/`) && !SAID_ELSEWHERE.test(path)));
  const others = state.unread.filter(({ path }) => !DEPENDENCES.some((each) => each.path.test(path)));
  const found = DEPENDENCES.flatMap(({ path: pattern, what, concerns }): Evidence[] => {
    const unread = state.unread.filter(({ path }) => pattern.test(path));
    return unread.length > 0 && concerns(device, state) ? [evidence(what, unread)] : [];
  });
  return [
    ...(about.length === 0 ? [] : [evidence('what the kernel says about it', about)]),
    ...found,
    ...(others.length === 0 ? [] : [evidence('what else uses it', others)]),
  ];
}

function evidence(what: string, unread: readonly Unread[]): Evidence {
  const named = unread.slice(0, NAMED).map(({ path }) => path);
  const rest = unread.length - named.length;
  const denied = unread.some(({ reason }) => reason === 'EACCES' || reason === 'EPERM');
  const paths = `${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  return {
    kind: 'unreadable',
    chain: [what, `${paths} cannot be read${denied ? '; run as root to have it looked at' : ` (${unread[0]?.reason ?? 'an error'})`}`],
  };
}
