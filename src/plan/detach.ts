/** Taking a device from a guest. */
import { HostdevError } from '../errors.ts';
import { formatPciAddress } from '../pci/address.ts';
import {
  devicePresence,
  type DeviceSelector,
  deviceText,
  findDevice,
  formatSelector,
  type GuestParts,
  type GuestState,
  sourcesIn,
} from '../state/guest-state.ts';
import { type GuestName, guestFacts, withDeviceSteps } from './attach.ts';
import { type Change, guestSubject } from './change.ts';
import { poolsFact } from './guest-device.ts';
import { formatParts } from './guest-scope.ts';

/**
 * Takes a device from those of these parts of a guest that have it: what runs has to let go first, the definition follows.
 *
 * @throws {HostdevError} `hostdev-absent` when none of them has it.
 * @example
 * ```ts
 * import { formatHostdev, formatStep, parsePciAddress, planDetach } from 'hostdev';
 * const guest = { uri: 'qemu:///system', id: '5d7c3e8a-4b0f-4f6e-9a53-1f1f2f3f4f5f', name: 'web' };
 * const source = parsePciAddress('0007:00:00.0');
 * const config = `<domain><devices>${formatHostdev({ source }).join('')}</devices></domain>`;
 * const state = { ref: { name: 'web', uuid: guest.id, id: -1 }, state: 'shut off', live: undefined, config };
 * const change = planDetach(guest, state, { live: false, config: true }, { source });
 * console.log(change.steps.map(formatStep).join('\n')); // → detach 0007:00:00.0 from the definition  # it is not there at the next start
 * ```
 */
export function planDetach(name: GuestName, guest: GuestState, parts: GuestParts, selector: DeviceSelector): Change {
  const liveXml = parts.live ? deviceText(guest.live, selector) : undefined;
  const configXml = parts.config ? deviceText(guest.config, selector) : undefined;
  if (liveXml === undefined && configXml === undefined) throw absent(guest, parts, selector);
  const presence = devicePresence(guest, selector);
  // A function from a pool is shown in the guest that runs without a word of the pool: it comes back from the definition's element, so that the pool counts it again.
  const isOfPool = liveXml !== undefined && configXml?.includes("type='network'") === true;
  return withDeviceSteps({
    verb: 'detach',
    subject: guestSubject([formatSelector(selector)], guest.ref.name),
    before: {
      ...presence,
      ...guestFacts(name, [formatSelector(selector)]),
      ...poolsFact(selector),
      managed: findDevice(liveXml === undefined ? undefined : guest.live, selector)?.managed === true ? 'yes' : 'no',
      liveXml: (isOfPool ? configXml : liveXml) ?? null,
      configXml: configXml ?? null,
    },
    wanted: { live: liveXml === undefined ? presence.live : 'no', config: configXml === undefined ? presence.config : 'no' },
  });
}

function absent({ ref, live, config }: GuestState, parts: GuestParts, selector: DeviceSelector): HostdevError {
  const has = [...new Set([...(parts.live ? sourcesIn(live) : []), ...(parts.config ? sourcesIn(config) : [])].map(formatPciAddress))];
  return new HostdevError('hostdev-absent', `${ref.name} does not have ${formatSelector(selector)} in ${formatParts(parts)}`, {
    subject: formatSelector(selector),
    hint: has.length === 0 ? 'it has no PCI function of the host' : `it has ${has.join(', ')}`,
  });
}
