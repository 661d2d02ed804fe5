/** `hostdev export`: the wish of what is there, which is no difference when it is applied. */
import { HostdevError, type Problem } from '../../errors.ts';
import { readFound, unlessGone } from '../../guest/libvirt/read-guest.ts';
import { type FoundPool, readPools } from '../../guest/libvirt/read-pools.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { readRules } from '../../host/persist/rules.ts';
import { readFunctionSlots, readSlots } from '../../host/slots.ts';
import { type Libvirt, libvirtCode, overMany } from '../../libvirt/index.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { pciNames } from '../../pci/names.ts';
import { handsOutSame } from '../../plan/pool.ts';
import type { GuestState } from '../../state/guest-state.ts';
import { isVfioDriver, type NodeDevice } from '../../state/node-device.ts';
import type { PersistentRule } from '../../state/persist/persistent-rule.ts';
import type { Comments } from '../../wish/format-wish.ts';
import { WISH_FORMAT_VERSION, type WishFile } from '../../wish/schema.ts';
import type { AppContext } from '../context.ts';
import { viewHost, viewing } from '../host-view.ts';
import { exportGuests, runningManaged } from './export-guests.ts';
import { exportVfs } from './export-vfs.ts';

export interface ExportedWish {
  readonly wish: WishFile;
  /** Names of functions, by the JSON pointer of what they are said beside. */
  readonly comments: Comments;
  /** What is there and could not be written. */
  readonly notes: readonly Problem[];
}

/** @param link - the connection to libvirt; none where the host is a copy. */
export async function exportWish(context: AppContext, link: (() => Promise<LibvirtLink>) | undefined): Promise<ExportedWish> {
  const view = viewing(context);
  const { port } = view;
  const { functions } = (await viewHost(view)).state;
  const rules = (await readRules(port)).flatMap(({ parsed }) => (parsed.kind === 'rule' && !parsed.edited ? [parsed.rule] : []));
  const notes: Problem[] = [];
  const libvirt = link === undefined ? NO_LIBVIRT : await readLibvirt(link, notes);
  const slots = await readSlots(port, await readFunctionSlots(port));
  const wish: WishFile = {
    formatVersion: WISH_FORMAT_VERSION,
    slots: slots.map(({ fid, state }) => ({ fid, state })),
    virtualFunctions: await exportVfs(port, functions, rules),
    functions: exportFunctions(functions, rules, runningManaged(libvirt.guests)),
    pools: libvirt.pools.flatMap((pool) => exportPool(pool, functions, notes)),
    guests: exportGuests(libvirt.guests, libvirt.pools, notes),
  };
  return { wish, comments: commentsOf(wish, functions, pciNames(await context.readPciIds())), notes };
}

interface OfLibvirt {
  readonly guests: readonly GuestState[];
  readonly pools: readonly FoundPool[];
}

const NO_LIBVIRT: OfLibvirt = { guests: [], pools: [] };

/** A host without libvirt has a wish, too. */
async function readLibvirt(link: () => Promise<LibvirtLink>, notes: Problem[]): Promise<OfLibvirt> {
  try {
    const libvirt = await (await link()).get();
    const guests = await overMany(libvirt, await libvirt.listDomains(), async (each, domain) => (await readFound(each, domain).catch(unlessGone)) ?? []);
    return { guests: guests.flat().toSorted((one, other) => (one.ref.name < other.ref.name ? -1 : 1)), pools: await poolsOf(libvirt, notes) };
  } catch (error) {
    if (!(error instanceof HostdevError) || error.code !== 'libvirt-unreachable') throw error;
    notes.push({ ...error.toProblem(), severity: 'warning', message: `guests and pools are left out: ${error.message}` });
    return NO_LIBVIRT;
  }
}

/** Networks are another daemon's (virtnetworkd), which may be away; guests have their functions all the same. */
async function poolsOf(libvirt: Libvirt, notes: Problem[]): Promise<readonly FoundPool[]> {
  try {
    return await readPools(libvirt);
  } catch (error) {
    if (!(error instanceof HostdevError) || libvirtCode(error) === undefined) throw error;
    notes.push({ ...error.toProblem(), severity: 'warning', message: `pools are left out: ${error.message}` });
    return [];
  }
}

/** Functions that are with VFIO by themselves: those that a guest has for as long as it runs go back when it ends. */
function exportFunctions(functions: readonly NodeDevice[], rules: readonly PersistentRule[], managed: ReadonlySet<string>): WishFile['functions'] {
  return functions.flatMap(({ address, driver }) => {
    const name = formatPciAddress(address);
    const rule = rules.find((each) => each.address === name);
    const isKept = rule !== undefined && rule.driver === driver;
    if (driver === undefined || !isVfioDriver(driver) || (managed.has(name) && !isKept)) return [];
    return [{ function: name, ...(driver === 'vfio-pci' ? {} : { driver }), ...(isKept ? { persist: true } : {}) }];
  });
}

/** Pools as hostdev makes them; others are libvirt's to keep. */
function exportPool({ name, active, pool }: FoundPool, functions: readonly NodeDevice[], notes: Problem[]): NonNullable<WishFile['pools']> {
  const [physicalInterface] = pool.physicalInterfaces;
  const pf = functions.find(({ netdevs }) => physicalInterface !== undefined && netdevs.includes(physicalInterface));
  const named = pool.physicalInterfaces.length === 0 ? pool.functions : [];
  const source = physicalInterface === undefined ? { functions: named } : { physicalInterface };
  const members = pf === undefined ? named : [pf.address];
  if (active && members.length > 0 && handsOutSame(pool, source)) return [{ network: name, functions: members.map(formatPciAddress) }];
  notes.push({
    code: 'network-unknown',
    severity: 'warning',
    subject: name,
    message: `the pool ${name} is left out: ${active ? 'it is not as hostdev makes pools' : 'it is not active'}`,
    hint: `'hostdev pool show ${name}' shows it`,
  });
  return [];
}

/** Each function with what it is, where pci.ids has a name for it. */
function commentsOf(wish: WishFile, functions: readonly NodeDevice[], nameOf: ReturnType<typeof pciNames>): Comments {
  const words = (address: unknown): string | undefined => {
    const device = functions.find((each) => formatPciAddress(each.address) === address);
    const names = device === undefined ? undefined : nameOf(device);
    return names?.device === undefined ? undefined : [names.vendor, names.device].join(' ');
  };
  const comments = new Map<string, string>();
  const add = (pointer: string, address: unknown): void => {
    const text = words(address);
    if (text !== undefined) comments.set(pointer, text);
  };
  wish.slots?.forEach(({ fid }, i) => add(`/slots/${i}/fid`, addressOfFid(functions, fid)));
  wish.virtualFunctions?.forEach(({ physicalFunction }, i) => add(`/virtualFunctions/${i}/physicalFunction`, physicalFunction));
  wish.functions?.forEach((each, i) => add(`/functions/${i}/function`, each.function));
  wish.guests?.forEach(({ hostdevs }, i) => hostdevs.forEach((each, j) => add(`/guests/${i}/hostdevs/${j}/function`, each.function)));
  return comments;
}

function addressOfFid(functions: readonly NodeDevice[], fid: string): string | undefined {
  const device = functions.find(({ zpci }) => zpci?.fid === Number(fid));
  return device === undefined ? undefined : formatPciAddress(device.address);
}
