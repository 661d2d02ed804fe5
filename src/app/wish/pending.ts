/** What of the parts of a plan that come first can only be known once they are done, so that what stands on it is planned then. */
import type { Projection } from '../../host/projected-port.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import type { PciAddress } from '../../pci/address.ts';
import { parseSysfsName, sysfsPath } from '../../pci/sysfs-name.ts';
import { type Change, functionsOf } from '../../plan/change.ts';
import { functionsGone } from '../../plan/functions-gone.ts';
import { findDevice, type GuestParts, type GuestState } from '../../state/guest-state.ts';
import { readDomain } from '../../domain/domain.ts';
import { removeHostdevs } from '../../domain/edit.ts';

export interface Pending {
  /** Physical function → how many virtual ones it will have. */
  readonly vfs: ReadonlyMap<string, number>;
  /** Names of pools that will be there. */
  readonly pools: ReadonlySet<string>;
  /** Function ids of slots that will be configured. */
  readonly slots: ReadonlySet<number>;
  /** Functions that go away. */
  readonly gone: ReadonlySet<string>;
  /** Functions that go to a guest, or back to whichever driver wants them. */
  readonly moved: ReadonlySet<string>;
  /** Uuid of a guest → what it will not have any more. */
  readonly taken: ReadonlyMap<string, readonly Taken[]>;
  /** Function → the guest that runs with it then. */
  readonly running: ReadonlyMap<string, string>;
  /** What is known of the rest. */
  readonly projection: Projection;
}

/** A device, and the parts of its guest that it goes from. */
interface Taken extends GuestParts {
  readonly device: string;
  /** Of an interface whose function one of these pools has chosen. */
  readonly pools: readonly string[];
}

export const NOTHING_PENDING: Pending = {
  vfs: new Map(),
  pools: new Set(),
  slots: new Set(),
  gone: new Set(),
  moved: new Set(),
  running: new Map(),
  taken: new Map(),
  projection: { texts: new Map(), links: new Map() },
};

/** What is pending behind these changes. */
export function pendingBehind(before: Pending, changes: readonly Change[]): Pending {
  const vfs = new Map(before.vfs);
  const pools = new Set(before.pools);
  const slots = new Set(before.slots);
  const gone = new Set([...before.gone, ...changes.flatMap(functionsGone)]);
  const moved = new Set(before.moved);
  const taken = new Map(before.taken);
  const running = new Map(before.running);
  const texts = new Map(before.projection.texts);
  const links = new Map(before.projection.links);
  for (const change of changes) {
    const { verb, subject, wanted } = change;
    if (verb === 'vf create' || verb === 'vf remove') vfs.set(subject, Number(wanted['count']));
    if (verb === 'pool create') pools.add(subject);
    if (verb === 'slot on') slots.add(Number.parseInt(subject, 16));
    if (verb === 'release' || verb === 'detach' || verb === 'attach') for (const name of functionsOf(change)) moved.add(name);
    if (verb === 'detach') {
      const guest = change.before['guest'] ?? '';
      const pools = JSON.parse(change.before['pools'] ?? '[]') as readonly string[];
      const goes = functionsOf(change).map((device): Taken => ({ device, pools, live: wanted['live'] === 'no', config: wanted['config'] === 'no' }));
      taken.set(guest, [...(taken.get(guest) ?? []), ...goes]);
    }
    if (verb === 'attach' && wanted['live'] === 'yes') for (const name of functionsOf(change)) running.set(name, change.before['name'] ?? subject);
    if (verb === 'prepare') {
      const at = sysfsPath(parsePciAddress(subject));
      links.set(`${at}/driver`, `../../../../bus/pci/drivers/${wanted['driver'] ?? ''}`);
      texts.set(`${at}/driver_override`, `${wanted['override'] ?? ''}\n`);
    }
    for (const step of change.steps) if (step.kind === 'file') texts.set(step.path, step.text);
  }
  return { vfs, pools, slots, gone, moved, taken, running, projection: { texts, links } };
}

/** Names of the pools that get functions back: which ones is libvirt's to know. */
export function poolsGettingBack({ taken }: Pending): ReadonlySet<string> {
  return new Set([...taken.values()].flat().flatMap(({ pools }) => pools));
}

/** A guest as it is once what is taken from it has gone: its ids and places are free then. */
export function withoutTaken({ taken }: Pending, state: GuestState): GuestState {
  const without = (xml: string | undefined, part: 'live' | 'config'): string | undefined => {
    const sources = (taken.get(state.ref.uuid) ?? []).filter((each) => each[part]).flatMap(({ device }) => sourceIn(xml, device));
    return xml === undefined || sources.length === 0 ? xml : removeHostdevs(readDomain(xml), sources);
  };
  return { ...state, live: without(state.live, 'live'), config: without(state.config, 'config') };
}

/** The address of a function, where that part of the guest has it; a device of a pool is named by its MAC address. */
function sourceIn(xml: string | undefined, device: string): PciAddress[] {
  const source = parseSysfsName(device);
  return source !== undefined && findDevice(xml, { source }) !== undefined ? [source] : [];
}
