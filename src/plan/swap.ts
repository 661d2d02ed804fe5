/** Replacing a function of a guest by another one, at the same place and with the same ids. */
import { HostdevError } from '../errors.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { devicePresence, deviceText, findDevice, type GuestState } from '../state/guest-state.ts';
import { type GuestName, guestFacts } from './attach.ts';
import { type Change, guestSubject } from './change.ts';
import { type GuestPlan, placeOf, showChanges } from './guest-plan.ts';
import { swapSteps } from './swap-steps.ts';
import { reverse, type State, type Transition } from './transition.ts';

/** The function that goes and the one that comes. */
export interface Exchange {
  readonly old: PciAddress;
  readonly next: PciAddress;
}

/**
 * Refuses what is no swap.
 *
 * @throws {HostdevError} `address-twice`, `hostdev-absent`, `hostdev-present`.
 */
export function checkExchange(guest: GuestState, { old, next }: Exchange): void {
  const [oldName, newName] = [formatPciAddress(old), formatPciAddress(next)];
  if (oldName === newName) {
    throw new HostdevError('address-twice', `${oldName} is named twice`, { subject: oldName, hint: 'name the one that goes, then the one that comes' });
  }
  const [held, there] = [devicePresence(guest, { source: old }), devicePresence(guest, { source: next })];
  if (held.live === 'no' && held.config === 'no') {
    throw new HostdevError('hostdev-absent', `${guest.ref.name} does not have ${oldName}`, { subject: oldName, hint: "'hostdev guests' shows what it has" });
  }
  if (there.live === 'yes' || there.config === 'yes') {
    throw new HostdevError('hostdev-present', `${guest.ref.name} has ${newName} already`, { subject: newName, hint: 'name another one' });
  }
}

/** Whether a guest has the new function wherever it has devices, and the old one nowhere: nothing is left to swap. */
export function isSwapped({ live, config }: GuestState, { old, next }: Exchange): boolean {
  const texts = [live, config].filter((xml) => xml !== undefined);
  return texts.every((xml) => findDevice(xml, { source: next }) !== undefined && findDevice(xml, { source: old }) === undefined);
}

/** Whether libvirt moves the functions between drivers: only when every element says so. */
export function isManagedIn({ live, config }: GuestState, source: PciAddress): boolean {
  return [live, config].every((xml) => findDevice(xml, { source })?.managed !== false);
}

/**
 * Replaces a function wherever the guest has it. `driver` is the host driver from which libvirt takes the new one.
 *
 * @throws {HostdevError} see {@link checkExchange}.
 * @example
 * ```ts
 * import { formatHostdev, formatStep, parsePciAddress, planSwap } from 'hostdev';
 * const guest = { uri: 'qemu:///system', id: '5d7c3e8a-4b0f-4f6e-9a53-1f1f2f3f4f5f', name: 'web' };
 * const source = parsePciAddress('0007:00:00.0');
 * const config = `<domain><devices>${formatHostdev({ source }).join('')}</devices></domain>`;
 * const state = { ref: { name: 'web', uuid: guest.id, id: -1 }, state: 'shut off', live: undefined, config };
 * const change = planSwap(guest, state, { old: source, next: parsePciAddress('0009:00:00.0') }, undefined);
 * console.log(change.steps.map((step) => formatStep(step).split('  #')[0]).join('; ')); // → detach 0007:00:00.0 from the definition; attach 0009:00:00.0 to the definition
 * ```
 */
export function planSwap(name: GuestName, guest: GuestState, exchange: Exchange, driver: string | undefined): Change {
  checkExchange(guest, exchange);
  const { old, next } = exchange;
  const held = devicePresence(guest, { source: old });
  const parts = (function_: string): State => ({ live: held.live === 'yes' ? function_ : 'none', config: held.config === 'yes' ? function_ : 'none' });
  const transition: Transition = {
    verb: 'swap',
    subject: guestSubject([formatPciAddress(old), formatPciAddress(next)], guest.ref.name),
    before: {
      ...parts(formatPciAddress(old)),
      ...guestFacts(name, [formatPciAddress(old), formatPciAddress(next)]),
      managed: held.live === 'yes' && isManagedIn(guest, old) ? 'yes' : 'no',
      ...(driver === undefined ? {} : { driver }),
      liveXml: deviceText(guest.live, { source: old }) ?? null,
      configXml: deviceText(guest.config, { source: old }) ?? null,
    },
    wanted: parts(formatPciAddress(next)),
  };
  const { before, wanted } = transition;
  return { ...transition, steps: swapSteps(transition, before, wanted), undo: swapSteps(reverse(transition), wanted, before) };
}

/** What is shown of a swap: the new function where the old one is. */
export function showSwap({ ref, live, config, state }: GuestState, { old, next }: Exchange, changes: readonly Change[]): Omit<GuestPlan, 'versions'> {
  const held = devicePresence({ live, config }, { source: old });
  const parts = { live: held.live === 'yes', config: held.config === 'yes' };
  const at = findDevice(parts.live ? live : config, { source: old })?.address;
  const functions = [{ address: formatPciAddress(next), ...placeOf(at), ...parts }];
  return { verb: 'swap', guest: ref.name, uuid: ref.uuid, state, functions, unchanged: [], steps: showChanges(changes), notes: [] };
}

/** What is shown of a swap that is done already. */
export function alreadySwapped({ ref, state, live, config }: GuestState, { next }: Exchange): GuestPlan {
  const name = formatPciAddress(next);
  const unchangedAt = { [name]: placeOf((findDevice(live, { source: next }) ?? findDevice(config, { source: next }))?.address) };
  return { verb: 'swap', guest: ref.name, uuid: ref.uuid, state, functions: [], unchanged: [name], unchangedAt, steps: [], notes: [], versions: null };
}
